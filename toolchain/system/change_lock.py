"""Lets only one run at a time change a stack from this checkout: a second run is refused before it changes anything.

The engine's own lock comes too late for that. By then, the second run has already prepared its files, and may have
stopped a process that the first run needs. The engine's lock is checked too, to find runs of other checkouts and of
the Pulumi command line itself.
"""

import json
import os
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from toolchain.errors import ToolchainError
from toolchain.modes import Operation
from toolchain.system import locks
from toolchain.system.printing import visible
from toolchain.system.processes import is_running

CHANGES = frozenset({Operation.UP, Operation.REFRESH, Operation.DESTROY, Operation.REPAIR})
"""The operations that change a stack or its state."""

_MOST_BYTES = 1000


@contextmanager
def changing_alone(path: Path, operation: Operation, stack: str) -> Generator[None]:
    """Hold the stack's lock while the block runs, so that no other run of this checkout changes the stack.

    Args:
        path: The lock file. It also names the run that holds it: operation, PID and start.
        operation: The operation of this run.
        stack: The stack's name.

    Raises:
        ToolchainError: Another run holds the lock. The message names that run and says what to do.
    """

    def busy() -> str:
        return _refused(operation, stack, _holder(path))

    with locks.alone(path, busy) as descriptor:
        about = {"operation": operation, "pid": os.getpid(), "since": datetime.now(UTC).isoformat()}
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, json.dumps(about).encode(), 0)
        try:
            yield
        finally:
            os.ftruncate(descriptor, 0)


def changer(path: Path) -> str | None:
    """Return in words which run of this checkout changes the stack; None if none does.

    Args:
        path: The stack's lock file.
    """
    if not path.is_file():
        return None
    try:
        with locks.alone(path, "busy"):
            return None
    except ToolchainError:
        return _holder(path)


def refuse_if_engine_runs(backend_url: str, project: str, operation: Operation, stack: str) -> None:
    """Refuse to begin while an engine holds its lock on the stack.

    Args:
        backend_url: The backend. Only ``file://`` backends are checked; for others the engine itself checks its lock.
        project: The project's name.
        operation: The operation of this run.
        stack: The stack's name.

    Raises:
        ToolchainError: An engine holds the lock. The message names its process, machine and start, and what to do.
    """
    abandoned = locks.left_behind(backend_url, project, stack)
    for path in locks.of_engines(backend_url, project, stack):
        if path not in abandoned and path.is_file():
            raise ToolchainError(_refused(operation, stack, _engine(path)))


def _refused(operation: Operation, stack: str, holder: str) -> str:
    return (
        f"another run is changing the {stack} stack: {holder}. Nothing has changed; wait until that run has ended, "
        f"then run 'make {operation} STACK={stack}' again"
    )


def _holder(path: Path) -> str:
    about = _read(path)
    pid = about.get("pid")
    if not isinstance(pid, int) or not is_running(pid):
        return "it has just begun"
    return f"{visible(str(about.get('operation')))!r}, {_process(pid, about.get('since'))}"


def _engine(path: Path) -> str:
    about = _read(path)
    pid, host = about.get("pid"), about.get("hostname")
    gone = f"if it is gone, remove its lock {path}"
    if not isinstance(pid, int):
        return f"an engine that its lock does not name ({gone})"
    if host == locks.this_machine():
        return f"an engine, {_process(pid, about.get('timestamp'))}"
    who = f"{about.get('username')} on {host}"
    return f"an engine of {visible(who)}, process {pid}{_since(about.get('timestamp'))} ({gone})"


def _process(pid: int, since: object) -> str:
    return f"process {pid}{_since(since)} (Ctrl-C in its terminal or 'kill -INT {pid}' ends it in order)"


def _since(text: object) -> str:
    try:
        began = datetime.fromisoformat(str(text))
    except ValueError:
        return ""
    return f" since {began.astimezone().isoformat(sep=' ', timespec='seconds')}"


def _read(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            about: Any = json.loads(file.read(_MOST_BYTES))
    except (OSError, ValueError):
        return {}
    return cast("dict[str, Any]", about) if isinstance(about, dict) else {}
