"""Fixtures for the service with a real database and Redis, an HTTP client, and signed-in users."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import asyncpg
import pytest
import redis
from argon2 import PasswordHasher
from starlette.testclient import TestClient

from service.api import credentials
from service.app import create_app
from service.database_settings import MigrationSettings
from service.environment import read
from service.migrate import migrate
from service.settings import Settings, load
from tests.backend.conftest import TestDatabase, new_database
from tests.backend.servers import SUPERUSER, Postgres, Redis

PASSWORD = "correct horse battery staple"
EMPTY_THE_TABLES = """
DO $$
DECLARE name text;
BEGIN
    -- A test that changes definitions must have a database of its own
    ASSERT NOT EXISTS (SELECT FROM pg_trigger WHERE NOT tgisinternal), 'an earlier test has left a trigger';
    SET LOCAL lock_timeout = '30s';
    -- Without foreign keys, the order of the tables does not matter
    SET LOCAL session_replication_role = replica;
    FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version' LOOP
        EXECUTE format('DELETE FROM %I', name);
    END LOOP;
END $$
"""
ADDRESS = {"line1": "12 Jalan Perusahaan", "city": "Shah Alam", "country": "MY"}


@dataclass
class Person:
    """A signed-in user."""

    client: TestClient
    user_id: str
    email: str
    tokens: dict[str, Any]

    def call(self, method: str, path: str, body: object = None, **arguments: Any) -> Any:
        """Send a request with this user's token."""
        headers = {"Authorization": f"Bearer {self.tokens['accessToken']}", **arguments.pop("headers", {})}
        return self.client.request(method, path, json=body, headers=headers, **arguments)

    def made(self, path: str, body: object, status: int = 201) -> Any:
        """Create something with a POST, and return the answer's body."""
        answer = self.call("POST", path, body)
        assert answer.status_code == status, answer.text
        return answer.json()


@pytest.fixture
def service_environment(environment: dict[str, str], tmp_path: Any) -> dict[str, str]:
    return {**environment, "STORAGE_FOLDER": str(tmp_path / "files"), "PUBLIC_URL": "http://testserver"}


def make_tables(database: TestDatabase) -> None:
    asyncio.run(migrate(read(MigrationSettings, database.variables)))


@pytest.fixture(scope="session")
def migrated_database(postgres: Postgres) -> TestDatabase:
    """A database with the service's tables."""
    database = new_database(postgres)
    make_tables(database)
    return database


@pytest.fixture
def database(migrated_database: TestDatabase) -> TestDatabase:
    """The service's tables without rows. The tests share them: to make and migrate a database takes 0.24 s of a
    processor, and to empty it 0.01 s. The migration itself writes no rows."""
    migrated_database.execute(EMPTY_THE_TABLES, username=SUPERUSER)
    return migrated_database


@pytest.fixture
def service_settings(service_environment: dict[str, str]) -> Settings:
    return load(service_environment)


@pytest.fixture(autouse=True)
def cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash passwords with the least memory. With the service's own parameters, whose test is in test_accounts.py, a user
    who signs up and in takes 0.05 s of a processor, and tests have more than a hundred."""
    monkeypatch.setattr(credentials, "HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@pytest.fixture
def client(service_settings: Settings, redis_server: Redis) -> Iterator[TestClient]:
    with redis.Redis.from_url(redis_server.url) as cache:
        cache.flushall()
    with TestClient(create_app(service_settings)) as client:
        yield client


@pytest.fixture
def query(database: TestDatabase) -> Callable[..., list[Any]]:
    """Return a function that reads or changes the test's database directly."""

    def run(statement: str, *values: Any) -> list[Any]:
        async def ask() -> list[Any]:
            async with database.connection() as connection:
                connection: asyncpg.Connection
                return await connection.fetch(statement, *values)

        return asyncio.run(ask())

    return run


@pytest.fixture
def person(client: TestClient, query: Callable[..., list[Any]]) -> Callable[..., Person]:
    """Return a function that creates a user and signs in."""

    def make(name: str, *roles: str) -> Person:
        email = f"{name}@example.com"
        registration = {"email": email, "password": PASSWORD, "fullName": name.title()}
        answer = client.post("/auth/register", json=registration)
        assert answer.status_code == 201, answer.text
        if roles:
            query("UPDATE users SET roles = $2 WHERE email = $1", email, list(roles))
        tokens = client.post("/auth/login", json={"email": email, "password": PASSWORD})
        assert tokens.status_code == 200, tokens.text
        return Person(client, answer.json()["id"], email, tokens.json())

    return make


def company(number: int = 1, **changed: Any) -> dict[str, Any]:
    """Return the body of a registration of a company."""
    body = {"name": f"Sari Foods {number}", "registrationNumber": f"2019{number:08}", "country": "MY"}
    return {**body, "address": ADDRESS, **changed}
