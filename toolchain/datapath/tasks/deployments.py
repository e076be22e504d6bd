"""Decides when a service's deployment is completed and when it has failed.

Sources: Amazon ECS Developer Guide, "How the Amazon ECS deployment circuit breaker detects failures" and "How
CloudWatch alarms detect Amazon ECS deployment failures"; API Reference, "Deployment" (failedTasks, rolloutState).
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

FEWEST_FAILURES: Final = 3
MOST_FAILURES: Final = 200
_PATIENCE: Final = 3
"""Failures in a row before starts are slowed down. AWS documents that it throttles starts, not by how much."""
LONGEST_PAUSE_SECONDS: Final = 60.0


class Rollout(StrEnum):
    """``rolloutState`` of a deployment."""

    IN_PROGRESS = "IN_PROGRESS"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"


@dataclass(frozen=True)
class Limits:
    """The settings that can end a deployment: a part of ``deploymentConfiguration``."""

    breaks: bool = False
    """Whether the circuit breaker is on."""
    breaker_rolls_back: bool = False
    alarms: tuple[str, ...] = ()
    """Names of the CloudWatch alarms that make it fail."""
    alarms_roll_back: bool = False
    bake_minutes: float = 0.0
    """Bake time: minutes for which the alarms are watched after the last task was replaced."""


@dataclass(frozen=True)
class Progress:
    """The progress of a deployment."""

    desired: int
    healthy: int
    """Number of its tasks that run and are healthy."""
    failed: int
    """Number of its tasks that have failed in a row, since the last task that became healthy."""
    others: int
    """Number of other deployments' tasks that still serve or drain."""
    alarms: frozenset[str] = frozenset()
    """Names of the alarms that are in the state ALARM."""
    baked_seconds: float = 0.0
    """Seconds since which all its tasks are healthy and no task of another deployment is left."""


@dataclass(frozen=True)
class Verdict:
    """The new state of a deployment."""

    state: Rollout
    reason: str = ""
    """Reason of a failure, for the service's event and ``rolloutStateReason``; empty if it has not failed."""
    rolls_back: bool = False


def limits_of(configuration: Mapping[str, Any]) -> Limits:
    """Return the limits in a service's ``deploymentConfiguration``."""
    breaker: Mapping[str, Any] = configuration.get("deploymentCircuitBreaker") or {}
    alarms: Mapping[str, Any] = configuration.get("alarms") or {}
    return Limits(
        breaks=bool(breaker.get("enable")),
        breaker_rolls_back=bool(breaker.get("rollback")),
        alarms=tuple(alarms.get("alarmNames") or ()) if alarms.get("enable") else (),
        alarms_roll_back=bool(alarms.get("rollback")),
        bake_minutes=float(configuration.get("bakeTimeInMinutes") or 0),
    )


def failures_allowed(desired: int) -> int:
    """Return how many failed tasks in a row trip the circuit breaker: half the desired count, but 3 to 200."""
    return min(max(math.ceil(0.5 * desired), FEWEST_FAILURES), MOST_FAILURES)


def judge(progress: Progress, limits: Limits) -> Verdict:
    """Decide whether a deployment in progress is now completed or failed.

    Args:
        progress: The deployment's progress.
        limits: Settings that can end it.
    """
    rung = progress.alarms & set(limits.alarms)
    if rung:
        return Verdict(Rollout.FAILED, "alarm detected", limits.alarms_roll_back)
    if limits.breaks and progress.failed >= failures_allowed(progress.desired):
        return Verdict(Rollout.FAILED, "tasks failed to start", limits.breaker_rolls_back)
    is_complete = progress.healthy >= progress.desired and progress.others == 0
    if is_complete and (not limits.alarms or progress.baked_seconds >= limits.bake_minutes * 60):
        return Verdict(Rollout.COMPLETED)
    return Verdict(Rollout.IN_PROGRESS)


def pause_after(failures: int) -> float:
    """Return the seconds to wait before the next start, after a number of failed tasks in a row."""
    if failures <= _PATIENCE:
        return 0.0
    return min(2.0 ** (failures - _PATIENCE), LONGEST_PAUSE_SECONDS)
