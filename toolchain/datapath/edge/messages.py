"""HTTP requests and responses, as plain data that the parts of the edge pass to each other."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Protocol

HeaderList = tuple[tuple[str, str], ...]

HOP_BY_HOP = frozenset(
    {"connection", "keep-alive", "transfer-encoding", "upgrade", "proxy-connection", "te", "trailer"}
)
"""Headers of one connection, which are not forwarded (RFC 9110, section 7.6.1); and Trailer, because trailers are not
forwarded either."""


@dataclass(frozen=True)
class Request:
    """A request of a viewer."""

    method: str
    host: str
    """DNS name in AWS that the request is for, in lower case and without a port, such as ``api.example.com``."""
    path: str
    """Path as it was sent: encoded, without the query."""
    query: str = ""
    """Query as it was sent: encoded, without the question mark."""
    headers: HeaderList = ()
    body: bytes = b""
    client_address: str = "127.0.0.1"
    scheme: str = "https"
    """Scheme that the viewer would use in AWS."""

    def header(self, name: str) -> str | None:
        """Return the first value of a header, whose name is compared without letter case; None if it is missing."""
        return first(self.headers, name)

    def with_headers(self, *added: tuple[str, str], without: Iterable[str] = ()) -> "Request":
        """Return a copy with headers removed and added."""
        return replace(self, headers=(*_without(self.headers, without), *added))


@dataclass(frozen=True)
class Response:
    """A response to a viewer."""

    status: int
    headers: HeaderList = ()
    body: bytes = b""
    details: dict[str, str] = field(default_factory=dict[str, str])
    """Details for the edge itself and for tests, such as ``{"cache": "Hit from cloudfront"}``; never sent."""

    def header(self, name: str) -> str | None:
        """Return the first value of a header, whose name is compared without letter case; None if it is missing."""
        return first(self.headers, name)

    def with_headers(self, *added: tuple[str, str], without: Iterable[str] = ()) -> "Response":
        """Return a copy with headers removed and added."""
        return replace(self, headers=(*_without(self.headers, without), *added))


class Handler(Protocol):
    """An object that answers requests in place of an AWS service."""

    async def answer(self, request: Request) -> Response:
        """Answer a request."""
        ...


def first(headers: HeaderList, name: str) -> str | None:
    """Return the first value of a header, whose name is compared without letter case; None if it is missing."""
    wanted = name.lower()
    return next((value for key, value in headers if key.lower() == wanted), None)


def _without(headers: HeaderList, names: Iterable[str]) -> HeaderList:
    unwanted = {name.lower() for name in names}
    return tuple((key, value) for key, value in headers if key.lower() not in unwanted)
