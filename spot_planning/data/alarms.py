"""The alarms of the database and of the cache."""

from spot_planning.data.connections import instance_memory_gib, max_connections
from spot_planning.monitoring.alarms import BREACHING, GREATER, LESS, MINUTE, MISSING, Alarm

GIB = 1024**3


def database_alarms(*, instance_class: str, allocated_storage_gib: int, replica: bool = False) -> tuple[Alarm, ...]:
    """Alarms of an RDS for PostgreSQL instance.

    Args:
        instance_class: ``db.t4g.small``; memory and connections are judged by it.
        allocated_storage_gib: Storage the instance began with, GiB.
        replica: Whether there is a read replica to watch too.
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
            # Storage autoscaling acts at 10 % free; half of that means that it could not.
            threshold=max(allocated_storage_gib * GIB // 20, GIB),
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


def backup_alarms() -> tuple[Alarm, ...]:
    """Alarms of a vault of AWS Backup, which tells nobody by itself that there is nothing to restore from.

    Nothing watches jobs that somebody cancelled, nor copies: their metrics have the name of the vault that they go to,
    and it is not documented in which region.

    Source: AWS Backup Developer Guide, "AWS Backup metrics with Amazon CloudWatch".
    """
    return (
        _backup_jobs(
            "failed-backup",
            "NumberOfBackupJobsFailed",
            "A recovery point could not be made: see the job's message in AWS Backup, then start it again. Copies in "
            "another region are not watched.",
        ),
        _backup_jobs(
            "expired-backup",
            "NumberOfBackupJobsExpired",
            "A recovery point was not made: its backup could not begin within the start window, as in the hour before "
            "a window of the database. Start it again and move the schedule.",
        ),
    )


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


def cache_alarms(*, nodes: int) -> tuple[Alarm, ...]:
    """Alarms of every node of an ElastiCache replication group without sharding.

    Args:
        nodes: Nodes of the group; AWS names them ``GROUP-001``, ``GROUP-002`` and so on.
    """
    return tuple(alarm for number in range(1, nodes + 1) for alarm in _cache_node_alarms(number))


def _cache_node_alarms(number: int) -> tuple[Alarm, ...]:
    node = {"CacheClusterId": f"{{cache_group}}-{number:03}"}
    return (
        Alarm(
            key=f"cache-{number}-cpu",
            description="The engine's thread is busy: look for slow commands (KEYS, large ranges), then the node type.",
            namespace="AWS/ElastiCache",
            metric_name="EngineCPUUtilization",
            statistic="Average",
            comparison=GREATER,
            threshold=85,
            dimensions=node,
            treat_missing_data=BREACHING,  # doubles as the heartbeat of the node
        ),
        Alarm(
            key=f"cache-{number}-memory",
            description="The cache is nearly full: keys without expiry, or too small a node.",
            namespace="AWS/ElastiCache",
            metric_name="DatabaseMemoryUsagePercentage",
            statistic="Average",
            comparison=GREATER,
            threshold=85,
            dimensions=node,
            treat_missing_data=MISSING,
        ),
        Alarm(
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
        ),
    )
