"""Decides whether a load balancer may reach a target, by the security groups of both."""

import time
from collections.abc import Iterable, Mapping
from typing import Any, Final

from toolchain.datapath.balancer.plan import LoadBalancer
from toolchain.datapath.control_plane import ControlPlane
from toolchain.datapath.security_groups import SecurityGroups, Side, read_security_groups, side

LOOK_SECONDS: Final = 4.0
"""Interval at which security groups are read."""


class Reach:
    """Reads security groups, network interfaces and subnets from the emulator, and caches them.

    Args:
        control_plane: The emulator.
    """

    def __init__(self, control_plane: ControlPlane) -> None:
        self._control_plane = control_plane
        self._groups = SecurityGroups()
        self._next_look = 0.0
        self._subnets: dict[str, str] = {}
        self._interfaces: dict[str, list[str]] = {}
        """Private address -> security groups of its network interface; cleared when the groups are read again."""
        self._zones: dict[str, str] = {}

    async def refusal(self, balancers: Iterable[LoadBalancer], address: str, port: int) -> str | None:
        """Return the reason why no load balancer may reach a target.

        Args:
            balancers: Load balancers that forward to the target.
            address: The target's private address.
            port: The target's port in AWS.

        Returns:
            A sentence that names the groups and the port; None if at least one load balancer may reach the target.
        """
        if time.monotonic() >= self._next_look:
            self._groups = await read_security_groups(self._control_plane)
            self._interfaces.clear()
            self._next_look = time.monotonic() + LOOK_SECONDS
        target = side(await self._groups_of(address), address)
        refusal = None
        for balancer in balancers:
            refusal = self._groups.refusal(await self._side(balancer), target, port)
            if refusal is None:
                return None
        return refusal

    def zone(self, address: str) -> str:
        """Return the zone of a target that `refusal` has checked; empty if it has no network interface."""
        return self._zones.get(address, "")

    async def _groups_of(self, address: str) -> list[str]:
        """Return the security groups of the network interface with an address; empty if there is no interface."""
        if address in self._interfaces:
            return self._interfaces[address]
        rows: list[Mapping[str, Any]] = await self._control_plane.pages(
            "ec2",
            "describe_network_interfaces",
            "NetworkInterfaces",
            Filters=[{"Name": "addresses.private-ip-address", "Values": [address]}],
        )
        groups = [group["GroupId"] for row in rows for group in row.get("Groups", ())]
        if rows:
            self._interfaces[address] = groups
            self._zones[address] = rows[0].get("AvailabilityZone", "")
        return groups

    async def _side(self, balancer: LoadBalancer) -> Side:
        missing = [subnet for subnet in balancer.subnets if subnet not in self._subnets]
        if missing:
            rows = await self._control_plane.pages("ec2", "describe_subnets", "Subnets", SubnetIds=missing)
            self._subnets |= {row["SubnetId"]: row["CidrBlock"] for row in rows}
        networks = [self._subnets[subnet] for subnet in balancer.subnets if subnet in self._subnets]
        return side(balancer.security_groups, *networks)
