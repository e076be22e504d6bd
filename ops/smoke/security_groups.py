"""Finds the addresses outside of private networks that the ingress rules of security groups let in."""

from collections.abc import Iterable, Mapping, Sequence
from ipaddress import ip_network
from typing import Any, Final

from toolchain.security_group_rules import group_of, is_within

PRIVATE_NETWORKS: Final = tuple(
    ip_network(each) for each in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7")
)
"""Networks that the internet does not route (RFC 1918, RFC 6598, RFC 4193)."""


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
    lists = {name: [ip_network(cidr) for cidr in cidrs] for name, cidrs in prefix_lists.items()}
    # Not `network.is_private` of the standard library, which is true for 0.0.0.0/0
    return sorted(
        f"{row['GroupId']}: {network}"
        for row in groups
        for rule in group_of(row).ingress
        if rule.has_port(port)
        for network in rule.all_networks(lists)
        if not any(is_within(network, private) for private in PRIVATE_NETWORKS)
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
    named = {name for group in groups for rule in group_of(group).ingress for name in rule.prefix_lists}
    pages = ec2.get_paginator("get_managed_prefix_list_entries")
    prefix_lists = {
        name: [entry["Cidr"] for page in pages.paginate(PrefixListId=name) for entry in page["Entries"]]
        for name in sorted(named)
    }
    return public_sources(groups, port, prefix_lists)
