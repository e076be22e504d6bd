"""A service's targets in its load balancers' target groups."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from botocore.exceptions import ClientError

from toolchain.datapath.control_plane import ControlPlane

HEALTHY: Final = "healthy"
UNHEALTHY: Final = "unhealthy"
DRAINING: Final = "draining"
DELAY_SECONDS: Final = 300
"""Deregistration delay of a target group that says none: Elastic Load Balancing API Reference."""


@dataclass(frozen=True)
class Target:
    """A task's place in a target group."""

    group: str
    """The target group's ARN."""
    container: str
    port: int
    """The container's port."""


@dataclass(frozen=True)
class Health:
    """What the balancer says of a target."""

    state: str
    reason: str = ""


def targets_of(service: Mapping[str, Any]) -> tuple[Target, ...]:
    """Where the tasks of a service are registered."""
    return tuple(
        Target(item["targetGroupArn"], item["containerName"], item["containerPort"])
        for item in service.get("loadBalancers", ())
        if item.get("targetGroupArn")
    )


async def register(control_plane: ControlPlane, targets: Sequence[Target], address: str) -> None:
    """Register a task.

    Args:
        control_plane: The emulator.
        targets: Where.
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
    """Deregister a task; a target group that is gone needs nothing."""
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
    """Deregister the tasks of a data path that has ended without doing so.

    Args:
        control_plane: The emulator.
        targets: Where a service's tasks are registered.
        kept: Addresses of the tasks that run.

    Returns:
        How many targets that were.
    """
    count = 0
    for target in targets:
        for (address, port), health in (await read_health(control_plane, target.group)).items():
            if port == target.port and address not in kept and health.state != DRAINING:
                await deregister(control_plane, (target,), address)
                count += 1
    return count


async def read_health(control_plane: ControlPlane, group: str) -> dict[tuple[str, int], Health]:
    """Address and port -> what the balancer says of the target; nothing for a target group that is gone."""
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
    """Whether a balancer still waits for the connections of a task that is deregistered."""
    for target in targets:
        found = (await read_health(control_plane, target.group)).get((address, target.port))
        if found is not None and found.state == DRAINING:
            return True
    return False


async def longest_delay(control_plane: ControlPlane, targets: Sequence[Target]) -> float:
    """The longest deregistration delay of target groups, in seconds."""
    delays = [0.0]
    for target in targets:
        try:
            answer = await control_plane.call("elbv2", "describe_target_group_attributes", TargetGroupArn=target.group)
        except ClientError:
            continue
        rows = {row["Key"]: row["Value"] for row in answer["Attributes"]}
        delays.append(float(rows.get("deregistration_delay.timeout_seconds", DELAY_SECONDS)))
    return max(delays)
