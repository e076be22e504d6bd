"""Locks: one while the local stack's files are prepared, and those that a killed run left behind in its state."""

import fcntl
import json
import socket
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote

from toolchain.processes import is_another, is_running

_CLOCKS_DIFFER_SECONDS = 600.0
"""A process's beginning is counted from the machine's start: it and a file's time differ once the clock was set."""


@contextmanager
def alone(path: Path) -> Generator[None]:
    """Wait until no other process is in here with the same file; a killed one is not."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def left_behind(backend_url: str, project: str, stack: str) -> list[Path]:
    """The lock files of a stack whose owner, a process of this machine, is gone.

    Args:
        backend_url: The backend; anything but ``file://`` has no such locks.
        project: The project's name.
        stack: The stack's name.
    """
    if not backend_url.startswith("file://"):
        return []
    root = Path(unquote(backend_url.removeprefix("file://").partition("?")[0])).expanduser()
    folder = root / ".pulumi" / "locks" / "organization" / project / stack
    return [path for path in sorted(folder.glob("*.json")) if _owner_is_gone(path)]


def _owner_is_gone(path: Path) -> bool:
    try:
        owner = json.loads(path.read_text(encoding="utf-8"))
        pid = int(owner["pid"])
        if owner["hostname"] != socket.gethostname():
            return False
        # After a restart another process may have the owner's number.
        return not is_running(pid) or is_another(pid, "pulumi", path.stat().st_mtime + _CLOCKS_DIFFER_SECONDS)
    except (OSError, ValueError, KeyError, TypeError):
        return False
