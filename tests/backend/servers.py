"""Runs the real servers that the service uses, PostgreSQL and Redis, on free ports of the loopback interface."""

import asyncio
import shutil
import signal
import socket
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import asyncpg
import psutil

from service import scram
from tests.waiting import wait_until
from toolchain.datapath.ports import free_port
from toolchain.datapath.stores.programs import give_away, postgres_programs, redis_program, unprivileged

ROOT = Path(__file__).parents[2]
BACKEND = ROOT / "backend"
SUPERUSER = "rdsadmin"
MASTER = "master"
MASTER_PASSWORD = "Master-Pa$$w/rd:1@?"  # with characters that wrong escaping breaks


def listens(port: int) -> bool:
    with socket.socket() as one:
        one.settimeout(1)
        return one.connect_ex(("127.0.0.1", port)) == 0


class Server:
    """A program that listens on a port and has its own folder. It can be killed and started again."""

    def __init__(self, command: list[str], port: int, folder: Path, **options: Any) -> None:
        self.command = command
        self.port = port
        self.folder = folder
        self.log = folder / "log"
        self.options = options
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(self.command, stdout=log, stderr=subprocess.STDOUT, **self.options)
        wait_until(self._listens, f"{self.command[0]} listens ({self.log})")

    def stop(self, number: int = signal.SIGTERM) -> None:
        if self.process is None:
            return
        self.process.send_signal(number)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None

    def kill(self) -> None:
        self.stop(signal.SIGKILL)

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self.folder)

    def pause(self) -> None:
        """Suspend the process: its connections stay open, but nothing answers."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._signal(signal.SIGCONT)

    def _signal(self, number: int) -> None:
        assert self.process is not None
        self.process.send_signal(number)

    def _listens(self) -> bool:
        assert self.process is not None
        if self.process.poll() is not None:
            raise AssertionError(f"{self.command[0]} ended: {self.log.read_text(errors='replace')[-2000:]}")
        return listens(self.port)


class Postgres(Server):
    """PostgreSQL with password logins as in RDS; its master user is not a user of the operating system."""

    def __init__(self) -> None:
        folder = Path(tempfile.mkdtemp(prefix="postgres-"))
        self.binaries = postgres_programs()
        self.data = folder / "data"
        port = free_port()
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(port),
            "unix_socket_directories": "",
            "max_connections": "200",
            # The tests crash servers, not machines.
            "fsync": "off",
            "password_encryption": "scram-sha-256",
        }
        super().__init__(
            [
                str(self.binaries / "postgres"),
                "-D",
                str(self.data),
                *(part for key, value in settings.items() for part in ("-c", f"{key}={value}")),
            ],
            port,
            folder,
            start_new_session=True,
            cwd=folder,
            **unprivileged(),
        )

    def create(self) -> None:
        password_file = self.folder / "password"
        password_file.write_text(MASTER_PASSWORD)
        for path in (self.folder, *self.folder.iterdir()):
            give_away(path)
        subprocess.run(
            [
                self.binaries / "initdb",
                "-D",
                self.data,
                "-U",
                SUPERUSER,
                "--auth=scram-sha-256",
                "--encoding=utf8",
                "--locale=C",
                "--no-sync",
                f"--pwfile={password_file}",
            ],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd=self.folder,
            **unprivileged(),
        )
        self.start()
        asyncio.run(self._make_master())

    async def create_database(self, name: str) -> None:
        """Create an empty database that the master user owns."""
        await self._execute(MASTER, f"CREATE DATABASE {name}")

    async def _make_master(self) -> None:
        """Create a master user with the rights of RDS's master user, which is no superuser."""
        verifier = scram.verifier(MASTER_PASSWORD)
        await self._execute(SUPERUSER, f"CREATE ROLE {MASTER} LOGIN CREATEROLE CREATEDB PASSWORD '{verifier}'")

    async def _execute(self, user: str, statement: str) -> None:
        connection = await asyncpg.connect(
            host="127.0.0.1",
            port=self.port,
            user=user,
            password=MASTER_PASSWORD,
            database="postgres",
            ssl="disable",
        )
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    def stop(self, number: int = signal.SIGINT) -> None:
        super().stop(number)

    def kill(self) -> None:
        """Crash the server by SIGQUIT: after SIGKILL, the postmaster's children would keep its shared memory."""
        self.stop(signal.SIGQUIT)

    def pause(self) -> None:
        for process in self._processes():
            process.suspend()

    def resume(self) -> None:
        for process in self._processes():
            process.resume()

    def _processes(self) -> list[psutil.Process]:
        """Return the postmaster and its children. The postmaster is first, so that it starts no more children."""
        assert self.process is not None
        postmaster = psutil.Process(self.process.pid)
        return [postmaster, *postmaster.children(recursive=True)]

    def _listens(self) -> bool:
        asked = [self.binaries / "pg_isready", "-h", "127.0.0.1", "-p", str(self.port), "-q"]
        return super()._listens() and subprocess.run(asked, check=False).returncode == 0


class Redis(Server):
    """Redis without a password. It loses all data when it is stopped."""

    def __init__(self) -> None:
        folder = Path(tempfile.mkdtemp(prefix="redis-"))
        port = free_port()
        super().__init__(
            [redis_program(), "--bind", "127.0.0.1", "--port", str(port), "--save", "", "--dir", str(folder)],
            port,
            folder,
        )

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}"
