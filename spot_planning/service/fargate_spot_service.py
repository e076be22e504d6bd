"""What a FargateSpotService will make, checked as a whole before there is any resource."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from spot_planning.monitoring.log_retention import check_retention_days
from spot_planning.service.capacity import check_task_count, check_task_size
from spot_planning.service.task import ARCHITECTURES, check_environment, check_writable_paths

LOAD_BALANCER_KINDS = ("network", "application")
CONTAINER_INSIGHTS = ("enabled", "enhanced", "disabled")

TARGET_GROUP_NAME_LENGTH = 32
"""Longest name of a target group: Elastic Load Balancing API Reference, "CreateTargetGroup"."""

_PULUMI_SUFFIX = len("-1234567")
_USER = re.compile(r"[1-9]\d*(:[1-9]\d*)?")
_SCHEDULE = re.compile(r"(cron|rate|at)\(.+\)")


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """One scheduled change of the bounds of autoscaling."""

    name: str
    schedule: str
    min_tasks: int
    max_tasks: int


def check_choice(key: str, value: str, allowed: Sequence[str]) -> None:
    """Refuse a value that is not one of a list.

    Raises:
        ValueError: ``architecture='arm' must be ARM64 or X86_64``.
    """
    if value not in allowed:
        words = f"{', '.join(allowed[:-1])} or {allowed[-1]}"
        raise ValueError(f"{key}={value!r} must be {words}")


def check_range(key: str, value: int, low: int, high: int) -> None:
    """Refuse a number outside its range, both ends included.

    Raises:
        ValueError: ``cpu_target_percent=0 must be 10 to 95``.
    """
    if not low <= value <= high:
        raise ValueError(f"{key}={value} must be {low} to {high}")


def check_schedules(schedules: Sequence[Schedule]) -> None:
    """Refuse scheduled scaling that Application Auto Scaling would refuse, or that contradicts itself.

    Raises:
        ValueError: For a name that is there twice, a malformed schedule, or bounds the wrong way round.
    """
    names = [schedule.name for schedule in schedules]
    for schedule in schedules:
        if names.count(schedule.name) > 1:
            raise ValueError(f"scheduled_scaling has {schedule.name!r} twice")
        if not _SCHEDULE.fullmatch(schedule.schedule):
            raise ValueError(
                f"scheduled_scaling {schedule.name!r}: schedule={schedule.schedule!r} must be cron(...), rate(...) or "
                "at(...)"
            )
        if not 0 <= schedule.min_tasks <= schedule.max_tasks:
            raise ValueError(
                f"scheduled_scaling {schedule.name!r}: min_tasks={schedule.min_tasks} must be 0 to "
                f"max_tasks={schedule.max_tasks}"
            )


@dataclass(frozen=True, kw_only=True)
class ServiceRequest:
    """What a caller asks of a service, as far as it is decided before deployment."""

    name: str
    load_balancer_kind: str
    container_port: int
    listener_port: int
    egress_ports: Sequence[int]
    cpu: int
    memory: int
    architecture: str
    user: str
    min_tasks: int
    desired_tasks: int
    max_tasks: int
    cpu_target_percent: int
    memory_target_percent: int
    requests_per_task_target: int | None
    scale_out_cooldown_seconds: int
    scale_in_cooldown_seconds: int
    schedules: Sequence[Schedule]
    health_check_path: str
    liveness_path: str
    health_check_command: Sequence[str] | None
    health_check_grace_period_seconds: int
    container_insights: str
    log_retention_days: int
    writable_paths: Sequence[str]
    environment: Mapping[str, object]
    secrets: Mapping[str, object]
    owned_environment: Mapping[str, str]


def check_service(request: ServiceRequest) -> None:
    """Refuse a service that AWS would refuse, or that would not do what it is for.

    Raises:
        ValueError: In one line, with the argument, its value and what is allowed.
    """
    longest = TARGET_GROUP_NAME_LENGTH - _PULUMI_SUFFIX
    if len(request.name) > longest:
        raise ValueError(f"the name has {len(request.name)} characters; target group names leave room for {longest}")
    check_task_size(request.cpu, request.memory)
    check_task_count(request.min_tasks, request.desired_tasks, request.max_tasks)
    _check_choices(request)
    _check_scaling(request)
    for key, path in (("health_check_path", request.health_check_path), ("liveness_path", request.liveness_path)):
        if not path.startswith("/"):
            raise ValueError(f"{key}={path!r} must start with /")
    check_range("container_port", request.container_port, 1024, 65535)  # a non-root user cannot bind below 1024
    check_range("listener_port", request.listener_port, 1, 65535)
    for port in request.egress_ports:
        check_range("egress_ports", port, 1, 65535)
    if request.health_check_command and request.health_check_command[0] not in {"CMD", "CMD-SHELL"}:
        raise ValueError(f"health_check_command={list(request.health_check_command)} must begin with CMD or CMD-SHELL")
    check_range("health_check_grace_period_seconds", request.health_check_grace_period_seconds, 0, 2_147_483_647)
    check_retention_days("log_retention_days", request.log_retention_days)
    if not _USER.fullmatch(request.user):
        raise ValueError(f"user={request.user!r} must be a numeric user, or user:group, other than root")
    check_writable_paths(request.writable_paths)
    check_environment(request.environment, request.secrets, request.owned_environment)


def _check_choices(request: ServiceRequest) -> None:
    check_choice("architecture", request.architecture, ARCHITECTURES)
    check_choice("load_balancer_kind", request.load_balancer_kind, LOAD_BALANCER_KINDS)
    check_choice("container_insights", request.container_insights, CONTAINER_INSIGHTS)


def _check_scaling(request: ServiceRequest) -> None:
    # Below 10 % a service never scales in, above 95 % it is saturated before it scales out.
    check_range("cpu_target_percent", request.cpu_target_percent, 10, 95)
    check_range("memory_target_percent", request.memory_target_percent, 10, 95)
    check_range("scale_out_cooldown_seconds", request.scale_out_cooldown_seconds, 0, 3600)
    check_range("scale_in_cooldown_seconds", request.scale_in_cooldown_seconds, 0, 3600)
    if request.requests_per_task_target is not None:
        if request.load_balancer_kind != "application":
            raise ValueError(
                f"requests_per_task_target={request.requests_per_task_target} needs "
                f"load_balancer_kind='application': a network load balancer counts no requests"
            )
        check_range("requests_per_task_target", request.requests_per_task_target, 1, 10_000_000)
    check_schedules(request.schedules)


def owned_environment(*, port: int, region: str, node_env: str, drain_seconds: int) -> dict[str, str]:
    """The environment variables of the container contract that the platform decides.

    AUTO_MIGRATE is false because every task would run the migrations at its start, at the same time and again with
    every Spot task; they run once, as a task of their own, before the rollout. TRUST_PROXY is true because the
    client's address comes in X-Forwarded-For: the load balancer hides it.

    Args:
        port: The container's port.
        region: AWS region.
        node_env: ``production`` and the like.
        drain_seconds: Seconds the process goes on accepting requests after SIGTERM.
    """
    return {
        "PORT": str(port),
        "NODE_ENV": node_env,
        "AWS_REGION": region,
        "TRUST_PROXY": "true",
        "AUTO_MIGRATE": "false",
        "DRAIN_SECONDS": str(drain_seconds),
    }
