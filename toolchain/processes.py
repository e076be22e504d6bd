"""Processes of this machine."""

import os
import signal
from contextlib import suppress

import psutil


def is_running(pid: int) -> bool:
    """Whether a process is running; one that has ended and that its parent has not yet collected is not."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
    except psutil.AccessDenied:
        return True


def is_another(pid: int, name: str, since: float) -> bool:
    """Whether a PID was reused: its process has another name, and started after ``since`` (seconds, as `time.time`)."""
    try:
        process = psutil.Process(pid)
        return name not in process.name() and process.create_time() > since
    except psutil.Error:
        return False


def command_line(pid: int) -> list[str]:
    """The arguments that a process was started with; none when it does not run, or belongs to another user."""
    try:
        return psutil.Process(pid).cmdline()
    except psutil.Error:
        return []


def send(pid: int, number: signal.Signals) -> None:
    """Send a signal to a process that may have ended."""
    with suppress(ProcessLookupError):
        os.kill(pid, number)


def in_session(leader: int) -> list[int]:
    """The PIDs of a session's processes: those of a process that began it, whatever process groups they have made.

    A PID is given to no new process as long as a session has it, so the PID of a first process that has ended will do.
    """
    found: list[int] = []
    for pid in psutil.pids():
        # One may end just now, and some systems hide the sessions of others.
        with suppress(ProcessLookupError, PermissionError):
            if os.getsid(pid) == leader:
                found.append(pid)
    return found
