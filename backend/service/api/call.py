"""A request on its way through a handler, and what a handler answers with."""

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
    """What handlers use beside the database."""

    settings: Settings
    contract: Contract
    storage: Storage
    cache: Redis | None


@dataclass
class Commit:
    """The end of a transaction."""

    is_under_way: bool = False
    """Whether the database may have been told to commit."""


@contextmanager
def commit_watched() -> Generator[Commit]:
    """Watch a block that ends with a commit, and sets `Commit.is_under_way` just before.

    Raises:
        Problem: 503, when the database goes away during the commit.
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
    """One request: checked values, who calls, and a connection in a transaction where something may change."""

    request: Request
    operation: Operation
    services: Services
    values: Mapping[str, Any]
    """Parameters by name."""
    body: Any
    database: Any
    """An asyncpg connection."""
    who: Caller | None = None
    after_commit: list[Callable[[], Awaitable[None]]] = field(default_factory=list[Callable[[], Awaitable[None]]])
    """Run when the transaction is committed, before the answer."""

    @property
    def caller(self) -> Caller:
        """The signed-in user of an operation that needs one."""
        return cast("Caller", self.who)

    @property
    def limit(self) -> int:
        """Entries of a page."""
        return min(self.values.get("limit", DEFAULT_LIMIT), MAX_LIMIT)

    def id(self, name: str) -> UUID:
        """A parameter that is an id."""
        return UUID(self.values[name])

    def optional_id(self, name: str) -> UUID | None:
        """An optional parameter that is an id."""
        return UUID(self.values[name]) if name in self.values else None

    @asynccontextmanager
    async def connection(self) -> AsyncGenerator[Any]:
        """Hold a connection for the block; for handlers that are `holding_no_connection`."""
        async with self.request.app.state.database.connection() as connection:
            self.database = connection
            try:
                yield connection
            finally:
                self.database = None

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[None]:
        """Hold a connection with a transaction for the block; for handlers that are `holding_no_connection`.

        Raises:
            Problem: 503, when the database goes away during the commit.
        """
        with commit_watched() as commit:
            async with self.connection() as connection, connection.transaction():
                yield
                commit.is_under_way = True

    @property
    def client_address(self) -> str:
        """Address of the client, as far as the proxies are believed."""
        return self.request.client.host if self.request.client else "unknown"


def as_json(value: object) -> str:
    """Write a value for a column of JSON. What orjson does not know is written as text: asyncpg's own UUIDs."""
    return orjson.dumps(value, default=str).decode()


Handler = Callable[[Call], Awaitable[Response]]

_holding_no_connection: Final[set[Handler]] = set()


def holding_no_connection(handler: Handler) -> Handler:
    """Mark a handler that opens its own transactions, because it waits for something else in between.

    Passwords are hashed two at a time, and Redis may hang. If each sign-in or search held a connection while it waits,
    some of them would keep everybody else from the database.
    """
    _holding_no_connection.add(handler)
    return handler


def holds_no_connection(handler: Handler) -> bool:
    """Whether a handler is marked so."""
    return handler in _holding_no_connection


def reply(call: Call, value: Any, headers: Mapping[str, str] | None = None) -> Response:
    """Answer with JSON and the operation's success status."""
    return Response(orjson.dumps(value, default=str), call.operation.success, headers, "application/json")


def created(call: Call, value: Mapping[str, Any]) -> Response:
    """Answer that something was made, and where it is if the operation says so."""
    prefix = call.services.settings.path_prefix
    where = {"Location": f"{prefix}{call.operation.path}/{value['id']}"} if call.operation.locates else None
    return reply(call, value, where)


def nothing(call: Call) -> Response:
    """Answer without a body."""
    return Response(status_code=call.operation.success)


def page(call: Call, items: list[Any], cursor: str | None) -> Response:
    """Answer with a page of a list."""
    return reply(call, {"items": items, "nextCursor": cursor})
