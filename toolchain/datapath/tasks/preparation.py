"""Prepares a task's containers for their start: images, secrets, environment, log, health check."""

import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from toolchain.datapath.containers import note_engine
from toolchain.datapath.control_plane import REGION
from toolchain.datapath.stores.certificates import AUTHORITIES_FILE
from toolchain.datapath.tasks.commands import command_of, folder_of, health_command, search_path
from toolchain.datapath.tasks.confinement import User, can_change_user, parse_user
from toolchain.datapath.tasks.credentials import TaskCredentials, read_credentials
from toolchain.datapath.tasks.engine import container_program
from toolchain.datapath.tasks.environment import given_environment, listening_host, with_local_addresses
from toolchain.datapath.tasks.images import CannotPullContainerError, Image, find_image
from toolchain.datapath.tasks.logs import log_of
from toolchain.datapath.tasks.metadata import task_metadata
from toolchain.datapath.tasks.process import STOP_SECONDS, Container, HealthCheck, Program, check_of, environment_for
from toolchain.datapath.tasks.reach import REFUSING_PORT, refusals
from toolchain.datapath.tasks.role import read_role
from toolchain.datapath.tasks.secret_values import read_secrets
from toolchain.datapath.tasks.workshop import Workshop, interface_of

S3_HOST: Final = f"s3.{REGION}.amazonaws.com"
HTTPS: Final = 443

Described = Mapping[str, Any]


@dataclass(frozen=True)
class Prepared:
    """A container that is ready to start."""

    container: Container
    is_essential: bool
    stop_seconds: float
    container_port: int | None
    port: int | None
    token: str
    """Token of the container's metadata endpoint."""


@dataclass(frozen=True)
class _Plan:
    definition: Described
    image: Image
    variables: Mapping[str, str]
    """Variables from the container definition, RunTask's override, the image and the secrets."""


@dataclass(frozen=True)
class _Shared:
    """The values that all containers of a task share."""

    metadata: dict[str, Any]
    credentials: TaskCredentials | None
    served: dict[str, dict[int, int]]


async def prepare(workshop: Workshop, task: Described, definition: Described) -> list[Prepared]:
    """Prepare the containers of a task. A container that is not essential is left out if its image is not available.

    Args:
        workshop: Objects that all tasks share.
        task: The task as ``DescribeTasks`` returns it.
        definition: The task's task definition.

    Raises:
        CannotPullContainerError: The image of an essential container is not available.
        ResourceInitializationError: A role, a secret, or the permission to read a secret is missing.
        LogError: The execution role may not write the log.
    """
    platform: Described = definition.get("runtimePlatform") or {}
    architecture = str(platform.get("cpuArchitecture", "X86_64"))
    overriding: Described = task.get("overrides") or {}
    control_plane = workshop.surroundings.control_plane
    role = await read_role(control_plane, overriding.get("executionRoleArn") or definition.get("executionRoleArn"))
    overrides: dict[str, Described] = {item["name"]: item for item in overriding.get("containerOverrides", ())}
    plans: list[_Plan] = []
    for item in definition["containerDefinitions"]:
        try:
            role.check_pull(item["image"])
            image = await find_image(control_plane, item["image"], architecture)
        except CannotPullContainerError as error:
            if item.get("essential", True):
                raise
            workshop.say(f"container {item['name']} is not played and is left out: {error}")
            continue
        secrets = await read_secrets(control_plane, item, role)
        role.check_log(log_of(control_plane, item, _id(task)))
        override = overrides.get(item["name"], {})
        plans.append(_Plan(item, image, given_environment(item, override, image.environment, secrets)))
    digests = {plan.definition["name"]: plan.image.digest for plan in plans}
    task_role = overriding.get("taskRoleArn") or definition.get("taskRoleArn")
    shared = _Shared(
        metadata=task_metadata(task, definition, digests),
        credentials=await read_credentials(control_plane, task_role, _id(task)) if task_role else None,
        served=await _served(workshop, task, plans),
    )
    return [await _prepared(workshop, task, plan, overrides.get(plan.definition["name"], {}), shared) for plan in plans]


async def _served(workshop: Workshop, task: Described, plans: Sequence[_Plan]) -> dict[str, dict[int, int]]:
    """Return host in AWS -> port in AWS -> port here, for all hosts in the containers' variables.

    An endpoint that the task may not reach gets a port that refuses connections.
    """
    addresses = workshop.surroundings.addresses
    named = [
        host for host in addresses.hosts() if any(host in value for plan in plans for value in plan.variables.values())
    ]
    served = {host: {port: addresses.local_port(host, port) or 0 for port in addresses.ports(host)} for host in named}
    interface = interface_of(task)
    if not served or not interface:
        return served
    refused = await refusals(
        workshop.surroundings.control_plane, interface, [(host, port) for host in served for port in served[host]]
    )
    for (host, port), reason in refused.items():
        served[host][port] = REFUSING_PORT
        workshop.say(f"task {_id(task)} cannot reach {host}:{port}: {reason}")
    return served


async def _prepared(
    workshop: Workshop,
    task: Described,
    plan: _Plan,
    override: Described,
    shared: _Shared,
) -> Prepared:
    served = shared.served
    name = plan.definition["name"]
    scratch = workshop.scratch(_id(task)) / name
    scratch.mkdir(mode=0o700, exist_ok=True)
    user = parse_user(str(plan.definition.get("user") or plan.image.user))
    await _let_in(workshop, plan, user, scratch)
    replaced = with_local_addresses(
        plan.variables, served, lambda host: next(iter(served[host])) if len(served[host]) == 1 else None
    )
    if replaced.said:
        workshop.say(f"task {_id(task)}: " + "; ".join(replaced.said))
    ports: Sequence[Described] = plan.definition.get("portMappings") or ()
    container_port = int(ports[0]["containerPort"]) if ports else None
    port = workshop.ports.take() if container_port is not None else None
    token = workshop.metadata.add(shared.metadata, name, shared.credentials)
    variables = {
        **_trusted(workshop, scratch),
        **replaced.variables,
        **listening_host(replaced.variables.get("HOST")),
        **_given_by_ecs(workshop, token, port),
    }
    program = _program(workshop, task, plan, override, variables)
    log = log_of(workshop.surroundings.control_plane, plan.definition, _id(task))
    check = _check(plan.definition, container_port, port)
    return Prepared(
        container=Container(name, program, workshop.surroundings.children, log, check),
        is_essential=bool(plan.definition.get("essential", True)),
        stop_seconds=float(plan.definition.get("stopTimeout") or STOP_SECONDS),
        container_port=container_port,
        port=port,
        token=token,
    )


async def _let_in(workshop: Workshop, plan: _Plan, user: User | None, scratch: Path) -> None:
    """Give a container's user access to the emulator, and to the container's writable folder."""
    if user is None or (plan.image.container is None and os.geteuid() != 0):
        return
    if plan.image.container is None and not can_change_user():
        workshop.say(f"{plan.definition['name']} runs as root, for this machine allows no mount namespaces")
        return
    if os.geteuid() == 0:
        os.chown(scratch, user.uid, user.gid)
    await workshop.admit(user.uid)


def _program(
    workshop: Workshop, task: Described, plan: _Plan, override: Described, variables: Mapping[str, str]
) -> Program:
    name, image = plan.definition["name"], plan.image
    scratch = workshop.scratch(_id(task)) / name
    command = command_of(image, plan.definition, override)
    if image.container is None:
        return Program(
            command=tuple(command),
            folder=folder_of(image, plan.definition),
            files=image.folder,
            scratch=scratch,
            environment=environment_for(variables, scratch, search_path),
            user=parse_user(str(plan.definition.get("user") or image.user)),
        )
    note_engine(workshop.surroundings.folder, image.container.engine)
    return container_program(
        image,
        plan.definition,
        command,
        variables,
        name=f"spot-platform-{_id(task)}-{name}",
        folder=workshop.surroundings.folder,
        scratch=scratch,
    )


def _trusted(workshop: Workshop, scratch: Path) -> dict[str, str]:
    """Return the variables with which a container trusts the certificates of this machine's databases and caches.

    In AWS, a public authority signs the caches' certificates; here, a temporary authority signs them.
    """
    authorities = workshop.surroundings.folder / "stores" / AUTHORITIES_FILE
    if not authorities.is_file():
        return {}
    copy = scratch / AUTHORITIES_FILE
    shutil.copyfile(authorities, copy)
    copy.chmod(0o644)  # the container's user reads it
    return {"SSL_CERT_FILE": str(copy), "NODE_EXTRA_CA_CERTS": str(copy)}


def _given_by_ecs(workshop: Workshop, token: str, port: int | None) -> dict[str, str]:
    """Return the variables that Amazon ECS adds on Fargate, and the endpoints of AWS's APIs on this machine."""
    control_plane = workshop.surroundings.control_plane
    s3 = workshop.surroundings.addresses.local_port(S3_HOST, HTTPS)
    return {
        "AWS_REGION": control_plane.region,
        "AWS_DEFAULT_REGION": control_plane.region,
        "AWS_EXECUTION_ENV": "AWS_ECS_FARGATE",
        **workshop.metadata.variables(token),
        # A task on Fargate has no instance role. If this machine is an EC2 instance, the task must not use its role.
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_ENDPOINT_URL": control_plane.endpoint,
        **({"AWS_ENDPOINT_URL_S3": f"http://127.0.0.1:{s3}"} if s3 else {}),
        **({"PORT": str(port)} if port is not None else {}),
    }


def _check(definition: Described, container_port: int | None, port: int | None) -> HealthCheck | None:
    given: Described = definition.get("healthCheck") or {}
    command = health_command(given, container_port, port)
    return None if command is None else check_of(given, command)


def _id(task: Described) -> str:
    return str(task["taskArn"]).rpartition("/")[2]
