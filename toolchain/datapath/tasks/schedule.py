"""Decides which tasks of a service are started and stopped next.

Sources: Amazon ECS Developer Guide, "Amazon ECS service deployment parameters" (minimum and maximum percent), "Amazon
ECS task health" (if the maximum allows it, the replacement of an unhealthy task starts first), and API Reference,
"DeploymentConfiguration".
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from toolchain.datapath.tasks.capacity import Share, provider_for_next, split


@dataclass(frozen=True)
class Member:
    """A task of a service that is not being stopped."""

    task: str
    """The task's ARN."""
    deployment: str
    """The id of the deployment that it belongs to."""
    provider: str
    zone: str
    is_healthy: bool
    """Whether it runs and all its health checks pass."""
    is_unhealthy: bool = False
    """Whether a health check has found it unhealthy, so that it must be replaced."""
    since: float = 0.0
    """Monotonic time at which it was made, in seconds."""


@dataclass(frozen=True)
class Wanted:
    """The wanted state of a service."""

    desired: int
    primary: str
    """The id of the deployment that new tasks belong to."""
    minimum_percent: int
    maximum_percent: int
    strategy: tuple[Share, ...]
    subnets: tuple[tuple[str, str], ...]
    """Id and availability zone of each subnet."""
    may_start: bool = True
    """False while no task may start: the service is being deleted, the deployment has failed, or starts are slowed down
    because tasks fail in a row."""

    @property
    def least(self) -> int:
        """Minimum number of healthy tasks, rounded up."""
        return math.ceil(self.desired * self.minimum_percent / 100)

    @property
    def most(self) -> int:
        """Maximum number of running and pending tasks, rounded down, but at least 1 if a task is desired."""
        return max(math.floor(self.desired * self.maximum_percent / 100), min(self.desired, 1))


@dataclass(frozen=True)
class Placement:
    """The capacity provider and the subnet for a new task."""

    provider: str
    subnet: str


@dataclass(frozen=True)
class Plan:
    """The tasks to start and to stop now."""

    starts: tuple[Placement, ...] = ()
    stops: tuple[str, ...] = ()
    """ARNs of the tasks to stop."""


def plan(wanted: Wanted, members: Sequence[Member]) -> Plan:
    """Decide which tasks of a service to start and to stop now.

    Args:
        wanted: The wanted state of the service.
        members: The service's tasks of all deployments.
    """
    new = [member for member in members if member.deployment == wanted.primary and not member.is_unhealthy]
    missing = max(wanted.desired - len(new), 0) if wanted.may_start else 0
    starts = min(missing, max(wanted.most - len(members), 0))
    stops = _stops(wanted, members, new, is_full=missing > starts)
    kept = [member for member in new if member.task not in stops]
    return Plan(_placed(starts, wanted, kept), stops)


def _stops(wanted: Wanted, members: Sequence[Member], new: Sequence[Member], *, is_full: bool) -> tuple[str, ...]:
    surplus = _surplus(wanted, new)
    rest = [member for member in new if member.task not in surplus]
    replaced_by = sum(member.is_healthy for member in rest)
    leaving = [member for member in members if member not in new]
    sick = [member for member in leaving if not member.is_healthy]
    well = [member for member in leaving if member.is_healthy]
    # Old healthy tasks serve until new healthy tasks replace them.
    needed = max(wanted.desired - replaced_by, 0)
    stops = [*surplus, *(member.task for member in _ordered(well, wanted)[: max(len(well) - needed, 0)])]
    stays = [member for member in well if member.task not in stops]
    serving = replaced_by + len(stays)
    if serving >= wanted.desired:
        stops += [member.task for member in sick]
        sick = []
    # If the maximum leaves no room for new tasks, unhealthy tasks stop first, then old tasks down to the minimum.
    spare = _ordered(stays, wanted)[: max(serving - wanted.least, 0)]
    room = max(wanted.most - (len(members) - len(stops)), 0)
    over = wanted.desired - len(rest) - room if is_full else 0
    stops += [member.task for member in (*sick, *spare)][: max(over, 0)]
    return tuple(stops)


def _surplus(wanted: Wanted, new: Sequence[Member]) -> list[str]:
    """Return the primary deployment's tasks above the desired count, chosen in the order of `_ordered`."""
    left = list(new)
    chosen: list[str] = []
    while len(left) > wanted.desired:
        victim = _ordered(left, wanted)[0]
        left.remove(victim)
        chosen.append(victim.task)
    return chosen


def _ordered(members: Sequence[Member], wanted: Wanted) -> list[Member]:
    """Sort tasks in the order to stop them: not healthy, provider with too many tasks, fullest zone, youngest."""
    zones = Counter(member.zone for member in members)
    providers = Counter(member.provider for member in members)
    shares = split(max(len(members) - 1, 0), wanted.strategy)
    return sorted(
        members,
        key=lambda member: (
            member.is_healthy,
            shares.get(member.provider, 0) - providers[member.provider],
            -zones[member.zone],
            -member.since,
            member.task,
        ),
    )


def _placed(count: int, wanted: Wanted, kept: Sequence[Member]) -> tuple[Placement, ...]:
    providers = Counter(member.provider for member in kept)
    zones = Counter(member.zone for member in kept)
    placements: list[Placement] = []
    for _ in range(count if wanted.subnets else 0):
        provider = provider_for_next(providers, wanted.strategy)
        subnet, zone = _emptiest(wanted.subnets, zones)
        providers[provider] += 1
        zones[zone] += 1
        placements.append(Placement(provider, subnet))
    return tuple(placements)


def _emptiest(subnets: Sequence[tuple[str, str]], zones: Mapping[str, int]) -> tuple[str, str]:
    return min(subnets, key=lambda subnet: (zones.get(subnet[1], 0), subnets.index(subnet)))
