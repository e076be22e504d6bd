"""One task: a process of the service that is started and stopped as ECS does."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

from tests.backend.forked import Forked
from tests.backend.servers import BACKEND, ROOT, wait_until
from tests.waiting import START_SECONDS
from toolchain.datapath.ports import free_port

SERVICE = (sys.executable, "-m", "service")
DRILLED = (sys.executable, "-c", "from tests.backend.preloaded import drilled; drilled.main()")
"""Command that runs the service with the drills' operations."""


class Task:
    """A process of the service on its own port."""

    process: Forked | subprocess.Popen[bytes]

    def __init__(
        self,
        environment: dict[str, str],
        log: Path,
        command: tuple[str, ...] | None = None,
    ) -> None:
        """Start a task.

        Args:
            environment: Its environment variables.
            log: File for its output.
            command: Its command; None for the service with the drills' operations, forked from a process that has
                imported it.
        """
        self.port = free_port()
        self.log = log
        self.began = time.monotonic()
        variables = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": f"{ROOT}{os.pathsep}{BACKEND}",
            **environment,
            "PORT": str(self.port),
        }
        log.write_bytes(b"")
        if command is None:
            self.process = Forked(variables, log)
        else:
            with log.open("ab") as file:
                self.process = subprocess.Popen(command, cwd=ROOT, env=variables, stdout=file, stderr=subprocess.STDOUT)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def status(self, path: str = "/health/ready") -> int:
        """Return the status code of a path; 0 when the task does not answer."""
        # Tests poll with this. The standard library's client takes a tenth of httpx's processor time for one request.
        try:
            with closing(HTTPConnection("127.0.0.1", self.port, timeout=5)) as connection:
                connection.request("GET", path)
                return connection.getresponse().status
        except (OSError, HTTPException):
            if self.process.poll() is not None:
                raise AssertionError(self.log.read_text()) from None
            return 0

    def wait_until_ready(self, seconds: float = START_SECONDS, path: str = "/health/ready") -> float:
        """Wait until the task is ready, and return the seconds since its start."""
        wait_until(lambda: self.status(path) == 200, f"ready ({self.log})", seconds)
        return time.monotonic() - self.began

    def terminate(self) -> None:
        self.process.send_signal(signal.SIGTERM)

    def wait(self, seconds: float = START_SECONDS) -> int:
        return self.process.wait(seconds)

    def kill(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()

    def lines(self) -> list[dict[str, Any]]:
        """Return the log lines so far, parsed."""
        return [json.loads(line) for line in self.log.read_text().splitlines() if line.startswith("{")]

    def messages(self) -> list[str]:
        return [line["message"] for line in self.lines()]


@contextmanager
def running(
    environment: dict[str, str], log: Path, command: tuple[str, ...] | None = None, ready: str = "/health/ready"
) -> Iterator[Task]:
    """Start a task and wait until it is ready.

    Args:
        environment: Its environment variables.
        log: File for its output.
        command: Its command, as for `Task`.
        ready: Path that answers 200 once the task is ready.

    Yields:
        The task, which is killed afterwards if it still runs.
    """
    task = Task(environment, log, command)
    try:
        task.wait_until_ready(path=ready)
        yield task
    finally:
        task.kill()
