"""One PostgreSQL and one Redis for all tests of a session, and a new database for each test."""

import asyncio
import os
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from service.settings import Settings, load
from tests import authorities
from tests.backend.servers import MASTER, MASTER_PASSWORD, Postgres, Redis
from tests.backend.tls import TlsFront

authorities.share()
_numbers = count(1)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL server; a test that stops it starts it again."""
    server = Postgres()
    try:
        server.create()
        yield server
    finally:
        server.remove()


@pytest.fixture(scope="session")
def redis_server() -> Iterator[Redis]:
    """A Redis server; a test that stops it starts it again."""
    server = Redis()
    try:
        server.start()
        yield server
    finally:
        server.remove()


@pytest.fixture
def front(tmp_path: Path, postgres: Postgres) -> Iterator[TlsFront]:
    """PostgreSQL over TLS."""
    with TlsFront(tmp_path, postgres.port).running() as running:
        yield running


@dataclass(frozen=True)
class TestDatabase:
    """An empty database, and the address to connect to it."""

    __test__ = False

    host: str
    port: int
    name: str

    @property
    def variables(self) -> dict[str, str]:
        """Environment variables that connect a service to the database, as the master user."""
        return {
            "DATABASE_HOST": self.host,
            "DATABASE_PORT": str(self.port),
            "DATABASE_NAME": self.name,
            "DATABASE_USERNAME": MASTER,
            "DATABASE_PASSWORD": MASTER_PASSWORD,
            "DATABASE_SSL": "disable",
        }

    def execute(self, *statements: str, username: str = MASTER, password: str = MASTER_PASSWORD) -> None:
        """Run statements one after the other."""

        async def run() -> None:
            async with self.connection(username, password) as connection:
                for statement in statements:
                    await connection.execute(statement)

        asyncio.run(run())

    def values(self, query: str) -> set[Any]:
        """Return the first column of a query's rows, read by the master user."""

        async def run() -> set[Any]:
            async with self.connection() as connection:
                return {row[0] for row in await connection.fetch(query)}

        return asyncio.run(run())

    @asynccontextmanager
    async def connection(self, username: str = MASTER, password: str = MASTER_PASSWORD) -> AsyncGenerator[Any]:
        connection = await asyncpg.connect(
            host=self.host, port=self.port, database=self.name, user=username, password=password, ssl="disable"
        )
        try:
            yield connection
        finally:
            await connection.close()


def new_database(postgres: Postgres) -> TestDatabase:
    """Make an empty database. That takes 0.1 s of a processor."""
    name = f"test_{os.getpid()}_{next(_numbers)}"
    asyncio.run(postgres.create_database(name))
    return TestDatabase("127.0.0.1", postgres.port, name)


@pytest.fixture
def database(postgres: Postgres) -> TestDatabase:
    """An empty database that no other test uses; the master user owns it."""
    return new_database(postgres)


@pytest.fixture(scope="module")
def unchanged_database(postgres: Postgres) -> TestDatabase:
    """An empty database for a file whose tests only connect to it: ``database = unchanged_database``."""
    return new_database(postgres)


@pytest.fixture
def environment(database: TestDatabase, redis_server: Redis) -> dict[str, str]:
    """Environment variables that connect a service to the test's database, as the master user, and to Redis."""
    return {
        "NODE_ENV": "test",
        "HOST": "127.0.0.1",
        **database.variables,
        "REDIS_URL": redis_server.url,
        "JWT_SECRET": "a secret for tests, long enough for HS256",
        "HEALTH_CHECK_SECONDS": "0.2",
    }


@pytest.fixture
def settings(environment: dict[str, str]) -> Settings:
    """The settings that the service loads from this environment."""
    return load(environment)
