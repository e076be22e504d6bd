"""Decides which databases and caches a task may reach, by the security groups of both sides."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from botocore.exceptions import ClientError

from toolchain.datapath.control_plane import ControlPlane
from toolchain.datapath.security_groups import Side, read_security_groups, side

REFUSING_PORT: Final = 1
"""Port of tcpmux (RFC 1078). No program serves it today, so connections to it are refused."""


@dataclass(frozen=True)
class _Store:
    groups: tuple[str, ...]
    subnets: tuple[str, ...]
    """Ids of the subnets that the store can be in; empty if they are not known."""


async def refusals(
    control_plane: ControlPlane, interface: str, endpoints: Sequence[tuple[str, int]]
) -> dict[tuple[str, int], str]:
    """Return the endpoints that a task may not reach, with the reasons.

    Args:
        control_plane: The emulator.
        interface: Id of the task's network interface.
        endpoints: Host and port in AWS of databases and caches; other hosts are ignored.

    Returns:
        Endpoint that the task may not reach -> a sentence that names the groups and the port.

    Raises:
        botocore.exceptions.ClientError: The emulator refused.
    """
    stores = {**await _databases(control_plane), **await _caches(control_plane)}
    known = [(host, port) for host, port in endpoints if host in stores]
    if not known:
        return {}
    answer = await control_plane.call("ec2", "describe_network_interfaces", NetworkInterfaceIds=[interface])
    about = answer["NetworkInterfaces"][0]
    source = side([group["GroupId"] for group in about["Groups"]], f"{about['PrivateIpAddress']}/32")
    groups = await read_security_groups(control_plane)
    found: dict[tuple[str, int], str] = {}
    for host, port in known:
        destination = await _side(control_plane, stores[host], about["VpcId"])
        reason = groups.refusal(source, destination, port)
        if reason is not None:
            found[host, port] = reason
    return found


async def _side(control_plane: ControlPlane, store: _Store, vpc: str) -> Side:
    """Return a store as the destination. Its address is not known, so rules must allow all subnets it can be in."""
    if store.subnets:
        answer = await control_plane.call("ec2", "describe_subnets", SubnetIds=list(store.subnets))
        return side(store.groups, *(item["CidrBlock"] for item in answer["Subnets"]))
    answer = await control_plane.call("ec2", "describe_vpcs", VpcIds=[vpc])
    return side(store.groups, *(item["CidrBlock"] for item in answer["Vpcs"]))


async def _databases(control_plane: ControlPlane) -> dict[str, _Store]:
    rows = await control_plane.pages("rds", "describe_db_instances", "DBInstances[]")
    return {
        row["Endpoint"]["Address"]: _Store(
            tuple(group["VpcSecurityGroupId"] for group in row.get("VpcSecurityGroups", ())),
            tuple(item["SubnetIdentifier"] for item in row.get("DBSubnetGroup", {}).get("Subnets", ())),
        )
        for row in rows
        if row.get("Endpoint")
    }


async def _caches(control_plane: ControlPlane) -> dict[str, _Store]:
    rows = await control_plane.pages("elasticache", "describe_replication_groups", "ReplicationGroups[]")
    if not rows:
        return {}
    clusters = {
        item["CacheClusterId"]: item
        for item in await control_plane.pages("elasticache", "describe_cache_clusters", "CacheClusters[]")
    }
    stores: dict[str, _Store] = {}
    for row in rows:
        cluster = clusters.get(row["MemberClusters"][0], {})
        groups = tuple(group["SecurityGroupId"] for group in cluster.get("SecurityGroups", ()))
        store = _Store(groups, await _cache_subnets(control_plane, cluster.get("CacheSubnetGroupName")))
        stores |= dict.fromkeys(_hosts(row), store)
    return stores


async def _cache_subnets(control_plane: ControlPlane, name: str | None) -> tuple[str, ...]:
    if not name:
        return ()
    try:
        answer = await control_plane.call("elasticache", "describe_cache_subnet_groups", CacheSubnetGroupName=name)
    except ClientError:
        return ()
    groups = answer["CacheSubnetGroups"]
    return tuple(subnet["SubnetIdentifier"] for group in groups for subnet in group.get("Subnets", ()))


def _hosts(row: Mapping[str, Any]) -> list[str]:
    hosts: list[str] = []
    for node_group in row.get("NodeGroups", ()):
        endpoints = [node_group.get("PrimaryEndpoint"), node_group.get("ReaderEndpoint")]
        endpoints += [member.get("ReadEndpoint") for member in node_group.get("NodeGroupMembers", ())]
        hosts += [endpoint["Address"] for endpoint in endpoints if endpoint]
    return hosts
