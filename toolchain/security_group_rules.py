"""Reads the rules of security groups from responses of Amazon EC2: which ports, and which addresses on the other side.

Source: Amazon VPC User Guide, "Security group rules".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any, Final

Network = IPv4Network | IPv6Network

TCP_NAMES: Final = frozenset({"tcp", "6", "-1"})
"""Values of ``IpProtocol`` that include TCP: its name, its number, and all protocols."""


@dataclass(frozen=True)
class Rule:
    """Traffic that a security group allows, in one direction."""

    protocol: str
    """``tcp``, a protocol's number, or ``-1`` for all."""
    from_port: int | None = None
    """First port; None for all ports."""
    to_port: int | None = None
    """Last port; None for all ports."""
    groups: frozenset[str] = frozenset()
    """Ids of the groups on the other side."""
    networks: tuple[Network, ...] = ()
    """Addresses on the other side."""
    prefix_lists: frozenset[str] = frozenset()
    """Ids of the prefix lists with addresses on the other side."""

    def has_port(self, port: int) -> bool:
        """Return whether the rule is about a TCP port."""
        if self.protocol not in TCP_NAMES:
            return False
        if self.protocol == "-1" or self.from_port is None or self.to_port is None:
            return True  # a rule for all protocols applies to all ports, whatever its port range is
        return self.from_port <= port <= self.to_port

    def all_networks(self, prefix_lists: Mapping[str, Sequence[Network]]) -> tuple[Network, ...]:
        """Return the addresses on the other side, those of prefix lists among them.

        Args:
            prefix_lists: Prefix list id -> its entries.
        """
        listed = (network for name in sorted(self.prefix_lists) for network in prefix_lists.get(name, ()))
        return (*self.networks, *listed)


@dataclass(frozen=True)
class Group:
    """A security group."""

    ingress: tuple[Rule, ...] = ()
    egress: tuple[Rule, ...] = ()


def group_of(row: Mapping[str, Any]) -> Group:
    """Make a group from an item of DescribeSecurityGroups."""
    return Group(
        tuple(_rule_of(permission) for permission in row.get("IpPermissions", ())),
        tuple(_rule_of(permission) for permission in row.get("IpPermissionsEgress", ())),
    )


def is_within(network: Network, other: Network) -> bool:
    """Return whether all addresses of a network are in another one."""
    if isinstance(network, IPv4Network):
        return isinstance(other, IPv4Network) and network.subnet_of(other)
    return isinstance(other, IPv6Network) and network.subnet_of(other)


def _rule_of(permission: Mapping[str, Any]) -> Rule:
    ranges = [item["CidrIp"] for item in permission.get("IpRanges", ())]
    ranges += [item["CidrIpv6"] for item in permission.get("Ipv6Ranges", ())]
    return Rule(
        protocol=str(permission["IpProtocol"]),
        from_port=permission.get("FromPort"),
        to_port=permission.get("ToPort"),
        groups=frozenset(item["GroupId"] for item in permission.get("UserIdGroupPairs", ()) if "GroupId" in item),
        networks=tuple(ip_network(item, strict=False) for item in ranges),
        prefix_lists=frozenset(item["PrefixListId"] for item in permission.get("PrefixListIds", ())),
    )
