"""Processes of this machine."""

import math
import os
import signal
from contextlib import suppress

import psutil


def is_running(pid: int, since: float = math.inf) -> bool:
    """Whether a process runs that began before a time; one that has ended and was only not yet waited for does not."""
    try:
        process = psutil.Process(pid)
        return process.status() != psutil.STATUS_ZOMBIE and process.create_time() < since
    except psutil.NoSuchProcess:
        return False
    except psutil.AccessDenied:
        return True


def command_line(pid: int) -> list[str]:
    """The arguments that a process was started with; none when it does not run, or is not ours to look at."""
    try:
        return psutil.Process(pid).cmdline()
    except psutil.Error:
        return []


def send(pid: int, number: signal.Signals) -> None:
    """Send a signal to a process that may have ended."""
    with suppress(ProcessLookupError):
        os.kill(pid, number)
