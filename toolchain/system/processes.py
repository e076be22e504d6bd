"""Finds, checks and signals processes of this machine."""

import os
import signal
from contextlib import suppress

import psutil


def is_running(pid: int) -> bool:
    """Check whether a process is running; a zombie counts as ended."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
    except psutil.AccessDenied:
        return True


def is_another(pid: int, name: str, since: float) -> bool:
    """Check whether a PID was reused: its process has another name, and started after ``since`` (as `time.time`)."""
    try:
        process = psutil.Process(pid)
        return name not in process.name() and process.create_time() > since
    except psutil.Error:
        return False


def command_line(pid: int) -> list[str]:
    """Return a process's command line; empty if it does not run or may not be read."""
    try:
        return psutil.Process(pid).cmdline()
    except psutil.Error:
        return []


def send(pid: int, number: signal.Signals) -> None:
    """Send a signal to a process that may have ended."""
    with suppress(ProcessLookupError):
        os.kill(pid, number)


def in_session(leader: int) -> list[int]:
    """Return the PIDs of the processes in a session, whatever their process groups.

    Args:
        leader: PID of the session's first process. It may have ended: the system does not reuse its PID while the
            session exists.
    """
    found: list[int] = []
    for pid in psutil.pids():
        # A process may end at this moment, and some systems hide the sessions of other users.
        with suppress(ProcessLookupError, PermissionError):
            if os.getsid(pid) == leader:
                found.append(pid)
    return found
