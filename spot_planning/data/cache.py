"""What a replication group on Amazon ElastiCache may look like."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from spot_planning.data.windows import check_windows
from spot_planning.monitoring.log_retention import check_retention_days

PORTS = range(1024, 65_536)
"""Ports that a node may listen on: those that no process needs privileges for."""

MAXIMUM_NODES = 6
"""A primary and five replicas, cluster mode disabled (CreateReplicationGroup, Amazon ElastiCache API Reference)."""

SNAPSHOT_RETENTION_DAYS = range(36)

FAMILIES: Mapping[str, Mapping[int, str]] = {
    "valkey": {7: "valkey7", 8: "valkey8", 9: "valkey9"},
    "redis": {6: "redis6.x", 7: "redis7"},
}
"""Engine -> major version -> family of the parameter group. Redis 5 and older cost a surcharge for extended support."""

DEFAULT_VERSIONS: Mapping[str, str] = {"valkey": "8.1", "redis": "7.1"}

EVICTION_POLICIES = (
    "allkeys-lfu",
    "allkeys-lru",
    "allkeys-random",
    "noeviction",
    "volatile-lfu",
    "volatile-lru",
    "volatile-random",
    "volatile-ttl",
)

TOKEN_LENGTH = 64
"""Characters of the AUTH token; Amazon ElastiCache takes 16 to 128."""

_NODE_TYPE = re.compile(r"cache\.[a-z][a-z0-9-]*\.[a-z0-9]+")
_MAXIMUM_NAME_LENGTH = 40 - len("-1a2b3c4")


@dataclass(frozen=True, kw_only=True)
class CachePlan:
    """A replication group as plain data."""

    engine_version: str
    parameter_group_family: str
    automatic_failover: bool
    """Whether a replica takes over from a primary that fails, in another zone."""
    final_snapshot: bool


def plan_cache(
    *,
    name: str,
    engine: str,
    engine_version: str | None,
    node_type: str,
    nodes: int,
    port: int,
    eviction_policy: str,
    snapshot_retention_days: int,
    snapshot_window: str,
    maintenance_window: str,
    final_snapshot: bool,
    log_retention_days: int,
) -> CachePlan:
    """Plan a replication group with cluster mode disabled.

    Args:
        name: Name of the component, which the replication group's id begins with.
        engine: ``valkey`` or ``redis``.
        engine_version: Major and minor version; None for the newest that is well tried.
        node_type: Such as ``cache.t4g.micro``.
        nodes: The primary and its replicas.
        port: Port that the nodes listen on.
        eviction_policy: What goes when the memory is full.
        snapshot_retention_days: Days that daily snapshots are kept; 0 turns them off.
        snapshot_window: Daily, UTC.
        maintenance_window: Weekly, UTC.
        final_snapshot: Whether a snapshot is made at deletion.
        log_retention_days: How long the logs are kept.

    Raises:
        ValueError: For what Amazon ElastiCache would refuse.
    """
    if not re.fullmatch(r"[a-z](?:-?[a-z0-9])*", name) or len(name) > _MAXIMUM_NAME_LENGTH:
        raise ValueError(
            "the name must be lower-case letters, digits and single hyphens, at most "
            f"{_MAXIMUM_NAME_LENGTH} of them, for Amazon ElastiCache"
        )
    family, version = _engine(engine, engine_version)
    if not _NODE_TYPE.fullmatch(node_type):
        raise ValueError(f"node_type={node_type!r} is not a node type such as cache.t4g.micro")
    if not 1 <= nodes <= MAXIMUM_NODES:
        raise ValueError(f"nodes={nodes} is not between 1 and {MAXIMUM_NODES}")
    if port not in PORTS:
        raise ValueError(f"port={port} is not between {PORTS[0]} and {PORTS[-1]}")
    if eviction_policy not in EVICTION_POLICIES:
        raise ValueError(f"eviction_policy={eviction_policy!r} is not one of {', '.join(EVICTION_POLICIES)}")
    if snapshot_retention_days not in SNAPSHOT_RETENTION_DAYS:
        raise ValueError(
            f"snapshot_retention_days={snapshot_retention_days} is not between 0 and {SNAPSHOT_RETENTION_DAYS[-1]}"
        )
    check_windows({"snapshot_window": snapshot_window, "maintenance_window": maintenance_window}, minimum_minutes=60)
    check_retention_days("log_retention_days", log_retention_days)
    return CachePlan(
        engine_version=version,
        parameter_group_family=family,
        automatic_failover=nodes > 1,
        final_snapshot=final_snapshot,
    )


def redis_url(host: str, port: int, token: str) -> str:
    """The URL that clients connect with: TLS, and the token as password of the default user.

    Args:
        host: Endpoint of the primary.
        port: Port of the primary.
        token: The AUTH token, letters and digits only, so that nothing in it needs escaping.
    """
    return f"rediss://:{token}@{host}:{port}"


def _engine(engine: str, engine_version: str | None) -> tuple[str, str]:
    if engine not in FAMILIES:
        raise ValueError(f"engine={engine!r} is not one of {', '.join(sorted(FAMILIES))}")
    version = engine_version or DEFAULT_VERSIONS[engine]
    major, separator, minor = version.partition(".")
    families = FAMILIES[engine]
    # Amazon ElastiCache takes major and minor, and for Redis 6 also the pattern 6.x.
    well_formed = separator and (minor.isdecimal() or (engine, version) == ("redis", "6.x"))
    if not well_formed or not major.isdecimal() or int(major) not in families:
        majors = ", ".join(f"{number}.*" for number in families)
        raise ValueError(
            f"engine_version={version!r} is not a {engine} version of {majors}, such as {DEFAULT_VERSIONS[engine]}"
        )
    return families[int(major)], version
