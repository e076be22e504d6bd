"""Amazon ECS: what containers may do and who may reach them."""

import re
from collections.abc import Callable, Iterator
from typing import Final

from policy.checks import every, given, is_false, is_none_of
from policy.documents import containers
from policy.graph import Graph
from policy.placement import subnets_are_private
from policy.resources import ResourceView
from policy.rule import Concern, Config, Rule, Setting, Severity, Verdict, guarded, per_resource, undecided, violation
from policy.rules.iam import ROLE
from policy.rules.spot import SERVICE, TASK_DEFINITION
from policy.secrets.forms import kind_of_secret
from policy.secrets.in_text import flags_with_secrets
from policy.secrets.names import is_location_name, tells_of_secret
from policy.secrets.scripts import gives_password
from policy.values import State, Value

TASK_SET = "aws:ecs/taskSet:TaskSet"

ROOT_USER: Final = re.compile(r"|root|[+-]?0+")
"""Spellings of the root user, including numbers that Docker reads as 0."""
ContainerCheck = Callable[[Value], Iterator[Verdict]]


def _each_container(task: ResourceView, check: "ContainerCheck") -> Iterator[Verdict]:
    for container in containers(task):
        yield from guarded(check(container))


def not_privileged(container: Value) -> Iterator[Verdict]:
    """Refuse a container that has the rights of its host.

    Args:
        container: The container's definition.
    """
    privileged = container.at("privileged")
    if privileged.flag():
        yield violation(privileged.path, f"{privileged}; it must be false")


def _read_only(container: Value) -> Iterator[Verdict]:
    read_only = container.at("readonlyRootFilesystem")
    if not read_only.flag():
        yield violation(read_only.path, f"{read_only}; it must be true")


def _no_secret_in_clear(container: Value) -> Iterator[Verdict]:
    for variable in container.at("environment").items():
        yield from guarded(_not_a_secret(variable))
    for place in ("command", "entryPoint", "healthCheck.command"):
        yield from guarded(_no_secret_word(container.at(place)))


def _no_secret_word(command: Value) -> Iterator[Verdict]:
    words = [str(item.content) for item in command.items() if item.state is State.KNOWN]
    flags = [*flags_with_secrets(words)]
    if flags or gives_password(" ".join(words)) or any(map(gives_password, words)):
        yield violation(command.path, f"{command.path} gives {', '.join(flags) or 'a password'} in clear text")
    for kind in sorted({kind_of_secret(word) for word in words} - {""}):
        yield violation(command.path, f"{command.path} has {kind} in it")


def _not_a_secret(variable: Value) -> Iterator[Verdict]:
    name, value = variable.at("name").text() or "", variable.at("value")
    if value.state is State.UNKNOWN and is_location_name(name):
        yield undecided(value.path)
    elif tells_of_secret(name, (value.text() or "") if value.state is State.KNOWN else None):
        yield violation(variable.path, f"{variable.path} ({name}) is a secret's name; use secrets instead")
    elif kind := kind_of_secret(value.text() or ""):
        yield violation(variable.path, f"{variable.path} ({name}) has {kind} in it; use secrets instead")
    elif gives_password(value.text() or ""):
        yield violation(variable.path, f"{variable.path} ({name}) gives a password in clear; use secrets instead")


def _logs(container: Value) -> Iterator[Verdict]:
    driver = container.at("logConfiguration.logDriver")
    if driver.text() in {None, "", "none"}:
        yield violation(driver.path, f"{driver}; it must be given")


def _not_root(container: Value) -> Iterator[Verdict]:
    user = container.at("user")
    if ROOT_USER.fullmatch((user.text() or "").split(":")[0]):
        yield violation(user.path, f"{user}; it must be another user than root")


def _image_pinned(container: Value) -> Iterator[Verdict]:
    image = container.at("image")
    name = (image.text() or "").split("/")[-1]
    if "@sha256:" not in name and name.partition(":")[2] in {"", "latest"}:
        yield violation(image.path, f"{image}; it must name a digest or a version")


def _private(graph: Graph, service: ResourceView, _config: Config) -> Iterator[Verdict]:
    yield from subnets_are_private(graph, service, "networkConfiguration", "networkConfiguration.subnets")


def _own_role(graph: Graph, task: ResourceView, _config: Config) -> Iterator[Verdict]:
    own, execution = task.at("taskRoleArn"), task.at("executionRoleArn")
    if not given(own) or not given(execution):
        return
    same = own.state is State.KNOWN and own.content == execution.content
    roles = {role.urn for role in graph.targets(task, "taskRoleArn", ROLE)}
    if same or (roles and roles == {role.urn for role in graph.targets(task, "executionRoleArn", ROLE)}):
        yield violation(own.path, "taskRoleArn and executionRoleArn are the same role; the task needs its own")
    elif not roles and State.UNKNOWN in {own.state, execution.state}:
        yield undecided(own.path)


def _no_capabilities(container: Value) -> Iterator[Verdict]:
    added = container.at("linuxParameters.capabilities.add")
    if added.items():
        yield violation(added.path, f"{added}; it must be empty")


RULES = (
    Rule(
        id="ecs-no-public-address",
        title="Tasks have no public address",
        problem="Tasks have public addresses",
        severity=Severity.HIGH,
        concern=Concern.EXPOSURE,
        fsbp=(
            "ECS.2",
            "ECS.16",
        ),
        checkov=("CKV_AWS_333",),
        prowler=(
            "ecs_service_no_assign_public_ip",
            "ecs_task_set_no_assign_public_ip",
        ),
        types=(SERVICE, TASK_SET),
        remediation="Leave networkConfiguration.assignPublicIp false.",
        check=is_false("networkConfiguration.assignPublicIp"),
    ),
    Rule(
        id="ecs-private-subnets",
        title="Tasks run in subnets that no internet gateway reaches",
        problem="Tasks run in a subnet that an internet gateway reaches",
        severity=Severity.HIGH,
        concern=Concern.EXPOSURE,
        prowler=("vpc_subnet_separate_private_public",),
        types=(SERVICE, TASK_SET),
        remediation="Give networkConfiguration.subnets the private subnets.",
        check_graph=per_resource(_private, SERVICE, TASK_SET),
    ),
    Rule(
        id="ecs-no-host-process-namespace",
        title="Tasks share neither the host's process namespace nor its shared memory",
        problem="Tasks share the host's process namespace, or its shared memory",
        severity=Severity.HIGH,
        concern=Concern.PRIVILEGE,
        fsbp=("ECS.3",),
        checkov=("CKV_AWS_335",),
        prowler=("ecs_task_definitions_host_namespace_not_shared",),
        types=(TASK_DEFINITION,),
        remediation="Leave pidMode and ipcMode out, or set them to task.",
        check=every(is_none_of("pidMode", "host"), is_none_of("ipcMode", "host")),
    ),
    Rule(
        id="ecs-not-privileged",
        title="Containers are not privileged",
        problem="A container is privileged",
        severity=Severity.HIGH,
        concern=Concern.PRIVILEGE,
        fsbp=("ECS.4",),
        checkov=("CKV_AWS_334",),
        prowler=("ecs_task_definitions_no_privileged_containers",),
        types=(TASK_DEFINITION,),
        remediation="Leave privileged out of the container definition.",
        check=lambda task, _config: _each_container(task, not_privileged),
    ),
    Rule(
        id="ecs-read-only-root",
        title="Containers cannot write to their root file system",
        problem="A container can write to its root file system",
        severity=Severity.HIGH,
        concern=Concern.PRIVILEGE,
        fsbp=("ECS.5",),
        checkov=("CKV_AWS_336",),
        prowler=("ecs_task_definitions_containers_readonly_access",),
        types=(TASK_DEFINITION,),
        remediation="Set readonlyRootFilesystem to true, with a volume for what must be written.",
        check=lambda task, _config: _each_container(task, _read_only),
    ),
    Rule(
        id="ecs-no-secret-in-environment",
        title="No secret is in a container's environment or command in clear text",
        problem="A secret is in a container's environment or command in clear text",
        severity=Severity.HIGH,
        concern=Concern.PRIVILEGE,
        fsbp=("ECS.8",),
        prowler=("ecs_task_definitions_no_environment_secrets",),
        trivy=("AWS-0036",),
        types=(TASK_DEFINITION,),
        remediation="Move it to Secrets Manager and name it in the container's secrets.",
        settings=(
            Setting(
                "service.secrets",
                "the name and the secret's ARN, and take it out of service.environment",
                "FargateSpotService",
            ),
        ),
        check=lambda task, _config: _each_container(task, _no_secret_in_clear),
        note="Besides the control's three names, it finds names that end like a secret's, and values like a secret.",
    ),
    Rule(
        id="ecs-logs",
        title="Containers send logs",
        problem="A container sends no logs",
        severity=Severity.HIGH,
        concern=Concern.AUDIT,
        fsbp=("ECS.9",),
        cdk_nag=("AwsSolutions-ECS7",),
        prowler=("ecs_task_definitions_logging_enabled",),
        types=(TASK_DEFINITION,),
        remediation="Give every container a logConfiguration.",
        check=lambda task, _config: _each_container(task, _logs),
    ),
    Rule(
        id="ecs-not-root",
        title="Containers do not run as root",
        problem="A container runs as root",
        severity=Severity.MEDIUM,
        concern=Concern.PRIVILEGE,
        fsbp=(
            "ECS.1",
            "ECS.20",
        ),
        prowler=("ecs_task_definitions_host_networking_mode_users",),
        types=(TASK_DEFINITION,),
        remediation="Set user in the container definition; the user of the image does not count.",
        check=lambda task, _config: _each_container(task, _not_root),
    ),
    Rule(
        id="ecs-image-pinned",
        title="Containers run a named version of their image",
        problem="A container runs whatever image is newest",
        severity=Severity.MEDIUM,
        concern=Concern.HARDENING,
        types=(TASK_DEFINITION,),
        remediation="Name the image by digest.",
        check=lambda task, _config: _each_container(task, _image_pinned),
    ),
    Rule(
        id="ecs-task-role",
        title="The task role is not the execution role",
        problem="The application has the execution role, which is for starting the task",
        severity=Severity.MEDIUM,
        concern=Concern.PRIVILEGE,
        checkov=("CKV_AWS_249",),
        types=(TASK_DEFINITION,),
        remediation="Make two roles: one that pulls the image and reads secrets, and one for the application.",
        check_graph=per_resource(_own_role, TASK_DEFINITION),
    ),
    Rule(
        id="ecs-no-added-capabilities",
        title="Containers have no more capabilities than Docker gives them",
        problem="The container has additional Linux capabilities",
        severity=Severity.HIGH,
        concern=Concern.PRIVILEGE,
        types=(TASK_DEFINITION,),
        remediation="Leave linuxParameters.capabilities.add empty.",
        check=lambda task, _config: _each_container(task, _no_capabilities),
        note="Fargate accepts only SYS_PTRACE, with which one process can read the secrets of another.",
    ),
)
