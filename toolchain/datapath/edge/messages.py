"""HTTP requests and responses as the parts of the edge hand them on."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Protocol

HeaderList = tuple[tuple[str, str], ...]

HOP_BY_HOP = frozenset(
    {"connection", "keep-alive", "transfer-encoding", "upgrade", "proxy-connection", "te", "trailer"}
)
"""Headers of one connection, which are not sent on (RFC 9110, section 7.6.1); Trailer, because no trailers are."""


@dataclass(frozen=True)
class Request:
    """A request of a viewer."""

    method: str
    host: str
    """The name in AWS that it is for, in lower case and without a port, such as ``api.example.com``."""
    path: str
    """As it was sent: encoded, without the query."""
    query: str = ""
    """As it was sent: encoded, without the question mark."""
    headers: HeaderList = ()
    body: bytes = b""
    client_address: str = "127.0.0.1"
    scheme: str = "https"
    """What the viewer would use in AWS."""

    def header(self, name: str) -> str | None:
        """The first value of a header, found in any letter case; None when there is none."""
        return first(self.headers, name)

    def with_headers(self, *added: tuple[str, str], without: Iterable[str] = ()) -> "Request":
        """A copy with headers removed and added."""
        return replace(self, headers=(*_without(self.headers, without), *added))


@dataclass(frozen=True)
class Response:
    """What is answered."""

    status: int
    headers: HeaderList = ()
    body: bytes = b""
    details: dict[str, str] = field(default_factory=dict[str, str])
    """For logs and tests only, never sent, such as ``{"cache": "Hit from cloudfront"}``."""

    def header(self, name: str) -> str | None:
        """The first value of a header, found in any letter case; None when there is none."""
        return first(self.headers, name)

    def with_headers(self, *added: tuple[str, str], without: Iterable[str] = ()) -> "Response":
        """A copy with headers removed and added."""
        return replace(self, headers=(*_without(self.headers, without), *added))


class Handler(Protocol):
    """Answers requests in place of a service of AWS."""

    async def answer(self, request: Request) -> Response:
        """Answer a request."""
        ...


def first(headers: HeaderList, name: str) -> str | None:
    """The first value of a header, found in any letter case; None when there is none."""
    wanted = name.lower()
    return next((value for key, value in headers if key.lower() == wanted), None)


def _without(headers: HeaderList, names: Iterable[str]) -> HeaderList:
    unwanted = {name.lower() for name in names}
    return tuple((key, value) for key, value in headers if key.lower() not in unwanted)
