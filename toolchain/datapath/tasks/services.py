"""Keeps one service as the emulator wants it: deployments, replacements, circuit breaker, rollback.

Source of the events' words: Amazon ECS Developer Guide, "Amazon ECS service event messages" and "Amazon ECS service
deployment state change events".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Final

import httpx

from toolchain.datapath.tasks import observation
from toolchain.datapath.tasks.capacity import strategy_of
from toolchain.datapath.tasks.deployments import Progress, Rollout, Verdict, judge, limits_of, pause_after
from toolchain.datapath.tasks.observation import Finding, Healths, ending_for, find, has_failed, members_of
from toolchain.datapath.tasks.outbox import DEPLOYMENT_CHANGE, SERVICE_ACTION
from toolchain.datapath.tasks.schedule import Placement, Wanted, plan
from toolchain.datapath.tasks.targets import read_health, targets_of
from toolchain.datapath.tasks.task import RunningTask
from toolchain.datapath.tasks.workshop import Workshop

IMPAIRED_AFTER: Final = 3
"""Failed tasks in a row after which Amazon ECS says that tasks do not start."""

Described = Mapping[str, Any]


@dataclass
class _Memory:
    """What is remembered of a deployment."""

    failed: int = 0
    failed_at: float = 0.0
    healthy_since: float | None = None
    """Since all its tasks are healthy and no other is left."""
    ringing: frozenset[str] = frozenset()
    """Alarms that were in ALARM before it began: they are not watched for it."""


@dataclass
class ServiceKeeper:
    """One service. Its tasks are handed in each time."""

    workshop: Workshop
    arn: str
    name: str
    _deployments: dict[str, _Memory] = field(default_factory=dict[str, _Memory])
    _counted: set[str] = field(default_factory=set[str])
    """Tasks whose end has been counted."""
    _started: set[str] = field(default_factory=set[str])
    """Tasks whose registration has been told."""
    _unhealthy: set[str] = field(default_factory=set[str])
    """Tasks whose failed checks have been told."""
    _steady: bool = False
    _told: dict[str, Any] = field(default_factory=dict[str, Any])
    _events: list[str] = field(default_factory=list[str])

    async def converge(self, service: Described, tasks: Sequence[RunningTask]) -> list[Described]:
        """Do what is due, once.

        Args:
            service: The service as ``DescribeServices`` describes it.
            tasks: Its tasks, of all deployments, that have not been forgotten.

        Returns:
            Records of tasks that are to start.
        """
        primary: Described = service["deployments"][0]
        memory = await self._remembered(service, primary)
        findings = await self._findings(service, tasks)
        self._count(tasks, findings)
        told = await self._judged(service, primary, tasks, findings, memory)
        started: list[Described] = []
        if "rollback" not in told:  # after a rollback another deployment is primary: it is looked at the next time
            started = await self._scheduled(service, primary, tasks, findings, memory)
        self._report(service, tasks, findings, told)
        return started

    async def _remembered(self, service: Described, primary: Described) -> _Memory:
        memory = self._deployments.get(primary["id"])
        if memory is None:
            limits = limits_of(service.get("deploymentConfiguration") or {})
            memory = _Memory(ringing=await self._ringing(limits.alarms))
            self._deployments[primary["id"]] = memory
            self._steady = False
            if primary.get("rolloutState") == Rollout.IN_PROGRESS:
                self._tell_deployment("INFO", "IN_PROGRESS", primary["id"], "in progress.")
        return memory

    async def _findings(self, service: Described, tasks: Sequence[RunningTask]) -> dict[str, Finding]:
        groups = {target.group for target in targets_of(service)} if tasks else set[str]()
        healths: Healths = {
            group: await read_health(self.workshop.surroundings.control_plane, group) for group in sorted(groups)
        }
        grace = float(service.get("healthCheckGracePeriodSeconds") or 0)
        now = observation.now()
        findings = {task.arn: find(task, healths, grace, now) for task in tasks}
        for task in tasks:
            task.tell_health()
            finding = findings[task.arn]
            if task.status == "RUNNING" and task.targets and task.arn not in self._started:
                self._started.add(task.arn)
                for target in task.targets:
                    self._say(f"registered 1 targets in (target-group {target.group})")
            if finding.target is not None and task.arn not in self._unhealthy:
                self._unhealthy.add(task.arn)
                port, group, reason = finding.target
                self._say(
                    f"(task {task.id}) (port {port}) is unhealthy in (target-group {group}) due to (reason {reason})"
                )
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
                    memory.failed_at = observation.now()
                    if memory.failed == IMPAIRED_AFTER:
                        self._impaired()

    async def _judged(
        self,
        service: Described,
        primary: Described,
        tasks: Sequence[RunningTask],
        findings: Mapping[str, Finding],
        memory: _Memory,
    ) -> dict[str, Any]:
        """What the deployment has become, as a part of the report."""
        if primary.get("rolloutState") != Rollout.IN_PROGRESS or service["status"] != "ACTIVE":
            return {}
        limits = limits_of(service.get("deploymentConfiguration") or {})
        own = [task for task in tasks if task.deployment == primary["id"]]
        others = [task for task in tasks if task.deployment != primary["id"] and task.still_serves]
        healthy = sum(findings[task.arn].is_healthy and task.ending is None for task in own)
        now = observation.now()
        is_whole = healthy >= service["desiredCount"] and not others
        memory.healthy_since = (memory.healthy_since or now) if is_whole else None
        progress = Progress(
            desired=service["desiredCount"],
            healthy=healthy,
            failed=memory.failed,
            others=len(others),
            alarms=await self._ringing(limits.alarms) - memory.ringing,
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
        self._say(f"(deployment {identifier}) deployment completed.")
        self._tell_deployment("INFO", "COMPLETED", identifier, "completed.")
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
        self._say(f"(deployment {identifier}) deployment failed: {verdict.reason}.")
        self._tell_deployment("ERROR", "FAILED", identifier, f"{cause}: {verdict.reason}.")
        values = {"id": identifier, "rolloutState": Rollout.FAILED, "rolloutStateReason": reason}
        candidates = [item for item in service["deployments"][1:] if item.get("rolloutState") == Rollout.COMPLETED]
        if not verdict.rolls_back or not candidates:
            if verdict.rolls_back:
                values["rolloutStateReason"] = f"{reason} No rollback candidate was found to run the rollback."
            return {"deployments": [values]}
        to = candidates[0]["id"]
        self._say(f"rolling back to deployment {to}.")
        self._deployments[to] = _Memory()
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
        """Stop what is to stop, and make records of what is to start."""
        wanted = await self._wanted(service, primary, memory)
        due = plan(wanted, members_of(tasks, findings))
        by_arn = {task.arn: task for task in tasks}
        for arn in due.stops:
            by_arn[arn].stop(ending_for(by_arn[arn], findings[arn]))
            self._counted_as_stopped(by_arn[arn])
        if due.stops:
            self._tell_stopped([by_arn[arn] for arn in due.stops])
        started = [record for placement in due.starts if (record := await self._start(primary, placement))]
        if started:
            names = " ".join(f"(task {record['taskArn'].rpartition('/')[2]})" for record in started)
            self._say(f"has started {len(started)} tasks: {names}.")
        if started or due.stops:
            self._steady = False
        return started

    async def _wanted(self, service: Described, primary: Described, memory: _Memory) -> Wanted:
        configuration: Described = service.get("deploymentConfiguration") or {}
        network: Described = primary.get("networkConfiguration") or service.get("networkConfiguration") or {}
        interfaces: Described = network.get("awsvpcConfiguration") or {}
        rests = observation.now() - memory.failed_at >= pause_after(memory.failed)
        has_failed = primary.get("rolloutState") == Rollout.FAILED
        described = primary if primary.get("capacityProviderStrategy") else service
        return Wanted(
            desired=service["desiredCount"],
            primary=primary["id"],
            minimum_percent=configuration.get("minimumHealthyPercent", 100),
            maximum_percent=configuration.get("maximumPercent", 200),
            strategy=strategy_of(described),
            subnets=await self._with_zones(interfaces.get("subnets") or []),
            may_start=rests and not has_failed and service["status"] == "ACTIVE",
        )

    async def _with_zones(self, subnets: Sequence[str]) -> tuple[tuple[str, str], ...]:
        if not subnets:
            return ()
        answer = await self.workshop.call("ec2", "describe_subnets", SubnetIds=list(subnets))
        zones = {item["SubnetId"]: item["AvailabilityZone"] for item in answer["Subnets"]}
        return tuple((subnet, zones[subnet]) for subnet in subnets if subnet in zones)

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
        findings: Mapping[str, Finding],
        told: dict[str, Any],
    ) -> None:
        counts = {item["id"]: self._counts(item["id"], service, tasks) for item in service["deployments"]}
        running = sum(item["runningCount"] for item in counts.values())
        pending = sum(item["pendingCount"] for item in counts.values())
        self._settle(service, findings, tasks, running)
        changed = {item["id"]: item for item in told.pop("deployments", ())}
        deployments = [{**values, **changed.get(identifier, {})} for identifier, values in counts.items()]
        values = {"runningCount": running, "pendingCount": pending, "deployments": deployments, **told}
        if service["status"] == "DRAINING" and not tasks:
            values["drained"] = True
        if values != self._told or self._events:
            self.workshop.outbox.service(self.arn, {**values, "events": self._events})
            self._told, self._events = values, []
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

    def _settle(
        self, service: Described, findings: Mapping[str, Finding], tasks: Sequence[RunningTask], running: int
    ) -> None:
        healthy = sum(findings[task.arn].is_healthy for task in tasks if task.ending is None)
        is_steady = running == healthy == service["desiredCount"] and not any(
            task.still_serves for task in tasks if task.ending is not None
        )
        if is_steady and not self._steady and service["status"] == "ACTIVE":
            self._say("has reached a steady state.")
        self._steady = is_steady

    def _tell_stopped(self, tasks: Sequence[RunningTask]) -> None:
        for task in tasks:
            if task.targets:
                self._say(f"deregistered 1 targets in (target-group {task.targets[0].group})")
        draining = [task for task in tasks if task.targets]
        if draining:
            self._say(f"has begun draining connections on {len(draining)} tasks.")
        names = " ".join(f"(task {task.id})" for task in tasks)
        self._say(f"has stopped {len(tasks)} running tasks: {names}.")

    def _counted_as_stopped(self, task: RunningTask) -> None:
        memory = self._deployments.setdefault(task.deployment, _Memory())
        self._counted.add(task.arn)
        if has_failed(task):
            memory.failed += 1
            memory.failed_at = observation.now()

    def _impaired(self) -> None:
        self._say(
            "is unable to consistently start tasks successfully. For more information, see the Troubleshooting section "
            "of the Amazon ECS Developer Guide."
        )
        self._action("WARN", "SERVICE_TASK_START_IMPAIRED")

    async def _ringing(self, names: Sequence[str]) -> frozenset[str]:
        """Which of these CloudWatch alarms are in the state ALARM."""
        if not names:
            return frozenset()
        answer = await self.workshop.call("cloudwatch", "describe_alarms", AlarmNames=list(names), StateValue="ALARM")
        return frozenset(item["AlarmName"] for item in (*answer["MetricAlarms"], *answer.get("CompositeAlarms", ())))

    def _say(self, text: str) -> None:
        self._events.append(f"(service {self.name}) {text}")
        self.workshop.say(f"service {self.name} {text}")

    def _tell_deployment(self, kind: str, state: str, identifier: str, reason: str) -> None:
        detail = {
            "eventType": kind,
            "eventName": f"SERVICE_DEPLOYMENT_{state}",
            "deploymentId": identifier,
            "updatedAt": datetime.now(UTC),
            "reason": f"ECS deployment {reason if kind == 'ERROR' else f'{identifier} {reason}'}",
        }
        self.workshop.outbox.event(DEPLOYMENT_CHANGE, [self.arn], detail)

    def _action(self, kind: str, name: str) -> None:
        cluster = self.arn.replace(":service/", ":cluster/").rpartition("/")[0]
        detail = {"eventType": kind, "eventName": name, "clusterArn": cluster, "createdAt": datetime.now(UTC)}
        self.workshop.outbox.event(SERVICE_ACTION, [self.arn], detail)
