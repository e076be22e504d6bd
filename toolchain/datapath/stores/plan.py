"""Decides from boto3's responses which databases and caches to run. It has no side effects."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from toolchain.datapath.stores.front import Encryption

Endpoint = tuple[str, int]
"""Host and port in AWS."""

DELETING: Final = "deleting"
"""Status of an instance or cache that is being deleted; clients can no longer reach it."""
FORCES_SSL_SINCE: Final = 15
"""Major version of PostgreSQL since which rds.force_ssl is on by default (Amazon RDS User Guide, "Using SSL with a
PostgreSQL DB instance")."""
VALKEY: Final = "valkey"
"""An engine of ElastiCache that Redis stands for."""
_REDIS_INSTEAD: Final = f"engine {VALKEY} is not played: Redis runs"
PLAYED_MAJOR_VERSION: Final = 16
"""Major version of the PostgreSQL server in the locked packages, which runs for every version."""

POSTGRES_PARAMETERS: Final = frozenset(
    {
        "deadlock_timeout",
        "default_transaction_isolation",
        "default_transaction_read_only",
        "idle_in_transaction_session_timeout",
        "idle_session_timeout",
        "jit",
        "lock_timeout",
        "log_connections",
        "log_disconnections",
        "log_duration",
        "log_error_verbosity",
        "log_lock_waits",
        "log_min_duration_statement",
        "log_min_error_statement",
        "log_min_messages",
        "log_parameter_max_length",
        "log_parameter_max_length_on_error",
        "log_statement",
        "log_temp_files",
        "max_connections",
        "max_locks_per_transaction",
        "random_page_cost",
        "statement_timeout",
        "timezone",
        "work_mem",
    }
)
"""Parameters that are used from a DB parameter group: a client can notice them. The other parameters are for a machine
of RDS's size, for libraries that this build lacks, or for RDS itself."""

REDIS_PARAMETERS: Final = frozenset(
    {
        "lazyfree-lazy-eviction",
        "lazyfree-lazy-expire",
        "lazyfree-lazy-server-del",
        "lfu-decay-time",
        "lfu-log-factor",
        "maxmemory-policy",
        "maxmemory-samples",
        "notify-keyspace-events",
        "slowlog-log-slower-than",
        "slowlog-max-len",
        "tcp-keepalive",
        "timeout",
    }
)
"""Parameters that are used from a cache parameter group: Redis itself has them, and a client can notice them."""


@dataclass(frozen=True)
class Database:
    """A DB instance of RDS for PostgreSQL with its replicas."""

    identifier: str
    created: str
    """Creation time, which distinguishes it from an earlier instance with the same identifier."""
    endpoint: Endpoint
    master_username: str
    name: str | None
    """Name of the database that is made with the instance; None for none."""
    major_version: int
    parameter_group: str | None
    secret: str | None
    """ARN of the secret with the master user's password, if RDS manages it; else None."""
    replicas: tuple[Endpoint, ...] = ()


@dataclass(frozen=True)
class Cache:
    """A replication group or a cluster of ElastiCache."""

    identifier: str
    created: str
    endpoints: tuple[Endpoint, ...]
    """The first endpoint is the primary's."""
    encryption: Encryption
    parameter_group: str | None
    question: tuple[str, str]
    """Key and value that identify the cache when its tokens are read: ``ReplicationGroupId`` or ``CacheClusterId``."""


@dataclass(frozen=True)
class Plan:
    """The databases and caches to run."""

    databases: tuple[Database, ...] = ()
    caches: tuple[Cache, ...] = ()
    kept: frozenset[str] = frozenset()
    """Names of the folders whose data stays, whether their server runs or not."""
    unplayed: tuple[str, ...] = field(default=())
    """One sentence for each thing that is not supported."""


def folder_of(store: Database | Cache) -> str:
    """Return the name of a database's or a cache's folder."""
    return f"{'postgres' if isinstance(store, Database) else 'redis'}-{store.identifier}"


def plan(
    instances: Sequence[Mapping[str, Any]],
    groups: Sequence[Mapping[str, Any]],
    clusters: Sequence[Mapping[str, Any]],
) -> Plan:
    """Decide which databases and caches run.

    Args:
        instances: DB instances from DescribeDBInstances.
        groups: Replication groups from DescribeReplicationGroups.
        clusters: Cache clusters from DescribeCacheClusters, with ``ShowCacheNodeInfo``.
    """
    found = [*_databases(instances), *_groups(groups, clusters), *_clusters(clusters)]
    stores = [(item, runs) for item, runs in found if not isinstance(item, str)]
    return Plan(
        databases=tuple(store for store, runs in stores if runs and isinstance(store, Database)),
        caches=tuple(store for store, runs in stores if runs and isinstance(store, Cache)),
        kept=frozenset(folder_of(store) for store, _ in stores),
        unplayed=tuple(item for item, _ in found if isinstance(item, str)),
    )


_Found = tuple[Database | Cache | str, bool]
"""A database or cache, and whether it runs; or a sentence about something that is not supported, and False."""


def _databases(instances: Sequence[Mapping[str, Any]]) -> Iterator[_Found]:
    for row in instances:
        if row.get("Engine") != "postgres" or "DBClusterIdentifier" in row:
            yield f"DB instance {row['DBInstanceIdentifier']}: engine {row.get('Engine')} is not played", False
        elif row["DBInstanceStatus"] == DELETING:
            continue
        elif "ReadReplicaSourceDBInstanceIdentifier" not in row and row.get("Endpoint"):
            yield from ((sentence, False) for sentence in _not_as_asked(row))
            yield _database(row, instances), row["DBInstanceStatus"] == "available"


def _not_as_asked(row: Mapping[str, Any]) -> Iterator[str]:
    named = f"DB instance {row['DBInstanceIdentifier']}"
    if _major_version(row) != PLAYED_MAJOR_VERSION:
        yield f"{named}: PostgreSQL {row['EngineVersion']} is not played: PostgreSQL {PLAYED_MAJOR_VERSION} runs"
    if row.get("IAMDatabaseAuthenticationEnabled"):
        yield f"{named}: IAM tokens are not played: only passwords are accepted"


def _groups(groups: Sequence[Mapping[str, Any]], clusters: Sequence[Mapping[str, Any]]) -> Iterator[_Found]:
    for row in groups:
        if row["Status"] == DELETING:
            continue
        named = f"replication group {row['ReplicationGroupId']}"
        if row.get("UserGroupIds"):
            yield f"{named}: users and user groups are not played", False
        if row.get("ClusterEnabled"):
            yield f"{named}: cluster mode is not played", False
        elif row.get("NodeGroups"):
            if row.get("Engine") == VALKEY:
                yield f"{named}: {_REDIS_INSTEAD}", False
            yield _of_group(row, clusters), row["Status"] == "available"


def _clusters(clusters: Sequence[Mapping[str, Any]]) -> Iterator[_Found]:
    for row in clusters:
        if row.get("ReplicationGroupId") or row["CacheClusterStatus"] == DELETING:
            continue
        named = f"cache cluster {row['CacheClusterId']}"
        if row.get("Engine") not in {"redis", VALKEY}:
            yield f"{named}: engine {row.get('Engine')} is not played", False
        elif row.get("CacheNodes"):
            if row["Engine"] == VALKEY:
                yield f"{named}: {_REDIS_INSTEAD}", False
            yield _of_cluster(row), row["CacheClusterStatus"] == "available"


def forces_ssl(major_version: int, parameters: Mapping[str, str]) -> bool:
    """Check whether RDS refuses connections without TLS.

    Args:
        major_version: PostgreSQL's major version.
        parameters: Parameters that the instance's parameter group sets.
    """
    default = "1" if major_version >= FORCES_SSL_SINCE else "0"
    return parameters.get("rds.force_ssl", default) == "1"


def taken(parameters: Mapping[str, str], known: frozenset[str]) -> dict[str, str]:
    """Return the parameters of a group that the server uses; without RDS's formulas in braces, which no server knows.

    Args:
        parameters: Parameters that the group sets.
        known: `POSTGRES_PARAMETERS` or `REDIS_PARAMETERS`.
    """
    return {name: value for name, value in sorted(parameters.items()) if name in known and "{" not in value}


def _database(row: Mapping[str, Any], instances: Sequence[Mapping[str, Any]]) -> Database:
    identifier = row["DBInstanceIdentifier"]
    replicas = [
        _endpoint(other["Endpoint"])
        for other in instances
        if str(other.get("ReadReplicaSourceDBInstanceIdentifier", "")).rpartition(":")[2] == identifier
        and other.get("Endpoint")
        and other["DBInstanceStatus"] == "available"
    ]
    return Database(
        identifier=identifier,
        created=_moment(row.get("InstanceCreateTime")),
        endpoint=_endpoint(row["Endpoint"]),
        master_username=row["MasterUsername"],
        name=row.get("DBName") or None,
        major_version=_major_version(row),
        parameter_group=_name(row.get("DBParameterGroups", ())),
        secret=row.get("MasterUserSecret", {}).get("SecretArn"),
        replicas=tuple(replicas),
    )


def _major_version(row: Mapping[str, Any]) -> int:
    return int(str(row["EngineVersion"]).split(".")[0])


def _name(groups: Sequence[Mapping[str, Any]]) -> str | None:
    return next((group["DBParameterGroupName"] for group in groups), None)


def _of_group(row: Mapping[str, Any], clusters: Sequence[Mapping[str, Any]]) -> Cache:
    node_group = row["NodeGroups"][0]
    places = [node_group.get("PrimaryEndpoint"), node_group.get("ReaderEndpoint")]
    places += [member.get("ReadEndpoint") for member in node_group.get("NodeGroupMembers", ())]
    members = set(row.get("MemberClusters", ()))
    parameter_groups = (
        cluster["CacheParameterGroup"].get("CacheParameterGroupName")
        for cluster in clusters
        if cluster["CacheClusterId"] in members and cluster.get("CacheParameterGroup")
    )
    return Cache(
        identifier=row["ReplicationGroupId"],
        created=_moment(row.get("ReplicationGroupCreateTime")),
        endpoints=tuple(_endpoint(place) for place in places if place),
        encryption=_encryption(row),
        parameter_group=next(parameter_groups, None),
        question=("ReplicationGroupId", row["ReplicationGroupId"]),
    )


def _of_cluster(row: Mapping[str, Any]) -> Cache:
    return Cache(
        identifier=row["CacheClusterId"],
        created=_moment(row.get("CacheClusterCreateTime")),
        endpoints=tuple(_endpoint(node["Endpoint"]) for node in row["CacheNodes"] if node.get("Endpoint")),
        encryption=_encryption(row),
        parameter_group=row.get("CacheParameterGroup", {}).get("CacheParameterGroupName"),
        question=("CacheClusterId", row["CacheClusterId"]),
    )


def _encryption(row: Mapping[str, Any]) -> Encryption:
    if not row.get("TransitEncryptionEnabled"):
        return Encryption.NONE
    return Encryption.PREFERRED if row.get("TransitEncryptionMode") == "preferred" else Encryption.REQUIRED


def _moment(time: datetime | None) -> str:
    """Return a time as text that does not depend on this machine's time zone; empty for None."""
    return "" if time is None else time.astimezone(UTC).isoformat()


def _endpoint(place: Mapping[str, Any]) -> Endpoint:
    return str(place["Address"]), int(place["Port"])
