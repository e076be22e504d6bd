"""What a container of a Fargate task is made of, in the keys of the Amazon ECS task definition."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from spot_planning.declarations import matching
from spot_planning.service.collector import COLLECTOR_CPU, COLLECTOR_MEMORY, COLLECTOR_NAME, collector_container

AWAITING_IMAGE = "awaiting-image:none"
"""Stands where an image reference belongs as long as there is none. No task is wanted then, so nobody pulls it."""

EXECUTE_COMMAND_PATHS = ("/managed-agents", "/var/lib/amazon/ssm", "/var/log/amazon/ssm")
"""What the ECS Exec agent writes to. It needs volumes there when the root file system is read-only; AWS does not
document them (containers-roadmap issues 1359 and 2824)."""

LOG_BUFFER = "25m"
"""Log events kept in memory while CloudWatch Logs cannot take them: "Preventing log loss with non-blocking mode in the
AWSLogs container log driver" (AWS Containers Blog) measures no loss below 5 MB/s with it."""

# In the blocking mode a stall of CloudWatch Logs stops the process at its next write to stdout.
_LOG_OPTIONS = {"mode": "non-blocking", "max-buffer-size": LOG_BUFFER}

VARIABLE_NAME = matching(
    r"[A-Za-z_][A-Za-z0-9_]*", "a name of letters, digits and underscores that does not begin with a digit"
)
"""A name of an environment variable."""

_SECRET_NAME = re.compile(
    r"(^|_)(PASSWORD|PASSWD|SECRET|TOKEN|CREDENTIALS?|(API|ACCESS|PRIVATE|SECRET)_KEY(_ID)?|ECS_ENGINE_AUTH_DATA)$"
)
_URL_WITH_PASSWORD = re.compile(r"://[^/\s:@]*:[^/\s@]+@")


@dataclass(frozen=True, kw_only=True)
class ContainerSpec:
    """The container of a task, every value known; beside it there is at most a collector."""

    name: str
    image: str
    port: int | None
    """None for a task that listens nowhere."""
    cpu: int
    """CPU units of the task; the container gets all that a collector does not need."""
    memory: int
    """MiB of the task; the container gets all that a collector does not need, and is killed above it."""
    environment: Mapping[str, str]
    secrets: Mapping[str, str]
    """Environment variable -> ``valueFrom`` ARN."""
    log_group: str
    region: str
    health_check_command: Sequence[str]
    """Command that exits with 0 while the process is alive; empty for no check."""
    start_period_seconds: int
    """Seconds after the start in which a failing check does not count."""
    stop_timeout_seconds: int
    user: str
    writable_paths: Sequence[str]
    execute_command: bool
    check_interval_seconds: int = 30
    """Seconds between two health checks."""
    command: Sequence[str] = ()
    """What runs instead of the image's own command."""
    log_stream_prefix: str = "ecs"
    collector_image: str | None = None
    """Image of the collector that takes the container's traces; None for no traces."""


def names_a_secret(variable: str) -> bool:
    """Whether the name of an environment variable says that its value is a secret (Security Hub ECS.8)."""
    return _SECRET_NAME.search(variable.upper()) is not None


def url_with_password(value: str) -> bool:
    """Whether a value is a URL with a password in it."""
    return _URL_WITH_PASSWORD.search(value) is not None


def volume_name(path: str) -> str:
    """The name of the volume mounted at a path: ``/var/log/amazon`` -> ``var-log-amazon``."""
    return re.sub(r"[^A-Za-z0-9_-]+", "-", path.strip("/"))


def mounted_paths(writable_paths: Sequence[str], *, execute_command: bool) -> list[str]:
    """All paths that get a volume, in a stable order."""
    return sorted({*writable_paths, *(EXECUTE_COMMAND_PATHS if execute_command else ())})


def liveness_command(port: int, path: str) -> list[str]:
    """A container health check for an image that has Node.js and perhaps neither a shell nor curl.

    Args:
        port: The container's port.
        path: Path that answers 200 while the process is alive.
    """
    script = (
        f"require('http').get('http://127.0.0.1:{port}{path}',"
        "r=>process.exit(r.statusCode===200?0:1)).on('error',()=>process.exit(1))"
    )
    return ["CMD", "node", "-e", script]


def container_definitions(spec: ContainerSpec) -> list[dict[str, Any]]:
    """The ``containerDefinitions`` of a task with this container first.

    The container runs as a non-root user on a read-only root file system (Security Hub ECS.5 and ECS.20) with an init
    process in front of it, which reaps children and passes SIGTERM on. Its own health check asks for liveness, not
    readiness: readiness fails with the database, and Amazon ECS would then kill every task at once and start them over,
    when all that is needed is that the load balancer waits. Readiness is the target group's business.

    Args:
        spec: The container.

    Returns:
        Plain data for ``canonical_json``, lists sorted by name.
    """
    container: dict[str, Any] = {
        "name": spec.name,
        "image": spec.image,
        "essential": True,
        "cpu": spec.cpu - (COLLECTOR_CPU if spec.collector_image else 0),
        "memory": spec.memory - (COLLECTOR_MEMORY if spec.collector_image else 0),
        "user": spec.user,
        "readonlyRootFilesystem": True,
        "privileged": False,
        "linuxParameters": _linux_parameters(execute_command=spec.execute_command),
        "portMappings": []
        if spec.port is None
        else [{"containerPort": spec.port, "hostPort": spec.port, "protocol": "tcp"}],
        "environment": [{"name": name, "value": spec.environment[name]} for name in sorted(spec.environment)],
        "secrets": [{"name": name, "valueFrom": spec.secrets[name]} for name in sorted(spec.secrets)],
        "mountPoints": [
            {"sourceVolume": volume_name(path), "containerPath": path, "readOnly": False}
            for path in mounted_paths(spec.writable_paths, execute_command=spec.execute_command)
        ],
        "volumesFrom": [],
        "systemControls": [],
        "stopTimeout": spec.stop_timeout_seconds,
        "logConfiguration": {
            "logDriver": "awslogs",
            "options": {
                "awslogs-group": spec.log_group,
                "awslogs-region": spec.region,
                "awslogs-stream-prefix": spec.log_stream_prefix,
                **_LOG_OPTIONS,
            },
        },
    }
    if spec.command:
        container["command"] = list(spec.command)
    if spec.health_check_command:
        container["healthCheck"] = {
            "command": list(spec.health_check_command),
            "interval": spec.check_interval_seconds,
            "timeout": 5,
            "retries": 3,
            "startPeriod": spec.start_period_seconds,
        }
    if spec.collector_image is None:
        return [container]
    # What depends on another container stops before it, so that the last traces are sent ("Container dependency",
    # Amazon ECS Developer Guide, Task definition parameters).
    container["dependsOn"] = [{"containerName": COLLECTOR_NAME, "condition": "START"}]
    collector = collector_container(
        image=spec.collector_image, region=spec.region, log_group=spec.log_group, log_options=_LOG_OPTIONS
    )
    return [container, collector]


def _linux_parameters(*, execute_command: bool) -> dict[str, Any]:
    # The ECS Exec agent runs as root inside the container and needs what root usually has.
    dropped = {} if execute_command else {"capabilities": {"add": [], "drop": ["ALL"]}}
    return {"initProcessEnabled": True, **dropped}
