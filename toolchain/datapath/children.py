"""The programs that the data path runs, so that none outlives it, also when it is killed."""

import asyncio
import json
import os
import shutil
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

import psutil

from toolchain.datapath.containers import end_left_containers
from toolchain.files import write_whole
from toolchain.processes import in_session, is_running, send

CHILDREN_FILE = "children.json"
"""Name of the first process's file in the data path's folder; the others' files end with it."""
END_SECONDS = 10.0
"""A leftover gets this long after SIGTERM."""
POLL_SECONDS = 0.05
LOG_BYTES = 5_000_000
"""A log that is longer is begun anew; the one before is kept beside it."""


class Children:
    """Programs that are running, noted in a file with the time of their start, since PIDs are reused.

    Args:
        file: Where they are noted.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._started: dict[int, float] = {}

    def start(self, command: list[str], **options: Any) -> "subprocess.Popen[bytes]":
        """Start a program in a session of its own and note it.

        All that it starts stays in the session, also what makes a process group of its own, as tini's child does.

        Args:
            command: Program and arguments.
            options: Further arguments of `subprocess.Popen`.

        Raises:
            OSError: It cannot be started.
        """
        process = cast("subprocess.Popen[bytes]", subprocess.Popen(command, start_new_session=True, **options))
        since = _started(process.pid)
        if since is not None:
            self._started[process.pid] = since
        self._write()
        return process

    def forget(self, process: "subprocess.Popen[bytes]") -> None:
        """Note that a program has ended and was waited for."""
        if self._started.pop(process.pid, None) is not None:
            self._write()

    async def end(self, process: "subprocess.Popen[bytes]", number: signal.Signals, seconds: float) -> None:
        """End a program, by force when it takes longer, and forget it.

        Args:
            process: The program.
            number: Signal that asks it to end.
            seconds: How long it gets.
        """
        if process.poll() is None:
            process.send_signal(number)
        for _ in range(round(seconds / POLL_SECONDS)):
            if process.poll() is not None:
                break
            await asyncio.sleep(POLL_SECONDS)
        else:
            process.kill()
            await asyncio.to_thread(process.wait)
        self.forget(process)

    def end_leftovers(self) -> int:
        """End what an earlier data path has left running; returns how many programs that were."""
        leftovers = [pid for pid, since in self._noted().items() if self._is_left(pid, since)]
        for pid in leftovers:
            send(pid, signal.SIGTERM)
        deadline = time.monotonic() + END_SECONDS
        while left := [pid for pid in leftovers if is_running(pid) or any(map(is_running, in_session(pid)))]:
            for pid in left:
                if time.monotonic() > deadline:
                    send(pid, signal.SIGKILL)
                if not is_running(pid):
                    kill_session(pid)
            time.sleep(POLL_SECONDS)
        self._file.unlink(missing_ok=True)
        return len(leftovers)

    def _is_left(self, pid: int, since: float) -> bool:
        """Whether a program runs that was started then, or something that it has started and that outlived it."""
        started = _started(pid)
        if started is not None:
            return started == since
        # The session may be that of a later program with the same PID, so all of it must have to do with the folder.
        members = in_session(pid)
        return bool(members) and all(_names(member, str(self._file.parent)) for member in members)

    def _noted(self) -> dict[int, float]:
        try:
            noted = json.loads(self._file.read_text(encoding="utf-8"))
            return {int(pid): float(since) for pid, since in noted.items()}
        except (OSError, ValueError, AttributeError):
            return {}

    def _write(self) -> None:
        noted = json.dumps({str(pid): since for pid, since in self._started.items()})
        write_whole(self._file, noted, is_lasting=False)  # in the event loop; no program outlives the machine


def children_file(folder: Path, name: str) -> Path:
    """Where a process of the data path notes its programs.

    Args:
        folder: The data path's.
        name: The process's.
    """
    return folder / f"{name}.{CHILDREN_FILE}"


def end_all_leftovers(folder: Path) -> int:
    """End what an earlier data path has left running: its processes, what those have left, and containers.

    Args:
        folder: The data path's.

    Returns:
        How many programs and containers that were.
    """
    files = [folder / CHILDREN_FILE, *sorted(folder.glob(f"*.{CHILDREN_FILE}"))]
    return sum(Children(file).end_leftovers() for file in files) + end_left_containers(folder)


def first_process() -> psutil.Process:
    """The process that runs the others of this data path; this one where it is the only one."""
    own = psutil.Process()
    parent = own.parent()
    with suppress(psutil.Error):
        if parent is not None and "toolchain.datapath" in parent.cmdline():
            return parent
    return own


def _started(pid: int) -> float | None:
    """When a process was started, seconds as `time.time`; None when it does not run."""
    try:
        return psutil.Process(pid).create_time()
    except psutil.Error:
        return None


def _names(pid: int, folder: str) -> bool:
    """Whether a process has a folder in its command line, its environment or as its own."""
    try:
        process = psutil.Process(pid)
        return any(folder in text for text in (process.cwd(), *process.cmdline(), *process.environ().values()))
    except (psutil.Error, OSError):
        return False


def kill_session(leader: int) -> None:
    """Send SIGKILL to a program and to all that it has started; the program may have ended before."""
    for pid in in_session(leader):
        with suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)


def bound_log(file: Path) -> None:
    """Begin a program's log anew when it is too long; the program appends, and goes on at the new beginning."""
    with suppress(FileNotFoundError):
        if file.stat().st_size > LOG_BYTES:
            shutil.copyfile(file, file.with_suffix(".log.1"))
            os.truncate(file, 0)
