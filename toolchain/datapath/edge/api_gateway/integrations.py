"""Makes the request to an HTTP integration, and the response to the client.

Headers: the table of "Amazon API Gateway important notes"; payloads: "Content type conversions in API Gateway" and
"Payload compression for REST APIs in API Gateway" (Amazon API Gateway Developer Guide).
"""

import gzip
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, urlsplit

from toolchain.datapath.edge.api_gateway.document import DeployedApi, Integration
from toolchain.datapath.edge.api_gateway.gateway_responses import GatewayError
from toolchain.datapath.edge.api_gateway.mapping import Sources, mapped_parameters, with_stage_variables
from toolchain.datapath.edge.api_gateway.media_types import as_text, is_binary
from toolchain.datapath.edge.fields import accepts_gzip
from toolchain.datapath.edge.messages import HeaderList, Request, Response, first

MAXIMUM_BYTES: Final = 10 * 1024 * 1024
"""Maximum size of the body of a request, and of a response that is not streamed ("Quotas ... REST API")."""
_DROPPED_FROM_REQUESTS: Final = frozenset(
    {
        "connection", "content-encoding", "content-length", "content-md5", "expect", "host", "max-forwards",
        "proxy-authenticate", "server", "te", "trailer", "transfer-encoding", "upgrade", "via", "www-authenticate",
        "x-amzn-trace-id", "x-amzn-apigateway-api-id", "x-forwarded-for", "x-forwarded-port", "x-forwarded-proto",
        "x-http-method-override",
    }
)  # fmt: skip
"""Headers that the table lists as dropped, and headers that API Gateway sets itself."""
_NOT_TO_BE_MAPPED: Final = frozenset(
    {"content-length", "transfer-encoding", "x-amzn-trace-id", "x-amzn-apigateway-api-id"}
)
_DROPPED_FROM_RESPONSES: Final = frozenset(
    {"expect", "host", "proxy-authenticate", "te", "trailer", "transfer-encoding", "upgrade", "via", "content-length"}
)
_REMAPPED: Final = frozenset(
    {
        "authorization", "connection", "content-md5", "date", "max-forwards", "server", "user-agent",
        "www-authenticate", "x-amzn-requestid",
    }
)  # fmt: skip
_IN_PATHS: Final = "/:@!$&'()*+,;=~"
"""Characters that need no encoding in a path (RFC 3986, section 3.3)."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A request to an integration."""

    method: str
    scheme: str
    host: str
    """Host of the integration's URI, without the port."""
    port: int
    target: str
    """Encoded path and query."""
    headers: HeaderList
    body: bytes
    timeout_seconds: float


@dataclass(frozen=True, slots=True)
class Answer:
    """The response of an integration."""

    status: int
    headers: HeaderList
    body: bytes


def outgoing(
    api: DeployedApi, integration: Integration, request: Request, sources: Sources, body: bytes | None = None
) -> Outgoing:
    """Make the request to an HTTP integration.

    Args:
        api: The deployed API.
        integration: An ``http_proxy`` or ``http`` integration.
        request: The client's request.
        sources: The request's parameters, its context and the stage's variables.
        body: The body from a mapping template, for an ``http`` integration; None to send the client's body.

    Raises:
        GatewayError: The integration's configuration is wrong.
    """
    mapped = mapped_parameters(integration.request_parameters, sources, "integration.request.")
    headers = mapped.get("header", {})
    for name in headers:
        if name.lower() in _NOT_TO_BE_MAPPED:
            raise GatewayError("API_CONFIGURATION_ERROR", details=f"{name} header already present")
    is_proxy = integration.kind == "http_proxy"
    uri = with_stage_variables(integration.uri, sources.stage_variables)
    for name, value in mapped.get("path", {}).items():
        uri = uri.replace(f"{{{name}}}", quote(value, safe=_IN_PATHS)).replace(
            f"{{{name}+}}", quote(value, safe=_IN_PATHS)
        )
    try:
        parts = urlsplit(uri)
        port = parts.port
    except ValueError as error:
        raise GatewayError("API_CONFIGURATION_ERROR", details=f"invalid endpoint address {uri}: {error}") from error
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise GatewayError("API_CONFIGURATION_ERROR", details=f"invalid endpoint address {uri}")
    queries = [*(sources.parameters.query if is_proxy else ()), *mapped.get("querystring", {}).items()]
    query = "&".join(
        [parts.query] * bool(parts.query) + [f"{quote(n, safe='')}={quote(v, safe='')}" for n, v in queries]
    )
    kept = _kept_headers(request) if is_proxy else ()
    return Outgoing(
        method=request.method if integration.http_method in {"", "ANY"} else integration.http_method,
        scheme=parts.scheme,
        host=parts.hostname,
        port=port or {"http": 80, "https": 443}[parts.scheme],
        target=(parts.path or "/") + (f"?{query}" if query else ""),
        headers=_with_defaults(kept, headers, parts.netloc, request, sources),
        body=_payload(api, request) if body is None else body,
        timeout_seconds=integration.timeout_seconds,
    )


def _kept_headers(request: Request) -> HeaderList:
    before = request.header("X-Forwarded-For")
    client = request.client_address
    signed = (request.header("Authorization") or "").startswith("AWS4-HMAC-SHA256")
    dropped = _DROPPED_FROM_REQUESTS | frozenset(["authorization"] * signed)
    return (
        *((name, value) for name, value in request.headers if name.lower() not in dropped),
        ("X-Forwarded-For", f"{before}, {client}" if before else client),
        ("X-Forwarded-Port", {"https": "443"}.get(request.scheme, "80")),
        ("X-Forwarded-Proto", request.scheme),
    )


def _with_defaults(
    kept: HeaderList, mapped: Mapping[str, str], host: str, request: Request, sources: Sources
) -> HeaderList:
    overridden = {name.lower() for name in mapped}
    headers = [(name, value) for name, value in kept if name.lower() not in overridden]
    headers += mapped.items()
    given = {name.lower() for name, _ in headers}
    api_id = sources.context.get("apiId") or ""
    defaults = [("Accept", "application/json"), ("User-Agent", f"AmazonAPIGateway_{api_id}"), ("Host", host)]
    content_type = request.header("Content-Type")
    if request.body:
        defaults.append(("Content-Type", content_type or "application/json"))
    headers += [(name, value) for name, value in defaults if name.lower() not in given]
    headers += [
        ("X-Amzn-Trace-Id", sources.context.get("xrayTraceId") or ""),
        ("X-Amzn-Apigateway-Api-Id", api_id),
    ]
    return tuple(headers)


def _payload(api: DeployedApi, request: Request) -> bytes:
    body = request.body
    encoding = (request.header("Content-Encoding") or "").lower()
    if encoding in {"gzip", "deflate"} and api.minimum_compression_bytes is not None:
        try:
            decompressing = zlib.decompressobj(wbits=47)  # detects gzip and zlib
            body = decompressing.decompress(body, MAXIMUM_BYTES + 1)
        except zlib.error as error:
            raise GatewayError("BAD_REQUEST_BODY", details=f"the body is no {encoding}") from error
        if len(body) > MAXIMUM_BYTES:
            raise GatewayError("REQUEST_TOO_LARGE")
    binary = is_binary(request.header("Content-Type"), api.binary_media_types)
    return body if binary else as_text(body)


def proxied(api: DeployedApi, integration: Integration, request: Request, answer: Answer) -> Response:
    """Make the response to the client from the response of an ``http_proxy`` integration.

    Args:
        api: The deployed API.
        integration: The integration.
        request: The client's request.
        answer: The integration's response.

    Raises:
        GatewayError: The response is larger than `MAXIMUM_BYTES` and not streamed.
    """
    if len(answer.body) > MAXIMUM_BYTES and not integration.streams:
        raise GatewayError("API_CONFIGURATION_ERROR", details=f"response of {len(answer.body)} bytes is too large")
    headers: list[tuple[str, str]] = []
    for name, value in answer.headers:
        key = name.lower()
        if key in _REMAPPED:
            headers.append((f"x-amzn-Remapped-{name}", value))
        elif key not in _DROPPED_FROM_RESPONSES:
            headers.append((name, value))
    content_type = first(answer.headers, "Content-Type")
    if content_type is None and answer.body:
        headers.append(("Content-Type", "application/json"))
    encoded = first(answer.headers, "Content-Encoding") not in {None, "identity"}
    types = api.binary_media_types
    binary = encoded or is_binary(content_type, types) or is_binary(request.header("Accept"), types)
    return Response(answer.status, tuple(headers), answer.body if binary else as_text(answer.body))


def compressed(api: DeployedApi, request: Request, response: Response) -> Response:
    """Return the response, compressed if the API compresses responses and the client accepts gzip.

    Args:
        api: The deployed API.
        request: The client's request.
        response: The response.
    """
    least = api.minimum_compression_bytes
    if least is None or len(response.body) < max(least, 1) or response.header("Content-Encoding") is not None:
        return response
    if not accepts_gzip(request):
        return response
    body = gzip.compress(response.body, compresslevel=5, mtime=0)
    return Response(response.status, (*response.headers, ("Content-Encoding", "gzip")), body, response.details)
