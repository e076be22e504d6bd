"""Processes of this machine."""

import psutil


def is_running(pid: int) -> bool:
    """Whether a process runs; one that has ended and was only not yet waited for does not."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
    except psutil.AccessDenied:
        return True
