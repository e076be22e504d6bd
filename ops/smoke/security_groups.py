"""Finds the addresses outside of private networks that the ingress rules of security groups let in."""

from collections.abc import Iterable, Mapping, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any, Final

PRIVATE_NETWORKS: Final = tuple(
    ip_network(each) for each in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7")
)
"""Networks that the internet does not route (RFC 1918, RFC 6598, RFC 4193)."""
TCP_NAMES: Final = frozenset({"tcp", "6", "-1"})
"""Values of ``IpProtocol`` that include TCP: its name, its number, and all protocols."""


def public_sources(
    groups: Iterable[Mapping[str, Any]], port: int, prefix_lists: Mapping[str, Sequence[str]]
) -> list[str]:
    """Return the networks that are not private, and that an ingress rule lets in at a TCP port.

    Args:
        groups: Items of EC2's DescribeSecurityGroups.
        port: The TCP port.
        prefix_lists: Prefix list id -> its CIDR blocks.

    Returns:
        Group id and CIDR block, such as ``sg-1: 0.0.0.0/0``, sorted.
    """
    return sorted(
        f"{group['GroupId']}: {network}"
        for group in groups
        for rule in group.get("IpPermissions", ())
        if _has_port(rule, port)
        for network in map(ip_network, _sources(rule, prefix_lists))
        if not _is_private(network)
    )


def read_public_sources(ec2: Any, group_ids: Sequence[str], port: int) -> list[str]:
    """Read security groups, and the prefix lists that their ingress rules name; see `public_sources`.

    Args:
        ec2: A client of Amazon EC2.
        group_ids: Ids of the groups; at least one.
        port: The TCP port.

    Raises:
        ClientError: AWS refused.
    """
    groups = ec2.describe_security_groups(GroupIds=list(group_ids))["SecurityGroups"]
    named = {
        item["PrefixListId"]
        for group in groups
        for rule in group.get("IpPermissions", ())
        for item in rule.get("PrefixListIds", ())
    }
    pages = ec2.get_paginator("get_managed_prefix_list_entries")
    prefix_lists = {
        name: [entry["Cidr"] for page in pages.paginate(PrefixListId=name) for entry in page["Entries"]]
        for name in sorted(named)
    }
    return public_sources(groups, port, prefix_lists)


def _has_port(rule: Mapping[str, Any], port: int) -> bool:
    protocol = str(rule["IpProtocol"])
    if protocol not in TCP_NAMES:
        return False
    # A rule for all protocols has no ports.
    return protocol == "-1" or rule.get("FromPort", 0) <= port <= rule.get("ToPort", 65535)


def _sources(rule: Mapping[str, Any], prefix_lists: Mapping[str, Sequence[str]]) -> list[str]:
    return [
        *(item["CidrIp"] for item in rule.get("IpRanges", ())),
        *(item["CidrIpv6"] for item in rule.get("Ipv6Ranges", ())),
        *(cidr for item in rule.get("PrefixListIds", ()) for cidr in prefix_lists.get(item["PrefixListId"], ())),
    ]


def _is_private(network: IPv4Network | IPv6Network) -> bool:
    # `network.is_private` of the standard library is true for 0.0.0.0/0.
    if isinstance(network, IPv4Network):
        return any(network.subnet_of(each) for each in PRIVATE_NETWORKS if isinstance(each, IPv4Network))
    return any(network.subnet_of(each) for each in PRIVATE_NETWORKS if isinstance(each, IPv6Network))
