"""Renders mapping templates, for ``mock`` integrations and for the requests and responses of ``http`` integrations.

Rules: "Mapping template transformations for REST APIs", "Variables for data transformations for API Gateway",
"Integration request data transformations" and "Override your API's request and response parameters and status codes"
(Amazon API Gateway Developer Guide).
"""

import base64
import importlib
import json
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final, cast
from urllib.parse import quote, unquote

from toolchain.datapath.edge.api_gateway.document import DeployedApi, Integration, IntegrationResponse
from toolchain.datapath.edge.api_gateway.gateway_responses import GatewayError
from toolchain.datapath.edge.api_gateway.integrations import Answer
from toolchain.datapath.edge.api_gateway.mapping import Parameters, Sources, json_path, mapped_parameters
from toolchain.datapath.edge.api_gateway.media_types import chosen_template, is_binary, media_type
from toolchain.datapath.edge.messages import Request, Response

COMPILED: Final = 256
"""Maximum number of cached compiled templates."""

_VELOCITY: Final[Any] = importlib.import_module("airspeed")  # it has no types

# Names in Velocity may contain hyphens, as in headers' names ("Apache Velocity Engine - VTL Reference"); airspeed does
# not allow them.
_VELOCITY.NameOrCall.NAME = re.compile(r"([_a-z][a-z0-9_-]*)", re.IGNORECASE | re.DOTALL)
_VELOCITY.SetDirective.PLACE = re.compile(
    r"\s*\$([a-z_][a-z0-9_-]*(?:\.[a-z_][a-z0-9_-]*)*)", re.IGNORECASE | re.DOTALL
)


class Input:
    """The variable ``$input`` of a template."""

    def __init__(self, parameters: Parameters, body: bytes) -> None:
        self._parameters = parameters
        self.body = body.decode("utf-8", errors="replace")

    def params(self, name: str | None = None) -> Any:
        """Return a parameter from path, query or headers, in this order; without a name, return all parameters.

        The letter case of headers' names matters ("Amazon API Gateway important notes").
        """
        places = {
            "path": dict(self._parameters.path),
            "querystring": dict(self._parameters.query),
            "header": dict(self._parameters.headers),
        }
        if name is None:
            return places
        if name in places:
            return places[name]
        return next((place[name] for place in places.values() if name in place), "")

    def path(self, path: str) -> Any:
        """Return the part of the body at a JSONPath."""
        return json_path(json.loads(self.body or "{}"), path)

    def json(self, path: str) -> str:
        """Return the part of the body at a JSONPath, as JSON."""
        return json.dumps(self.path(path))


class Util:
    """The variable ``$util`` of a template."""

    def escapeJavaScript(self, text: object) -> str:  # noqa: N802 - the name in templates
        """Return the text escaped for a JavaScript string."""
        return json.dumps(str(text))[1:-1].replace("'", "\\'")

    def parseJson(self, text: str) -> Any:  # noqa: N802 - the name in templates
        """Return the parsed value of a JSON text."""
        return json.loads(text)

    def urlEncode(self, text: str) -> str:  # noqa: N802 - the name in templates
        """Return the text URL-encoded."""
        return quote(text, safe="")

    def urlDecode(self, text: str) -> str:  # noqa: N802 - the name in templates
        """Return the text URL-decoded."""
        return unquote(text)

    def base64Encode(self, text: str) -> str:  # noqa: N802 - the name in templates
        """Return the text encoded in base 64."""
        return base64.b64encode(text.encode()).decode()

    def base64Decode(self, text: str) -> str:  # noqa: N802 - the name in templates
        """Return the text decoded from base 64."""
        return base64.b64decode(text).decode("utf-8", errors="replace")


def rendered(template: str, sources: Sources, body: bytes) -> str:
    """Render a template for a request or a response. Overrides that it sets are stored in the context.

    Args:
        template: Template in the Velocity Template Language.
        sources: Parameters, context and stage variables of the request.
        body: The payload to map.

    Raises:
        GatewayError: The template cannot be parsed or fails.
    """
    tree = sources.context.tree
    for override in ("requestOverride", "responseOverride"):
        places: dict[str, Any] = tree.setdefault(override, {})
        for place in ("header", "path", "querystring"):
            places.setdefault(place, {})
    names = {
        "context": tree,
        "input": Input(sources.parameters, body),
        "stageVariables": dict(sources.stage_variables),
        "util": Util(),
    }
    try:
        return cast("str", _compiled(template).merge(names))
    except Exception as error:  # airspeed, and the functions that a template calls, may raise any error
        raise GatewayError("API_CONFIGURATION_ERROR", details=f"mapping template: {error}") from error


@lru_cache(maxsize=COMPILED)
def _compiled(template: str) -> Any:
    return _VELOCITY.Template(template)


def request_payload(integration: Integration, request: Request, sources: Sources) -> bytes:
    """Make the payload for an integration without proxy.

    Args:
        integration: The integration.
        request: The client's request.
        sources: The request's parameters, its context and the stage's variables.

    Raises:
        GatewayError: There is no template for the content type, and passthrough is not allowed.
    """
    template = integration.request_templates.get(media_type(request.header("Content-Type")))
    if template is not None:
        return rendered(template, sources, request.body).encode()
    if integration.passthrough == "never" or (
        integration.passthrough == "when_no_templates" and integration.request_templates
    ):
        raise GatewayError("UNSUPPORTED_MEDIA_TYPE")
    return request.body


def mock_answer(api: DeployedApi, integration: Integration, request: Request, sources: Sources) -> Answer:
    """Make the response of a ``mock`` integration, with the status code from its request template.

    Args:
        api: The deployed API.
        integration: The integration.
        request: The client's request.
        sources: The request's parameters, its context and the stage's variables.

    Raises:
        GatewayError: The result of the template is not ``{"statusCode": number}``.
    """
    binary = is_binary(request.header("Content-Type"), api.binary_media_types)
    if binary and integration.content_handling != "CONVERT_TO_TEXT":
        # "You can only access the Base64-encoded string in the mapping template": a template needs text.
        raise GatewayError("API_CONFIGURATION_ERROR", details="the mock's payload is binary")
    payload = request_payload(integration, request, sources)
    try:
        status = int(json.loads(payload)["statusCode"])
    except (ValueError, KeyError, TypeError) as error:
        raise GatewayError("API_CONFIGURATION_ERROR", details="the mock's payload has no statusCode") from error
    return Answer(status, (), b"")


def transformed(integration: Integration, request: Request, sources: Sources, answer: Answer) -> Response:
    """Make the response to the client, by the integration response whose pattern matches.

    Args:
        integration: An integration without proxy.
        request: The client's request.
        sources: The request's parameters, its context, the stage's variables, and the integration's response.
        answer: The integration's response.

    Raises:
        GatewayError: No integration response matches, or its template fails.
    """
    chosen = _fitting(integration.responses, answer.status)
    headers = mapped_parameters(chosen.parameters, sources, "method.response.").get("header", {})
    body = answer.body
    kind, template = chosen_template(chosen.templates, request.header("Accept")) or ("application/json", None)
    if template is not None:
        body = rendered(template, sources, answer.body).encode()
    override: Mapping[str, Any] = sources.context.tree.get("responseOverride", {})
    for name, value in override.get("header", {}).items():
        headers = {key: each for key, each in headers.items() if key.lower() != name.lower()}
        headers[name] = str(value)
    if not any(name.lower() == "content-type" for name in headers):
        headers["Content-Type"] = kind
    status = override.get("status")
    return Response(chosen.status if status is None else int(status), tuple(headers.items()), body)


def _fitting(responses: Mapping[str, IntegrationResponse], status: int) -> IntegrationResponse:
    for pattern, response in responses.items():
        if pattern != "default" and re.fullmatch(pattern, str(status)):
            return response
    default = responses.get("default")
    if default is None:
        raise GatewayError("API_CONFIGURATION_ERROR", details=f"no integration response fits {status}")
    return default
