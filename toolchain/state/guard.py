"""Guards a state file while the engine works: watches the free disk space, and always keeps a valid copy."""

import os
import shutil
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Self

from toolchain.errors import EngineError, ToolchainError
from toolchain.state.file import StateFile
from toolchain.system.processes import is_running

MIB = 1024 * 1024
LEAST_ROOM = 16 * MIB
"""Bytes that must be free even for a stack without a state. The prod stack's state has about 2 MiB."""

COPIES_NEEDED = 8
"""How many times the state's size must be free: a save writes the state and ``.bak``, each through a temporary file,
and the end of a run writes two copies for the history and one backup."""

_CHECK_SECONDS = 1.0


def needed_room(state: StateFile) -> int:
    """Return the number of bytes that must be free on the state's disk before the engine may begin."""
    size = state.path.stat().st_size if state.path.is_file() else 0
    return max(LEAST_ROOM, COPIES_NEEDED * size)


def require_room(state: StateFile) -> None:
    """Refuse to begin when the state's disk is nearly full.

    Raises:
        ToolchainError: The disk has too little free space. The message says how much is free and how much is needed.
    """
    needed, free = needed_room(state), shutil.disk_usage(_existing(state.folder)).free
    if free < needed:
        raise ToolchainError(
            f"the disk of {state.folder} has {free / MIB:.1f} MiB free, and the engine needs {needed / MIB:.0f} MiB "
            "to save the stack's state: nothing has begun; make room and run this again"
        )


@contextmanager
def guarded(state: StateFile, stop: Callable[[str], object]) -> Generator[None]:
    """Keep a valid copy of the state, and reserve disk space for the engine's last saves, while the block runs.

    Args:
        state: The state file that the engine writes.
        stop: Called once, with the reason, if the engine must stop: the disk is nearly full, or a save failed.

    Raises:
        ToolchainError: Before the block: there is too little disk space. After it: the engine had to be stopped, or it
            left a damaged state; then the message names the newest valid copy.
    """
    require_room(state)
    with suppress(OSError):
        state.keep()
    reserve = _Reserve(state.folder, needed_room(state) // 2)
    ended = threading.Event()
    reasons: list[str] = []

    def stop_because(reason: str) -> None:
        reasons.append(reason)
        stop(reason)

    monitor = threading.Thread(
        target=_monitor, args=(state, reserve, stop_because, ended), name="state-guard", daemon=True
    )
    with reserve:
        monitor.start()
        try:
            yield
        except EngineError as error:
            if reasons and not state.is_damaged():
                raise ToolchainError(
                    f"{reasons[0]}, so the engine was stopped; the state {state.path} is whole: "
                    "make room on its disk and run this again"
                ) from error
            if not state.is_damaged():
                raise
        finally:
            ended.set()
            monitor.join()
    with suppress(OSError):
        state.keep()
    state.read()  # raises an error if the state is damaged


def _monitor(state: StateFile, reserve: "_Reserve", stop: Callable[[str], object], ended: threading.Event) -> None:
    while not ended.wait(_CHECK_SECONDS):
        if reserve.is_needed():
            reserve.release()
            stop("the disk of the stack's state is nearly full")
            return
        try:
            is_whole = state.keep()
        except OSError:
            # no space for a link, or the engine is just replacing the file: the next check decides
            continue
        if not is_whole:
            reserve.release()
            stop("the stack's state could not be saved")
            return


class _Reserve:
    """A file that reserves disk space. It is removed when the disk fills up, so that the engine can save the state."""

    def __init__(self, folder: Path, size: int) -> None:
        self._path = folder / f".reserve-{os.getpid()}"
        self._folder = folder
        self._size = size

    def __enter__(self) -> Self:
        self._folder.mkdir(parents=True, exist_ok=True)
        self._remove_those_of_killed_runs()
        descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        try:
            _occupy(descriptor, self._size)
        except BaseException:
            self.release()
            raise
        finally:
            os.close(descriptor)
        return self

    def __exit__(self, *_: object) -> None:
        self.release()

    def _remove_those_of_killed_runs(self) -> None:
        for path in self._folder.glob(".reserve-*"):
            pid = path.name.rpartition("-")[2]
            if pid == str(os.getpid()) or (pid.isdigit() and not is_running(int(pid))):
                path.unlink(missing_ok=True)

    def is_needed(self) -> bool:
        """Check whether less than half of the reserve's size is free on the disk."""
        try:
            return shutil.disk_usage(self._folder).free < self._size // 2
        except OSError:
            return False

    def release(self) -> None:
        """Free the reserved disk space."""
        self._path.unlink(missing_ok=True)


def _occupy(descriptor: int, size: int) -> None:
    """Allocate disk space for a file; it counts towards quotas, too."""
    try:
        os.posix_fallocate(descriptor, 0, size)
    except AttributeError:  # macOS
        for _ in range(size // MIB + 1):
            os.write(descriptor, b"\0" * MIB)


def _existing(folder: Path) -> Path:
    return next(path for path in (folder, *folder.parents) if path.exists())
