"""Two tasks behind a balancer, and the ways in which one of them goes."""

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from tests.backend.balancer import Balancer
from tests.backend.task import Task

DRAIN_SECONDS = 3
"""Longer than the balancer takes to notice, also on a machine that has much to do; the platform has 80 s for 25 s."""
DEREGISTRATION_SECONDS = 1.0
"""Seconds that ECS waits between taking a target out and SIGTERM; the platform has 115."""


class Fleet:
    """The tasks of a service."""

    def __init__(self, environment: dict[str, str], balancer: Balancer, folder: Path) -> None:
        self.environment = {
            "DRAIN_SECONDS": str(DRAIN_SECONDS),
            "REQUEST_SECONDS": "5",
            **environment,
            # The service's own: a check that may take half a second says much of a busy machine, little of a database.
            "HEALTH_CHECK_SECONDS": "2",
        }
        self.balancer = balancer
        self.tasks: list[Task] = []
        self.tails: list[float] = []
        """Seconds from SIGTERM to the end of each task that has gone."""
        self._folder = folder
        self._numbers = count(1)

    def start(self, **changes: str) -> Task:
        """Start a task and wait until the balancer sends to it."""
        task = self.begin(**changes)
        self.join(task)
        return task

    def begin(self, **changes: str) -> Task:
        """Start a task, and do not wait for it."""
        task = Task(self.environment | changes, self._folder / f"task-{next(self._numbers)}.log")
        self.tasks.append(task)
        return task

    def join(self, task: Task) -> None:
        """Register a task once it is ready, as ECS registers one once its container runs."""
        task.wait_until_ready()
        self.balancer.register(task.port)
        self.balancer.wait_until_healthy(task.port)

    def reclaim(self, task: Task) -> None:
        """Replace a task as when Spot capacity is reclaimed: SIGTERM comes first, while the balancer still sends."""
        task.terminate()
        began = time.monotonic()
        replacement = self.begin()
        self._gone(task, began)
        self.balancer.deregister(task.port)
        self.join(replacement)

    def replace(self, task: Task, **changes: str) -> None:
        """Replace a task as a deployment does: a new one, then the old one's target is taken out, then SIGTERM."""
        self.start(**changes)
        self.balancer.deregister(task.port)
        time.sleep(DEREGISTRATION_SECONDS)
        task.terminate()
        self._gone(task, time.monotonic())

    def kill(self, task: Task) -> None:
        """Replace a task that gets SIGKILL, as when its memory is used up."""
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
def two_tasks(environment: dict[str, str], folder: Path) -> Iterator[Fleet]:
    """A balancer with two tasks behind it."""
    balancer = Balancer()
    fleet = Fleet(environment, balancer, folder)
    try:
        balancer.start()
        for task in [fleet.begin(), fleet.begin()]:
            fleet.join(task)
        yield fleet
    finally:
        fleet.end()
        balancer.remove()
