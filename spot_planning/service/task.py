"""What a container of a Fargate task is made of, in the keys of the Amazon ECS task definition."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

ARCHITECTURES = ("ARM64", "X86_64")
"""Processor architectures of Fargate for Linux; both run on Fargate Spot with platform version 1.4.0."""

AWAITING_IMAGE = "awaiting-image:none"
"""Stands where an image reference belongs as long as there is none. No task is wanted then, so nobody pulls it."""

EXECUTE_COMMAND_PATHS = ("/managed-agents", "/var/lib/amazon/ssm", "/var/log/amazon/ssm")
"""What the ECS Exec agent writes to. It needs volumes there when the root file system is read-only; AWS does not
document them (containers-roadmap issues 1359 and 2824)."""

LOG_BUFFER = "25m"
"""Log events kept in memory while CloudWatch Logs cannot take them: "Preventing log loss with non-blocking mode in the
AWSLogs container log driver" (AWS Containers Blog) measures no loss below 5 MB/s with it."""

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SECRET_NAME = re.compile(
    r"(^|_)(PASSWORD|PASSWD|SECRET|TOKEN|CREDENTIALS?|(API|ACCESS|PRIVATE|SECRET)_KEY(_ID)?|ECS_ENGINE_AUTH_DATA)$"
)
_URL_WITH_PASSWORD = re.compile(r"://[^/\s:@]*:[^/\s@]+@")


@dataclass(frozen=True, kw_only=True)
class ContainerSpec:
    """The one container of a task, every value known."""

    name: str
    image: str
    port: int
    cpu: int
    """CPU units; the container gets all of the task's."""
    memory: int
    """MiB; the container is killed above it."""
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


def check_environment(
    environment: Mapping[str, object], secrets: Mapping[str, object], owned: Mapping[str, str]
) -> None:
    """Refuse environment variables that could not work or would write a secret down.

    Args:
        environment: What the caller sets in plain; only strings are looked into.
        secrets: What the caller takes from Secrets Manager.
        owned: What the component sets itself.

    Raises:
        ValueError: For a malformed name, a name set twice, or a secret in plain (Security Hub ECS.8).
    """
    for key, names in (("environment", environment), ("secrets_from", secrets)):
        for name in names:
            if not _NAME.fullmatch(name):
                raise ValueError(f"{key} has {name!r}, which is not letters, digits and underscores")
            if name in owned:
                raise ValueError(f"{key} sets {name}, which the component sets itself (to {owned[name]})")
    for name in environment:
        if name in secrets:
            raise ValueError(f"{name} is in both environment and secrets_from")
        check_plain(name, environment[name])


def check_plain(name: str, value: object) -> None:
    """Refuse an environment variable that would write a secret down.

    Args:
        name: Its name.
        value: Its value; only a string is looked into.

    Raises:
        ValueError: When the name or the value gives it away (Security Hub ECS.8).
    """
    if _SECRET_NAME.search(name.upper()):
        raise ValueError(f"environment has {name}, which names a secret; give it in secrets_from")
    if isinstance(value, str) and _URL_WITH_PASSWORD.search(value):
        raise ValueError(f"environment has a URL with a password in {name}; give it in secrets_from")


def check_writable_paths(paths: Sequence[str]) -> None:
    """Refuse volumes that could not be mounted.

    Raises:
        ValueError: For a path that is not absolute, is the root, or is there twice.
    """
    for path in paths:
        if not path.startswith("/") or path.rstrip("/") == "":
            raise ValueError(f"writable_paths has {path!r}, which is not an absolute path below /")
        if list(paths).count(path) > 1:
            raise ValueError(f"writable_paths has {path} twice")


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
    """The ``containerDefinitions`` of a task with this one container.

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
        "cpu": spec.cpu,
        "memory": spec.memory,
        "user": spec.user,
        "readonlyRootFilesystem": True,
        "privileged": False,
        "linuxParameters": _linux_parameters(execute_command=spec.execute_command),
        "portMappings": [{"containerPort": spec.port, "hostPort": spec.port, "protocol": "tcp"}],
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
                "awslogs-stream-prefix": "ecs",
                # In the blocking mode a stall of CloudWatch Logs stops the process at its next write to stdout.
                "mode": "non-blocking",
                "max-buffer-size": LOG_BUFFER,
            },
        },
    }
    if spec.health_check_command:
        container["healthCheck"] = {
            "command": list(spec.health_check_command),
            "interval": 30,
            "timeout": 5,
            "retries": 3,
            "startPeriod": spec.start_period_seconds,
        }
    return [container]


def _linux_parameters(*, execute_command: bool) -> dict[str, Any]:
    # The ECS Exec agent runs as root inside the container and needs what root usually has.
    dropped = {} if execute_command else {"capabilities": {"add": [], "drop": ["ALL"]}}
    return {"initProcessEnabled": True, **dropped}
