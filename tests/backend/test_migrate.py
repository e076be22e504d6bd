"""The migration task, which creates the application's database users and tables."""

import asyncio
import base64
import hmac
import os
import subprocess
import sys
from itertools import count

import asyncpg
import pytest

from service import scram
from service.credentials import target
from service.database_settings import MigrationSettings
from service.environment import read
from service.migrate import FAILURES, head, migrate
from tests.backend.conftest import TestDatabase
from tests.backend.servers import BACKEND, MASTER, MASTER_PASSWORD
from tests.backend.tls import TlsFront

PASSWORD_A = "Pa$$w'ord\"%/:@ a"
PASSWORD_B = "another {b} \\ one"
_numbers = count(1)


@pytest.fixture
def users() -> tuple[str, str]:
    """User names that no other test uses: users belong to the server, not to a database."""
    number = f"{os.getpid()}_{next(_numbers)}"
    return f"app_a_{number}", f"app-B {number}"


@pytest.fixture
def environment(database: TestDatabase, users: tuple[str, str]) -> dict[str, str]:
    """Environment of the migration task, with the master user's credentials."""
    return {
        "DATABASE_HOST": database.host,
        "DATABASE_PORT": str(database.port),
        "DATABASE_NAME": database.name,
        "DATABASE_SSL": "disable",
        "DATABASE_USERNAME": users[0],
        "DATABASE_PASSWORD": PASSWORD_A,
        "DATABASE_ALTERNATE_USERNAME": users[1],
        "DATABASE_ALTERNATE_PASSWORD": PASSWORD_B,
        "DATABASE_MASTER_USERNAME": MASTER,
        "DATABASE_MASTER_PASSWORD": MASTER_PASSWORD,
    }


def run(environment: dict[str, str], **changes: str) -> None:
    asyncio.run(migrate(read(MigrationSettings, environment | changes)))


def test_both_users_log_in_and_write_but_change_no_table(
    environment: dict[str, str], database: TestDatabase, users: tuple[str, str]
) -> None:
    run(environment)
    database.execute("CREATE TABLE later (id serial PRIMARY KEY, name text)")
    for username, password in zip(users, (PASSWORD_A, PASSWORD_B), strict=True):
        database.execute("INSERT INTO later (name) VALUES ('a')", username=username, password=password)
        for statement in (
            "DROP TABLE later",
            "ALTER TABLE later ADD COLUMN more text",
            "CREATE TABLE mine (id int)",
            "DELETE FROM alembic_version",
            "CREATE ROLE another",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                database.execute(statement, username=username, password=password)


def test_a_second_run_changes_passwords_and_nothing_else(
    environment: dict[str, str], database: TestDatabase, users: tuple[str, str]
) -> None:
    run(environment)
    run(environment, DATABASE_PASSWORD="a new one")
    database.execute("SELECT 1", username=users[0], password="a new one")
    database.execute("SELECT 1", username=users[1], password=PASSWORD_B)
    with pytest.raises(asyncpg.InvalidPasswordError):
        database.execute("SELECT 1", username=users[0], password=PASSWORD_A)


def test_several_at_once_wait_for_each_other(environment: dict[str, str]) -> None:
    async def three() -> None:
        settings = read(MigrationSettings, environment)
        await asyncio.gather(*(migrate(settings) for _ in range(3)))

    asyncio.run(three())


def test_another_that_does_not_end_is_not_waited_for_without_end(
    environment: dict[str, str], database: TestDatabase
) -> None:
    async def wait_behind_a_lock() -> None:
        async with database.connection() as connection:
            await connection.execute("SELECT pg_advisory_lock($1)", 0x5350_4F54)
            with pytest.raises(TimeoutError):
                await migrate(read(MigrationSettings, environment | {"MIGRATION_SECONDS": "0.2"}))

    asyncio.run(wait_behind_a_lock())


def test_a_table_that_somebody_holds_is_not_waited_for_without_end(
    environment: dict[str, str], database: TestDatabase
) -> None:
    run(environment)

    async def wait_behind_a_table() -> None:
        async with database.connection() as connection, connection.transaction():
            await connection.execute("LOCK TABLE alembic_version IN ACCESS EXCLUSIVE MODE")
            with pytest.raises(FAILURES, match="lock timeout"):
                await migrate(read(MigrationSettings, environment | {"MIGRATION_SECONDS": "0.2"}))

    asyncio.run(wait_behind_a_table())


def test_without_a_master_the_own_user_migrates(environment: dict[str, str], database: TestDatabase) -> None:
    alone = {key: value for key, value in environment.items() if "MASTER" not in key and "ALTERNATE" not in key}
    run(alone, DATABASE_USERNAME=MASTER, DATABASE_PASSWORD=MASTER_PASSWORD)
    database.execute("SELECT version_num FROM alembic_version")


def test_tokens_need_a_server_that_knows_them(environment: dict[str, str], front: TlsFront) -> None:
    with pytest.raises(LookupError, match="rds_iam"):
        run(environment, DATABASE_AUTH="iam", DATABASE_SSL="require", DATABASE_PORT=str(front.port))


def test_with_tokens_the_users_have_no_password(
    environment: dict[str, str], database: TestDatabase, front: TlsFront
) -> None:
    database.execute("CREATE ROLE rds_iam NOLOGIN")
    try:
        run(environment, DATABASE_AUTH="iam", DATABASE_SSL="require", DATABASE_PORT=str(front.port))
        assert database.values(
            "SELECT member::regrole::text FROM pg_auth_members WHERE roleid = 'rds_iam'::regrole"
        ) >= {environment["DATABASE_USERNAME"]}
        with pytest.raises(asyncpg.InvalidPasswordError):
            database.execute("SELECT 1", username=environment["DATABASE_USERNAME"], password=PASSWORD_A)
    finally:
        database.execute("DROP ROLE rds_iam")


def command(environment: dict[str, str], **changes: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "service", "migrate"],
        cwd=BACKEND,
        env={"PATH": os.environ["PATH"]} | environment | changes,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_command_needs_nothing_but_the_database(environment: dict[str, str]) -> None:
    done = command(environment)
    assert done.returncode == 0, done.stderr
    assert f'"revision": "{head()}"' in done.stdout
    assert PASSWORD_A not in done.stdout


def test_the_command_says_in_one_line_what_failed(environment: dict[str, str]) -> None:
    done = command(environment, DATABASE_MASTER_PASSWORD="wrong")
    assert done.returncode == 1
    assert done.stderr.startswith("error: the database is not migrated: password authentication failed")
    assert "Traceback" not in done.stderr


def test_a_verifier_is_the_one_of_the_standard() -> None:
    """With this verifier, the server's signature equals the example of RFC 7677."""
    salt = "W22ZaJ0SNY7soEsUEjb6gQ=="
    nonce = "rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"
    messages = f"n=user,r=rOprNGfwEbeRWgbNEkqO,r={nonce},s={salt},i=4096,c=biws,r={nonce}"
    made = scram.verifier("pencil", base64.b64decode(salt))
    assert made.startswith(f"SCRAM-SHA-256$4096:{salt}$")
    server_key = base64.b64decode(made.rpartition(":")[2])
    signature = hmac.digest(server_key, messages.encode(), "sha256")
    assert base64.b64encode(signature) == b"6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="


@pytest.mark.parametrize("password", ["pässword", "line\nbreak"])
def test_a_password_that_would_need_saslprep_is_refused(password: str) -> None:
    with pytest.raises(ValueError, match="printable ASCII"):
        scram.verifier(password)


def test_the_target_is_the_same_from_a_url_and_from_its_parts(environment: dict[str, str]) -> None:
    parts = read(MigrationSettings, environment)
    url = f"postgresql://a:b@{parts.database_host}:{parts.database_port}/{parts.database_name}?sslmode=disable"
    assert target(read(MigrationSettings, {"DATABASE_URL": url})) == target(parts)
