"""Reads load balancers, listeners, target groups and targets from the emulator."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from toolchain.datapath.balancer.attributes import unplayed_by_balancer, unplayed_by_group
from toolchain.datapath.balancer.plan import APPLICATION, Listener, LoadBalancer, TargetGroup
from toolchain.datapath.balancer.plan import listener as planned_listener
from toolchain.datapath.balancer.plan import load_balancer as planned_load_balancer
from toolchain.datapath.balancer.plan import target_group as planned_target_group
from toolchain.datapath.control_plane import ControlPlane

SERVICE = "elbv2"


@dataclass(frozen=True)
class Structure:
    """The load balancers and target groups that the data path runs."""

    balancers: tuple[LoadBalancer, ...] = ()
    groups: Mapping[str, TargetGroup] = field(default_factory=dict[str, TargetGroup])
    """ARN -> target group that a load balancer forwards to."""
    unplayed: tuple[str, ...] = ()
    """One sentence for each thing that is not supported."""


async def read_structure(control_plane: ControlPlane) -> Structure:
    """Read the load balancers with their listeners, rules and target groups.

    Raises:
        botocore.exceptions.ClientError: The emulator refused.
    """
    rows = await control_plane.pages(SERVICE, "describe_load_balancers", "LoadBalancers")
    read = await asyncio.gather(*(_balancer(control_plane, row) for row in rows))
    balancers = tuple(balancer for balancer, _ in read)
    unplayed = [line for _, lines in read for line in lines]
    used = {arn for balancer in balancers for arn in balancer.target_groups()}
    groups: dict[str, TargetGroup] = {}
    if used:
        for row in await control_plane.pages(SERVICE, "describe_target_groups", "TargetGroups"):
            arn = row["TargetGroupArn"]
            if arn not in used:
                continue
            if row.get("TargetType") != "ip":
                unplayed.append(f"target group {row['TargetGroupName']}: targets of type {row['TargetType']}")
                continue
            answer = await control_plane.call(SERVICE, "describe_target_group_attributes", TargetGroupArn=arn)
            attributes = _pairs(answer)
            groups[arn] = planned_target_group(row, attributes)
            unplayed += unplayed_by_group(row, attributes)
    return Structure(balancers, groups, tuple(unplayed))


async def read_targets(control_plane: ControlPlane, target_group: str) -> list[tuple[str, int]]:
    """Read the registered targets of a group: address and port in AWS.

    Raises:
        botocore.exceptions.ClientError: The emulator refused.
    """
    answer = await control_plane.call(SERVICE, "describe_target_health", TargetGroupArn=target_group)
    return [
        (row["Target"]["Id"], int(row["Target"]["Port"]))
        for row in answer["TargetHealthDescriptions"]
        if row["TargetHealth"]["State"] != "draining"  # not registered: listed only because the data path reported it
    ]


async def _balancer(control_plane: ControlPlane, row: Mapping[str, Any]) -> tuple[LoadBalancer, list[str]]:
    arn = row["LoadBalancerArn"]
    answer = await control_plane.call(SERVICE, "describe_load_balancer_attributes", LoadBalancerArn=arn)
    attributes = _pairs(answer)
    listeners: list[Listener] = []
    unplayed = unplayed_by_balancer(row, attributes)
    for one in await control_plane.pages(SERVICE, "describe_listeners", "Listeners", LoadBalancerArn=arn):
        rules: list[Any] = []
        if row["Type"] == APPLICATION:
            rules = await control_plane.pages(SERVICE, "describe_rules", "Rules", ListenerArn=one["ListenerArn"])
        made, lines = planned_listener(row["Type"], one, rules)
        listeners += [made] if made is not None else []
        unplayed += lines
    listeners.sort(key=lambda one: one.port)
    return planned_load_balancer(row, attributes, listeners), unplayed


def _pairs(answer: Mapping[str, Any]) -> dict[str, str]:
    return {item["Key"]: str(item["Value"]) for item in answer["Attributes"]}
