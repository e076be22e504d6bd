"""Decides the stage of a service's deployment from data of Amazon ECS and the load balancer; sends no requests."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, cast

from ops.release.target import revision_of


class Stage(StrEnum):
    """The stages of a deployment."""

    WAITING = "waiting"
    """Amazon ECS has not begun the deployment."""
    RUNNING = "running"
    LIVE = "live"
    """No other revision runs, the deployment is completed, and all its tasks are healthy."""
    FAILED = "failed"


@dataclass(frozen=True)
class TaskState:
    """A task of the service.

    Attributes:
        arn: Its ARN.
        revision: Its task definition, ``family:revision``.
        status: ``lastStatus``, such as ``RUNNING``.
        health: ``healthStatus``, such as ``HEALTHY``; ``UNKNOWN`` without a health check.
        target: State of its target in the target group, such as ``healthy``; ``unused`` when it is not registered.
        provider: Its capacity provider.
        zone: Its Availability Zone.
    """

    arn: str
    revision: str
    status: str
    health: str
    target: str
    provider: str
    zone: str

    @property
    def identifier(self) -> str:
        """The last part of its ARN."""
        return self.arn.rpartition("/")[2]


@dataclass(frozen=True)
class Deployment:
    """A deployment of the service.

    Attributes:
        status: ``PRIMARY``, ``ACTIVE`` or ``INACTIVE``.
        revision: Its task definition, ``family:revision``.
        state: ``rolloutState``.
        reason: ``rolloutStateReason``.
        desired: Desired number of tasks.
        running: Number of running tasks.
        failed: Number of tasks that failed to start.
    """

    status: str
    revision: str
    state: str
    reason: str
    desired: int
    running: int
    failed: int


@dataclass(frozen=True)
class Snapshot:
    """The service at one moment.

    Attributes:
        service: Name of the service; empty when there is none.
        desired: Desired number of tasks.
        deployments: Its deployments, in Amazon ECS's order.
        tasks: Its tasks that are not stopped.
        events: Id and message of its events, the oldest first.
        checks_health: Whether its container has a health check.
        has_targets: Whether it is behind a load balancer.
    """

    service: str = ""
    desired: int = 0
    deployments: tuple[Deployment, ...] = ()
    tasks: tuple[TaskState, ...] = ()
    events: tuple[tuple[str, str], ...] = ()
    checks_health: bool = False
    has_targets: bool = False

    @property
    def primary(self) -> Deployment | None:
        """The newest deployment, which Amazon ECS is rolling out or has rolled out; None when there is none."""
        return next((each for each in self.deployments if each.status == "PRIMARY"), None)


@dataclass(frozen=True)
class Verdict:
    """The stage of a deployment, with the reason.

    Attributes:
        stage: The stage.
        reason: Why the deployment is not live yet, or why it has failed; empty when it is live.
    """

    stage: Stage
    reason: str = ""


@dataclass
class Watch:
    """Decides the stage of one deployment over several snapshots.

    Attributes:
        revision: The task definition that is to run, ``family:revision``; None while it is not known.
    """

    revision: str | None = None
    _was_primary: bool = field(default=False, init=False)

    def judge(self, snapshot: Snapshot) -> Verdict:
        """Decide the stage in a snapshot.

        After a rollback the service has a completed deployment too, of the previous revision. So this compares
        revisions.
        """
        own = next((each for each in snapshot.deployments if each.revision == self.revision), None)
        primary = snapshot.primary
        if self.revision is None or (own is None and not self._was_primary):
            return Verdict(Stage.WAITING, "Amazon ECS has not begun the deployment")
        if own is not None and own.state == "FAILED":
            return Verdict(Stage.FAILED, own.reason or "the deployment has failed")
        if primary is None or primary.revision != self.revision:
            if self._was_primary:
                back = "nothing" if primary is None else primary.revision
                reason = primary.reason if primary is not None else ""
                return Verdict(Stage.FAILED, f"Amazon ECS rolled the service back to {back}: {reason}".rstrip(": "))
            return Verdict(Stage.WAITING, "Amazon ECS has not begun the deployment")
        self._was_primary = True
        missing = next(_missing(snapshot, primary), None)
        return Verdict(Stage.LIVE) if missing is None else Verdict(Stage.RUNNING, missing)


def _missing(snapshot: Snapshot, primary: Deployment) -> Iterator[str]:
    """Yield the reasons why a deployment is not live yet."""
    others = [each.revision for each in snapshot.deployments if each is not primary and each.running + each.desired > 0]
    own = [task for task in snapshot.tasks if task.revision == primary.revision and task.status == "RUNNING"]
    old = [task for task in snapshot.tasks if task.revision != primary.revision]
    if snapshot.desired == 0:
        yield "the service wants no task, so nothing shows that the release works"
    if len(own) < snapshot.desired:
        yield f"{len(own)} of {snapshot.desired} tasks run"
    if snapshot.checks_health and (ill := [task for task in own if task.health != "HEALTHY"]):
        yield f"{len(ill)} of {len(own)} tasks are not healthy yet"
    if snapshot.has_targets and (out := [task for task in own if task.target != "healthy"]):
        yield f"the load balancer takes {len(out)} of {len(own)} tasks for {out[0].target}"
    if others or old:
        yield f"{len(old)} tasks of the release before still run"
    if primary.state != "COMPLETED":
        yield f"the deployment is {primary.state.lower().replace('_', ' ')}"


def snapshot_of(
    service: Mapping[str, Any],
    tasks: Sequence[Mapping[str, Any]],
    target_health: Mapping[str, str],
    *,
    checks_health: bool,
) -> Snapshot:
    """Make a snapshot from AWS's responses.

    Args:
        service: The service, from `describe_services`.
        tasks: The service's tasks, from `describe_tasks`.
        target_health: Private IP address of a task -> state of its target in the target group.
        checks_health: Whether the container has a health check.
    """
    deployments = cast("list[dict[str, Any]]", service.get("deployments", []))
    events = cast("list[dict[str, Any]]", service.get("events", []))
    return Snapshot(
        service=str(service.get("serviceName", "")),
        desired=int(service.get("desiredCount", 0)),
        deployments=tuple(
            Deployment(
                status=str(each.get("status", "")),
                revision=revision_of(str(each.get("taskDefinition", ""))),
                state=str(each.get("rolloutState", "")),
                reason=str(each.get("rolloutStateReason", "")),
                desired=int(each.get("desiredCount", 0)),
                running=int(each.get("runningCount", 0)),
                failed=int(each.get("failedTasks", 0)),
            )
            for each in deployments
        ),
        tasks=tuple(task_state(each, target_health) for each in tasks if each.get("lastStatus") != "STOPPED"),
        events=tuple((str(each.get("id", "")), str(each.get("message", ""))) for each in reversed(events)),
        checks_health=checks_health,
        has_targets=bool(service.get("loadBalancers")),
    )


def task_state(task: Mapping[str, Any], target_health: Mapping[str, str]) -> TaskState:
    """Read the state of a task.

    Args:
        task: The task, from `describe_tasks`.
        target_health: Private IP address of a task -> state of its target in the target group.
    """
    return TaskState(
        arn=str(task["taskArn"]),
        revision=revision_of(str(task.get("taskDefinitionArn", ""))),
        status=str(task.get("lastStatus", "")),
        health=str(task.get("healthStatus", "UNKNOWN")),
        target=target_health.get(address_of(task), "unused"),
        provider=str(task.get("capacityProviderName", "")) or str(task.get("launchType", "")),
        zone=str(task.get("availabilityZone", "")),
    )


def address_of(task: Mapping[str, Any]) -> str:
    """Return the private IPv4 address of a task; empty while it has none."""
    attachments = cast("list[dict[str, Any]]", task.get("attachments", []))
    details = (detail for each in attachments for detail in cast("list[dict[str, str]]", each.get("details", [])))
    return next((each["value"] for each in details if each.get("name") == "privateIPv4Address"), "")


def changes(before: Snapshot, after: Snapshot) -> Iterator[tuple[str, str]]:
    """Yield what changed between two snapshots, as pairs of an event's name and a line of text.

    Args:
        before: The earlier snapshot. When it is of another service, or empty, the events of `after` are not yielded.
        after: The later snapshot.
    """
    known = {identifier for identifier, _ in before.events}
    if before.service == after.service:
        yield from (("service", message) for identifier, message in after.events if identifier not in known)
    former = {each.identifier: each for each in before.tasks}
    for task in after.tasks:
        then = former.get(task.identifier)
        if then != task:
            target = f", {task.target}" if after.has_targets else ""
            health = f", {task.health.lower()}" if after.checks_health else ""
            yield "task", f"task {task.identifier[:8]} of {task.revision}: {task.status.lower()}{health}{target}"
    gone = former.keys() - {each.identifier for each in after.tasks}
    yield from (("task", f"task {name[:8]} of {former[name].revision}: stopped") for name in sorted(gone))
    states = {(each.revision, each.state, each.failed) for each in before.deployments}
    for each in after.deployments:
        if (each.revision, each.state, each.failed) not in states:
            failed = f", {each.failed} tasks failed" if each.failed else ""
            yield "deployment", f"deployment of {each.revision}: {each.state.lower().replace('_', ' ')}{failed}"
