"""Runs PostgreSQL in place of a DB instance of RDS."""

import asyncio
import secrets
import shutil
import signal
import ssl
import subprocess
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import asyncpg

from toolchain.datapath.children import POLL_SECONDS, bound_log
from toolchain.datapath.part import Surroundings
from toolchain.datapath.ports import free_port
from toolchain.datapath.stores import programs, roles
from toolchain.datapath.stores.front import Encryption, Way
from toolchain.datapath.stores.plan import POSTGRES_PARAMETERS, Database, Endpoint, forces_ssl, taken
from toolchain.datapath.stores.ports import Ports
from toolchain.datapath.stores.reading import read_database_parameters, read_master_password
from toolchain.errors import ToolchainError
from toolchain.system.files import private_folder, write_whole

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

START_SECONDS: Final = 180.0
"""Timeout of a start, which may include recovery from a crash on a busy machine."""
STOP_SECONDS: Final = 20.0
LOGIN_SECONDS: Final = 10.0
SETTINGS: Final = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "password_encryption": "scram-sha-256",
    "shared_buffers": "64MB",
    # Without fsync a crash of the server loses nothing; only a crash of the machine could damage its files.
    "fsync": "off",
    "full_page_writes": "off",
}
HOST_BASED_AUTHENTICATION: Final = "host all all 127.0.0.1/32 scram-sha-256\n"
"""Plain connections are allowed, because TLS ends at the listener in front, which also refuses clients without TLS."""


class Postgres:
    """A server with the data of one DB instance.

    Args:
        surroundings: Objects that all parts in this process share.
        folder: The server's folder.
        context: TLS context of the listeners.
    """

    def __init__(self, surroundings: Surroundings, folder: Path, context: ssl.SSLContext) -> None:
        self._surroundings = surroundings
        self._folder = folder
        self._data = folder / "data"
        self._log = folder / "postgres.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._port: int | None = None
        self._parameters: dict[str, str] | None = None
        self._password: str | None = None
        self._ports = Ports(folder, surroundings.addresses, context, lambda: self._port)

    async def converge(self, database: Database) -> None:
        """Run one reconciliation: start PostgreSQL if it does not run, set its password, and serve its endpoints.

        Raises:
            ToolchainError: PostgreSQL does not start.
        """
        if self._process is not None and self._process.poll() is not None:
            await self._clear_away(self._process, database)
        if self._process is None:
            await self._start(database)
        await self._follow_password(database)
        self._serve(database)
        bound_log(self._log)

    async def stop(self) -> None:
        """End the server; its data stays."""
        await self._ports.close()
        self._port = None
        process, self._process = self._process, None
        if process is not None:
            await self._surroundings.children.end(process, signal.SIGINT, STOP_SECONDS)
            await asyncio.to_thread(programs.end_all_in, self._data)

    async def _clear_away(self, process: "subprocess.Popen[bytes]", database: Database) -> None:
        """Clean up after a server that has ended by itself: end its sessions, which still hold its shared memory."""
        self._surroundings.say(
            f"stores: PostgreSQL of {database.identifier} ended (exit status {process.returncode}), "
            f"starting it again; its log: {self._log}"
        )
        self._surroundings.children.forget(process)
        self._process = self._port = None
        await asyncio.to_thread(programs.end_all_in, self._data)

    async def _start(self, database: Database) -> None:
        if self._parameters is None:
            self._parameters = await read_database_parameters(
                self._surroundings.control_plane, database.parameter_group
            )
        is_new = not self._is_made_for(database)
        # An old server that is no longer recorded would keep its lock on the folder.
        await asyncio.to_thread(programs.end_all_in, self._data)
        if is_new:
            await self._make(database)
        port = free_port()
        settings = SETTINGS | {"port": str(port)} | taken(self._parameters, POSTGRES_PARAMETERS)
        arguments = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        process = self._run("postgres", *arguments)
        try:
            await self._prepare(process, port, database)
        except BaseException:
            await self._surroundings.children.end(process, signal.SIGINT, STOP_SECONDS)
            raise
        self._process, self._port = process, port
        self._surroundings.say(
            f"stores: PostgreSQL of {database.identifier} {'is made' if is_new else 'runs'}, data in {self._data}"
        )

    async def _prepare(self, process: "subprocess.Popen[bytes]", port: int, database: Database) -> None:
        await self._wait_until_ready(process, port)
        async with self._session(port, "template1") as connection:
            await roles.ensure_extension(connection)
        async with self._session(port) as connection:
            await roles.ensure_master(connection, database.master_username, self._password)
            if database.name is not None:
                await roles.ensure_database(connection, database.name, database.master_username)

    def _is_made_for(self, database: Database) -> bool:
        try:
            return (self._folder / "created").read_text(encoding="utf-8") == database.created
        except OSError:
            return False

    async def _make(self, database: Database) -> None:
        """Make an empty server. Old data in the folder is of an earlier instance or a killed attempt: remove it."""
        shutil.rmtree(self._folder, ignore_errors=True)
        private_folder(self._folder)
        self._data.mkdir(mode=0o700)
        programs.give_away(self._data)
        secret = self._folder / "superuser"
        write_whole(secret, secrets.token_urlsafe(32))
        programs.give_away(secret)
        with secret.open("rb") as file:
            process = self._run(
                "initdb",
                f"--username={roles.SUPERUSER}",
                "--auth=scram-sha-256",
                "--encoding=utf8",
                f"--locale={await asyncio.to_thread(_locale)}",
                "--lc-messages=C",
                "--no-sync",
                programs.password_argument(secret, file.fileno()),
                pass_fds=(file.fileno(),),
            )
            await self._wait_for_end(process)
        (self._data / "pg_hba.conf").write_text(HOST_BASED_AUTHENTICATION, encoding="utf-8")
        write_whole(self._folder / "created", database.created)

    def _run(self, program: str, *arguments: str, **options: Any) -> "subprocess.Popen[bytes]":
        start = self._surroundings.children.start
        return programs.start_postgres_program(program, self._data, self._log, *arguments, start=start, **options)

    async def _wait_for_end(self, process: "subprocess.Popen[bytes]") -> None:
        try:
            async with asyncio.timeout(START_SECONDS):
                while process.poll() is None:
                    await asyncio.sleep(POLL_SECONDS)
        finally:
            await self._surroundings.children.end(process, signal.SIGTERM, STOP_SECONDS)
        if process.returncode != 0:
            raise ToolchainError(f"initdb failed (exit status {process.returncode}); its log: {self._log}")

    async def _wait_until_ready(self, process: "subprocess.Popen[bytes]", port: int) -> None:
        async with asyncio.timeout(START_SECONDS):
            while True:
                try:
                    async with self._session(port):
                        return
                except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                    if process.poll() is not None:
                        raise ToolchainError(f"PostgreSQL does not start; its log: {self._log}") from None
                    await asyncio.sleep(POLL_SECONDS)

    async def _follow_password(self, database: Database) -> None:
        password = await read_master_password(self._surroundings.control_plane, database)
        if password is None or password == self._password or self._port is None:
            return
        async with self._session(self._port) as connection:
            await roles.set_password(connection, database.master_username, password)
        if self._password is not None:
            self._surroundings.say(f"stores: {database.identifier} takes the new password of its master user")
        self._password = password

    def _serve(self, database: Database) -> None:
        forced = forces_ssl(database.major_version, self._parameters or {})
        encryption = Encryption.REQUIRED if forced else Encryption.PREFERRED
        wanted: dict[str, tuple[Way, tuple[Endpoint, ...]]] = {}
        wanted["primary"] = (Way(encryption, speaks_postgres=True), (database.endpoint,))
        if database.replicas:
            wanted["replicas"] = (Way(encryption, speaks_postgres=True, reads_only=True), database.replicas)
        self._ports.serve(wanted)

    @asynccontextmanager
    async def _session(self, port: int, database: str = "postgres") -> "AsyncGenerator[Any]":
        connection: Any = await asyncpg.connect(
            host="127.0.0.1",
            port=port,
            user=roles.SUPERUSER,
            password=(self._folder / "superuser").read_text(encoding="utf-8"),
            database=database,
            ssl=False,
            timeout=LOGIN_SECONDS,
        )
        try:
            yield connection
        finally:
            await connection.close()


def _locale() -> str:
    """Return RDS's locale, or the nearest locale that this system has."""
    try:
        listed = subprocess.run(["locale", "-a"], check=False, capture_output=True, text=True)
    except OSError:
        return "C"
    known = {line.lower().replace("-", ""): line for line in listed.stdout.split()}
    return next((known[name] for name in ("en_us.utf8", "c.utf8") if name in known), "C")
