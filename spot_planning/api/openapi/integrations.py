"""Integrations: how the gateway hands a request to the backend behind the VPC Link."""

from collections.abc import Iterable
from typing import Final

from spot_planning.api.openapi.findings import Location, Report
from spot_planning.api.openapi.integration_settings import (
    INTEGRATION_SETTINGS,
    IntegrationSettings,
    check_transfer,
    integration_settings,
)
from spot_planning.api.openapi.options import ImportOptions
from spot_planning.api.openapi.paths import Route
from spot_planning.api.openapi.references import References
from spot_planning.api.openapi.sources import OperationSource
from spot_planning.api.openapi.values import JsonObject, as_object, list_in, object_in
from spot_planning.api.path_on_site import VIEWER_ADDRESS_HEADER, VIEWER_HOST_HEADER

INTEGRATION: Final = "x-amazon-apigateway-integration"
FORWARDED: Final = {
    # Set, not appended: a backend that trusts its proxy takes the first address, which a client could else forge. An
    # application load balancer appends the address of the VPC link, which is a private one.
    "integration.request.header.X-Forwarded-For": "context.identity.sourceIp",
    "integration.request.header.X-Forwarded-Host": "context.domainName",
    # API Gateway has no other protocol, and the load balancer behind it is reached by plain HTTP. An application load
    # balancer writes X-Forwarded-Proto anew for its own listener, so the scheme also travels in a header that it leaves
    # alone ("HTTP headers and Application Load Balancers"). The container contract names it.
    "integration.request.header.X-Forwarded-Proto": "'https'",
    "integration.request.header.X-Original-Proto": "'https'",
    "integration.request.header.X-Request-Id": "context.requestId",
}
"""Headers that every integration sets."""
FORWARDED_BY_DISTRIBUTION: Final = {
    # API Gateway sees CloudFront's address and its own name.
    "integration.request.header.X-Forwarded-For": f"method.request.header.{VIEWER_ADDRESS_HEADER}",
    "integration.request.header.X-Forwarded-Host": f"method.request.header.{VIEWER_HOST_HEADER}",
}
"""Those of them that differ where CloudFront alone calls the API."""
_STREAMING_KINDS: Final = ("aws_proxy", "http_proxy")
_KINDS: Final = ("aws", *_STREAMING_KINDS, "http", "mock")


def proxy_integration(
    http_method: str,
    backend_path: str,
    path_parameters: Iterable[str],
    options: ImportOptions,
    settings: IntegrationSettings,
) -> JsonObject:
    """An HTTP proxy integration over the VPC link.

    Args:
        http_method: ``GET``, or ``ANY``.
        backend_path: Path of the URI, with parameters in braces.
        path_parameters: Their names; each is mapped, since API Gateway fills in nothing by itself.
        options: VPC link and host.
        settings: Timeout and transfer mode.

    Returns:
        The value of ``x-amazon-apigateway-integration``.
    """
    parameters: JsonObject = {**FORWARDED, **(FORWARDED_BY_DISTRIBUTION if options.behind_distribution else {})}
    parameters.update(path_mappings(path_parameters))
    integration: JsonObject = {
        "type": "http_proxy",
        "httpMethod": http_method,
        "uri": f"{options.backend_scheme}://{options.backend_host}{backend_path}",
        "connectionType": "VPC_LINK",
        "connectionId": options.vpc_link_id,
        "requestParameters": parameters,
        "passthroughBehavior": "when_no_match",
        "timeoutInMillis": settings.timeout_milliseconds,
    }
    if settings.stream:
        integration["responseTransferMode"] = "STREAM"
    if options.integration_target is not None:
        integration["integrationTarget"] = options.integration_target
    return integration


def headers_of_distribution(integration: JsonObject, declared: Iterable[JsonObject]) -> list[JsonObject]:
    """The parameters to declare for the headers of a distribution that an integration maps.

    API Gateway refuses a mapping from what the method does not declare ("Invalid mapping expression parameter
    specified", PutRestApi).

    Args:
        integration: The integration.
        declared: What the operation declares already.

    Returns:
        Parameter objects.
    """
    mapped = object_in(integration, "requestParameters", ()).values()
    known = {str(parameter["name"]).lower() for parameter in declared if parameter["in"] == "header"}
    return [
        {"in": "header", "name": name, "schema": {"type": "string"}}
        for name in (VIEWER_ADDRESS_HEADER, VIEWER_HOST_HEADER)
        if f"method.request.header.{name}" in mapped and name.lower() not in known
    ]


def path_mappings(names: Iterable[str]) -> JsonObject:
    """Mappings from the path parameters of the method to those of the integration."""
    return {f"integration.request.path.{name}": f"method.request.path.{name}" for name in names}


def integration_of(
    source: OperationSource, references: References, options: ImportOptions, report: Report
) -> JsonObject:
    """The integration of an operation: the document's own if there is one, or the proxy to the backend.

    Args:
        source: The operation.
        references: The document's references.
        options: VPC link, host, timeout.
        report: Where it goes that an own integration is kept, or refused.

    Returns:
        The value of ``x-amazon-apigateway-integration``.

    Raises:
        OpenApiError: For values of the wrong type.
    """
    route = source.route
    settings = integration_settings(source, references, options, report)
    if INTEGRATION not in source.operation:
        return proxy_integration(source.http_method, route.backend_path, route.variables, options, settings)
    at: Location = (*source.at, INTEGRATION)
    own = as_object(references.inlined(source.operation[INTEGRATION], at), at)
    if INTEGRATION_SETTINGS in source.operation:
        report.refuse(
            "integration", (*source.at, INTEGRATION_SETTINGS), f"{INTEGRATION} beside it says all that it could"
        )
    return _own_integration(own, at, route, options, report)


def _own_integration(own: JsonObject, at: Location, route: Route, options: ImportOptions, report: Report) -> JsonObject:
    kind = own.get("type")
    if not isinstance(kind, str) or kind.lower() not in _KINDS:
        report.refuse("integration", (*at, "type"), f"the type of an integration is one of {', '.join(_KINDS)}")
        return own
    check_transfer(own, at, options, report)
    if own.get("responseTransferMode") == "STREAM" and kind.lower() not in _STREAMING_KINDS:
        report.refuse("integration", (*at, "responseTransferMode"), f"only {' and '.join(_STREAMING_KINDS)} can stream")
    report.rewrite("own-integration", at, f"kept: the document has its own {kind} integration")
    # Its URI and its mappings know the parameters by the names that the document gives them.
    renamed: JsonObject = {
        f"method.request.path.{old}": f"method.request.path.{new}" for old, new in route.renamed.items()
    }
    parameters = {
        name: renamed.get(value, value) if isinstance(value, str) else value
        for name, value in object_in(own, "requestParameters", at).items()
    }
    if kind.lower() in {"http", "http_proxy"}:
        parameters = {**path_mappings(route.variables), **parameters}
    if parameters:
        own["requestParameters"] = parameters
    if "cacheKeyParameters" in own:
        keys = list_in(own, "cacheKeyParameters", at)
        own["cacheKeyParameters"] = [renamed.get(key, key) if isinstance(key, str) else key for key in keys]
    return own
