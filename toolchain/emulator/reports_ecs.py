"""Takes the data path's reports about ECS tasks and services, and creates the records of tasks that it starts."""

import copy
from typing import Any

from moto.ecs.models import Task, ecs_backends

from toolchain.emulator.agreement import RECLAIM
from toolchain.emulator.attachment import ATTACHMENT
from toolchain.emulator.ecs_services import observe, service_of
from toolchain.emulator.ecs_tasks import (
    describe_wholly,
    forget_old,
    is_played,
    stop,
    stop_unstarted,
    task_of,
    update,
)

SPOT_NOTICE_SECONDS = 120
"""Time from the notice to the end of a reclaimed task (Amazon ECS Developer Guide, "Fargate Spot termination
notices")."""


def take_attachment(report: dict[str, Any]) -> dict[str, Any]:
    """Attach a data path that has started, and set the tasks of an earlier data path to stopped.

    Args:
        report: ``session``, the id of the data path's process.

    Returns:
        ``stopped``: ARNs of the tasks that were set to stopped.
    """
    ATTACHMENT.note(report["session"])
    stopped: list[str] = []
    for backend in _backends():
        for task in [task for tasks in backend.tasks.values() for task in tasks.values()]:
            record: Any = task
            if not is_played(record):
                if record.last_status == "RUNNING":  # moto only pretends that it runs
                    definition = backend.describe_task_definition(record.task_definition_arn)
                    describe_wholly(record, definition, ATTACHMENT.session)
            elif record.played_by != ATTACHMENT.session and record.last_status not in {"PROVISIONING", "STOPPED"}:
                stop(record, "TerminationNotice", "The data path that ran this task has ended.")
                stopped.append(record.task_arn)
            else:
                record.played_by = ATTACHMENT.session
    return {"stopped": stopped}


def take_observations(report: dict[str, Any]) -> dict[str, Any]:
    """Update tasks and services from the data path's report; an empty report shows that the data path runs.

    Args:
        report: ``session``; ``tasks``, each with its ARN as ``task`` and ``values`` as in the answer of
            ``DescribeTasks``; ``services``, each with its ARN as ``service`` and the keys that
            `toolchain.emulator.ecs_services.observe` takes.

    Raises:
        ValueError: Another data path has taken over.
    """
    _check(report)
    for item in report.get("tasks", ()):
        task = task_of(item["task"])
        update(task, item["values"])
    for backend in _backends():
        for task in [task for tasks in backend.tasks.values() for task in tasks.values()]:
            stop_unstarted(task)
    for item in report.get("services", ()):
        observe(service_of(item["service"]), item)
    return {}


def take_start(report: dict[str, Any]) -> dict[str, Any]:
    """Create the record and the network interface of a service's task that the data path is about to start.

    Args:
        report: ``session``; ``service``, its ARN; ``deployment``, its id; ``capacityProvider``; ``subnet``, its id.

    Returns:
        ``task``: the ARN of the task.

    Raises:
        ValueError: The service is being deleted, or another data path has taken over.
    """
    _check(report)
    service = service_of(report["service"])
    deployment = next(item for item in service.deployments if item["id"] == report["deployment"])
    if service.status != "ACTIVE":
        raise ValueError(f"service {service.name} is {service.status}; only one that is ACTIVE starts tasks")
    backend: Any = service._backend  # noqa: SLF001 - moto keeps it there
    cluster = backend._get_cluster(service.cluster_name)  # noqa: SLF001
    network = copy.deepcopy(deployment.get("networkConfiguration") or service.network_configuration)
    network["awsvpcConfiguration"]["subnets"] = [report["subnet"]]
    definition = backend.describe_task_definition(deployment["taskDefinition"])
    tags: list[dict[str, str]] = list(service.tags) if service.propagate_tags == "SERVICE" else []
    if service.propagate_tags == "TASK_DEFINITION":
        tags = list(definition.tags)
    task: Any = Task(
        cluster=cluster,
        task_definition=definition,
        container_instance_arn=None,
        resource_requirements=None,
        backend=backend,
        group=f"service:{service.name}",
        launch_type="FARGATE",
        started_by=deployment["id"],
        tags=tags,
        networking_configuration=network,
        capacity_provider_name=report.get("capacityProvider"),
    )
    tasks = backend.tasks.setdefault(cluster.name, {})
    tasks[task.task_arn] = task
    forget_old(tasks)
    return {"task": task.task_arn}


def take_spot_reclaim(report: dict[str, Any]) -> dict[str, Any]:
    """Ask the data path to reclaim a Spot task, as AWS does: the request is stored as an attribute of the task.

    Args:
        report: ``task``, the ARN or the id; ``cluster``, its name or ARN, required with an id; ``notice_seconds``, the
            time from the notice to the end, by default AWS's 120.

    Returns:
        ``task``: the ARN of the task.

    Raises:
        KeyError: There is no such task.
        ValueError: The task does not run on Spot or is already stopping, ``notice_seconds`` is negative, or no data
            path runs.
    """
    task = _named(report)
    notice = float(report.get("notice_seconds", SPOT_NOTICE_SECONDS))
    if not ATTACHMENT.is_alive:
        raise ValueError("no data path is running; start it with 'make up'")
    if not is_played(task) or task.capacity_provider_name != "FARGATE_SPOT":
        raise ValueError(f"task {task.task_arn} runs on {task.capacity_provider_name}; only FARGATE_SPOT is reclaimed")
    if task.desired_status == "STOPPED":
        raise ValueError(f"task {task.task_arn} is being stopped already")
    if notice < 0:
        raise ValueError(f"notice_seconds={notice} must be 0 or more")
    task.attributes = [{"name": RECLAIM, "value": str(notice)}]
    return {"task": task.task_arn}


def _named(report: dict[str, Any]) -> Any:
    if report["task"].startswith("arn:"):
        return task_of(report["task"])
    cluster = report["cluster"].split("/")[-1]
    for backend in _backends():
        for arn, task in backend.tasks.get(cluster, {}).items():
            if arn.endswith("/" + report["task"]):
                return task
    raise KeyError(report["task"])


def _backends() -> list[Any]:
    return [backend for account in ecs_backends.values() for backend in account.values()]


def _check(report: dict[str, Any]) -> None:
    if report["session"] != ATTACHMENT.session:
        raise ValueError("another data path has taken over")
    ATTACHMENT.note(report["session"])
