"""Counts a service's tasks on Spot and on demand, and finds interruptions; sends no requests."""

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, cast

from ops.release.rollout import TaskState, task_state
from spot_planning.service.capacity import CapacityMix, CapacitySplit, split_tasks

SPOT: Final = "FARGATE_SPOT"
ON_DEMAND: Final = "FARGATE"
INTERRUPTED: Final = "SpotInterruption"
"""``stopCode`` of a task that Spot interrupted (Amazon ECS API Reference, "Task")."""
_CAPACITY_WORDS: Final = ("capacity is unavailable", "spot task was interrupted", "unable to place")
_SHOWN_EVENTS: Final = 10


@dataclass(frozen=True)
class SpotTask:
    """A task, with its age and its release.

    Attributes:
        state: The task's state in Amazon ECS and the load balancer.
        age: Time since the task started; None while it has not started.
        release: The first digits of the image's digest, or the image's tag.
    """

    state: TaskState
    age: timedelta | None
    release: str


@dataclass(frozen=True)
class Interruption:
    """The interruption of a task, or a task that could not be placed.

    Attributes:
        at: When it happened; None when Amazon ECS gives no time.
        what: Amazon ECS's description.
    """

    at: datetime | None
    what: str


def mix_of(strategy: Sequence[Mapping[str, Any]]) -> CapacityMix:
    """Read a capacity provider strategy; a provider that is not in it has weight 0.

    Args:
        strategy: ``capacityProviderStrategy`` of a service.
    """
    items = {str(each["capacityProvider"]): each for each in strategy}
    spot, on_demand = items.get(SPOT, {}), items.get(ON_DEMAND, {})
    return CapacityMix(
        spot_weight=int(spot.get("weight", 0)),
        spot_base=int(spot.get("base", 0)),
        on_demand_weight=int(on_demand.get("weight", 0)),
        on_demand_base=int(on_demand.get("base", 0)),
    )


def wanted_split(strategy: Sequence[Mapping[str, Any]], tasks: int) -> CapacitySplit | None:
    """Return how the strategy splits a number of tasks; None for a strategy without weights.

    Args:
        strategy: ``capacityProviderStrategy`` of a service.
        tasks: Number of tasks.
    """
    mix = mix_of(strategy)
    return split_tasks(tasks, mix) if mix.spot_weight + mix.on_demand_weight > 0 else None


def split_of(tasks: Sequence[TaskState]) -> CapacitySplit:
    """Count the running tasks on Spot and on demand."""
    running = [task for task in tasks if task.status == "RUNNING"]
    spot = sum(task.provider == SPOT for task in running)
    return CapacitySplit(spot=spot, on_demand=len(running) - spot)


def spot_task(task: Mapping[str, Any], targets: Mapping[str, str], image: str, now: datetime) -> SpotTask:
    """Read a task.

    Args:
        task: The task, from `describe_tasks`.
        targets: Private IP address of a task -> state of its target in the target group.
        image: Name of the task's image.
        now: The current time.
    """
    started = cast("datetime | None", task.get("startedAt"))
    name, at, digest = image.partition("@")
    release = digest.removeprefix("sha256:")[:12] if at else name.rpartition(":")[2]
    return SpotTask(task_state(task, targets), None if started is None else now - started, release)


def interruptions(stopped: Sequence[Mapping[str, Any]], events: Sequence[Mapping[str, Any]]) -> list[Interruption]:
    """Return the newest interruptions, the newest first.

    Args:
        stopped: Stopped tasks, from `describe_tasks`; Amazon ECS keeps them for an hour.
        events: ``events`` of the service; Amazon ECS keeps the last 100.
    """
    found = [
        Interruption(
            task.get("stoppingAt") or task.get("stoppedAt"),
            f"task {str(task['taskArn']).rpartition('/')[2][:8]}: {task.get('stoppedReason') or INTERRUPTED}",
        )
        for task in stopped
        if task.get("stopCode") == INTERRUPTED
    ]
    found += [
        Interruption(event.get("createdAt"), str(event["message"]))
        for event in events
        if any(word in str(event.get("message", "")).lower() for word in _CAPACITY_WORDS)
    ]
    return sorted(found, key=lambda each: each.at.timestamp() if each.at else 0.0, reverse=True)[:_SHOWN_EVENTS]


def chosen(tasks: Sequence[TaskState], share: float, chance: random.Random) -> list[TaskState]:
    """Choose the Spot tasks that a drill stops: at least one, if there is one.

    Args:
        tasks: The service's tasks.
        share: Share of the running Spot tasks, above 0 and up to 1.
        chance: The random number generator.
    """
    spot = sorted((task for task in tasks if task.provider == SPOT and task.status == "RUNNING"), key=_identifier)
    return chance.sample(spot, min(len(spot), max(1, math.ceil(share * len(spot))))) if spot else []


def _identifier(task: TaskState) -> str:
    return task.identifier
