"""Starts the data path's programs and records them, so that no program outlives the data path, even if it is killed."""

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
from toolchain.system.files import write_whole
from toolchain.system.processes import in_session, is_running, send

CHILDREN_FILE = "children.json"
"""Name of the first process's file in the data path's folder. The file names of the other processes end with it."""
END_SECONDS = 10.0
"""Time between SIGTERM and SIGKILL for a program that an earlier data path has left running."""
POLL_SECONDS = 0.05
LOG_BYTES = 5_000_000
"""Maximum size of a log; a longer log is truncated, after a copy was made beside it."""


class Children:
    """The running programs of a process. A file records each PID with its start time, because PIDs are reused.

    Args:
        file: Path of that file.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._started: dict[int, float] = {}

    def start(self, command: list[str], **options: Any) -> "subprocess.Popen[bytes]":
        """Start a program in a new session and record it.

        All its descendants stay in that session, even those that make their own process group, as tini's child does.

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
        """Remove the record of a program that has ended and was waited for."""
        if self._started.pop(process.pid, None) is not None:
            self._write()

    async def end(self, process: "subprocess.Popen[bytes]", number: signal.Signals, seconds: float) -> None:
        """End a program, with SIGKILL after the timeout, and forget it.

        Args:
            process: The program.
            number: Signal that asks the program to end.
            seconds: Timeout after which SIGKILL is sent.
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
        """End the programs that an earlier data path has left running, and return their number."""
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
        """Check whether the program that started at `since` still runs, or a descendant that outlived it."""
        started = _started(pid)
        if started is not None:
            return started == since
        # The session may belong to a later program with the same PID, so every member must refer to the folder.
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
        # not lasting: this runs in the event loop, and no program survives a restart of the machine
        write_whole(self._file, noted, is_lasting=False)


def children_file(folder: Path, name: str) -> Path:
    """Return the path of the file in which a process of the data path records its programs.

    Args:
        folder: The data path's folder.
        name: The process's name.
    """
    return folder / f"{name}.{CHILDREN_FILE}"


def end_all_leftovers(folder: Path) -> int:
    """End everything that an earlier data path has left running: its processes, their programs, and containers.

    Args:
        folder: The data path's folder.

    Returns:
        Number of programs and containers that were ended.
    """
    files = [folder / CHILDREN_FILE, *sorted(folder.glob(f"*.{CHILDREN_FILE}"))]
    return sum(Children(file).end_leftovers() for file in files) + end_left_containers(folder)


def first_process() -> psutil.Process:
    """Return the process that started the others of this data path; this process if its parent is not that process."""
    own = psutil.Process()
    parent = own.parent()
    with suppress(psutil.Error):
        if parent is not None and "toolchain.datapath" in parent.cmdline():
            return parent
    return own


def _started(pid: int) -> float | None:
    """Return the start time of a process in seconds since 1970; None if it does not run."""
    try:
        return psutil.Process(pid).create_time()
    except psutil.Error:
        return None


def _names(pid: int, folder: str) -> bool:
    """Check whether a process has a folder in its command line, environment or working directory."""
    try:
        process = psutil.Process(pid)
        return any(folder in text for text in (process.cwd(), *process.cmdline(), *process.environ().values()))
    except (psutil.Error, OSError):
        return False


def kill_session(leader: int) -> None:
    """Send SIGKILL to all processes in a program's session; the program itself may already have ended."""
    for pid in in_session(leader):
        with suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)


def bound_log(file: Path) -> None:
    """Copy and truncate a program's log if it is too long. The program appends, so it continues at the new start."""
    with suppress(FileNotFoundError):
        if file.stat().st_size > LOG_BYTES:
            shutil.copyfile(file, file.with_suffix(".log.1"))
            os.truncate(file, 0)
