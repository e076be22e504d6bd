"""Integrations: how the gateway hands a request to the backend behind the VPC Link."""

from collections.abc import Iterable
from typing import Final

from spot_planning.api.openapi.findings import Report
from spot_planning.api.openapi.options import ImportOptions
from spot_planning.api.openapi.sources import OperationSource
from spot_planning.api.openapi.values import JsonObject, list_in, object_in

INTEGRATION: Final = "x-amazon-apigateway-integration"
FORWARDED: Final = {
    # Set, not appended: a backend that trusts its proxy takes the first address, which a client could else forge.
    "integration.request.header.X-Forwarded-For": "context.identity.sourceIp",
    "integration.request.header.X-Forwarded-Host": "context.domainName",
    # API Gateway has no other protocol, and the load balancer behind it is reached by plain HTTP.
    "integration.request.header.X-Forwarded-Proto": "'https'",
    "integration.request.header.X-Request-Id": "context.requestId",
}
"""Headers that every integration sets."""


def proxy_integration(
    http_method: str, backend_path: str, path_parameters: Iterable[str], options: ImportOptions
) -> JsonObject:
    """An HTTP proxy integration over the VPC Link.

    Args:
        http_method: ``GET``, or ``ANY``.
        backend_path: Path of the URI, with parameters in braces.
        path_parameters: Their names; each is mapped, since API Gateway fills in nothing by itself.
        options: VPC Link, host, timeout.

    Returns:
        The value of ``x-amazon-apigateway-integration``.
    """
    parameters: JsonObject = dict(FORWARDED)
    parameters.update(path_mappings(path_parameters))
    integration: JsonObject = {
        "type": "http_proxy",
        "httpMethod": http_method,
        "uri": f"{options.backend_scheme}://{options.backend_host}{backend_path}",
        "connectionType": "VPC_LINK",
        "connectionId": options.vpc_link_id,
        "requestParameters": parameters,
        "passthroughBehavior": "when_no_match",
        "timeoutInMillis": options.integration_timeout_milliseconds,
    }
    if options.integration_target is not None:
        integration["integrationTarget"] = options.integration_target
    return integration


def path_mappings(names: Iterable[str]) -> JsonObject:
    """Mappings from the path parameters of the method to those of the integration."""
    return {f"integration.request.path.{name}": f"method.request.path.{name}" for name in names}


def integration_of(source: OperationSource, options: ImportOptions, report: Report) -> JsonObject:
    """The integration of an operation: its own where the document has one, else the proxy to the backend.

    Args:
        source: The operation.
        options: VPC Link, host, timeout.
        report: Where it is said that an own integration is kept.

    Returns:
        The value of ``x-amazon-apigateway-integration``.
    """
    route = source.route
    if INTEGRATION not in source.operation:
        return proxy_integration(source.http_method, route.backend_path, route.variables, options)
    own = dict(object_in(source.operation, INTEGRATION, source.at))
    kind = own.get("type")
    report.rewrite("own-integration", (*source.at, INTEGRATION), f"kept: the document has its own {kind} integration")
    at = (*source.at, INTEGRATION)
    # Its URI and its mappings know the parameters by the names that the document gives them.
    renamed: JsonObject = {
        f"method.request.path.{old}": f"method.request.path.{new}" for old, new in route.renamed.items()
    }
    parameters = {
        name: renamed.get(value, value) if isinstance(value, str) else value
        for name, value in object_in(own, "requestParameters", at).items()
    }
    if isinstance(kind, str) and kind.lower() in {"http", "http_proxy"}:
        parameters = {**path_mappings(route.variables), **parameters}
    if parameters:
        own["requestParameters"] = parameters
    if "cacheKeyParameters" in own:
        keys = list_in(own, "cacheKeyParameters", at)
        own["cacheKeyParameters"] = [renamed.get(key, key) if isinstance(key, str) else key for key in keys]
    return own
