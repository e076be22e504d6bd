"""How a service's tasks are: what the scheduler and the circuit breaker go by."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from toolchain.datapath.tasks.schedule import Member
from toolchain.datapath.tasks.targets import HEALTHY, UNHEALTHY, Health
from toolchain.datapath.tasks.task import Ending, RunningTask

SETTLED_SECONDS: Final = 2.0
"""A task that nothing checks counts as healthy after it has run for this long, so that one that crashes at its start
counts as failed. AWS documents no such time."""
SCHEDULER: Final = "ServiceSchedulerInitiated"

Healths = Mapping[str, Mapping[tuple[str, int], Health]]
"""Target group -> address and port -> what its balancer says."""


@dataclass(frozen=True)
class Finding:
    """What the checks say of a task."""

    is_healthy: bool
    unhealthy: str = ""
    """Why it is to be replaced, worded as ``stoppedReason``; empty when it is not."""
    target: tuple[int, str, str] | None = None
    """Port, target group and reason where a balancer finds it unhealthy."""


def find(task: RunningTask, healths: Healths, grace_seconds: float, now: float) -> Finding:
    """What the checks say of a task.

    Args:
        task: The task.
        healths: What the balancers say.
        grace_seconds: ``healthCheckGracePeriodSeconds``: checks that fail do not count for this long.
        now: On the monotonic clock.
    """
    if task.status != "RUNNING" or task.running_since is None:
        return Finding(is_healthy=False)
    ran = now - task.running_since
    if task.container_health == "UNHEALTHY" and ran >= grace_seconds:
        return Finding(is_healthy=False, unhealthy="Task failed container health checks")
    states = [(target, healths.get(target.group, {}).get((task.address, target.port))) for target in task.targets]
    for target, health in states:
        if health is not None and health.state == UNHEALTHY and ran >= grace_seconds:
            reason = f"Task failed ELB health checks in (target-group {target.group})"
            return Finding(is_healthy=False, unhealthy=reason, target=(target.port, target.group, health.reason))
    in_targets = all(health is not None and health.state == HEALTHY for _, health in states)
    in_container = not task.is_checked or task.container_health == "HEALTHY"
    settled = bool(task.targets) or task.is_checked or ran >= SETTLED_SECONDS
    return Finding(is_healthy=in_targets and in_container and settled)


def members_of(tasks: Sequence[RunningTask], findings: Mapping[str, Finding]) -> list[Member]:
    """The tasks that are not being stopped, as the scheduler sees them."""
    return [
        Member(
            task=task.arn,
            deployment=task.deployment,
            provider=task.provider,
            zone=task.zone,
            is_healthy=findings[task.arn].is_healthy,
            is_unhealthy=bool(findings[task.arn].unhealthy),
            since=task.made,
        )
        for task in tasks
        if task.ending is None and not task.is_over
    ]


def has_failed(task: RunningTask) -> bool:
    """Whether the end of a task counts against its deployment: it never was healthy, and nobody has just scaled in."""
    if task.was_healthy or task.ending is None:
        return False
    scaled_in = task.ending.code == SCHEDULER and not task.ending.reason.startswith("Task failed")
    return not scaled_in and task.ending.code not in {"UserInitiated", "SpotInterruption", "TerminationNotice"}


def ending_for(task: RunningTask, finding: Finding) -> Ending:
    """Why the scheduler stops a task."""
    scaling = f"Scaling activity initiated by (deployment {task.deployment})"
    return Ending(SCHEDULER, finding.unhealthy or scaling)
