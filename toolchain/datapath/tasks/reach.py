"""Which stores a task may reach: what the security groups of both sides let through."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from toolchain.datapath.control_plane import ControlPlane
from toolchain.datapath.security_groups import read_security_groups, side

REFUSING_PORT: Final = 1
"""tcpmux: nothing listens there (RFC 1078, which nobody serves today)."""


async def refusals(
    control_plane: ControlPlane, interface: str, endpoints: Sequence[tuple[str, int]]
) -> dict[tuple[str, int], str]:
    """Why a task may not reach endpoints.

    Args:
        control_plane: The emulator.
        interface: Id of the task's network interface.
        endpoints: Host and port in AWS of databases and caches.

    Returns:
        Endpoint -> a sentence that names the groups and the port; only for those that it may not reach.

    Raises:
        botocore.exceptions.ClientError: The emulator refused.
    """
    groups_by_host = {**await _of_databases(control_plane), **await _of_caches(control_plane)}
    known = [(host, port) for host, port in endpoints if host in groups_by_host]
    if not known:
        return {}
    answer = await control_plane.call("ec2", "describe_network_interfaces", NetworkInterfaceIds=[interface])
    about = answer["NetworkInterfaces"][0]
    source = side([group["GroupId"] for group in about["Groups"]], f"{about['PrivateIpAddress']}/32")
    groups = await read_security_groups(control_plane)
    found = {(host, port): groups.refusal(source, side(groups_by_host[host]), port) for host, port in known}
    return {endpoint: reason for endpoint, reason in found.items() if reason is not None}


async def _of_databases(control_plane: ControlPlane) -> dict[str, list[str]]:
    rows = await control_plane.pages("rds", "describe_db_instances", "DBInstances[]")
    return {
        row["Endpoint"]["Address"]: [group["VpcSecurityGroupId"] for group in row.get("VpcSecurityGroups", ())]
        for row in rows
        if row.get("Endpoint")
    }


async def _of_caches(control_plane: ControlPlane) -> dict[str, list[str]]:
    rows = await control_plane.pages("elasticache", "describe_replication_groups", "ReplicationGroups[]")
    clusters = await control_plane.pages("elasticache", "describe_cache_clusters", "CacheClusters[]")
    groups = {
        cluster["CacheClusterId"]: [group["SecurityGroupId"] for group in cluster.get("SecurityGroups", ())]
        for cluster in clusters
    }
    return {host: groups.get(row["MemberClusters"][0], []) for row in rows for host in _hosts(row)}


def _hosts(row: Mapping[str, Any]) -> list[str]:
    hosts: list[str] = []
    for node_group in row.get("NodeGroups", ()):
        endpoints = [node_group.get("PrimaryEndpoint"), node_group.get("ReaderEndpoint")]
        endpoints += [member.get("ReadEndpoint") for member in node_group.get("NodeGroupMembers", ())]
        hosts += [endpoint["Address"] for endpoint in endpoints if endpoint]
    return hosts
