"""``python -m toolchain.local.develop`` runs the reference service on this machine, with its own database and cache.

Nothing of AWS is emulated, so it starts in seconds. ``make up`` runs the whole platform.
"""

import argparse
import asyncio
import json
import os
import secrets
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Generator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import asyncpg

from toolchain.configuration.stack_values import value_of
from toolchain.datapath.ports import free_port
from toolchain.datapath.stores import roles
from toolchain.datapath.stores.programs import (
    end_all_in,
    give_away,
    password_argument,
    postgres_programs,
    redis_program,
    start_postgres_program,
)
from toolchain.errors import ToolchainError
from toolchain.modes import LOCAL_STACK
from toolchain.project import Project
from toolchain.system.files import private_folder, write_whole
from toolchain.system.interrupts import Interrupts
from toolchain.system.locks import alone

ROOT: Final = Path(__file__).parents[2]
FOLDER: Final = ROOT / ".platform" / "develop"
START_SECONDS: Final = 60.0
STOP_SECONDS: Final = 20.0
USER: Final = "app"
"""Name of the database's owner, and of the database."""
SITE: Final = "http://localhost:5173"
"""Where ``npm run dev`` serves the site."""


@dataclass(frozen=True, kw_only=True)
class Secrets:
    """The secrets that stay the same from one run to the next."""

    database: str
    """The database's password."""
    generated: Mapping[str, str]
    """The values of the secrets that a stack generates, by the environment variable that receives the secret."""


def variables(kept: Secrets, folder: Path, postgres: int, redis: int, port: str) -> dict[str, str]:
    """Return the service's environment variables, as the container contract defines them.

    Args:
        kept: The secrets that `read_secrets` returned.
        folder: Folder of the data; the service stores uploaded files in its subfolder ``files``.
        postgres: Port of the database.
        redis: Port of the cache.
        port: Port of the service.
    """
    return {
        "NODE_ENV": "development",
        "HOST": "127.0.0.1",
        "PORT": port,
        # empty, because a DATABASE_URL of the shell would override the variables below
        "DATABASE_URL": "",
        "DATABASE_HOST": "127.0.0.1",
        "DATABASE_PORT": str(postgres),
        "DATABASE_NAME": USER,
        "DATABASE_USERNAME": USER,
        "DATABASE_PASSWORD": kept.database,
        "DATABASE_SSL": "disable",
        "REDIS_URL": f"redis://127.0.0.1:{redis}",
        **kept.generated,
        "STORAGE_FOLDER": str(folder / "files"),
        "PUBLIC_URL": f"http://localhost:{port}",
        "CORS_ALLOWED_ORIGINS": SITE,
        "AUTO_MIGRATE": "true",
        # a developer restarts the service often, and there is no load balancer to drain
        "DRAIN_SECONDS": "0",
    }


def read_secrets(folder: Path, names: Mapping[str, str]) -> Secrets:
    """Return the kept secrets; those that are missing are made and stored.

    Args:
        folder: Folder of the data.
        names: The secrets that the service needs besides the database's: environment variable -> name of the secret,
            as in the key ``service.generated_secrets`` of a stack file.
    """
    path = folder / "secrets.json"
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    generated: dict[str, str] = found.get("generated", {})
    made: dict[str, Any] = {
        "database": found.get("database") or secrets.token_urlsafe(32),
        "generated": generated | {n: secrets.token_urlsafe(32) for n in names.values() if n not in generated},
    }
    if made != found:
        write_whole(path, json.dumps(made))
    return Secrets(
        database=made["database"], generated={variable: made["generated"][name] for variable, name in names.items()}
    )


def main(arguments: list[str]) -> int:
    """Run the service until it ends or the user presses Ctrl-C.

    Args:
        arguments: The arguments of the command line.

    Returns:
        The exit code: the service's own; 2 if it cannot be started; 128 plus the signal's number after a signal.
    """
    parser = argparse.ArgumentParser(
        prog="python -m toolchain.local.develop", description="Start the reference service with a database and a cache."
    )
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where the data are kept (default: %(default)s)")
    folder: Path = parser.parse_args(arguments).folder.absolute()
    interrupts = Interrupts()
    port = os.environ.get("PORT") or "3333"
    try:
        with interrupts.raised(), ExitStack() as stack:
            busy = f"another run uses {folder}: end it, or name another with --folder"
            stack.enter_context(alone(folder / "lock", busy))
            names = value_of(Project(ROOT), LOCAL_STACK, ("service", "generated_secrets"))
            kept = read_secrets(folder, names or {})
            postgres = stack.enter_context(_postgres(folder / "postgres", kept.database))
            redis = stack.enter_context(_redis(folder / "redis"))
            environment = variables(kept, folder, postgres, redis, port)
            lines = "".join(f"export {name}={shlex.quote(value)}\n" for name, value in environment.items())
            write_whole(folder / "environment", lines)
            print(f"The service: http://localhost:{port}/health; its variables: {folder / 'environment'}", flush=True)
            print("The site: npm run dev in frontend/. Ctrl-C ends the service and its stores; data stay.", flush=True)
            return _serve(environment)
    except ToolchainError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return interrupts.exit_code or 130


def _serve(environment: Mapping[str, str]) -> int:
    process = subprocess.Popen(
        [sys.executable, "-m", "service"], cwd=ROOT / "backend", env={**os.environ, **environment}
    )
    try:
        return process.wait()
    finally:
        _end(process, signal.SIGTERM)


@contextmanager
def _postgres(folder: Path, password: str) -> Generator[int]:
    data, log = folder / "data", folder / "log"
    # A server that a killed run left behind would still hold the lock on the folder.
    end_all_in(data)
    if not (folder / "made").exists():
        _make(folder, data, log, password)
    port = free_port()
    settings = {"listen_addresses": "127.0.0.1", "port": str(port), "unix_socket_directories": ""}
    arguments = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    process = start_postgres_program("postgres", data, log, *arguments, start=_start)
    try:
        _wait_until_ready(process, port, log)
        asyncio.run(_ensure_database(port, password))
        yield port
    finally:
        _end(process, signal.SIGINT)


def _make(folder: Path, data: Path, log: Path, password: str) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    private_folder(folder)
    data.mkdir(mode=0o700)
    give_away(data)
    secret = folder / "password"
    write_whole(secret, password)
    give_away(secret)
    with secret.open("rb") as file:
        process = start_postgres_program(
            "initdb",
            data,
            log,
            f"--username={USER}",
            "--auth=scram-sha-256",
            "--encoding=utf8",
            "--locale=C",
            password_argument(secret, file.fileno()),
            start=_start,
            pass_fds=(file.fileno(),),
        )
        if process.wait():
            raise ToolchainError(f"initdb failed; its log: {log}")
    (folder / "made").touch()


_start = partial(subprocess.Popen, start_new_session=True)
"""Starts a child process in its own session, so that Ctrl-C does not end the stores before the service."""


def _wait_until_ready(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    asked = [str(postgres_programs() / "pg_isready"), "-h", "127.0.0.1", "-p", str(port), "-q"]
    deadline = time.monotonic() + START_SECONDS
    while subprocess.run(asked, check=False).returncode != 0:
        if process.poll() is not None or time.monotonic() > deadline:
            raise ToolchainError(f"PostgreSQL does not start; its log: {log}")
        time.sleep(0.05)


async def _ensure_database(port: int, password: str) -> None:
    try:
        connection: Any = await asyncpg.connect(
            host="127.0.0.1", port=port, user=USER, password=password, database="postgres", ssl=False
        )
        try:
            await roles.ensure_database(connection, USER, USER)
        finally:
            await connection.close()
    except asyncpg.PostgresError as error:
        raise ToolchainError(f"PostgreSQL refuses: {error}") from error


@contextmanager
def _redis(folder: Path) -> Generator[int]:
    private_folder(folder)
    end_all_in(folder)
    port = free_port()
    command = [redis_program(), "--bind", "127.0.0.1", "--port", str(port), "--save", "", "--dir", str(folder)]
    with (folder / "log").open("ab") as log:
        process = _start(command, stdout=log, stderr=log, cwd=folder)
    try:
        yield port
    finally:
        _end(process, signal.SIGTERM)


def _end(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    if process.poll() is None:
        process.send_signal(number)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
