"""Outages of the database and Redis, and rotations of passwords, under load behind the balancer."""

import asyncio
import os
import signal
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from service.database_settings import MigrationSettings
from service.environment import read
from service.migrate import migrate
from tests.backend import balancer, drilled
from tests.backend.conftest import TestDatabase
from tests.backend.fleet import Fleet, two_tasks
from tests.backend.load import Load
from tests.backend.servers import MASTER, MASTER_PASSWORD, Postgres, Redis, wait_until

pytestmark = pytest.mark.skipif(balancer.program() is None, reason=balancer.MISSING)

TIMEOUT_SECONDS = 20
"""Timeout of a client, longer than any valid request takes, so that it detects a hanging request."""
QUERY_SECONDS = 2
_numbers = count(1)


@pytest.fixture
def fleet(environment: dict[str, str], database: TestDatabase, tmp_path: Path) -> Iterator[Fleet]:
    database.execute(drilled.TABLE)
    with two_tasks(environment | {"DATABASE_QUERY_SECONDS": str(QUERY_SECONDS)}, tmp_path) as fleet:
        yield fleet


def all_answer(fleet: Fleet, status: int) -> bool:
    return all(task.status() == status for task in fleet.tasks)


def lost(database: TestDatabase, written: set[str]) -> set[str]:
    return written - {str(row) for row in database.values("SELECT id FROM drill")}


def crash(postgres: Postgres) -> Callable[[], None]:
    postgres.kill()
    return postgres.start


def hang(postgres: Postgres) -> Callable[[], None]:
    postgres.pause()
    return postgres.resume


@pytest.mark.parametrize("fault", [crash, hang])
def test_the_service_comes_through_a_database_that_goes_and_comes_back(
    fleet: Fleet, database: TestDatabase, postgres: Postgres, fault: Callable[[Postgres], Callable[[], None]]
) -> None:
    load = Load(fleet.balancer.url, timeout_seconds=TIMEOUT_SECONDS)
    with load.running() as result:
        wait_until(lambda: len(result.written) > 10, "writes")
        recover = fault(postgres)
        try:
            wait_until(lambda: all_answer(fleet, 503), "both tasks know it", 20)
        finally:
            recover()
        wait_until(lambda: all_answer(fleet, 200), "both tasks are ready again", 20)
        wait_until(lambda: all(fleet.balancer.is_healthy(task.port) for task in fleet.tasks), "the balancer knows", 20)
        # Requests that were in progress at the recovery may still fail, until the timeout of a statement.
        time.sleep(QUERY_SECONDS + 1)
        failures, written = len(result.failures), len(result.written)
        wait_until(lambda: len(result.written) > written + 20, "writes afterwards")
        assert result.failures[failures:] == []
    assert lost(database, result.written) == set()
    assert [failure for failure in result.failures if "Timeout" in failure] == []
    assert all(task.process.poll() is None for task in fleet.tasks)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
def test_a_redis_that_goes_and_comes_back_costs_no_request(
    fleet: Fleet, redis_server: Redis, number: signal.Signals
) -> None:
    with Load(fleet.balancer.url, timeout_seconds=TIMEOUT_SECONDS).running() as result:
        wait_until(lambda: len(result.written) > 10, "writes")
        if number == signal.SIGKILL:
            redis_server.kill()
        else:
            redis_server.pause()
        try:
            written = len(result.written)
            wait_until(lambda: len(result.written) > written + 20, "writes without Redis")
            assert all_answer(fleet, 200)
        finally:
            if number == signal.SIGKILL:
                redis_server.start()
            else:
                redis_server.resume()
        written = len(result.written)
        wait_until(lambda: len(result.written) > written + 10, "writes afterwards")
    assert result.failures == []


PASSWORDS = ("the first password", "the second password")


@pytest.fixture
def users() -> tuple[str, str]:
    number = next(_numbers)
    return f"rotated_a_{os.getpid()}_{number}", f"rotated_b_{os.getpid()}_{number}"


@pytest.fixture
def application(environment: dict[str, str], users: tuple[str, str], database: TestDatabase) -> dict[str, str]:
    """Environment of tasks that log in as the application's own users; the fixture creates the users."""
    logins = {
        "DATABASE_USERNAME": users[0],
        "DATABASE_PASSWORD": PASSWORDS[0],
        "DATABASE_ALTERNATE_USERNAME": users[1],
        "DATABASE_ALTERNATE_PASSWORD": PASSWORDS[1],
    }
    migrate_with(environment | logins)
    database.execute(drilled.TABLE)
    return environment | logins


def migrate_with(environment: dict[str, str], master_password: str = MASTER_PASSWORD) -> None:
    master = {"DATABASE_MASTER_USERNAME": MASTER, "DATABASE_MASTER_PASSWORD": master_password}
    asyncio.run(migrate(read(MigrationSettings, environment | master)))


def test_the_masters_rotation_is_not_noticed(
    application: dict[str, str], database: TestDatabase, tmp_path: Path
) -> None:
    with two_tasks(application, tmp_path) as fleet, Load(fleet.balancer.url).running() as result:
        wait_until(lambda: len(result.written) > 10, "writes")
        database.execute(f"ALTER ROLE {MASTER} PASSWORD 'rotated'")
        try:
            # A wrong password would only stop new connections.
            fleet.replace(fleet.tasks[0])
            written = len(result.written)
            wait_until(lambda: len(result.written) > written + 10, "writes afterwards")
        finally:
            database.execute(f"ALTER ROLE {MASTER} PASSWORD '{MASTER_PASSWORD}'", password="rotated")
    assert result.failures == []


def test_the_applications_rotation_loses_no_request(
    application: dict[str, str], users: tuple[str, str], database: TestDatabase, tmp_path: Path
) -> None:
    """Rotate two users in turn, like Secrets Manager: change one user's password, then replace the tasks.

    The database refuses a task with the old secret once its own user has the new password. The task then logs in as
    the other user.
    """
    with two_tasks(application, tmp_path) as fleet, Load(fleet.balancer.url).running() as result:
        wait_until(lambda: len(result.written) > 10, "writes")
        migrate_with(application | {"DATABASE_PASSWORD": "rotated"})
        # A task that starts with the old secret logs in as the other user.
        fleet.replace(fleet.tasks[0])
        assert any("the database refused a user" in message for message in fleet.tasks[-1].messages())
        # Then the tasks get the new secret.
        for _ in range(2):
            fleet.replace(fleet.tasks[0], DATABASE_PASSWORD="rotated")
        written = len(result.written)
        wait_until(lambda: len(result.written) > written + 10, "writes afterwards")
    assert result.failures == []
    assert not any("refused" in message for message in fleet.tasks[-1].messages())
