"""How a service's tasks are spread over Spot and on demand, and which were taken away. No calls here."""

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
"""``stopCode`` of a task that Spot took away (Amazon ECS API Reference, "Task")."""
_CAPACITY_WORDS: Final = ("capacity is unavailable", "spot task was interrupted", "unable to place")
_SHOWN_EVENTS: Final = 10


@dataclass(frozen=True)
class SpotTask:
    """A task, with what matters for Spot.

    Attributes:
        state: What Amazon ECS and the load balancer say.
        age: Since its start; None while it has not started.
        release: Digest or tag of its image, shortened.
    """

    state: TaskState
    age: timedelta | None
    release: str


@dataclass(frozen=True)
class Interruption:
    """A task that was taken away, or could not be placed.

    Attributes:
        at: When; None when Amazon ECS does not say.
        what: In Amazon ECS's words.
    """

    at: datetime | None
    what: str


def mix_of(strategy: Sequence[Mapping[str, Any]]) -> CapacityMix:
    """Read a capacity provider strategy; a provider that is not in it has no weight.

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
    """How the strategy would spread a number of tasks; None for a strategy without weights.

    Args:
        strategy: ``capacityProviderStrategy`` of a service.
        tasks: How many.
    """
    mix = mix_of(strategy)
    return split_tasks(tasks, mix) if mix.spot_weight + mix.on_demand_weight > 0 else None


def split_of(tasks: Sequence[TaskState]) -> CapacitySplit:
    """How the tasks that run are spread."""
    running = [task for task in tasks if task.status == "RUNNING"]
    spot = sum(task.provider == SPOT for task in running)
    return CapacitySplit(spot=spot, on_demand=len(running) - spot)


def spot_task(task: Mapping[str, Any], targets: Mapping[str, str], image: str, now: datetime) -> SpotTask:
    """Read a task.

    Args:
        task: As `describe_tasks` gives it.
        targets: Private address -> state in the target group.
        image: Its image.
        now: The time.
    """
    started = cast("datetime | None", task.get("startedAt"))
    name, at, digest = image.partition("@")
    release = digest.removeprefix("sha256:")[:12] if at else name.rpartition(":")[2]
    return SpotTask(task_state(task, targets), None if started is None else now - started, release)


def interruptions(stopped: Sequence[Mapping[str, Any]], events: Sequence[Mapping[str, Any]]) -> list[Interruption]:
    """The newest interruptions, the newest first.

    Args:
        stopped: Stopped tasks, as `describe_tasks` gives them; Amazon ECS keeps them for an hour.
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
    """Choose the Spot tasks that a drill takes away: at least one, if there is one.

    Args:
        tasks: Those of the service.
        share: Part of its running Spot tasks, above 0 and up to 1.
        chance: Chooses.
    """
    spot = sorted((task for task in tasks if task.provider == SPOT and task.status == "RUNNING"), key=_identifier)
    return chance.sample(spot, min(len(spot), max(1, math.ceil(share * len(spot))))) if spot else []


def _identifier(task: TaskState) -> str:
    return task.identifier
