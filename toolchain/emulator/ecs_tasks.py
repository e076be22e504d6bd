"""Updates moto's ECS tasks from reports of the data path. moto's objects are practically untyped, hence Any."""

import time
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from botocore import xform_name
from moto.ec2.models import ec2_backends
from moto.ecs.models import ecs_backends

KEPT_STOPPED: Final = 500
"""Number of stopped tasks that are kept, so that they can be described. Amazon ECS keeps them for an hour."""
UNSTARTED_SECONDS: Final = 3.0
"""If a data path has started a task, it has reported that within this time."""


def backend_of(arn: str) -> Any:
    """Return moto's ECS backend for the account and Region of a resource's ARN."""
    _, _, _, region, account, *_ = arn.split(":")
    return ecs_backends[account][region]


def task_of(arn: str) -> Any:
    """Return a task by its ARN.

    Raises:
        KeyError: There is no such task.
    """
    for tasks in backend_of(arn).tasks.values():
        if arn in tasks:
            return tasks[arn]
    raise KeyError(arn)


def is_played(task: Any) -> bool:
    """Check whether a data path runs the task; then moto must not change its status."""
    return bool(task.__dict__.get("played_by"))


def describe_wholly(task: Any, definition: Any, session: str) -> None:
    """Assign a task to a data path, and add the attributes that Amazon ECS describes.

    Args:
        task: The task; its status becomes ``PROVISIONING``.
        definition: The task definition.
        session: Id of the data path's process.
    """
    provider = task.capacity_provider_name
    on_fargate = task.launch_type == "FARGATE" or str(provider).startswith("FARGATE")
    task.__dict__.update(
        {
            "played_by": session,
            "created_at": datetime.now(UTC),
            "version": 1,
            "cpu": definition.cpu,
            "memory": definition.memory,
            "attributes": [],
            "health_status": "UNKNOWN",
        }
    )
    if on_fargate:
        task.launch_type = "FARGATE"
        task.platform_version = "1.4.0"
        task.platform_family = "Linux"
    task.containers = [_container(task, item) for item in definition.container_definitions]
    task.status = "PROVISIONING"
    for attachment in task.attachments:
        _place(task, attachment)


def update(task: Any, values: Mapping[str, Any]) -> None:
    """Update a task from a report of the data path; a stopped task does not change.

    Args:
        task: The task.
        values: Names and values as in the answer of ``DescribeTasks``; times in seconds since 1970.
    """
    if task.last_status == "STOPPED":
        return
    for name, value in values.items():
        if name == "containers":
            _update_containers(task, value)
        elif name.endswith("At"):
            setattr(task, xform_name(name), datetime.fromtimestamp(value, UTC))
        else:
            setattr(task, xform_name(name), value)
    task.version = task.__dict__.get("version", 0) + 1
    if task.last_status == "STOPPED":
        _release(task)


def stop(task: Any, code: str, reason: str) -> None:
    """Set a task to stopped.

    Args:
        task: The task.
        code: The stop code, such as ``UserInitiated``.
        reason: The reason, for ``stoppedReason``.
    """
    now = datetime.now(UTC).timestamp()
    told: dict[str, Any] = {"lastStatus": "STOPPED", "desiredStatus": "STOPPED", "stoppedAt": now, "stopCode": code}
    containers = [{"name": container["name"], "lastStatus": "STOPPED"} for container in task.containers]
    update(task, {**told, "stoppedReason": reason, "containers": containers})


def stop_unstarted(task: Any) -> None:
    """Set a task to stopped if it was stopped before the data path started it: the data path will not report it."""
    asked = task.__dict__.get("stop_asked")
    is_left = is_played(task) and task.last_status == "PROVISIONING" and task.desired_status == "STOPPED"
    if is_left and asked is not None and time.monotonic() - asked > UNSTARTED_SECONDS:
        stop(task, "UserInitiated", task.stopped_reason)


def forget_old(tasks: dict[str, Any]) -> None:
    """Remove the oldest stopped tasks, so that at most `KEPT_STOPPED` of them remain."""
    stopped = [arn for arn, task in tasks.items() if is_played(task) and task.last_status == "STOPPED"]
    for arn in stopped[: max(len(stopped) - KEPT_STOPPED, 0)]:
        del tasks[arn]


def _container(task: Any, definition: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "containerArn": f"{task.task_arn.replace(':task/', ':container/')}/{uuid.uuid4()}",
        "taskArn": task.task_arn,
        "name": definition["name"],
        "image": definition.get("image"),
        "lastStatus": "PENDING",
        "healthStatus": "UNKNOWN",
        "networkInterfaces": [],
        "cpu": str(definition.get("cpu", 0)),
        **({"memory": str(definition["memory"])} if "memory" in definition else {}),
    }


def _update_containers(task: Any, told: list[dict[str, Any]]) -> None:
    by_name = {container["name"]: container for container in task.containers}
    for values in told:
        if values["name"] in by_name:
            by_name[values["name"]].update(values)


def _place(task: Any, attachment: dict[str, Any]) -> None:
    """Describe the task's network interface as Amazon ECS does."""
    details = {item["name"]: item for item in attachment["details"]}
    ec2 = ec2_backends[task._account_id][task.region_name]  # noqa: SLF001 - moto keeps it there
    interface = ec2.get_network_interface(details["networkInterfaceId"]["value"])
    subnet = ec2.get_subnet(details["subnetId"]["value"])
    address = interface.private_ip_address
    interface.description = f"arn:aws:ecs:{task.region_name}:{task._account_id}:attachment/{attachment['id']}"  # noqa: SLF001
    details["privateIPv4Address"]["value"] = address
    details["privateDnsName"]["value"] = interface.private_dns_name
    task.availability_zone = subnet.availability_zone
    for container in task.containers:
        container["networkInterfaces"] = [{"attachmentId": attachment["id"], "privateIpv4Address": address}]


def _release(task: Any) -> None:
    """Delete the network interface of a task that has stopped."""
    ec2 = ec2_backends[task._account_id][task.region_name]  # noqa: SLF001
    for attachment in task.attachments:
        attachment["status"] = "DELETED"
        details: dict[str, str] = {item["name"]: item["value"] for item in attachment["details"]}
        ec2.enis.pop(details.get("networkInterfaceId", ""), None)
