"""Watches over a state file while the engine works: it needs room on the disk, and a valid copy must always remain."""

import os
import shutil
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Self

from toolchain.errors import EngineError, ToolchainError
from toolchain.processes import is_running
from toolchain.state import StateFile

MIB = 1024 * 1024
LEAST_ROOM = 16 * MIB
"""Bytes: for a stack that has no state yet; the prod stack's state is about 2 MiB."""

COPIES_NEEDED = 8
"""State sizes: a save writes the state and ``.bak``, each through a temporary file; the end of a run writes two copies
for the history and one backup."""

_CHECK_SECONDS = 1.0


def needed_room(state: StateFile) -> int:
    """How many bytes must be free on the state's disk before the engine may begin."""
    size = state.path.stat().st_size if state.path.is_file() else 0
    return max(LEAST_ROOM, COPIES_NEEDED * size)


def require_room(state: StateFile) -> None:
    """Refuse to begin when the state's disk is nearly full.

    Raises:
        ToolchainError: With what is free, what is needed, and where.
    """
    needed, free = needed_room(state), shutil.disk_usage(_existing(state.folder)).free
    if free < needed:
        raise ToolchainError(
            f"the disk of {state.folder} has {free / MIB:.1f} MiB free, and the engine needs {needed / MIB:.0f} MiB "
            "to save the stack's state: nothing has begun; make room and run this again"
        )


@contextmanager
def guarded(state: StateFile, stop: Callable[[str], object]) -> Generator[None]:
    """Keep a valid copy of the state, and room for the engine's last saves, for as long as the block lasts.

    Args:
        state: The state that the engine works on.
        stop: Called once with the reason when the engine must end: its disk fills up, or a save has failed.

    Raises:
        ToolchainError: There is no room; or at the end, when the engine had to be stopped or has left a damaged state:
            the message names the valid copies.
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
    state.read()  # says so when it is damaged


def _monitor(state: StateFile, reserve: "_Reserve", stop: Callable[[str], object], ended: threading.Event) -> None:
    while not ended.wait(_CHECK_SECONDS):
        if reserve.is_needed():
            reserve.release()
            stop("the disk of the stack's state is nearly full")
            return
        try:
            is_whole = state.keep()
        except OSError:
            # no room for a link, or the engine has just removed the file: the next check tells
            continue
        if not is_whole:
            reserve.release()
            stop("the stack's state could not be saved")
            return


class _Reserve:
    """A file that occupies room, which the engine gets back for its last saves when the disk fills up."""

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
        """Whether less is free on the disk than the reserve would give back."""
        try:
            return shutil.disk_usage(self._folder).free < self._size // 2
        except OSError:
            return False

    def release(self) -> None:
        """Give the room back."""
        self._path.unlink(missing_ok=True)


def _occupy(descriptor: int, size: int) -> None:
    """Make a file occupy room on the disk; quotas count it too."""
    try:
        os.posix_fallocate(descriptor, 0, size)
    except AttributeError:  # macOS
        for _ in range(size // MIB + 1):
            os.write(descriptor, b"\0" * MIB)


def _existing(folder: Path) -> Path:
    return next(path for path in (folder, *folder.parents) if path.exists())
