"""Cross-origin requests: preflight responses for each path, and headers on the gateway's own errors."""

import re
from collections.abc import Iterable
from typing import Final

from spot_planning.api.openapi.options import ImportOptions
from spot_planning.api.openapi.references import References
from spot_planning.api.openapi.values import Json, JsonObject, as_object, object_in

GATEWAY_RESPONSES: Final = "x-amazon-apigateway-gateway-responses"
_ALL_METHODS: Final = ("DELETE", "GET", "HEAD", "PATCH", "POST", "PUT")
_SAFE_HEADERS: Final = frozenset({"accept", "accept-language", "content-language"})
"""Headers that browsers may send without a preflight (Fetch standard, CORS-safelisted request-header)."""

_HEADER: Final = re.compile(r"[A-Za-z0-9!#$%&*+.^_`|~-]+")
"""Characters of a header's name (RFC 9110, section 5.6.2), except the quote, which would end the static value in which
API Gateway stores the list."""


def preflight(
    path_parameters: Iterable[str], methods: Iterable[str], headers: Iterable[str], options: ImportOptions
) -> JsonObject:
    """Return the OPTIONS operation of a path, which the gateway itself answers.

    Args:
        path_parameters: Names of the path's parameters, which OpenAPI requires to be declared.
        methods: The path's methods: ``GET``, ``ANY``, ...
        headers: Names of the request headers that the path's operations accept.
        options: Options of the import, with origins, credentials and maximum age.

    Returns:
        An operation with a mock integration.
    """
    values = {
        "Access-Control-Allow-Headers": ",".join(_header_names([*headers, *options.cors_allowed_headers])),
        "Access-Control-Allow-Methods": ",".join(_method_names(methods)),
        "Access-Control-Allow-Origin": options.cors_allowed_origins[0],
        "Access-Control-Max-Age": str(options.cors_max_age_seconds),
    }
    if options.cors_allow_credentials:
        values["Access-Control-Allow-Credentials"] = "true"
    if "*" not in options.cors_allowed_origins:
        values["Vary"] = "Origin"
    values = {name: value for name, value in sorted(values.items()) if value}
    answer: JsonObject = {
        "statusCode": "204",
        "responseParameters": {f"method.response.header.{name}": f"'{value}'" for name, value in values.items()},
    }
    if len(options.cors_allowed_origins) > 1:
        answer["responseTemplates"] = {"application/json": origin_template(options.cors_allowed_origins)}
    integration: JsonObject = {
        "type": "mock",
        "passthroughBehavior": "when_no_match",
        "requestTemplates": {"application/json": '{"statusCode": 204}'},
        "responses": {"default": answer},
    }
    if "*/*" in options.binary_media_types:
        # Otherwise API Gateway would treat the template's text as binary, and the mock would fail.
        integration["contentHandling"] = "CONVERT_TO_TEXT"
    parameters: list[Json] = [
        {"in": "path", "name": name, "required": True, "schema": {"type": "string"}} for name in path_parameters
    ]
    operation: JsonObject = {
        "responses": {
            "204": {
                "description": "What browsers may do from another origin",
                "headers": {name: {"schema": {"type": "string"}} for name in values},
            }
        },
        "x-amazon-apigateway-integration": integration,
    }
    if parameters:
        operation["parameters"] = parameters
    return operation


def origin_template(origins: Iterable[str]) -> str:
    """Return the mapping template that returns the caller's origin if it is one of the allowed origins.

    A mock integration has static response headers; the template overrides one of them ("Use a mapping template to
    override an API's request and response parameters and status codes", Developer Guide). A caller from another origin
    gets the first allowed origin, so its browser refuses the response.

    Args:
        origins: The allowed origins.

    Returns:
        Velocity Template Language.
    """
    conditions = " || ".join(f'$origin == "{origin}"' for origin in origins)
    return (
        '#set($origin = $input.params("Origin"))\n'
        '#if(!$origin || $origin == "")#set($origin = $input.params("origin"))#end\n'
        f"#if({conditions})\n"
        "#set($context.responseOverride.header.Access-Control-Allow-Origin = $origin)\n"
        "#end\n"
    )


def gateway_responses(options: ImportOptions, given: JsonObject, references: References) -> JsonObject:
    """Return gateway responses with CORS headers, without which browsers hide the gateway's own errors from the page.

    Gateway responses have static headers and no logic ("Gateway response types", Developer Guide), so several origins
    get ``*``: the errors contain nothing secret. Requests with credentials cannot read them; if that matters, allow a
    single origin.

    Args:
        options: Options of the import, with origins and credentials.
        given: The document's own ``x-amazon-apigateway-gateway-responses``, which take precedence.
        references: The document's references.

    Returns:
        The value for ``x-amazon-apigateway-gateway-responses``.

    Raises:
        OpenApiError: One of the document's own responses is not an object.
    """
    own: dict[str, JsonObject] = {}
    for name in sorted(given):
        at = (GATEWAY_RESPONSES, name)
        own[name] = as_object(references.inlined(given[name], at), at)
    responses: JsonObject = {**own}
    if not options.cors_allowed_origins:
        return responses
    single = len(options.cors_allowed_origins) == 1
    headers: JsonObject = {
        "gatewayresponse.header.Access-Control-Allow-Origin": f"'{options.cors_allowed_origins[0] if single else '*'}'"
    }
    if single and options.cors_allow_credentials:
        headers["gatewayresponse.header.Access-Control-Allow-Credentials"] = "'true'"
    if single and "*" not in options.cors_allowed_origins:
        headers["gatewayresponse.header.Vary"] = "'Origin'"
    for kind in ("DEFAULT_4XX", "DEFAULT_5XX"):
        response = own.get(kind, {})
        own_headers = object_in(response, "responseParameters", (GATEWAY_RESPONSES, kind))
        responses[kind] = {**response, "responseParameters": {**headers, **own_headers}}
    return responses


def _method_names(methods: Iterable[str]) -> list[str]:
    names = set(methods)
    if "ANY" in names:
        names = {*(names - {"ANY"}), *_ALL_METHODS}
    return sorted({*names, "OPTIONS"})


def _header_names(headers: Iterable[str]) -> list[str]:
    names: dict[str, str] = {}
    for header in sorted(headers):
        if header.lower() not in _SAFE_HEADERS and _HEADER.fullmatch(header):
            names.setdefault(header.lower(), header)
    return sorted(names.values(), key=str.lower)
