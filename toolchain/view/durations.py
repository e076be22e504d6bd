"""Stores the durations of steps, and estimates the remaining time of a run from those of earlier runs."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from statistics import median
from typing import Any, cast

from toolchain.system.files import write_whole
from toolchain.view import urns
from toolchain.view.progress import SAME, Progress, Status, Step, is_resource

KEPT_RUNS = 5
SHORTEST_SECONDS = 2.0
"""Shorter steps are not stored: the average speed of the run accounts for them."""

LEAST_SHARE = 0.2
"""The share of the changes that must be done before the run's average speed is used for the estimate."""


class Durations:
    """The durations of steps in the last runs, in seconds, by operation and resource type.

    Args:
        path: The file that stores them; None to store nothing.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._seconds = {} if path is None else _read(path)

    def typical(self, step: Step) -> float | None:
        """Return the median duration of steps of the same kind, in seconds; None if there was none."""
        return self.of(step.operation, step.urn)

    def of(self, operation: str, urn: str) -> float | None:
        """Return the median duration of an operation on resources of the same type, in seconds; None if unknown."""
        seen = self._seconds.get(_key(operation, urn))
        return median(seen) if seen else None

    def learn(self, progress: Progress) -> None:
        """Store the durations of a run's steps: for each operation and resource type, the longest."""
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
    """Estimate the least remaining time of a run, in seconds.

    Args:
        progress: The run so far.
        planned: URN of each resource to its change in the preview.
        durations: The durations of earlier runs.
        started: The start of the run, in seconds of the same clock as ``now``.
        now: The current time, in seconds.

    Returns:
        The larger of two estimates: from the run's average speed, and from the slowest step that has not ended. None if
        neither is known.
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
    """Read the file; return nothing if it is missing or damaged, because only an estimate depends on it."""
    try:
        content: Any = json.loads(path.read_text(encoding="utf-8"))
        entries = cast("dict[str, list[float]]", content)
        return {str(key): [float(each) for each in seconds] for key, seconds in entries.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}
