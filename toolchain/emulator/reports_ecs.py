"""Takes what the data path observes of ECS tasks and services, and makes the records of the tasks that it starts."""

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
"""From the notice to the end of a reclaimed task: Amazon ECS Developer Guide, "Fargate Spot termination notices"."""


def take_attachment(report: dict[str, Any]) -> dict[str, Any]:
    """A data path has started; what an earlier one ran has ended with it.

    Args:
        report: ``session`` names the data path's process.

    Returns:
        ``stopped``: ARNs of the tasks whose records say now that they have stopped.
    """
    ATTACHMENT.note(report["session"])
    stopped: list[str] = []
    for backend in _backends():
        for task in [task for tasks in backend.tasks.values() for task in tasks.values()]:
            record: Any = task
            if not is_played(record):
                if record.last_status == "RUNNING":  # moto's own pretence
                    definition = backend.describe_task_definition(record.task_definition_arn)
                    describe_wholly(record, definition, ATTACHMENT.session)
            elif record.played_by != ATTACHMENT.session and record.last_status not in {"PROVISIONING", "STOPPED"}:
                stop(record, "TerminationNotice", "The data path that ran this task has ended.")
                stopped.append(record.task_arn)
            else:
                record.played_by = ATTACHMENT.session
    return {"stopped": stopped}


def take_observations(report: dict[str, Any]) -> dict[str, Any]:
    """What the data path has observed since it last reported; an empty report says that it is there.

    Args:
        report: ``session``; ``tasks``, each with its ARN as ``task`` and ``values`` as ``DescribeTasks`` has them;
            ``services``, each with its ARN as ``service`` and what `toolchain.emulator.ecs_services.observe` takes.

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
    """A task of a service is about to start: make its record and its network interface.

    Args:
        report: ``session``; ``service``, its ARN; ``deployment``, its id; ``capacityProvider``; ``subnet``, its id.

    Returns:
        ``task``: the ARN.

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
    """Somebody asks that a Spot task be taken away, as AWS takes it away: a desired state, for the data path to read.

    Args:
        report: ``task``, the ARN or the id; ``cluster``, its name or ARN, needed with an id; ``notice_seconds``, from
            the notice to the end, AWS's 120 without it.

    Returns:
        ``task``: the ARN.

    Raises:
        KeyError: There is no such task.
        ValueError: It does not run on Spot, it stops already, or nobody is there to take it away.
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
