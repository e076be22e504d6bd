"""What a database is like, apart from where it stands."""

from dataclasses import dataclass

from spot_planning.data.database import DatabasePlan, plan_database


@dataclass(kw_only=True)
class DatabaseArgs:
    """What the database is like; where it stands is in `DatabaseInstanceArgs`."""

    instance_class: str = "db.t4g.small"
    """Instance class. A new one restarts the database."""
    engine_version: str = "16"
    """PostgreSQL version, 13 or newer; a major version alone takes minor versions as they come, and one with a
    minor version stays there, against Security Hub RDS.13."""
    allow_major_version_upgrade: bool = False
    """Whether `engine_version` may name a newer major version, for the one ``up`` that upgrades; needs
    `apply_immediately`. Without it Amazon RDS refuses one. The upgrade stops the database for minutes or more, cannot
    be undone but by restoring a snapshot, and takes a read replica along ("Upgrades of the RDS for PostgreSQL DB
    engine", Amazon RDS User Guide). It leaves ``ALTER EXTENSION ... UPDATE`` and ``ANALYZE`` to do."""
    database_name: str = "app"
    """Name of the database made in the instance. A new name replaces the instance."""
    username: str = "app_admin"
    """Master user, none of the names that are guessed first. A new name replaces the instance."""
    port: int = 5433
    """Port, 1150 to 65535; not PostgreSQL's own 5432, which everybody tries first (Security Hub RDS.23). A new one
    restarts the database."""
    allocated_storage_gib: int = 20
    """Storage at first, GiB of gp3; what comes later is up to storage autoscaling."""
    max_allocated_storage_gib: int = 100
    """How far the storage grows by itself, GiB; at least 10 % more than at first. It never shrinks."""
    multi_az: bool = True
    """Whether a standby in another zone takes over when the first fails; doubles the price."""
    backup_retention_days: int = 7
    """Days that point-in-time recovery reaches back, 0 to 35; 0 turns it off."""
    backup_window: str = "03:00-04:00"
    """When the daily snapshot is made, UTC."""
    maintenance_window: str = "sun:04:30-sun:05:30"
    """When changes that interrupt are made, UTC."""
    deletion_protection: bool = True
    """Whether AWS and Pulumi refuse to delete the database."""
    final_snapshot: bool | None = None
    """Whether a snapshot is made before the database is deleted; None: when it is protected from deletion."""
    replica: bool = False
    """Whether there is a read replica in the same region. It moves the master password from Amazon RDS to a secret of
    the stack, since RDS manages none for an instance with a replica."""
    replica_instance_class: str | None = None
    """Instance class of the replica; None: that of the database."""
    monitoring_interval_seconds: int = 60
    """Seconds between two samples of Enhanced Monitoring: 0 (off), 1, 5, 10, 15, 30 or 60."""
    performance_insights: bool = True
    """Whether load is recorded by statement and wait: Database Insights, standard mode, 7 days, free of charge."""
    apply_immediately: bool = False
    """Whether changes that interrupt do not wait for the maintenance window."""
    log_retention_days: int = 30
    """Days that PostgreSQL's logs are kept; one of the periods of CloudWatch Logs."""
    password_rotation_days: int = 7
    """Days between two rotations of a password that Amazon RDS manages, 1 to 1000; RDS's own period is 7."""
    password_generation: int = 1
    """Raise it by one for a new master password, where the stack owns it (`replica`)."""


def plan_from(name: str, args: DatabaseArgs) -> DatabasePlan:
    """Plan the database of these arguments.

    Args:
        name: Name of the component, which the instance's identifier begins with.
        args: What the database is like.

    Raises:
        ValueError: For what Amazon RDS would refuse.
    """
    return plan_database(
        name=name,
        instance_class=args.instance_class,
        engine_version=args.engine_version,
        allow_major_version_upgrade=args.allow_major_version_upgrade,
        apply_immediately=args.apply_immediately,
        database_name=args.database_name,
        username=args.username,
        allocated_storage_gib=args.allocated_storage_gib,
        max_allocated_storage_gib=args.max_allocated_storage_gib,
        backup_retention_days=args.backup_retention_days,
        backup_window=args.backup_window,
        maintenance_window=args.maintenance_window,
        deletion_protection=args.deletion_protection,
        final_snapshot=args.final_snapshot,
        replica=args.replica,
        replica_instance_class=args.replica_instance_class,
        monitoring_interval_seconds=args.monitoring_interval_seconds,
        log_retention_days=args.log_retention_days,
        port=args.port,
        password_rotation_days=args.password_rotation_days,
    )
