"""How long steps take: the time that a run needs still, from what earlier runs took."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from statistics import median
from typing import Any, cast

from toolchain.files import write_whole
from toolchain.view import urns
from toolchain.view.progress import SAME, Progress, Status, Step, is_resource

KEPT_RUNS = 5
SHORTEST_SECONDS = 2.0
"""Shorter steps are not kept: together they are counted by the pace of the run."""

LEAST_SHARE = 0.2
"""The share of a run that must be done before its pace says anything."""


class Durations:
    """The seconds that each kind of step took in the last runs.

    Args:
        path: The file that they are kept in; None for a run that leaves nothing.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._seconds = {} if path is None else _read(path)

    def typical(self, step: Step) -> float | None:
        """The median of the last runs in seconds; None when there was none."""
        return self.of(step.operation, step.urn)

    def of(self, operation: str, urn: str) -> float | None:
        """The median of an operation on resources of the same type, in seconds."""
        seen = self._seconds.get(_key(operation, urn))
        return median(seen) if seen else None

    def learn(self, progress: Progress) -> None:
        """Keep how long the steps of a run took."""
        if self._path is None:
            return
        longest: dict[str, float] = {}
        for step in progress.steps.values():
            if step.status is Status.DONE and step.ended is not None and is_resource(step.urn):
                key = _key(step.operation, step.urn)
                longest[key] = max(longest.get(key, 0.0), step.ended - step.started)
        for key, seconds in longest.items():
            if seconds >= SHORTEST_SECONDS:
                self._seconds[key] = [*self._seconds.get(key, []), round(seconds, 1)][-KEPT_RUNS:]
        self._path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(self._path, json.dumps(self._seconds, indent=1, sort_keys=True))


def seconds_left(
    progress: Progress, planned: Mapping[str, str], durations: Durations, started: float, now: float
) -> float | None:
    """The seconds that a run still needs at least, as far as that can be told.

    Args:
        progress: The run so far.
        planned: What the preview says of each resource, by URN.
        durations: What earlier runs took.
        started: When the run began.
        now: The time.

    Returns:
        The larger of what its pace says and what its slowest outstanding step needs; None when neither is known.
    """
    changing = {urn for urn, change in planned.items() if change != SAME}
    done = {step.urn for step in progress.steps.values() if step.ended is not None} & changing
    estimates: list[float] = []
    if changing and len(done) >= LEAST_SHARE * len(changing):
        estimates.append((now - started) * (len(changing) - len(done)) / len(done))
    running = {step.urn: step for step in progress.running()}
    estimates += [
        max(typical - (now - step.started), 0.0)
        for step in running.values()
        if (typical := durations.typical(step)) is not None
    ]
    estimates += _of_waiting(changing - done - set(running), planned, durations)
    return max(estimates, default=None)


def _of_waiting(waiting: Iterable[str], planned: Mapping[str, str], durations: Durations) -> list[float]:
    return [seconds for urn in waiting if (seconds := durations.of(planned[urn], urn)) is not None]


def _key(operation: str, urn: str) -> str:
    return f"{operation} {urns.type_of(urn)}"


def _read(path: Path) -> dict[str, list[float]]:
    """What was kept; nothing when the file is missing or damaged: only an estimate depends on it."""
    try:
        content: Any = json.loads(path.read_text(encoding="utf-8"))
        entries = cast("dict[str, list[float]]", content)
        return {str(key): [float(each) for each in seconds] for key, seconds in entries.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}
