"""Limits and the plan of an Amazon ElastiCache replication group."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spot_planning.problems import Problem

if TYPE_CHECKING:  # that module imports its limits from this one
    from spot_planning.data.settings import CacheSettings


PORTS = range(1024, 65_536)
"""Ports that a node may listen on: the unprivileged ports."""

MAXIMUM_NODES = 6
"""A primary and five replicas, with cluster mode disabled (CreateReplicationGroup, Amazon ElastiCache API
Reference)."""

FAMILIES: Mapping[str, Mapping[int, str]] = {
    "valkey": {7: "valkey7", 8: "valkey8", 9: "valkey9"},
    "redis": {6: "redis6.x", 7: "redis7"},
}
"""Engine -> major version -> parameter group family. Redis 5 and older cost a surcharge for extended support."""

DEFAULT_VERSIONS: Mapping[str, str] = {"valkey": "8.1", "redis": "7.1"}

TOKEN_LENGTH = 64
"""Characters of the AUTH token; Amazon ElastiCache accepts 16 to 128."""

_MAXIMUM_NAME_LENGTH = 40 - len("-1a2b3c4")


@dataclass(frozen=True, kw_only=True)
class CachePlan:
    """A replication group as plain data."""

    engine_version: str
    parameter_group_family: str
    automatic_failover: bool
    """Whether a replica in another zone takes over when the primary fails."""
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
    """Check whether Amazon ElastiCache accepts a version: major and minor, and for Redis 6 also the pattern 6.x.

    Args:
        engine: A key of `FAMILIES`.
        version: Such as ``8.1``.
    """
    major, separator, minor = version.partition(".")
    well_formed = separator and (minor.isdecimal() or (engine, version) == ("redis", "6.x"))
    return bool(well_formed) and major.isdecimal() and int(major) in FAMILIES[engine]


def group_name_problems(name: str) -> Iterator[Problem]:
    """Check a component's name, which is the beginning of the replication group's id.

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
    """Return the URL with which clients connect: with TLS, and with the token as the default user's password.

    Args:
        host: Endpoint of the primary.
        port: Port of the primary.
        token: The AUTH token. It has only letters and digits, so it needs no escaping.
    """
    return f"rediss://:{token}@{host}:{port}"
