"""The part of the data path that replaces Amazon ECS: it runs services and standalone tasks as processes."""

import asyncio
import secrets
from collections.abc import Mapping, Sequence
from typing import Any, Final

import httpx

from toolchain.datapath.log import Remarks
from toolchain.datapath.part import Surroundings
from toolchain.datapath.tasks.metadata import MetadataServer
from toolchain.datapath.tasks.outbox import Outbox
from toolchain.datapath.tasks.scaling import Scaling
from toolchain.datapath.tasks.services import ServiceKeeper
from toolchain.datapath.tasks.targets import deregister_others, targets_of
from toolchain.datapath.tasks.task import Ending, RunningTask
from toolchain.datapath.tasks.unplayed import is_played, unplayed_by_definition, unplayed_by_service
from toolchain.datapath.tasks.workshop import Workshop
from toolchain.emulator.agreement import RECLAIM

DESCRIBED_AT_ONCE: Final = 100
"""Maximum number of tasks in a ``DescribeTasks`` request."""
SERVICES_AT_ONCE: Final = 10
"""Maximum number of services in a ``DescribeServices`` request."""
CLOSING_SECONDS: Final = 2.0
"""Time that tasks get to end when the data path ends; then they are killed. The edge has ended before, so no request
can reach them: to drain would only make a `destroy` wait."""
CLEARING_SECONDS: Final = 20.0
"""Time that it takes at most to clear killed tasks away, such as the containers of an engine."""

Described = Mapping[str, Any]


class Tasks:
    """Runs the services and tasks of all clusters.

    Args:
        surroundings: Objects that all parts in this process share.
    """

    name = "tasks"

    def __init__(self, surroundings: Surroundings) -> None:
        outbox = Outbox(surroundings.control_plane, secrets.token_hex(16))
        self._workshop = Workshop(surroundings, outbox, MetadataServer())
        self._remarks = Remarks(self._workshop.say)
        self._scaling = Scaling(self._workshop)
        self._tasks: dict[str, RunningTask] = {}
        self._keepers: dict[str, ServiceKeeper] = {}
        self._definitions: dict[str, Described] = {}
        self.is_attached = False
        """Whether the emulator knows this data path, and lets it run the tasks."""
        self._has_cleared = False

    async def converge(self) -> None:
        """Run one reconciliation: read services and tasks from the emulator, then start and stop tasks."""
        if not self.is_attached:
            await self._attach()
        try:
            clusters = await self._workshop.surroundings.control_plane.pages("ecs", "list_clusters", "clusterArns[]")
            services = [service for cluster in clusters for service in await self._services(cluster)]
            records = [record for cluster in clusters for record in await self._records(cluster)]
            if not self._has_cleared:
                await self._clear_targets(services)
            await self._obey(records)
            self._remarks.tell(sentence for service in services for sentence in unplayed_by_service(service))
            for service in services:
                await self._keep(service)
            self._leave_orphans(services)
            await self._begin_standalone(records, services)
        finally:
            await self._flush()
        self._forget()
        await self._scaling.look()  # last, so that its errors stop no task

    async def close(self) -> None:
        """End all tasks; kill tasks that take longer than `CLOSING_SECONDS`."""
        for task in self._tasks.values():
            task.stop(Ending("TerminationNotice", "The local data path is stopping.", at_once=True))
        ends = [asyncio.create_task(task.end()) for task in self._tasks.values()]
        if ends:
            _, late = await asyncio.wait(ends, timeout=CLOSING_SECONDS)
            if late:
                for task in self._tasks.values():
                    task.kill()
                await asyncio.wait(late, timeout=CLEARING_SECONDS)
        await self._workshop.metadata.close()
        await self._flush()

    async def _attach(self) -> None:
        control_plane = self._workshop.surroundings.control_plane
        if not self._workshop.metadata.port:
            await self._workshop.metadata.start()
        answer = await control_plane.report("ecs-attach", {"session": self._workshop.outbox.session})
        self.is_attached, self._has_cleared = True, False
        if answer["stopped"]:
            self._workshop.say(f"{len(answer['stopped'])} tasks of an earlier data path have ended")

    async def _clear_targets(self, services: Sequence[Described]) -> None:
        kept = {task.address for task in self._tasks.values()}
        for service in services:
            count = await deregister_others(self._workshop.surroundings.control_plane, targets_of(service), kept)
            if count:
                self._workshop.say(f"{count} targets of an earlier data path are deregistered")
        self._has_cleared = True

    async def _flush(self) -> None:
        try:
            await self._workshop.outbox.flush()
        except httpx.HTTPStatusError:
            self.is_attached = False  # the emulator was restarted, so it does not know this data path
            raise

    async def _services(self, cluster: str) -> list[Described]:
        control_plane = self._workshop.surroundings.control_plane
        arns = await control_plane.pages("ecs", "list_services", "serviceArns[]", cluster=cluster)
        found: list[Described] = []
        for start in range(0, len(arns), SERVICES_AT_ONCE):
            wanted = arns[start : start + SERVICES_AT_ONCE]
            answer = await self._workshop.call("ecs", "describe_services", cluster=cluster, services=wanted)
            found += [service for service in answer["services"] if service["status"] != "INACTIVE"]
        return found

    async def _records(self, cluster: str) -> list[Described]:
        """Return the records of a cluster's tasks: those that should run, and those that run here."""
        control_plane = self._workshop.surroundings.control_plane
        arns = set(await control_plane.pages("ecs", "list_tasks", "taskArns[]", cluster=cluster))
        arns |= {arn for arn, task in self._tasks.items() if task.view["clusterArn"] == cluster and not task.is_over}
        wanted = sorted(arns)
        found: list[Described] = []
        for start in range(0, len(wanted), DESCRIBED_AT_ONCE):
            asked = wanted[start : start + DESCRIBED_AT_ONCE]
            found += (await self._workshop.call("ecs", "describe_tasks", cluster=cluster, tasks=asked))["tasks"]
        return found

    async def _obey(self, records: Sequence[Described]) -> None:
        """Stop tasks that were asked to stop, that a Spot reclaim takes, or that the emulator no longer knows."""
        by_arn = {record["taskArn"]: record for record in records}
        for arn, task in self._tasks.items():
            record = by_arn.get(arn)
            if task.is_over or task.ending is not None:
                continue
            if record is None:
                task.stop(Ending("TerminationNotice", "The task's cluster is gone.", at_once=True))
            elif record.get("desiredStatus") == "STOPPED":
                task.stop(Ending(record.get("stopCode", "UserInitiated"), record.get("stoppedReason", "")))
            else:
                self._reclaim(task, record)

    def _reclaim(self, task: RunningTask, record: Described) -> None:
        notice = next((item["value"] for item in record.get("attributes", ()) if item["name"] == RECLAIM), None)
        if notice is None:
            return
        self._workshop.say(f"task {task.id} is taken away as a Spot reclaim would; it has {notice} s")
        task.stop(
            Ending("SpotInterruption", "Your Spot Task was interrupted.", at_once=True, within_seconds=float(notice))
        )

    async def _keep(self, service: Described) -> None:
        arn = service["serviceArn"]
        if not is_played(service):
            return
        keeper = self._keepers.setdefault(arn, ServiceKeeper(self._workshop, arn, service["serviceName"]))
        for record in await keeper.converge(service, self._of(service)):
            await self._begin(record, service)

    def _of(self, service: Described) -> list[RunningTask]:
        group = f"service:{service['serviceName']}"
        return [
            task
            for task in self._tasks.values()
            if task.group == group and task.view["clusterArn"] == service["clusterArn"]
        ]

    async def _begin(self, record: Described, service: Described | None) -> None:
        arn = record["taskDefinitionArn"]
        if arn not in self._definitions:
            answer = await self._workshop.call("ecs", "describe_task_definition", taskDefinition=arn)
            self._definitions[arn] = answer["taskDefinition"]
            for sentence in unplayed_by_definition(answer["taskDefinition"]):
                self._workshop.say(sentence)
        targets = targets_of(service) if service is not None else ()
        task = RunningTask(self._workshop, record, self._definitions[arn], targets)
        self._tasks[task.arn] = task
        self._workshop.say(f"task {task.id} of {task.group} starts on {task.provider} in {task.zone or 'no zone'}")

    async def _begin_standalone(self, records: Sequence[Described], services: Sequence[Described]) -> None:
        by_group = {f"service:{service['serviceName']}": service for service in services}
        for record in records:
            if record["taskArn"] not in self._tasks and record["lastStatus"] == "PROVISIONING":
                await self._begin(record, by_group.get(record.get("group", "")))

    def _leave_orphans(self, services: Sequence[Described]) -> None:
        """Stop tasks of services that no longer exist."""
        groups = {(service["clusterArn"], f"service:{service['serviceName']}") for service in services}
        for task in self._tasks.values():
            if task.deployment and (task.view["clusterArn"], task.group) not in groups:
                task.stop(Ending("ServiceSchedulerInitiated", "The task's service was deleted."))
        arns = {service["serviceArn"] for service in services}
        self._keepers = {arn: keeper for arn, keeper in self._keepers.items() if arn in arns}

    def _forget(self) -> None:
        """Drop ended tasks, after a whole reconciliation has seen their end."""
        self._tasks = {arn: task for arn, task in self._tasks.items() if not (task.is_over and task.is_told)}
        for task in self._tasks.values():
            task.is_told = task.is_over
