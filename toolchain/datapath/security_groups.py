"""Checks whether security groups allow TCP traffic: the source's egress rules and the destination's ingress rules.

Sources of the rules: Amazon VPC User Guide, "Control traffic to your AWS resources using security groups" and
"Security group rules". Groups are stateful, so responses need no rule. Rules only allow traffic, and the rules of all
groups of a network interface apply together.
"""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_network

from toolchain.datapath.control_plane import ControlPlane
from toolchain.security_group_rules import Group, Network, Rule, group_of, is_within


@dataclass(frozen=True)
class Side:
    """One side of a connection."""

    groups: frozenset[str] = frozenset()
    """Ids of its security groups; empty for a side without groups, such as the internet or a Network Load Balancer
    made without groups: then this side refuses nothing."""
    networks: tuple[Network, ...] = ()
    """Its address, as a network of one address. If the address is not known: the networks that it can be in; rules
    must then allow all of them. Empty if nothing is known: then only rules that name a group match."""


@dataclass(frozen=True)
class SecurityGroups:
    """All security groups, and the prefix lists that their rules name."""

    groups: Mapping[str, Group] = field(default_factory=dict[str, Group])
    """Group id -> group."""
    prefix_lists: Mapping[str, tuple[Network, ...]] = field(default_factory=dict[str, tuple[Network, ...]])
    """Prefix list id -> its entries."""

    def allow(self, source: Side, destination: Side, port: int) -> bool:
        """Check whether the groups allow a TCP connection.

        Args:
            source: Side that connects.
            destination: Side that listens.
            port: The destination's TCP port.
        """
        return self.refusal(source, destination, port) is None

    def refusal(self, source: Side, destination: Side, port: int) -> str | None:
        """Return the reason why the groups refuse a TCP connection.

        Args:
            source: Side that connects.
            destination: Side that listens.
            port: The destination's TCP port.

        Returns:
            A sentence that names the groups and the port; None if the connection is allowed.
        """
        egress = [rule for group in self._of(source) for rule in group.egress]
        if source.groups and not self._any(egress, destination, port):
            return f"no egress rule of {_named(source)} allows TCP port {port} to {_named(destination)}"
        ingress = [rule for group in self._of(destination) for rule in group.ingress]
        if destination.groups and not self._any(ingress, source, port):
            return f"no ingress rule of {_named(destination)} allows TCP port {port} from {_named(source)}"
        return None

    def _of(self, side: Side) -> list[Group]:
        return [self.groups[identifier] for identifier in sorted(side.groups) if identifier in self.groups]

    def _any(self, rules: Iterable[Rule], other: Side, port: int) -> bool:
        fitting = [rule for rule in rules if rule.has_port(port)]
        if any(rule.groups & other.groups for rule in fitting):
            return True
        allowed = [network for rule in fitting for network in rule.all_networks(self.prefix_lists)]
        return bool(other.networks) and all(
            any(is_within(wanted, network) for network in allowed) for wanted in other.networks
        )


async def read_security_groups(control_plane: ControlPlane) -> SecurityGroups:
    """Read all security groups, and the prefix lists that their rules name.

    Args:
        control_plane: The emulator.

    Raises:
        botocore.exceptions.ClientError: The emulator refused.
    """
    rows = await control_plane.pages("ec2", "describe_security_groups", "SecurityGroups")
    groups = {row["GroupId"]: group_of(row) for row in rows}
    named = sorted({name for group in groups.values() for rule in _rules(group) for name in rule.prefix_lists})
    entries = await asyncio.gather(*(_entries(control_plane, name) for name in named))
    return SecurityGroups(groups, dict(zip(named, entries, strict=True)))


def side(groups: Iterable[str], *networks: str) -> Side:
    """Make a side from group ids, and from addresses or networks as AWS writes them, such as ``10.0.1.7``."""
    return Side(frozenset(groups), tuple(ip_network(network) for network in networks))


async def _entries(control_plane: ControlPlane, identifier: str) -> tuple[Network, ...]:
    rows = await control_plane.pages("ec2", "get_managed_prefix_list_entries", "Entries", PrefixListId=identifier)
    return tuple(ip_network(row["Cidr"], strict=False) for row in rows)


def _rules(group: Group) -> tuple[Rule, ...]:
    return (*group.ingress, *group.egress)


def _named(side: Side) -> str:
    names = sorted(side.groups) or [str(network) for network in side.networks]
    return ", ".join(names) or "an unknown address"
