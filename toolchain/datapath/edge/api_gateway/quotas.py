"""Requests that are larger than API Gateway takes, apart from their payload.

Sizes: "Quotas for configuring and running a REST API in API Gateway" (Amazon API Gateway Developer Guide). The page
names the status for a method ARN that is too long, 414. It names none for a URL and for headers: a URL gets 414 as
well, headers 400 with the sentence that callers report, "HTTP header is larger than 10240 bytes." Neither is one of
the gateway responses that an API can customize, so that browsers of other origins see an error of CORS.
"""

from http import HTTPStatus
from typing import Final

from toolchain.datapath.edge.messages import Request, Response

URL_CHARACTERS: Final = 10_240
"""Of a Regional API."""
HEADER_BYTES: Final = 10_240
"""Of all headers together, with their names, line terminators and white space."""
METHOD_ARN_BYTES: Final = 1600
_AROUND_VALUE: Final = len(": \r\n")


def refusal(request: Request) -> Response | None:
    """The answer to a request whose URL or headers are too large; None when they are not.

    Args:
        request: The request, under the name that the client asked.
    """
    if len(url(request)) > URL_CHARACTERS:
        return uri_too_long()
    if header_bytes(request) > HEADER_BYTES:
        body = f"HTTP header is larger than {HEADER_BYTES} bytes."
        return Response(HTTPStatus.BAD_REQUEST, (("Content-Type", "text/plain"),), body.encode())
    return None


def uri_too_long() -> Response:
    """The answer to a URL, or to the ARN of a method with its path parameters, that is too long."""
    body = b'{"message":"Request URI too long"}'
    return Response(HTTPStatus.REQUEST_URI_TOO_LONG, (("Content-Type", "application/json"),), body)


def url(request: Request) -> str:
    """The URL that the client asked for."""
    query = f"?{request.query}" if request.query else ""
    return f"{request.scheme}://{request.host}{request.path}{query}"


def header_bytes(request: Request) -> int:
    """Bytes of all headers as they are sent over HTTP/1.1."""
    return sum(len(name) + len(value) + _AROUND_VALUE for name, value in request.headers)
