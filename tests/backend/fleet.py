"""Two tasks behind a load balancer, and the ways to replace one of them."""

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from tests.backend.balancer import Balancer
from tests.backend.task import Task

DRAIN_SECONDS = 3
"""Drain time of a task, longer than the balancer needs to detect that the task drains, also on a busy machine. On the
platform the drain time is 80 s, and the balancer needs 25 s."""
DEREGISTRATION_SECONDS = 1.0
"""Time between the deregistration of a target and SIGTERM; on the platform it is 115 s."""


class Fleet:
    """The tasks of a service."""

    def __init__(
        self,
        environment: dict[str, str],
        balancer: Balancer,
        folder: Path,
        command: tuple[str, ...] | None = None,
    ) -> None:
        self.environment = {
            "DRAIN_SECONDS": str(DRAIN_SECONDS),
            "REQUEST_SECONDS": "5",
            **environment,
            # The service's own default. A timeout of half a second would fail because of a busy machine.
            "HEALTH_CHECK_SECONDS": "2",
        }
        self.balancer = balancer
        self.tasks: list[Task] = []
        self.tails: list[float] = []
        """Seconds from SIGTERM to the exit of each task that has ended."""
        self._folder = folder
        self._command = command
        self._numbers = count(1)

    def start(self, **changes: str) -> Task:
        """Start a task and wait until the balancer sends requests to it."""
        task = self.begin(**changes)
        self.join(task)
        return task

    def begin(self, **changes: str) -> Task:
        """Start a task without waiting for it."""
        task = Task(self.environment | changes, self._folder / f"task-{next(self._numbers)}.log", self._command)
        self.tasks.append(task)
        return task

    def join(self, task: Task) -> None:
        """Wait until a task is ready, register it, and wait until it is healthy; ECS too registers a task that runs."""
        task.wait_until_ready()
        self.balancer.register(task.port)
        self.balancer.wait_until_healthy(task.port)

    def reclaim(self, task: Task) -> None:
        """Replace a task as on a reclaim of Spot capacity: SIGTERM comes while the balancer still sends requests."""
        task.terminate()
        began = time.monotonic()
        replacement = self.begin()
        self._gone(task, began)
        self.balancer.deregister(task.port)
        self.join(replacement)

    def replace(self, task: Task, **changes: str) -> None:
        """Replace a task as a deployment does: start a new task, deregister the old one, then send SIGTERM to it."""
        self.start(**changes)
        self.balancer.deregister(task.port)
        time.sleep(DEREGISTRATION_SECONDS)
        task.terminate()
        self._gone(task, time.monotonic())

    def kill(self, task: Task) -> None:
        """Kill a task with SIGKILL, as when it is out of memory, and replace it."""
        task.process.send_signal(signal.SIGKILL)
        task.wait()
        self.tasks.remove(task)
        replacement = self.begin()
        self.join(replacement)
        self.balancer.deregister(task.port)

    def _gone(self, task: Task, began: float) -> None:
        status = task.wait()
        self.tails.append(time.monotonic() - began)
        if status != 0:
            raise AssertionError(f"exit status {status}: {task.log.read_text()}")
        self.tasks.remove(task)

    def end(self) -> None:
        for task in self.tasks:
            task.kill()


@contextmanager
def two_tasks(environment: dict[str, str], folder: Path, command: tuple[str, ...] | None = None) -> Iterator[Fleet]:
    """Yield two healthy tasks behind a balancer; `command` is as for `Task`."""
    balancer = Balancer()
    fleet = Fleet(environment, balancer, folder, command)
    try:
        balancer.start()
        for task in [fleet.begin(), fleet.begin()]:
            fleet.join(task)
        yield fleet
    finally:
        fleet.end()
        balancer.remove()
