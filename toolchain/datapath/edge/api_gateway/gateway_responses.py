"""Makes the error responses of API Gateway itself.

Types, status codes and customization: "Gateway response types", "Set up gateway responses to customize error responses"
and, for REQUEST_TOO_LARGE, "Amazon API Gateway important notes" (Amazon API Gateway Developer Guide).
"""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from toolchain.datapath.edge.api_gateway.context import substituted
from toolchain.datapath.edge.api_gateway.document import GatewayResponse
from toolchain.datapath.edge.api_gateway.mapping import Sources, mapped_parameters
from toolchain.datapath.edge.api_gateway.media_types import chosen_template
from toolchain.datapath.edge.messages import Request, Response

TYPES: Final[Mapping[str, tuple[int, str, str]]] = {
    "ACCESS_DENIED": (403, "Forbidden", "AccessDeniedException"),
    "API_CONFIGURATION_ERROR": (500, "Internal server error", "InternalServerErrorException"),
    "AUTHORIZER_CONFIGURATION_ERROR": (500, "Internal server error", "AuthorizerConfigurationException"),
    "AUTHORIZER_FAILURE": (500, "Internal server error", "AuthorizerFailureException"),
    "BAD_REQUEST_BODY": (400, "Invalid request body", "BadRequestException"),
    "BAD_REQUEST_PARAMETERS": (400, "Missing required request parameters", "BadRequestException"),
    "INTEGRATION_FAILURE": (504, "Network error communicating with endpoint", "InternalServerErrorException"),
    "INTEGRATION_TIMEOUT": (504, "Endpoint request timed out", "InternalServerErrorException"),
    "INVALID_API_KEY": (403, "Forbidden", "ForbiddenException"),
    "MISSING_AUTHENTICATION_TOKEN": (403, "Missing Authentication Token", "MissingAuthenticationTokenException"),
    "QUOTA_EXCEEDED": (429, "Limit Exceeded", "LimitExceededException"),
    "REQUEST_TOO_LARGE": (413, "Request Too Long", "RequestTooLargeException"),
    "THROTTLED": (429, "Too Many Requests", "TooManyRequestsException"),
    "UNAUTHORIZED": (401, "Unauthorized", "UnauthorizedException"),
    "UNSUPPORTED_MEDIA_TYPE": (415, "Unsupported Media Type", "UnsupportedMediaTypeException"),
    "WAF_FILTERED": (403, "Forbidden", "ForbiddenException"),
}
"""Type -> default status code, message, and value of the header ``x-amzn-ErrorType``."""
_DEFAULT_TEMPLATE: Final = '{"message":$context.error.messageString}'
_JSON: Final = "application/json"
_PREFIX: Final = "gatewayresponse."


class GatewayError(Exception):
    """An error for which API Gateway itself makes the response.

    Args:
        kind: Type of the gateway response.
        message: The message; None for the type's default message.
        details: Value of ``$context.error.validationErrorString``, and text for the log.
    """

    def __init__(self, kind: str, message: str | None = None, details: str = "") -> None:
        super().__init__(kind)
        self.kind = kind
        self.message = TYPES[kind][1] if message is None else message
        self.details = details


def gateway_response(
    error: GatewayError, customized: Mapping[str, GatewayResponse], request: Request, sources: Sources
) -> Response:
    """Make the response for an error, and store the error in the request's context.

    Args:
        error: The error.
        customized: The API's customized gateway responses.
        request: The request.
        sources: The request's parameters, its context and the stage's variables.
    """
    status, _, exception = TYPES[error.kind]
    context = sources.context
    context.set("error.message", error.message)
    context.set("error.messageString", json.dumps(error.message))
    context.set("error.responseType", error.kind)
    if error.details:
        context.set("error.validationErrorString", error.details)
    own = _customized(error.kind, status, customized)
    headers = {"x-amzn-ErrorType": exception, **mapped_parameters(own.parameters, sources, _PREFIX).get("header", {})}
    kind, template = chosen_template(own.templates, request.header("Accept")) or (_JSON, _DEFAULT_TEMPLATE)
    headers.setdefault("Content-Type", kind)
    body = substituted(template, context, sources.stage_variables)
    return Response(own.status or status, tuple(headers.items()), body.encode(), {"gatewayResponse": error.kind})


def _customized(kind: str, status: int, customized: Mapping[str, GatewayResponse]) -> GatewayResponse:
    if kind == "REQUEST_TOO_LARGE":
        # "Customizing the default gateway response for 413 REQUEST_TOO_LARGE isn't currently supported."
        return GatewayResponse()
    fallback = "DEFAULT_5XX" if status >= HTTPStatus.INTERNAL_SERVER_ERROR else "DEFAULT_4XX"
    return customized.get(kind) or customized.get(fallback) or GatewayResponse()
