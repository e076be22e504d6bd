"""A DB instance in the emulator runs as a PostgreSQL that behaves like RDS."""

import asyncio
import json
import os
import signal
import ssl
import subprocess
import threading
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import psutil
import pytest

from tests.toolchain.datapath.running import DEADLINE_SECONDS, Running, running, wait_until
from toolchain.datapath.control_plane import ControlPlane
from toolchain.datapath.ports import free_port
from toolchain.datapath.stores import programs
from toolchain.datapath.stores.part import Stores

pytestmark = pytest.mark.emulator
USER, NAME = "app_admin", "shop"
GROUP = "strict"
INSTANCE = {
    "Engine": "postgres",
    "EngineVersion": "16.4",
    "DBInstanceClass": "db.t4g.micro",
    "AllocatedStorage": 20,
    "MasterUsername": USER,
    "DBName": NAME,
}


@pytest.fixture(scope="module")
def database(control_plane: ControlPlane) -> dict[str, Any]:
    rds = control_plane.client("rds")
    rds.create_db_parameter_group(DBParameterGroupName=GROUP, DBParameterGroupFamily="postgres16", Description="d")
    parameters = {"rds.force_ssl": "1", "max_connections": "33", "shared_preload_libraries": "pg_stat_statements"}
    rds.modify_db_parameter_group(
        DBParameterGroupName=GROUP,
        Parameters=[
            {"ParameterName": name, "ParameterValue": value, "ApplyMethod": "pending-reboot"}
            for name, value in parameters.items()
        ],
    )
    made = rds.create_db_instance(
        DBInstanceIdentifier="database",
        ManageMasterUserPassword=True,
        DBParameterGroupName=GROUP,
        Port=5433,
        **INSTANCE,
    )
    return made["DBInstance"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("datapath")


@pytest.fixture(scope="module")
def path(control_plane: ControlPlane, database: dict[str, Any], folder: Path) -> Iterator[Running]:
    del database
    with running(folder, control_plane.endpoint, Stores) as path:
        yield path


def secret_of(control_plane: ControlPlane) -> dict[str, str]:
    rds, manager = control_plane.client("rds"), control_plane.client("secretsmanager")
    arn = rds.describe_db_instances(DBInstanceIdentifier="database")["DBInstances"][0]["MasterUserSecret"]["SecretArn"]
    return {"arn": arn, **json.loads(manager.get_secret_value(SecretId=arn)["SecretString"])}


def port_of(control_plane: ControlPlane, path: Running, identifier: str = "database") -> int:
    rds = control_plane.client("rds")
    endpoint = rds.describe_db_instances(DBInstanceIdentifier=identifier)["DBInstances"][0]["Endpoint"]
    return path.wait_for_port(endpoint["Address"], endpoint["Port"])


def context(folder: Path) -> ssl.SSLContext:
    """Return a TLS context that verifies the server's name, like sslmode=verify-full."""
    return ssl.create_default_context(cafile=str(folder / "stores" / "ca.pem"))


@asynccontextmanager
async def session(port: int, password: str, **more: Any) -> AsyncGenerator[Any]:
    given: dict[str, Any] = {"user": USER, "database": NAME, "ssl": "require", **more}
    connection: Any = await asyncpg.connect(host="127.0.0.1", port=port, password=password, timeout=30, **given)
    try:
        yield connection
    finally:
        await connection.close()


def asked(port: int, password: str, *statements: str, **more: Any) -> Any:
    """Run statements in one session, and return the result of the last one."""

    async def ask() -> Any:
        async with session(port, password, **more) as connection:
            for statement in statements[:-1]:
                await connection.execute(statement)
            return await connection.fetchval(statements[-1])

    return asyncio.run(ask())


def can_log_in(port: int, password: str) -> bool:
    try:
        return asked(port, password, "SELECT true")
    except asyncpg.InvalidPasswordError:
        return False
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
        return False  # the server is starting


def test_the_secret_logs_in_and_another_password_does_not(
    control_plane: ControlPlane, path: Running, folder: Path
) -> None:
    port, secret = port_of(control_plane, path), secret_of(control_plane)
    assert secret["username"] == USER
    wait_until(lambda: can_log_in(port, secret["password"]), f"the secret logs in: {path.lines}")
    assert asked(port, secret["password"], "SELECT current_database()", ssl=context(folder)) == NAME
    with pytest.raises(asyncpg.InvalidPasswordError, match="password authentication failed"):
        asked(port, "wrong", "SELECT 1")
    assert secret["password"] not in "".join(
        file.read_text(errors="replace") for file in (folder / "stores").rglob("*.log")
    )


def test_a_connection_without_tls_is_refused(control_plane: ControlPlane, path: Running) -> None:
    port, secret = port_of(control_plane, path), secret_of(control_plane)
    with pytest.raises(asyncpg.InvalidAuthorizationSpecificationError, match="no encryption"):
        asked(port, secret["password"], "SELECT 1", ssl=False)


def test_the_master_may_what_it_may_in_rds(control_plane: ControlPlane, path: Running) -> None:
    port, secret = port_of(control_plane, path), secret_of(control_plane)
    wait_until(lambda: can_log_in(port, secret["password"]), "the secret logs in")
    password = secret["password"]
    assert asked(port, password, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") is False
    assert asked(port, password, "SHOW max_connections") == "33"
    assert asked(port, password, "CREATE EXTENSION IF NOT EXISTS vector", "SELECT '[1,2]'::vector <-> '[1,3]'") == 1.0
    made = asked(
        port,
        password,
        "CREATE ROLE application NOLOGIN",
        "CREATE ROLE web LOGIN PASSWORD 'web-password' IN ROLE application",
        "CREATE ROLE token LOGIN",
        "GRANT rds_iam TO token",
        "CREATE DATABASE other",
        "CREATE TABLE notes (text text)",
        "GRANT SELECT ON notes TO application",
        "SELECT count(*) FROM notes",
    )
    assert made == 0
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        asked(port, "web-password", "INSERT INTO notes VALUES ('x') RETURNING text", user="web")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        asked(port, password, "SELECT pg_read_file('/etc/passwd')")


def test_a_rotation_is_followed_and_open_sessions_go_on(control_plane: ControlPlane, path: Running) -> None:
    port, before = port_of(control_plane, path), secret_of(control_plane)
    wait_until(lambda: can_log_in(port, before["password"]), "the secret logs in")

    async def rotate_in_a_session() -> None:
        async with session(port, before["password"]) as connection:
            manager = control_plane.client("secretsmanager")
            await asyncio.to_thread(manager.rotate_secret, SecretId=before["arn"])
            after = secret_of(control_plane)
            assert after["username"] == USER
            assert after["password"] != before["password"]
            await asyncio.to_thread(wait_until, lambda: can_log_in(port, after["password"]), "the new password logs in")
            assert not await asyncio.to_thread(can_log_in, port, before["password"])
            assert await connection.fetchval("SELECT 1") == 1

    asyncio.run(rotate_in_a_session())


def test_a_killed_server_is_started_again_with_what_was_committed(
    control_plane: ControlPlane, path: Running, folder: Path
) -> None:
    port, secret = port_of(control_plane, path), secret_of(control_plane)
    wait_until(lambda: can_log_in(port, secret["password"]), "the secret logs in")
    asked(port, secret["password"], "CREATE TABLE kept AS SELECT 7 AS number", "SELECT 1")
    data = folder / "stores" / "postgres-database" / "data"
    postmaster = int((data / "postmaster.pid").read_text().splitlines()[0])
    os.kill(postmaster, signal.SIGKILL)
    wait_until(lambda: not psutil.pid_exists(postmaster), "the postmaster is gone")
    wait_until(lambda: can_log_in(port, secret["password"]), f"it runs again: {path.lines}")
    assert asked(port, secret["password"], "SELECT number FROM kept") == 7
    assert any("ended (exit status -9), starting it again" in line for line in path.lines)


def test_a_server_that_nobody_knows_of_does_not_keep_the_next_one_away(
    control_plane: ControlPlane, database: dict[str, Any], tmp_path: Path
) -> None:
    del database
    with running(tmp_path, control_plane.endpoint, Stores) as first:
        port_of(control_plane, first)
    data = tmp_path / "stores" / "postgres-database" / "data"
    options = {"listen_addresses": "127.0.0.1", "unix_socket_directories": "", "port": str(free_port())}
    given = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
    command = [programs.postgres_programs() / "postgres", "-D", programs.data_argument(data), *given]
    with subprocess.Popen(command, cwd=data, **programs.unprivileged()) as unknown:
        # PostgreSQL takes a zombie process for a running one, so wait for the process in a thread.
        waiting = threading.Thread(target=unknown.wait)
        waiting.start()
        wait_until((data / "postmaster.pid").is_file, "it has the folder")
        with running(tmp_path, control_plane.endpoint, Stores) as second:
            port, secret = port_of(control_plane, second), secret_of(control_plane)
            wait_until(lambda: can_log_in(port, secret["password"]), f"the next one runs: {second.lines}")
        waiting.join(DEADLINE_SECONDS)
        assert unknown.returncode == -signal.SIGKILL


def test_a_replica_reads_and_does_not_write(control_plane: ControlPlane, path: Running) -> None:
    rds, secret = control_plane.client("rds"), secret_of(control_plane)
    rds.create_db_instance_read_replica(DBInstanceIdentifier="replica", SourceDBInstanceIdentifier="database")
    replica = port_of(control_plane, path, "replica")
    assert replica != port_of(control_plane, path)
    wait_until(lambda: can_log_in(replica, secret["password"]), "the replica answers")
    with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
        asked(replica, secret["password"], "CREATE TABLE never (n int)", "SELECT 1")
    rds.delete_db_instance(DBInstanceIdentifier="replica", SkipFinalSnapshot=True)
    assert secret_of(control_plane) == secret  # moto deleted the primary's secret together with the replica


def test_a_password_that_was_given_with_the_instance_logs_in_and_goes_with_it(
    control_plane: ControlPlane, path: Running, folder: Path
) -> None:
    rds = control_plane.client("rds")
    rds.create_db_instance(
        DBInstanceIdentifier="given",
        MasterUserPassword="Given-Pa$$w:rd",
        **(INSTANCE | {"EngineVersion": "14.9"}),
    )
    port = port_of(control_plane, path, "given")
    wait_until(lambda: can_log_in(port, "Given-Pa$$w:rd"), f"the password logs in: {path.lines}")
    assert asked(port, "Given-Pa$$w:rd", "SELECT 1", ssl=False) == 1  # 14 does not force TLS
    endpoint = rds.describe_db_instances(DBInstanceIdentifier="given")["DBInstances"][0]["Endpoint"]
    rds.delete_db_instance(DBInstanceIdentifier="given", SkipFinalSnapshot=True)
    kept = folder / "stores" / "postgres-given"
    wait_until(lambda: not kept.exists(), f"its data is removed: {path.lines}")
    assert path.addresses.local_port(endpoint["Address"], endpoint["Port"]) is None
    assert str(kept / "data") not in _working_directories()


def test_a_new_data_path_finds_the_data_at_the_same_port(
    control_plane: ControlPlane, database: dict[str, Any], tmp_path: Path
) -> None:
    del database
    secret = secret_of(control_plane)
    with running(tmp_path / "again", control_plane.endpoint, Stores) as first:
        port = port_of(control_plane, first)
        wait_until(lambda: can_log_in(port, secret["password"]), "it runs")
        asked(port, secret["password"], "CREATE TABLE kept AS SELECT 8 AS number", "SELECT 1")
    data = str(tmp_path / "again" / "stores" / "postgres-database" / "data")
    assert data not in _working_directories()
    assert json.loads((tmp_path / "again" / "children.json").read_text()) == {}
    with running(tmp_path / "again", control_plane.endpoint, Stores) as second:
        assert port_of(control_plane, second) == port
        wait_until(lambda: can_log_in(port, secret["password"]), "it runs again")
        assert asked(port, secret["password"], "SELECT number FROM kept") == 8


def _working_directories() -> set[str]:
    found: set[str] = set()
    for process in psutil.process_iter():
        try:
            found.add(process.cwd())
        except (psutil.Error, OSError):
            continue
    return found
