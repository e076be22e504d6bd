"""Builds the container definitions of a Fargate task."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from spot_planning.declarations import matching
from spot_planning.service.collector import COLLECTOR_CPU, COLLECTOR_MEMORY, COLLECTOR_NAME, collector_container

AWAITING_IMAGE = "awaiting-image:none"
"""Placeholder while there is no image. The service then has no tasks, so nobody pulls it."""

EXECUTE_COMMAND_PATHS = ("/managed-agents", "/var/lib/amazon/ssm", "/var/log/amazon/ssm")
"""Paths that the ECS Exec agent writes to. They need volumes when the root file system is read-only. AWS does not
document these paths (containers-roadmap issues 1359 and 2824)."""

LOG_BUFFER = "25m"
"""Buffer for log events while CloudWatch Logs does not accept them. "Preventing log loss with non-blocking mode in the
AWSLogs container log driver" (AWS Containers Blog) measured no loss below 5 MB/s with this size."""

# In blocking mode, a stall of CloudWatch Logs would stop the process at its next write to stdout.
_LOG_OPTIONS = {"mode": "non-blocking", "max-buffer-size": LOG_BUFFER}

VARIABLE_NAME = matching(
    r"[A-Za-z_][A-Za-z0-9_]*", "a name of letters, digits and underscores that does not begin with a digit"
)
"""A name of an environment variable."""

MAXIMUM_DEFINITION_BYTES = 65_536
"""Size of a task definition (AWS General Reference, "Amazon ECS endpoints and quotas")."""
MAXIMUM_ENVIRONMENT_BYTES = 49_152
"""Size of the given variables. A quarter of the task definition is for everything else: the platform's own variables,
secrets, commands, volumes and the collector."""

WRITABLE_PATH = matching(
    r"(?=.{2,256}$)(?!.*/(?:\.{0,2})/)(?!.*/\.{1,2}$)/[^:\s]*[^/:\s]",
    "an absolute path below / of at most 256 characters, without . and ..",
)
"""A path on which a volume is mounted. Without its first character it becomes the volume's name (`volume_name`), which
has 255 characters at most (Amazon ECS API Reference, "Volume", name)."""

_SECRET_NAME = re.compile(
    r"(^|_)(PASSWORD|PASSWD|SECRET|TOKEN|CREDENTIALS?|(API|ACCESS|PRIVATE|SECRET)_KEY(_ID)?|ECS_ENGINE_AUTH_DATA)$"
)
_URL_WITH_PASSWORD = re.compile(r"://[^/\s:@]*:[^/\s@]+@")


@dataclass(frozen=True, kw_only=True)
class ContainerSpec:
    """The container of a task, with all values known. The task has at most one other container, a collector."""

    name: str
    image: str
    port: int | None
    """The port that the container listens on; None for a task that does not listen."""
    cpu: int
    """CPU units of the task. The container gets all of them, minus the collector's."""
    memory: int
    """MiB of the task. The container gets all of them, minus the collector's, and is killed if it uses more."""
    environment: Mapping[str, str]
    secrets: Mapping[str, str]
    """Environment variable -> ``valueFrom`` ARN."""
    log_group: str
    region: str
    health_check_command: Sequence[str]
    """Command that exits with 0 while the process is alive; empty for no check."""
    start_period_seconds: int
    """Seconds after the start in which a failed health check does not count."""
    stop_timeout_seconds: int
    user: str
    writable_paths: Sequence[str]
    execute_command: bool
    check_interval_seconds: int = 30
    """Seconds between two health checks."""
    command: Sequence[str] = ()
    """Command that replaces the image's own command; empty for the image's own."""
    log_stream_prefix: str = "ecs"
    collector_image: str | None = None
    """Image of the collector that receives the container's traces; None for no traces."""


def names_a_secret(variable: str) -> bool:
    """Check whether the name of an environment variable indicates a secret (Security Hub ECS.8)."""
    return _SECRET_NAME.search(variable.upper()) is not None


def url_with_password(value: str) -> bool:
    """Check whether a value is a URL that contains a password."""
    return _URL_WITH_PASSWORD.search(value) is not None


def volume_name(path: str) -> str:
    """Return the name of the volume for a path: ``/var/log/amazon`` -> ``var-log-amazon``."""
    return re.sub(r"[^A-Za-z0-9_-]+", "-", path.strip("/"))


def mounted_paths(writable_paths: Sequence[str], *, execute_command: bool) -> list[str]:
    """Return all paths that get a volume, sorted."""
    return sorted({*writable_paths, *(EXECUTE_COMMAND_PATHS if execute_command else ())})


def liveness_command(port: int, path: str) -> list[str]:
    """Return a container health check for an image with Node.js. It needs neither a shell nor curl.

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
    """Return the ``containerDefinitions`` of a task, with this container first.

    The container runs as a non-root user on a read-only root file system (Security Hub ECS.5 and ECS.20) with an init
    process, which reaps child processes and passes SIGTERM on. Its own health check tests liveness, not readiness:
    readiness fails when the database fails, and Amazon ECS would then kill and restart all tasks at once, although it
    is enough that the load balancer waits. The target group's health check tests readiness.

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
    # A container stops before the containers that it depends on, so the collector can send the last traces ("Container
    # dependency", Amazon ECS Developer Guide, Task definition parameters).
    container["dependsOn"] = [{"containerName": COLLECTOR_NAME, "condition": "START"}]
    collector = collector_container(
        image=spec.collector_image, region=spec.region, log_group=spec.log_group, log_options=_LOG_OPTIONS
    )
    return [container, collector]


def _linux_parameters(*, execute_command: bool) -> dict[str, Any]:
    # The ECS Exec agent runs as root inside the container and needs root's usual capabilities.
    dropped = {} if execute_command else {"capabilities": {"add": [], "drop": ["ALL"]}}
    return {"initProcessEnabled": True, **dropped}
