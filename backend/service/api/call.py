"""The arguments of a handler for one request, and helpers that build its response."""

import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any, Final, cast
from uuid import UUID

import orjson
from redis.asyncio import Redis
from starlette.requests import Request
from starlette.responses import Response

from service.api.contract import Contract, Operation
from service.api.identity import Caller
from service.api.problems import uncertain
from service.database import UNAVAILABLE
from service.settings import Settings
from service.storage.provider import Storage

logger = logging.getLogger(__name__)

MAX_LIMIT: Final = 100
DEFAULT_LIMIT: Final = 20


@dataclass(frozen=True)
class Services:
    """The services that handlers use besides the database."""

    settings: Settings
    contract: Contract
    storage: Storage
    cache: Redis | None


@dataclass
class Commit:
    """The state of a transaction's commit."""

    is_under_way: bool = False
    """Whether the commit may have been sent to the database."""


@contextmanager
def commit_watched() -> Generator[Commit]:
    """Return a context manager for a block that ends with a commit and sets `Commit.is_under_way` just before it.

    Raises:
        Problem: 503, if the database fails during the commit.
    """
    commit = Commit()
    try:
        yield commit
    except UNAVAILABLE as error:
        if not commit.is_under_way:
            raise
        logger.warning("the database went away during a commit", extra={"reason": type(error).__name__})
        raise uncertain() from error


@dataclass
class Call:
    """One request: its validated values, its caller, and a connection; in a transaction unless the method is GET."""

    request: Request
    operation: Operation
    services: Services
    values: Mapping[str, Any]
    """Parameters by name."""
    body: Any
    database: Any
    """An asyncpg connection; None for a handler that holds no connection."""
    who: Caller | None = None
    after_commit: list[Callable[[], Awaitable[None]]] = field(default_factory=list[Callable[[], Awaitable[None]]])
    """Functions that run after the commit and before the response is sent."""

    @property
    def caller(self) -> Caller:
        """The signed-in user; only for operations that require an access token."""
        return cast("Caller", self.who)

    @property
    def limit(self) -> int:
        """Maximum number of entries on a page."""
        return min(self.values.get("limit", DEFAULT_LIMIT), MAX_LIMIT)

    def id(self, name: str) -> UUID:
        """Return a parameter that is an id."""
        return UUID(self.values[name])

    def optional_id(self, name: str) -> UUID | None:
        """Return an optional parameter that is an id; None if it is missing."""
        return UUID(self.values[name]) if name in self.values else None

    @asynccontextmanager
    async def connection(self) -> AsyncGenerator[Any]:
        """Take a connection for a block; for handlers that are marked with `holding_no_connection`."""
        async with self.request.app.state.database.connection() as connection:
            self.database = connection
            try:
                yield connection
            finally:
                self.database = None

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[None]:
        """Take a connection and begin a transaction for a block; for handlers marked with `holding_no_connection`.

        Raises:
            Problem: 503, if the database fails during the commit.
        """
        with commit_watched() as commit:
            async with self.connection() as connection, connection.transaction():
                yield
                commit.is_under_way = True

    @property
    def client_address(self) -> str:
        """Address of the client, taken from the headers of trusted proxies."""
        return self.request.client.host if self.request.client else "unknown"


def as_json(value: object) -> str:
    """Return a value as JSON for a column. Types that orjson does not know, such as asyncpg's UUIDs, become text."""
    return orjson.dumps(value, default=str).decode()


Handler = Callable[[Call], Awaitable[Response]]

_holding_no_connection: Final[set[Handler]] = set()


def holding_no_connection(handler: Handler) -> Handler:
    """Mark a handler that opens its own transactions, because it also waits for something other than the database.

    Only two passwords are hashed at a time, and Redis may hang. If each sign-in or search held a connection while it
    waits, a few of them would use up the pool.
    """
    _holding_no_connection.add(handler)
    return handler


def holds_no_connection(handler: Handler) -> bool:
    """Return whether a handler is marked with `holding_no_connection`."""
    return handler in _holding_no_connection


def reply(call: Call, value: Any, headers: Mapping[str, str] | None = None) -> Response:
    """Return a response with JSON and the operation's success status."""
    return Response(orjson.dumps(value, default=str), call.operation.success, headers, "application/json")


def created(call: Call, value: Mapping[str, Any]) -> Response:
    """Return the response for a new entry, with its Location if the operation declares this header."""
    prefix = call.services.settings.path_prefix
    where = {"Location": f"{prefix}{call.operation.path}/{value['id']}"} if call.operation.locates else None
    return reply(call, value, where)


def nothing(call: Call) -> Response:
    """Return a response without a body."""
    return Response(status_code=call.operation.success)


def page(call: Call, items: list[Any], cursor: str | None) -> Response:
    """Return a response with a page of a list."""
    return reply(call, {"items": items, "nextCursor": cursor})
