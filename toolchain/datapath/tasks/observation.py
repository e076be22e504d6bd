"""Judges the health of a service's tasks, for the scheduler and the circuit breaker."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from toolchain.datapath.tasks.schedule import Member
from toolchain.datapath.tasks.targets import HEALTHY, UNHEALTHY, Health
from toolchain.datapath.tasks.task import Ending, RunningTask

SETTLED_SECONDS: Final = 2.0
"""Time after which a running task without any health check counts as healthy, so that a task that crashes at its start
counts as failed. AWS documents no value."""
SCHEDULER: Final = "ServiceSchedulerInitiated"

Healths = Mapping[str, Mapping[tuple[str, int], Health]]
"""Target group's ARN -> address and port -> health that the balancer reports."""


@dataclass(frozen=True)
class Finding:
    """The result of a task's health checks."""

    is_healthy: bool
    unhealthy: str = ""
    """Reason to replace the task, worded as ``stoppedReason``; empty if it need not be replaced."""
    target: tuple[int, str, str] | None = None
    """Port, target group and reason, if a balancer finds the task unhealthy."""


def find(task: RunningTask, healths: Healths, grace_seconds: float, now: float) -> Finding:
    """Evaluate the health checks of a task.

    Args:
        task: The task.
        healths: Health of the targets, as the balancers report it.
        grace_seconds: ``healthCheckGracePeriodSeconds``: time after the start in which failed checks do not count.
        now: The time on the monotonic clock.
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
    """Return the tasks that are not being stopped, as input for the scheduler."""
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
    """Check whether a task's end counts as a failure of its deployment.

    It counts if the task never was healthy, unless a user, a scale-in, a Spot reclaim or the end of the data path has
    stopped it.
    """
    if task.was_healthy or task.ending is None:
        return False
    scaled_in = task.ending.code == SCHEDULER and not task.ending.reason.startswith("Task failed")
    return not scaled_in and task.ending.code not in {"UserInitiated", "SpotInterruption", "TerminationNotice"}


def ending_for(task: RunningTask, finding: Finding) -> Ending:
    """Return the reason with which the scheduler stops a task."""
    scaling = f"Scaling activity initiated by (deployment {task.deployment})"
    return Ending(SCHEDULER, finding.unhealthy or scaling)
