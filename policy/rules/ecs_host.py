"""Amazon ECS and AWS Batch on instances: folders and devices of the host that a container gets."""

from collections.abc import Iterator
from typing import Final

from policy.documents import containers
from policy.paths import each
from policy.resources import ResourceView
from policy.rule import Concern, Config, Rule, Severity, Verdict, guarded, violation
from policy.rules.spot import TASK_DEFINITION
from policy.rules.watching import JOB
from policy.values import State, Value

_FOLDERS: Final = {TASK_DEFINITION: "volumes[].hostPath", JOB: "containerProperties!.volumes[].host.sourcePath"}
"""Type -> the path of the host's folders that it mounts."""
_DEVICES: Final = "containerProperties!.linuxParameters.devices[]"
_UNCONFINED: Final = ("apparmor", "label", "seccomp", "systempaths")
"""Protections of the host that an option can switch off by name ("docker container run", --security-opt)."""
_OFF: Final = ("disable", "unconfined")


def _out_of_reach(resource: ResourceView, _config: Config) -> Iterator[Verdict]:
    for folder in each(resource.whole, _FOLDERS[resource.type]):
        yield from guarded(_no_folder(folder))
    if resource.type == JOB:
        for device in each(resource.whole, _DEVICES):
            yield violation(device.path, f"{device.path} is a device of the host")
        return
    for driver in each(resource.whole, "volumes[].dockerVolumeConfiguration.driverOpts"):
        yield from guarded(_no_bind(driver))
    for container in containers(resource):
        yield from guarded(_no_devices(container))
        yield from guarded(_is_confined(container))


def _no_folder(folder: Value) -> Iterator[Verdict]:
    # Without a path ECS creates a folder for the container.
    if folder.state is State.UNKNOWN or folder.text():
        yield violation(folder.path, f"{folder}, which is a folder of the host")


def _no_bind(driver: Value) -> Iterator[Verdict]:
    device = driver.at("device")
    if device.present and (device.text() or "").startswith("/"):
        yield violation(device.path, f"{device}, which is a folder or a device of the host")


def _no_devices(container: Value) -> Iterator[Verdict]:
    devices = container.at("linuxParameters.devices")
    if devices.items():
        yield violation(devices.path, f"{devices}; it must be empty")


def _is_confined(container: Value) -> Iterator[Verdict]:
    for option in container.at("dockerSecurityOptions").items():
        name, _, value = (option.text() or "").lower().replace("=", ":", 1).partition(":")
        if name in _UNCONFINED and value in _OFF:
            yield violation(option.path, f"{option}; it switches off a protection of the host")


RULES = (
    Rule(
        id="ecs-host-out-of-reach",
        title="Containers get no folder and no device of their host",
        problem="A container reaches its host: the other containers on it, and the host's own rights",
        severity=Severity.HIGH,
        concern=Concern.PRIVILEGE,
        types=(TASK_DEFINITION, JOB),
        remediation="Leave hostPath, devices and dockerSecurityOptions out; keep files in EFS.",
        check=_out_of_reach,
        note=(
            "On Fargate there is no host to reach. Through /var/run/docker.sock a container can start others that "
            "are privileged. For an agent that must read its host, add an exemption by name."
        ),
    ),
)
