"""Reconciles one service with the emulator: deployments, replacements, circuit breaker, rollback."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Any, Final

import httpx

from toolchain.datapath.tasks.announcements import Announcements
from toolchain.datapath.tasks.capacity import strategy_of
from toolchain.datapath.tasks.deployments import Progress, Rollout, Verdict, judge, limits_of, pause_after
from toolchain.datapath.tasks.lookups import ringing, zones_of
from toolchain.datapath.tasks.observation import Finding, Healths, ending_for, find, has_failed, members_of
from toolchain.datapath.tasks.schedule import Placement, Wanted, plan
from toolchain.datapath.tasks.targets import read_health, targets_of
from toolchain.datapath.tasks.task import RunningTask
from toolchain.datapath.tasks.workshop import Workshop

IMPAIRED_AFTER: Final = 3
"""Failed tasks in a row after which Amazon ECS sends SERVICE_TASK_START_IMPAIRED."""

Described = Mapping[str, Any]


@dataclass
class _Memory:
    """The state of a deployment that the emulator does not hold."""

    failed: int = 0
    failed_at: float = 0.0
    healthy_since: float | None = None
    """Monotonic time since which all its tasks are healthy and no task of another deployment serves; None if not so."""
    ringing: frozenset[str] = frozenset()
    """Names of alarms that were in ALARM before the deployment began: they are ignored for it."""


@dataclass
class ServiceKeeper:
    """Reconciles one service. The caller passes the service's tasks in each time."""

    workshop: Workshop
    arn: str
    name: str
    _deployments: dict[str, _Memory] = field(default_factory=dict[str, _Memory])
    _counted: set[str] = field(default_factory=set[str])
    """ARNs of tasks whose end has been counted."""
    _started: set[str] = field(default_factory=set[str])
    """ARNs of tasks whose registration has been announced."""
    _unhealthy: set[str] = field(default_factory=set[str])
    """ARNs of tasks whose failed health checks have been announced."""
    _steady: bool = False
    _told: dict[str, Any] = field(default_factory=dict[str, Any])

    def __post_init__(self) -> None:
        self._tell = Announcements(self.workshop, self.arn, self.name)

    async def converge(self, service: Described, tasks: Sequence[RunningTask]) -> list[Described]:
        """Run one reconciliation: judge the deployment, stop tasks, ask the emulator for new tasks, and report.

        Args:
            service: The service as ``DescribeServices`` returns it.
            tasks: The service's tasks of all deployments, except tasks that `Tasks` has already dropped.

        Returns:
            Records of new tasks, for the caller to start.
        """
        primary: Described = service["deployments"][0]
        memory = await self._remembered(service, primary)
        findings = await self._findings(service, tasks)
        self._count(tasks, findings)
        told = await self._judged(service, primary, tasks, findings, memory)
        started: list[Described] = []
        if "rollback" not in told:  # after a rollback another deployment is primary: the next reconciliation handles it
            started = await self._scheduled(service, primary, tasks, findings, memory)
        if not started:
            self._settle(service, findings, tasks)
        self._report(service, tasks, told)
        return started

    async def _remembered(self, service: Described, primary: Described) -> _Memory:
        memory = self._deployments.get(primary["id"])
        if memory is None:
            limits = limits_of(service.get("deploymentConfiguration") or {})
            memory = _Memory(ringing=await ringing(self.workshop, limits.alarms))
            self._deployments[primary["id"]] = memory
            self._steady = False
            if primary.get("rolloutState") == Rollout.IN_PROGRESS:
                self._tell.deployment_began(primary["id"])
        return memory

    async def _findings(self, service: Described, tasks: Sequence[RunningTask]) -> dict[str, Finding]:
        groups = {target.group for target in targets_of(service)} if tasks else set[str]()
        healths: Healths = {
            group: await read_health(self.workshop.surroundings.control_plane, group) for group in sorted(groups)
        }
        grace = float(service.get("healthCheckGracePeriodSeconds") or 0)
        now = time.monotonic()
        findings = {task.arn: find(task, healths, grace, now) for task in tasks}
        for task in tasks:
            task.tell_health()
            finding = findings[task.arn]
            if task.status == "RUNNING" and task.targets and task.arn not in self._started:
                self._started.add(task.arn)
                for target in task.targets:
                    self._tell.registered(target)
            if finding.target is not None and task.arn not in self._unhealthy:
                self._unhealthy.add(task.arn)
                self._tell.found_unhealthy(task, finding.target)
        return findings

    def _count(self, tasks: Sequence[RunningTask], findings: Mapping[str, Finding]) -> None:
        for task in tasks:
            memory = self._deployments.setdefault(task.deployment, _Memory())
            if findings[task.arn].is_healthy and not task.was_healthy:
                task.was_healthy = True
                memory.failed = 0
            if task.ending is not None and task.arn not in self._counted:
                self._counted.add(task.arn)
                self._steady = False
                if has_failed(task):
                    memory.failed += 1
                    memory.failed_at = time.monotonic()
                    if memory.failed == IMPAIRED_AFTER:
                        self._tell.impaired()

    async def _judged(
        self,
        service: Described,
        primary: Described,
        tasks: Sequence[RunningTask],
        findings: Mapping[str, Finding],
        memory: _Memory,
    ) -> dict[str, Any]:
        """Judge the primary deployment, and return its new state as a part of the report; empty if nothing changed."""
        if primary.get("rolloutState") != Rollout.IN_PROGRESS or service["status"] != "ACTIVE":
            return {}
        limits = limits_of(service.get("deploymentConfiguration") or {})
        # Without a watched alarm there is no bake time, as in a rollback while the alarm is still in ALARM.
        limits = replace(limits, alarms=tuple(name for name in limits.alarms if name not in memory.ringing))
        own = [task for task in tasks if task.deployment == primary["id"]]
        others = [task for task in tasks if task.deployment != primary["id"] and task.still_serves]
        healthy = sum(findings[task.arn].is_healthy and task.ending is None for task in own)
        now = time.monotonic()
        is_whole = healthy >= service["desiredCount"] and not others
        memory.healthy_since = (memory.healthy_since or now) if is_whole else None
        progress = Progress(
            desired=service["desiredCount"],
            healthy=healthy,
            failed=memory.failed,
            others=len(others),
            alarms=await ringing(self.workshop, limits.alarms),
            baked_seconds=now - (memory.healthy_since or now),
        )
        verdict = judge(progress, limits)
        if verdict.state is Rollout.FAILED:
            return self._failed(service, primary, verdict)
        if verdict.state is Rollout.COMPLETED:
            return self._completed(service, primary)
        return {}

    def _completed(self, service: Described, primary: Described) -> dict[str, Any]:
        identifier = primary["id"]
        self._tell.deployment_completed(identifier)
        values = {
            "id": identifier,
            "rolloutState": Rollout.COMPLETED,
            "rolloutStateReason": f"ECS deployment {identifier} completed.",
        }
        removed = [item["id"] for item in service["deployments"][1:]]
        return {"deployments": [values], "removed": removed}

    def _failed(self, service: Described, primary: Described, verdict: Verdict) -> dict[str, Any]:
        identifier = primary["id"]
        cause = "circuit breaker" if verdict.reason.startswith("tasks") else "alarm"
        reason = f"ECS deployment {cause}: {verdict.reason}."
        self._tell.deployment_failed(identifier, cause, verdict.reason)
        values = {"id": identifier, "rolloutState": Rollout.FAILED, "rolloutStateReason": reason}
        candidates = [item for item in service["deployments"][1:] if item.get("rolloutState") == Rollout.COMPLETED]
        if not verdict.rolls_back or not candidates:
            if verdict.rolls_back:
                values["rolloutStateReason"] = f"{reason} No rollback candidate was found to run the rollback."
            return {"deployments": [values]}
        to = candidates[0]["id"]
        self._tell.say(f"rolling back to deployment {to}.")
        # An alarm that is in ALARM now must not also end the rollback.
        alarms = limits_of(service.get("deploymentConfiguration") or {}).alarms
        self._deployments[to] = _Memory(ringing=frozenset(alarms))
        rolling = {
            "id": to,
            "rolloutState": Rollout.IN_PROGRESS,
            "rolloutStateReason": f"ECS deployment {cause}: rolling back to deploymentId {to}.",
        }
        return {"rollback": {"from": identifier, "to": to}, "deployments": [values, rolling]}

    async def _scheduled(
        self,
        service: Described,
        primary: Described,
        tasks: Sequence[RunningTask],
        findings: Mapping[str, Finding],
        memory: _Memory,
    ) -> list[Described]:
        """Stop tasks that are due to stop, and return the records of tasks that are due to start."""
        wanted = await self._wanted(service, primary, memory)
        due = plan(wanted, members_of(tasks, findings))
        by_arn = {task.arn: task for task in tasks}
        for arn in due.stops:
            by_arn[arn].stop(ending_for(by_arn[arn], findings[arn]))
            self._counted_as_stopped(by_arn[arn])
        if due.stops:
            self._tell.stopped([by_arn[arn] for arn in due.stops])
        started = [record for placement in due.starts if (record := await self._start(primary, placement))]
        if started:
            self._tell.started(started)
        if started or due.stops:
            self._steady = False
        return started

    async def _wanted(self, service: Described, primary: Described, memory: _Memory) -> Wanted:
        configuration: Described = service.get("deploymentConfiguration") or {}
        network: Described = primary.get("networkConfiguration") or service.get("networkConfiguration") or {}
        interfaces: Described = network.get("awsvpcConfiguration") or {}
        rests = time.monotonic() - memory.failed_at >= pause_after(memory.failed)
        has_failed = primary.get("rolloutState") == Rollout.FAILED
        described = primary if primary.get("capacityProviderStrategy") else service
        return Wanted(
            desired=service["desiredCount"],
            primary=primary["id"],
            minimum_percent=configuration.get("minimumHealthyPercent", 100),
            maximum_percent=configuration.get("maximumPercent", 200),
            strategy=strategy_of(described),
            subnets=await zones_of(self.workshop, interfaces.get("subnets") or []),
            may_start=rests and not has_failed and service["status"] == "ACTIVE",
        )

    async def _start(self, primary: Described, placement: Placement) -> Described | None:
        report = {
            "session": self.workshop.outbox.session,
            "service": self.arn,
            "deployment": primary["id"],
            "capacityProvider": placement.provider,
            "subnet": placement.subnet,
        }
        try:
            answer = await self.workshop.surroundings.control_plane.report("ecs-start", report)
        except httpx.HTTPStatusError as error:
            if error.response.status_code != HTTPStatus.BAD_REQUEST:
                raise
            self.workshop.say(f"service {self.name}: {error.response.text}")
            return None
        cluster = answer["task"].split("/")[1]
        described = await self.workshop.call("ecs", "describe_tasks", cluster=cluster, tasks=[answer["task"]])
        return described["tasks"][0]

    def _report(
        self,
        service: Described,
        tasks: Sequence[RunningTask],
        told: dict[str, Any],
    ) -> None:
        counts = {item["id"]: self._counts(item["id"], service, tasks) for item in service["deployments"]}
        running = sum(item["runningCount"] for item in counts.values())
        pending = sum(item["pendingCount"] for item in counts.values())
        changed = {item["id"]: item for item in told.pop("deployments", ())}
        deployments = [{**values, **changed.get(identifier, {})} for identifier, values in counts.items()]
        values = {"runningCount": running, "pendingCount": pending, "deployments": deployments, **told}
        if service["status"] == "DRAINING" and not tasks:
            values["drained"] = True
        messages = self._tell.taken()
        if values != self._told or messages:
            self.workshop.outbox.service(self.arn, {**values, "events": messages})
            self._told = values
        kept = {item["id"] for item in service["deployments"]} | {task.deployment for task in tasks}
        self._deployments = {key: memory for key, memory in self._deployments.items() if key in kept}
        known = {task.arn for task in tasks}
        for remembered in (self._counted, self._started, self._unhealthy):
            remembered.intersection_update(known)

    def _counts(self, identifier: str, service: Described, tasks: Sequence[RunningTask]) -> dict[str, Any]:
        own = [task for task in tasks if task.deployment == identifier]
        memory = self._deployments.get(identifier, _Memory())
        is_primary = service["deployments"][0]["id"] == identifier
        return {
            "id": identifier,
            "runningCount": sum(task.status == "RUNNING" for task in own),
            "pendingCount": sum(task.status in {"PROVISIONING", "PENDING", "ACTIVATING"} for task in own),
            "failedTasks": memory.failed,
            "desiredCount": service["desiredCount"] if is_primary else 0,
        }

    def _settle(self, service: Described, findings: Mapping[str, Finding], tasks: Sequence[RunningTask]) -> None:
        staying = [task for task in tasks if task.ending is None]
        leaving = [task for task in tasks if task.ending is not None and task.still_serves]
        healthy = sum(findings[task.arn].is_healthy for task in staying)
        is_steady = len(staying) == healthy == service["desiredCount"] and not leaving
        if is_steady and not self._steady and service["status"] == "ACTIVE":
            self._tell.steady()
        self._steady = is_steady

    def _counted_as_stopped(self, task: RunningTask) -> None:
        memory = self._deployments.setdefault(task.deployment, _Memory())
        self._counted.add(task.arn)
        if has_failed(task):
            memory.failed += 1
            memory.failed_at = time.monotonic()
