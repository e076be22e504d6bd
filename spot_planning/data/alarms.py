"""The alarms of the database and of the cache."""

from collections.abc import Iterator, Mapping

from spot_planning.data.connections import instance_memory_gib, max_connections
from spot_planning.data.copy_events import METRIC_NAME as FAILED_COPIES
from spot_planning.monitoring.alarms import BREACHING, GREATER, LESS, MINUTE, MISSING, Alarm

GIB = 1024**3


def database_alarms(
    *, instance_class: str, allocated_storage_gib: int, max_allocated_storage_gib: int = 0, replica: bool = False
) -> tuple[Alarm, ...]:
    """Return the alarms of an RDS for PostgreSQL instance.

    Args:
        instance_class: ``db.t4g.small``; the thresholds for memory and connections follow from it.
        allocated_storage_gib: Initial storage of the instance, GiB.
        max_allocated_storage_gib: Limit up to which the storage grows automatically, GiB.
        replica: Whether there is a read replica, which gets an alarm too.
    """
    instance = {"DBInstanceIdentifier": "{database_identifier}"}
    memory_gib = instance_memory_gib(instance_class)
    alarms = [
        Alarm(
            key="database-cpu",
            description="The database is out of CPU: look at Performance Insights for the query, then the class.",
            namespace="AWS/RDS",
            metric_name="CPUUtilization",
            statistic="Average",
            comparison=GREATER,
            threshold=85,
            dimensions=instance,
            evaluation_periods=15,
            treat_missing_data=BREACHING,  # doubles as the heartbeat of the instance
        ),
        Alarm(
            key="database-storage",
            description="The database has little storage left, so it has reached max_allocated_storage_gib: raise it.",
            namespace="AWS/RDS",
            metric_name="FreeStorageSpace",
            statistic="Minimum",
            comparison=LESS,
            threshold=_low_storage_bytes(allocated_storage_gib, max_allocated_storage_gib),
            dimensions=instance,
            period_seconds=5 * MINUTE,
            evaluation_periods=3,
            treat_missing_data=MISSING,
        ),
        Alarm(
            key="database-memory",
            description="The database has little memory left and will begin to swap: fewer connections, larger class.",
            namespace="AWS/RDS",
            metric_name="FreeableMemory",
            statistic="Average",
            comparison=LESS,
            threshold=(memory_gib or 1) * GIB // 20,
            dimensions=instance,
            evaluation_periods=15,
            treat_missing_data=MISSING,
        ),
    ]
    limit = max_connections(instance_class)
    if limit is not None:
        alarms.append(
            Alarm(
                key="database-connections",
                description="The database is near its limit of connections: tasks times pool size is too many.",
                namespace="AWS/RDS",
                metric_name="DatabaseConnections",
                statistic="Maximum",
                comparison=GREATER,
                threshold=limit * 8 // 10,
                dimensions=instance,
                treat_missing_data=MISSING,
            )
        )
    alarms.append(
        Alarm(
            key="database-transaction-ids",
            description="Half of the transaction ids are used up without a vacuum: see what holds autovacuum back.",
            namespace="AWS/RDS",
            metric_name="MaximumUsedTransactionIDs",
            statistic="Maximum",
            comparison=GREATER,
            # PostgreSQL stops at 2 billion; autovacuum acts at 200 million ("Implementing an early warning system for
            # transaction ID wraparound in Amazon RDS for PostgreSQL", AWS Database Blog, warns at a billion).
            threshold=1_000_000_000,
            dimensions=instance,
            period_seconds=5 * MINUTE,
            evaluation_periods=1,
            treat_missing_data=MISSING,
        )
    )
    if is_burstable(instance_class):
        alarms.append(_credits("database", "AWS/RDS", instance))
    if replica:
        alarms.append(
            Alarm(
                key="database-replica-lag",
                description="The read replica is more than a minute behind.",
                namespace="AWS/RDS",
                metric_name="ReplicaLag",
                statistic="Maximum",
                comparison=GREATER,
                threshold=60,
                dimensions={"DBInstanceIdentifier": "{replica_identifier}"},
                treat_missing_data=BREACHING,
            )
        )
    return tuple(alarms)


def backup_alarms(*, copies: bool = False) -> tuple[Alarm, ...]:
    """Return the alarms of an AWS Backup vault. AWS Backup itself notifies nobody of a missing recovery point.

    Jobs that somebody cancelled raise no alarm.

    Args:
        copies: Whether the vault's recovery points are copied to another Region.

    Source: AWS Backup Developer Guide, "AWS Backup metrics with Amazon CloudWatch".
    """
    jobs = (
        _backup_jobs(
            "failed-backup",
            "NumberOfBackupJobsFailed",
            "A recovery point could not be made: see the job's message in AWS Backup, then start it again.",
        ),
        _backup_jobs(
            "expired-backup",
            "NumberOfBackupJobsExpired",
            "A recovery point was not made: its backup could not begin within the start window, as in the hour before "
            "a window of the database. Start it again and move the schedule.",
        ),
    )
    failed_copy = Alarm(
        key="failed-copy",
        description="A recovery point was not copied to the other region: see the event's message in the log group of "
        "copies (a key, a lost permission, a quota of snapshots), mend it and start the copy again.",
        namespace="{copy_namespace}",
        metric_name=FAILED_COPIES,
        statistic="Sum",
        comparison=GREATER,
        threshold=0,
        period_seconds=5 * MINUTE,
        evaluation_periods=1,
    )
    return (*jobs, failed_copy) if copies else jobs


def _backup_jobs(key: str, metric_name: str, description: str) -> Alarm:
    return Alarm(
        key=key,
        description=description,
        namespace="AWS/Backup",
        metric_name=metric_name,
        statistic="Sum",
        comparison=GREATER,
        threshold=0,
        dimensions={"BackupVaultName": "{backup_vault}"},
        period_seconds=60 * MINUTE,
        evaluation_periods=1,
    )


def _low_storage_bytes(first_gib: int, most_gib: int) -> int:
    # Two thresholds, of which the smaller one is used. First: half of 10 % of the limit, to which the storage may have
    # grown. Second: 8 % of the initial size. Storage autoscaling acts when 10 % of the present size are left, which is
    # at least the initial size ("Managing capacity automatically with Amazon RDS storage autoscaling", Amazon RDS User
    # Guide), so 8 % are reached only when it could not act.
    #
    # After growth the threshold is late: at 100 GiB grown from 20 GiB, 1.6 GiB are left. A higher one would fire at the
    # initial size, where so much may rightly be free for weeks, and CloudWatch has no metric of the allocated storage
    # to compare with ("Amazon CloudWatch metrics for Amazon RDS"). What depends on the present size comes from Amazon
    # RDS itself, to the same topic: `DatabaseEvents` subscribes to "low storage", so there is a message when 10 % of
    # the present size are left (RDS-EVENT-0089) and when the storage comes near the limit of its growth ("Managing
    # capacity automatically with Amazon RDS storage autoscaling").
    return max(min(max(first_gib, most_gib) * GIB // 20, first_gib * GIB * 8 // 100), GIB)


def is_burstable(node_type: str) -> bool:
    """Check whether an instance class or node type uses CPU credits: the types of the t families do.

    Args:
        node_type: ``db.t4g.small``, ``cache.t4g.micro``.
    """
    return node_type.partition(".")[2].startswith("t")


def _credits(key: str, namespace: str, dimensions: Mapping[str, str]) -> Alarm:
    return Alarm(
        key=f"{key}-credits",
        description="The CPU credits are nearly used up: a larger type, or one without credits.",
        namespace=namespace,
        metric_name="CPUCreditBalance",
        statistic="Minimum",
        comparison=LESS,
        # A credit is one vCPU for a minute: 10 are five minutes of both ("CPU credits and baseline utilization for
        # burstable performance instances", Amazon EC2 User Guide).
        threshold=10,
        dimensions=dimensions,
        period_seconds=5 * MINUTE,
        # A new node starts without credits and earns 12 an hour, so the first hour raises no alarm.
        evaluation_periods=12,
        treat_missing_data=MISSING,
    )


SMALL_CACHE_VCPUS = 2
"""vCPUs of a small node, on which the engine's thread shares the vCPUs with other threads. Up to two vCPUs,
CPUUtilization is the metric to watch, with the threshold 90 divided by the number of vCPUs ("Which Metrics Should I
Monitor?", Amazon ElastiCache User Guide)."""

_SMALL_CACHE_SIZES = ("micro", "small", "medium", "large")
_MANY_CONNECTIONS = 52_000
"""80 % of the 65 000 connections that a node accepts (``maxclients``, "Valkey and Redis OSS parameters", Amazon
ElastiCache User Guide)."""


def cache_alarms(*, nodes: int, node_type: str = "cache.t4g.micro") -> tuple[Alarm, ...]:
    """Return the alarms of every node of an ElastiCache replication group without sharding.

    Args:
        nodes: Nodes of the group; AWS names them ``GROUP-001``, ``GROUP-002`` and so on.
        node_type: Type of the nodes; the CPU metric and its threshold follow from it.
    """
    return tuple(
        alarm
        for number in range(1, nodes + 1)
        for alarm in _cache_node_alarms(number, node_type, has_replicas=nodes > 1)
    )


def _cache_cpu(number: int, node_type: str, node: Mapping[str, str]) -> Alarm:
    # All types up to large have two vCPUs ("Supported node types", Amazon ElastiCache User Guide).
    small = node_type.rpartition(".")[2] in _SMALL_CACHE_SIZES
    return Alarm(
        key=f"cache-{number}-cpu",
        description="The engine's thread is busy: look for slow commands (KEYS, large ranges), then the node type.",
        namespace="AWS/ElastiCache",
        metric_name="CPUUtilization" if small else "EngineCPUUtilization",
        statistic="Average",
        comparison=GREATER,
        threshold=90 / SMALL_CACHE_VCPUS if small else 85,
        dimensions=node,
        treat_missing_data=BREACHING,  # doubles as the heartbeat of the node
    )


def _cache_node_alarms(number: int, node_type: str, *, has_replicas: bool) -> Iterator[Alarm]:
    node = {"CacheClusterId": f"{{cache_group}}-{number:03}"}
    yield _cache_cpu(number, node_type, node)
    if is_burstable(node_type):
        yield _credits(f"cache-{number}", "AWS/ElastiCache", node)
    yield Alarm(
        key=f"cache-{number}-memory",
        description="The cache is nearly full: keys without expiry, or too small a node.",
        namespace="AWS/ElastiCache",
        metric_name="DatabaseMemoryUsagePercentage",
        statistic="Average",
        comparison=GREATER,
        threshold=85,
        dimensions=node,
        treat_missing_data=MISSING,
    )
    yield Alarm(
        key=f"cache-{number}-evictions",
        description="The cache drops keys before they expire; sessions among them mean users logged out.",
        namespace="AWS/ElastiCache",
        metric_name="Evictions",
        statistic="Sum",
        comparison=GREATER,
        threshold=100,
        dimensions=node,
        period_seconds=5 * MINUTE,
        evaluation_periods=2,
    )
    yield Alarm(
        key=f"cache-{number}-connections",
        description="The cache is near its limit of connections: clients that do not close or share theirs.",
        namespace="AWS/ElastiCache",
        metric_name="CurrConnections",
        statistic="Maximum",
        comparison=GREATER,
        threshold=_MANY_CONNECTIONS,
        dimensions=node,
        treat_missing_data=MISSING,
    )
    if has_replicas:
        # For every node, since any node may become a replica by a failover. The primary does not have this metric.
        yield Alarm(
            key=f"cache-{number}-replication-lag",
            description="A replica of the cache is more than ten seconds behind: a failover now would lose that much.",
            namespace="AWS/ElastiCache",
            metric_name="ReplicationLag",
            statistic="Maximum",
            comparison=GREATER,
            threshold=10,
            dimensions=node,
        )
