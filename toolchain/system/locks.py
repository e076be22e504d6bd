"""Holds lock files, and finds the engine's locks, also those that a killed run left behind."""

import errno
import fcntl
import json
import os
import socket
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

from toolchain.errors import ToolchainError
from toolchain.state.file import backend_folder
from toolchain.system.files import private_folder
from toolchain.system.processes import is_another, is_running

_CLOCKS_DIFFER_SECONDS = 600.0
"""Tolerance between the start time of a process and the time of a file. The start time is computed from the machine's
start, so the two differ after the clock was set."""


@contextmanager
def alone(path: Path, busy: str | Callable[[], str] = "") -> Generator[int]:
    """Hold the lock on a file while the block runs. The system releases the lock of a killed process.

    The holder may remove the file. Whoever has waited for it then makes a new one.

    Args:
        path: The lock file.
        busy: The error message if another process holds the lock, or a function that returns it; empty to wait until
            the lock is free.

    Yields:
        The descriptor of the file.

    Raises:
        ToolchainError: The file is a symbolic link, or another process holds the lock and ``busy`` is not empty.
    """
    private_folder(path.parent)
    descriptor = _locked(path, busy)
    while not _is_at(path, descriptor):
        os.close(descriptor)
        descriptor = _locked(path, busy)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _locked(path: Path, busy: str | Callable[[], str]) -> int:
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise ToolchainError(f"{path} must be a file and no link") from error
        raise
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (fcntl.LOCK_NB if busy else 0))
    except BlockingIOError:
        os.close(descriptor)
        raise ToolchainError(busy if isinstance(busy, str) else busy()) from None
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _is_at(path: Path, descriptor: int) -> bool:
    """Check whether an open file is still the one at a path; the last holder of its lock may have removed it."""
    try:
        return os.path.samestat(path.stat(follow_symlinks=False), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def left_behind(backend_url: str, project: str, stack: str) -> list[Path]:
    """Return the engine's lock files of a stack whose owner was a process of this machine and has ended.

    Args: as for `of_engines`.
    """
    return [path for path in of_engines(backend_url, project, stack) if _owner_is_gone(path)]


def of_engines(backend_url: str, project: str, stack: str) -> list[Path]:
    """Return the engine's lock files of a stack.

    Args:
        backend_url: The backend; the result is empty for any backend but ``file://``.
        project: The project's name.
        stack: The stack's name.
    """
    root = backend_folder(backend_url)
    if root is None:
        return []
    folder = root / ".pulumi" / "locks" / "organization" / project / stack
    return sorted(folder.glob("*.json"))


def this_machine() -> str:
    """Return the machine's name as the engine writes it into its locks."""
    return socket.gethostname()


def _owner_is_gone(path: Path) -> bool:
    try:
        owner = json.loads(path.read_text(encoding="utf-8"))
        pid = int(owner["pid"])
        if owner["hostname"] != this_machine():
            return False
        # After a restart another process may have the owner's PID.
        return not is_running(pid) or is_another(pid, "pulumi", path.stat().st_mtime + _CLOCKS_DIFFER_SECONDS)
    except (OSError, ValueError, KeyError, TypeError):
        return False
