"""Refuses requests whose URL, headers or method ARN are larger than API Gateway allows.

Sizes: "Quotas for configuring and running a REST API in API Gateway" (Amazon API Gateway Developer Guide). For a method
ARN that is too long, the page states the status 414. For a URL and for headers it states none. Here a URL also gets
414; headers get 400 with the sentence that users of AWS report, "HTTP header is larger than 10240 bytes." An API cannot
customize these responses, so they have no CORS headers, and a browser reports a CORS error to a page of another origin.
"""

from http import HTTPStatus
from typing import Final

from toolchain.datapath.edge.messages import Request, Response

URL_CHARACTERS: Final = 10_240
"""Maximum length of a Regional API's URL."""
HEADER_BYTES: Final = 10_240
"""Maximum size of all headers together, with their names, line terminators and white space."""
METHOD_ARN_BYTES: Final = 1600
_AROUND_VALUE: Final = len(": \r\n")


def refusal(request: Request) -> Response | None:
    """Return the response to a request whose URL or headers are too large; None if they are not.

    Args:
        request: The request, with the host that the client requested.
    """
    if len(url(request)) > URL_CHARACTERS:
        return uri_too_long()
    if header_bytes(request) > HEADER_BYTES:
        body = f"HTTP header is larger than {HEADER_BYTES} bytes."
        return Response(HTTPStatus.BAD_REQUEST, (("Content-Type", "text/plain"),), body.encode())
    return None


def uri_too_long() -> Response:
    """Make the response for a URL or a method ARN that is too long."""
    body = b'{"message":"Request URI too long"}'
    return Response(HTTPStatus.REQUEST_URI_TOO_LONG, (("Content-Type", "application/json"),), body)


def url(request: Request) -> str:
    """Return the URL that the client requested."""
    query = f"?{request.query}" if request.query else ""
    return f"{request.scheme}://{request.host}{request.path}{query}"


def header_bytes(request: Request) -> int:
    """Return the size in bytes of all headers as sent over HTTP/1.1."""
    return sum(len(name) + len(value) + _AROUND_VALUE for name, value in request.headers)
