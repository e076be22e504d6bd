"""Starts tasks as forks of a process that has imported the service: tests start dozens of tasks, and an import takes most
of a start. `multiprocessing` keeps that process, its fork server, until the tests end."""

import multiprocessing
import os
import subprocess
import sys
from collections.abc import Mapping
from multiprocessing import forkserver
from pathlib import Path
from typing import Final
from unittest import mock

from tests.backend.servers import BACKEND, ROOT

IMPORTED: Final = "tests.backend.drilled"
_PRELOADED: Final = "tests.backend.preloaded"


class Forked:
    """A task's process, with those methods of `subprocess.Popen` that tests use.

    It has its own environment, working folder, standard output and exit status, like a process of Popen.
    """

    def __init__(self, environment: Mapping[str, str], log: Path) -> None:
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload([_PRELOADED])
        # Until Python 3.13 the fork server does not get this process's sys.path.
        with mock.patch.dict(os.environ, {"PYTHONPATH": f"{ROOT}{os.pathsep}{BACKEND}"}):
            forkserver.ensure_running()
        self._process = context.Process(target=_run, args=(dict(environment), str(log)), daemon=True)
        self._process.start()

    @property
    def pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    def poll(self) -> int | None:
        """Return the exit status, the signal's number with a minus for a killed process; None while it runs."""
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end, and return the exit status.

        Raises:
            subprocess.TimeoutExpired: The process runs for longer than `timeout` seconds.
        """
        self._process.join(timeout)
        status = self._process.exitcode
        if status is None:
            raise subprocess.TimeoutExpired("the task", timeout or 0)
        return status

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self._process.kill()


def _run(environment: dict[str, str], log: str) -> None:
    """Run the service in the forked process."""
    with Path(log).open("ab", buffering=0) as file:
        for number in (1, 2):
            os.dup2(file.fileno(), number)
    # The fork server ignores a failed import, and each task would then import everything itself.
    if IMPORTED not in sys.modules:
        raise RuntimeError(f"the fork server has not imported {IMPORTED}")
    os.chdir(ROOT)
    os.environ.clear()
    os.environ.update(environment)
    sys.modules[IMPORTED].main()
