"""Integrations, with which the gateway sends requests to the backend behind the VPC link."""

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
    # Set, not appended: a backend that trusts its proxy uses the first address, which a client could otherwise forge.
    # An application load balancer appends the address of the VPC link, which is private.
    "integration.request.header.X-Forwarded-For": "context.identity.sourceIp",
    "integration.request.header.X-Forwarded-Host": "context.domainName",
    # API Gateway only has HTTPS, but uses plain HTTP to the load balancer. An application load balancer overwrites
    # X-Forwarded-Proto with the protocol of its own listener, so the scheme is also in a header that it does not change
    # ("HTTP headers and Application Load Balancers"). The container contract names it.
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
"""Headers that replace those of `FORWARDED` if only CloudFront calls the API."""
_STREAMING_KINDS: Final = ("aws_proxy", "http_proxy")
_KINDS: Final = ("aws", *_STREAMING_KINDS, "http", "mock")


def proxy_integration(
    http_method: str,
    backend_path: str,
    path_parameters: Iterable[str],
    options: ImportOptions,
    settings: IntegrationSettings,
) -> JsonObject:
    """Return an HTTP proxy integration through the VPC link.

    Args:
        http_method: ``GET``, or ``ANY``.
        backend_path: Path of the URI, with parameters in braces.
        path_parameters: Names of the path's parameters. Each must be mapped, since API Gateway does not map them
            itself.
        options: Options of the import, with the VPC link and the host.
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
    """Return declarations for the distribution's headers that an integration maps.

    API Gateway refuses a mapping from a parameter that the method does not declare ("Invalid mapping expression
    parameter specified", PutRestApi).

    Args:
        integration: The integration.
        declared: Parameters that the operation already declares.

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
    """Return mappings from the method's path parameters to the integration's."""
    return {f"integration.request.path.{name}": f"method.request.path.{name}" for name in names}


def integration_of(
    source: OperationSource, references: References, options: ImportOptions, report: Report
) -> JsonObject:
    """Return the integration of an operation: the document's own integration, or else the proxy to the backend.

    Args:
        source: The operation.
        references: The document's references.
        options: Options of the import, with VPC link, host and timeout.
        report: Gets a finding if the document's own integration is kept or refused.

    Returns:
        The value of ``x-amazon-apigateway-integration``.

    Raises:
        OpenApiError: A value has the wrong type.
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
    # The document's own URI and mappings use the document's names of the parameters.
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
