"""Checks the head of a request, and makes the headers that an Application Load Balancer passes on. No side effects.

Sources: Elastic Load Balancing, "Troubleshoot your Application Load Balancers" (HTTP errors), "HTTP headers and
Application Load Balancers" and "Quotas for your Application Load Balancers"; RFC 9110, section 7.6; RFC 9112.
"""

import re
import time
from collections.abc import Iterable
from typing import Final
from uuid import uuid4

import h11

from toolchain.datapath.balancer.configuration import INVALID_NAME
from toolchain.datapath.edge.messages import HOP_BY_HOP

HEAD_BYTES: Final = 64 * 1024
"""Maximum size of all headers of a request together."""
LINE_BYTES: Final = 16 * 1024
"""Maximum size of a request line, and of one header."""

HeaderList = list[tuple[bytes, bytes]]

_ABSOLUTE: Final = re.compile(rb"https?://([^/?]+)(.*)", re.IGNORECASE)
_OWN: Final = frozenset({b"x-forwarded-for", b"x-forwarded-proto", b"x-forwarded-port"})
_HOP_BY_HOP: Final = frozenset(name.encode() for name in HOP_BY_HOP)
_NEVER_DROPPED: Final = frozenset({b"content-length", b"host"})
"""Headers that a Connection header must not remove, because the request would become another request."""


def refusal(request: h11.Request) -> int | None:
    """Return the HTTP status with which a request is refused, whatever its target; None if it may be passed on."""
    if request.http_version not in {b"1.0", b"1.1"}:
        return 505
    if request.method in {b"TRACE", b"CONNECT"}:
        return 405
    if len(request.target) > LINE_BYTES:
        return 414
    sizes = [len(name) + len(value) for name, value in request.headers]
    if max(sizes, default=0) > LINE_BYTES or sum(sizes) > HEAD_BYTES:
        return 400
    names = {name for name, _ in request.headers}
    # Whoever reads the other one of the two would see another end of the body, and so another next request.
    if b"transfer-encoding" in names and (b"content-length" in names or request.http_version == b"1.0"):
        return 400
    return None


def origin_form(request: h11.Request) -> bytes | None:
    """Return the target with path and query only, such as ``/a?b``; None if it is malformed or names another host."""
    target = request.target
    absolute = _ABSOLUTE.fullmatch(target)
    if absolute is not None:
        if absolute[1].lower() != first(request.headers, b"host").lower():
            return None
        target = absolute[2] if absolute[2].startswith(b"/") else b"/" + absolute[2]
    is_of_server = target == b"*" and request.method == b"OPTIONS"
    return target if (target.startswith(b"/") or is_of_server) and b"#" not in target else None


def first(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> bytes:
    """Return the first value of a header with a name in lower case; empty if it is missing."""
    return next((value for key, value in headers if key.lower() == name), b"")


def asks_for_websocket(request: h11.Request) -> bool:
    """Check whether a request asks for a WebSocket: the only protocol to which a load balancer lets clients switch."""
    names = {name for name, _ in request.headers}
    return (
        request.method == b"GET"
        and request.http_version == b"1.1"
        and first(request.headers, b"upgrade").lower() == b"websocket"
        and b"upgrade" in _tokens(request.headers)
        and not names & {b"content-length", b"transfer-encoding"}
    )


def to_target(
    request: h11.Request, client_address: str, port: int, dns_name: str, *, drops_invalid: bool
) -> HeaderList:
    """Return the headers of a request for the target.

    Args:
        request: The client's request.
        client_address: The client's address.
        port: Port of the listener in AWS.
        dns_name: The load balancer's DNS name, for a request of HTTP/1.0 without a host.
        drops_invalid: Whether headers are dropped whose names have other characters than letters, digits and hyphens.
    """
    headers = [(name, value) for name, value in _end_to_end(request) if name.lower() not in _OWN]
    if drops_invalid:
        headers = [(name, value) for name, value in headers if not re.search(INVALID_NAME, name.decode())]
    names = {name.lower() for name, _ in headers}
    if b"host" not in names:
        headers.insert(0, (b"Host", dns_name.encode()))
    if first(request.headers, b"transfer-encoding"):
        headers.append((b"Transfer-Encoding", b"chunked"))
    if asks_for_websocket(request):
        headers += _switch(b"websocket")
    before = [value for name, value in request.headers if name == b"x-forwarded-for"]
    headers += [
        (b"X-Forwarded-For", b", ".join([*before, client_address.encode()])),
        (b"X-Forwarded-Proto", b"http"),
        (b"X-Forwarded-Port", str(port).encode()),
    ]
    if b"x-amzn-trace-id" not in names:
        headers.append((b"X-Amzn-Trace-Id", f"Root=1-{int(time.time()):08x}-{uuid4().hex[:24]}".encode()))
    return headers


def to_client(response: h11.Response | h11.InformationalResponse) -> HeaderList:
    """Return the headers of a target's response for the client.

    Raises:
        h11.RemoteProtocolError: The response has two lengths.
    """
    headers = _end_to_end(response)
    if first(response.headers, b"transfer-encoding") and first(headers, b"content-length"):
        raise h11.RemoteProtocolError("a response with Transfer-Encoding and Content-Length")
    switches = response.status_code == 101  # noqa: PLR2004 - Switching Protocols
    return headers + (_switch(first(response.headers, b"upgrade")) if switches else [])


def _switch(protocol: bytes) -> HeaderList:
    return [(b"Connection", b"Upgrade"), (b"Upgrade", protocol)]


def _end_to_end(message: h11.Request | h11.Response | h11.InformationalResponse) -> HeaderList:
    dropped = _HOP_BY_HOP | (_tokens(message.headers) - _NEVER_DROPPED)
    return [(name, value) for name, value in message.headers.raw_items() if name.lower() not in dropped]


def _tokens(headers: Iterable[tuple[bytes, bytes]]) -> frozenset[bytes]:
    """Return the tokens of the Connection headers, in lower case."""
    values = b",".join(value for name, value in headers if name == b"connection")
    return frozenset(token.strip().lower() for token in values.split(b","))
