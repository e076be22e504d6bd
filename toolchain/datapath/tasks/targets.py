"""Registers a service's tasks in target groups, and reads the health of these targets."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from botocore.exceptions import ClientError

from toolchain.datapath.control_plane import ControlPlane

HEALTHY: Final = "healthy"
UNHEALTHY: Final = "unhealthy"
DRAINING: Final = "draining"
DELAY_SECONDS: Final = 300
"""Default deregistration delay of a target group: Elastic Load Balancing API Reference."""


@dataclass(frozen=True)
class Target:
    """A target group in which a service's tasks are registered, with the container and its port."""

    group: str
    """The target group's ARN."""
    container: str
    port: int
    """The container's port."""


@dataclass(frozen=True)
class Health:
    """The health of a target, as the balancer reports it."""

    state: str
    reason: str = ""


def targets_of(service: Mapping[str, Any]) -> tuple[Target, ...]:
    """Return the target groups and ports with which the tasks of a service are registered."""
    return tuple(
        Target(item["targetGroupArn"], item["containerName"], item["containerPort"])
        for item in service.get("loadBalancers", ())
        if item.get("targetGroupArn")
    )


async def register(control_plane: ControlPlane, targets: Sequence[Target], address: str) -> None:
    """Register a task in its target groups.

    Args:
        control_plane: The emulator.
        targets: Target groups and ports.
        address: The task's private IPv4 address.

    Raises:
        botocore.exceptions.ClientError: There is no such target group.
    """
    for target in targets:
        await control_plane.call(
            "elbv2",
            "register_targets",
            TargetGroupArn=target.group,
            Targets=[{"Id": address, "Port": target.port}],
        )


async def deregister(control_plane: ControlPlane, targets: Sequence[Target], address: str) -> None:
    """Deregister a task from its target groups; ignore a target group that no longer exists."""
    for target in targets:
        try:
            await control_plane.call(
                "elbv2",
                "deregister_targets",
                TargetGroupArn=target.group,
                Targets=[{"Id": address, "Port": target.port}],
            )
        except ClientError:
            continue


async def deregister_others(control_plane: ControlPlane, targets: Sequence[Target], kept: Collection[str]) -> int:
    """Deregister the tasks that an earlier data path has left registered.

    Args:
        control_plane: The emulator.
        targets: Target groups and ports of a service.
        kept: Addresses of the running tasks, which stay registered.

    Returns:
        Number of targets that were deregistered.
    """
    count = 0
    for target in targets:
        for (address, port), health in (await read_health(control_plane, target.group)).items():
            if port == target.port and address not in kept and health.state != DRAINING:
                await deregister(control_plane, (target,), address)
                count += 1
    return count


async def read_health(control_plane: ControlPlane, group: str) -> dict[tuple[str, int], Health]:
    """Return address and port -> the target's health; empty if the target group no longer exists."""
    try:
        answer = await control_plane.call("elbv2", "describe_target_health", TargetGroupArn=group)
    except ClientError:
        return {}
    return {
        (item["Target"]["Id"], item["Target"]["Port"]): Health(
            item["TargetHealth"]["State"], item["TargetHealth"].get("Reason", "")
        )
        for item in answer["TargetHealthDescriptions"]
    }


async def is_draining(control_plane: ControlPlane, targets: Sequence[Target], address: str) -> bool:
    """Check whether a balancer still waits for the connections of a deregistered task."""
    for target in targets:
        found = (await read_health(control_plane, target.group)).get((address, target.port))
        if found is not None and found.state == DRAINING:
            return True
    return False


async def longest_delay(control_plane: ControlPlane, targets: Sequence[Target]) -> float:
    """Return the longest deregistration delay of the target groups, in seconds."""
    delays = [0.0]
    for target in targets:
        try:
            answer = await control_plane.call("elbv2", "describe_target_group_attributes", TargetGroupArn=target.group)
        except ClientError:
            continue
        rows = {row["Key"]: row["Value"] for row in answer["Attributes"]}
        delays.append(float(rows.get("deregistration_delay.timeout_seconds", DELAY_SECONDS)))
    return max(delays)
