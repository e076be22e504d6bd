"""Patches of moto's ECS, so that a data path can run its services and tasks. moto's objects are untyped, hence Any."""

import time
from collections.abc import Callable
from typing import Any

from moto.ec2.models.elastic_network_interfaces import NetworkInterface
from moto.ecs.exceptions import InvalidParameterException
from moto.ecs.models import EC2ContainerServiceBackend, Service, Task
from moto.ecs.responses import EC2ContainerServiceResponse

from toolchain.emulator.attachment import ATTACHMENT
from toolchain.emulator.ecs_services import after_update, describe_primary, snapshot
from toolchain.emulator.ecs_tasks import describe_wholly, is_played
from toolchain.emulator.patching import wrap


def keep_deployments() -> None:
    """ECS services and their deployments. Reason: moto creates no deployments, and pretends that all tasks run.

    Not offered upstream: no internet here.
    """
    wrap(EC2ContainerServiceResponse, "create_service", _creating)
    wrap(EC2ContainerServiceBackend, "update_service", _updating)
    wrap(EC2ContainerServiceBackend, "delete_service", _deleting)
    wrap(EC2ContainerServiceBackend, "describe_services", _describing)


def leave_tasks_to_the_data_path() -> None:
    """ECS RunTask, StopTask, DescribeTasks, ListTasks. Reason: moto runs no task; each read changes a task's status.

    Not offered upstream: no internet here.
    """
    # moto fails on a task in a VPC without DNS host names, because its network interface has no DNS name
    NetworkInterface.private_dns_name = ""  # pyright: ignore[reportAttributeAccessIssue]
    wrap(Task, "__init__", _making)
    wrap(Task, "advance", _advancing)
    wrap(EC2ContainerServiceBackend, "_calculate_task_resource_requirements", _requiring)
    wrap(EC2ContainerServiceBackend, "stop_task", _stopping)
    wrap(EC2ContainerServiceBackend, "list_tasks", _listing)


def _creating(create: Callable[..., Any]) -> Callable[..., Any]:
    def created(self: Any) -> Any:
        result = create(self)
        describe_primary(result.result["service"])
        return result

    return created


def _updating(update: Callable[..., Any]) -> Callable[..., Any]:
    def updated(self: Any, properties: dict[str, Any]) -> Any:
        given = dict(properties)
        if given.get("task_definition"):
            given["task_definition"] = self.describe_task_definition(given["task_definition"]).arn
        service = self._get_service(given.get("cluster", "default"), given["service"].rpartition("/")[2])
        if given.get("deployment_configuration"):
            # UpdateService keeps the parts that it does not name
            given["deployment_configuration"] = {
                **(service.__dict__.get("deployment_configuration") or {}),
                **given["deployment_configuration"],
            }
        before = snapshot(service)
        forced = bool(given.get("force_new_deployment"))
        update(self, given)
        after_update(service, before, forced=forced)
        return service

    return updated


def _deleting(delete: Callable[..., Any]) -> Callable[..., Any]:
    def deleted(self: Any, *arguments: Any, **named: Any) -> Any:
        service = delete(self, *arguments, **named)
        service.desired_count = 0
        for deployment in service.deployments:
            deployment["desiredCount"] = 0
        service.status = "DRAINING" if ATTACHMENT.is_alive and _has_tasks(self, service) else "INACTIVE"
        return service

    return deleted


def _describing(describe: Callable[..., Any]) -> Callable[..., Any]:
    def described(self: Any, *arguments: Any, **named: Any) -> Any:
        result = describe(self, *arguments, **named)
        for service in result[0]:
            if service.status == "DRAINING" and not ATTACHMENT.is_alive:
                service.status = "INACTIVE"  # no data path is left to report that its tasks have ended
        return result

    return described


def _making(make: Callable[..., None]) -> Callable[..., None]:
    def made(self: Any, cluster: Any, task_definition: Any, *arguments: Any, **named: Any) -> None:
        given = named.get("networking_configuration")
        if given:  # moto fails without security groups; AWS uses the VPC's default group
            given["awsvpcConfiguration"].setdefault("securityGroups", [])
        make(self, cluster, task_definition, *arguments, **named)
        self.id = self.id.replace("-", "")  # as Amazon ECS writes it
        if ATTACHMENT.is_known:
            describe_wholly(self, task_definition, ATTACHMENT.session)

    return made


def _advancing(advance: Callable[..., None]) -> Callable[..., None]:
    def advanced(self: Any) -> None:
        if not is_played(self):
            advance(self)

    return advanced


def _requiring(require: Callable[..., Any]) -> Any:
    def required(task_definition: Any) -> dict[str, Any]:
        try:
            return require(task_definition)
        except TypeError:  # on Fargate a container may have no memory setting of its own
            return {"CPU": 0, "MEMORY": 0, "PORTS": [], "PORTS_UDP": []}

    return staticmethod(required)


def _stopping(stop: Callable[..., Any]) -> Callable[..., Any]:
    def stopped(self: Any, cluster_str: str, task_str: str, reason: str | None) -> Any:
        identifier = task_str.rpartition("/")[2]
        tasks = self.tasks.get(self._get_cluster(cluster_str).name, {})
        task = next((task for arn, task in tasks.items() if arn.endswith(identifier)), None)
        if task is None:
            raise InvalidParameterException("The referenced task was not found.")
        if not is_played(task):
            return stop(self, cluster_str, task_str, reason)
        if task.desired_status != "STOPPED":
            task.desired_status = "STOPPED"
            task.stop_code = "UserInitiated"
            task.stopped_reason = reason or "Task stopped by user"
            task.stop_asked = time.monotonic()
        return task

    return stopped


def _listing(listed: Callable[..., list[Any]]) -> Callable[..., list[Any]]:
    def tasks(self: Any, *arguments: Any) -> list[Any]:
        *others, service_name, desired_status = arguments
        found = listed(self, *others, service_name, desired_status or "RUNNING")
        if not service_name:
            return found
        return [task for task in found if task.group == f"service:{service_name.rpartition('/')[2]}"]

    return tasks


def _has_tasks(backend: Any, service: Service) -> bool:
    tasks = backend.tasks.get(service.cluster_name, {}).values()
    return any(task.group == f"service:{service.name}" and task.last_status != "STOPPED" for task in tasks)
