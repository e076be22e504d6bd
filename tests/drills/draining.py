"""Reclaims Spot tasks, and follows them until they have stopped."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import httpx

from tests.drills.service import Service
from tests.drills.stack import Stack

LOOK_SECONDS = 0.25


@dataclass
class _Reclaimed:
    """The tasks of one reclaim, and how they ended."""

    arns: list[str]
    began: float
    ended_seconds: float | None = None
    exits: dict[str, int] = field(default_factory=dict[str, int])


class Draining:
    """Reclaims tasks, and notes when and how they stop.

    The next reclaim does not wait for the last one's tasks, which drain for drain_seconds. AWS does not wait either.

    Args:
        service: The service of the tasks.
        clock: Function that returns seconds.
        notice_seconds: Time from SIGTERM to SIGKILL, in seconds.
    """

    def __init__(self, service: Service, clock: Callable[[], float], notice_seconds: float) -> None:
        self._service = service
        self._clock = clock
        self._notice_seconds = notice_seconds
        self._reclaimed: dict[int, _Reclaimed] = {}

    def reclaim(self, stack: Stack, number: int, arns: list[str]) -> float:
        """Reclaim tasks, and return the time."""
        began = self._clock()
        for arn in arns:
            body = {"task": arn, "notice_seconds": self._notice_seconds}
            answer = httpx.post(f"{stack.endpoint}/data-plane/spot-reclaim", json=body, timeout=30.0, trust_env=False)
            answer.raise_for_status()
        self._reclaimed[number] = _Reclaimed(arns, began)
        return began

    def note_ends(self) -> bool:
        """Note which tasks have stopped since the last call; return whether all have."""
        going = [each for each in self._reclaimed.values() if each.ended_seconds is None]
        for each in going:
            if self._service.has_ended(each.arns):
                each.ended_seconds = round(self._clock() - each.began, 1)
                ways = list(self._service.stopped_reasons(each.arns).values())
                each.exits = {way: ways.count(way) for way in ways}
        return all(each.ended_seconds is not None for each in going)

    def wait(self, seconds: float) -> None:
        """Wait until all tasks have stopped, at most this long."""
        deadline = self._clock() + seconds
        while not self.note_ends() and self._clock() < deadline:
            time.sleep(LOOK_SECONDS)

    def end_of(self, number: int) -> tuple[float | None, dict[str, int]]:
        """Return how long the tasks of a reclaim took to stop, in seconds, and how many stopped in which way.

        Args:
            number: The reclaim's number.

        Returns:
            None and nothing while not all of them have stopped.
        """
        noted = self._reclaimed[number]
        return noted.ended_seconds, noted.exits
