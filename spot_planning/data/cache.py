"""What a replication group on Amazon ElastiCache may look like."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spot_planning.problems import Problem

if TYPE_CHECKING:  # which takes its limits from here
    from spot_planning.data.settings import CacheSettings


PORTS = range(1024, 65_536)
"""Ports that a node may listen on: those that no process needs privileges for."""

MAXIMUM_NODES = 6
"""A primary and five replicas, cluster mode disabled (CreateReplicationGroup, Amazon ElastiCache API Reference)."""

FAMILIES: Mapping[str, Mapping[int, str]] = {
    "valkey": {7: "valkey7", 8: "valkey8", 9: "valkey9"},
    "redis": {6: "redis6.x", 7: "redis7"},
}
"""Engine -> major version -> family of the parameter group. Redis 5 and older cost a surcharge for extended support."""

DEFAULT_VERSIONS: Mapping[str, str] = {"valkey": "8.1", "redis": "7.1"}

TOKEN_LENGTH = 64
"""Characters of the AUTH token; Amazon ElastiCache takes 16 to 128."""

_MAXIMUM_NAME_LENGTH = 40 - len("-1a2b3c4")


@dataclass(frozen=True, kw_only=True)
class CachePlan:
    """A replication group as plain data."""

    engine_version: str
    parameter_group_family: str
    automatic_failover: bool
    """Whether a replica takes over from a primary that fails, in another zone."""
    final_snapshot: bool


def plan_cache(settings: "CacheSettings") -> CachePlan:
    """Plan a replication group with cluster mode disabled.

    Args:
        settings: Checked settings.
    """
    version = settings.engine_version or DEFAULT_VERSIONS[settings.engine]
    return CachePlan(
        engine_version=version,
        parameter_group_family=FAMILIES[settings.engine][int(version.partition(".")[0])],
        automatic_failover=settings.nodes > 1,
        final_snapshot=settings.final_snapshot,
    )


def is_version(engine: str, version: str) -> bool:
    """Whether Amazon ElastiCache takes this version: major and minor, and for Redis 6 also the pattern 6.x.

    Args:
        engine: One of `FAMILIES`.
        version: Such as ``8.1``.
    """
    major, separator, minor = version.partition(".")
    well_formed = separator and (minor.isdecimal() or (engine, version) == ("redis", "6.x"))
    return bool(well_formed) and major.isdecimal() and int(major) in FAMILIES[engine]


def group_name_problems(name: str) -> Iterator[Problem]:
    """What is wrong with the name of a component that a replication group's id begins with.

    Args:
        name: The component's name.
    """
    if not re.fullmatch(r"[a-z](?:-?[a-z0-9])*", name) or len(name) > _MAXIMUM_NAME_LENGTH:
        text = (
            f"must be lower-case letters, digits and single hyphens, at most {_MAXIMUM_NAME_LENGTH} of them, for "
            "Amazon ElastiCache"
        )
        yield Problem(("name",), text, shows_value=False)


def redis_url(host: str, port: int, token: str) -> str:
    """The URL that clients connect with: TLS, and the token as password of the default user.

    Args:
        host: Endpoint of the primary.
        port: Port of the primary.
        token: The AUTH token, letters and digits only, so that nothing in it needs escaping.
    """
    return f"rediss://:{token}@{host}:{port}"
