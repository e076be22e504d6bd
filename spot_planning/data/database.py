"""What a PostgreSQL instance on Amazon RDS may look like."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from spot_planning.data.windows import check_windows
from spot_planning.documents import canonical_json
from spot_planning.iam.policy_documents import assume_role_document
from spot_planning.monitoring.log_retention import check_retention_days

MONITORING_INTERVALS_SECONDS = (0, 1, 5, 10, 15, 30, 60)
"""CreateDBInstance, Amazon RDS API Reference."""

BACKUP_RETENTION_DAYS = range(36)
STORAGE_GIB = range(20, 65_537)
"""Sizes of a gp3 volume for PostgreSQL ("Amazon RDS DB instance storage", Amazon RDS User Guide)."""

STORAGE_GROWTH_PERCENT = 10
"""How far the limit of storage autoscaling must be above the storage at least ("Managing capacity automatically with
Amazon RDS storage autoscaling", Amazon RDS User Guide)."""

WELL_KNOWN_USERNAMES = ("admin", "administrator", "awsuser", "master", "postgres", "rdsadmin", "root")
"""Names that are guessed first (Security Hub RDS.25), and those that Amazon RDS keeps for itself."""

PASSWORD_LENGTH = 64
"""Characters of a password made by the stack; Amazon RDS takes 8 to 128."""

DEFAULT_PASSWORD_ROTATION_DAYS = 7
"""How often Amazon RDS rotates a password that it manages, unless told otherwise ("Password management with Amazon RDS
and AWS Secrets Manager", Amazon RDS User Guide)."""

MAXIMUM_ROTATION_DAYS = 1000
"""RotationRulesType, AWS Secrets Manager API Reference."""

CERTIFICATE_AUTHORITY = "rds-ca-rsa2048-g1"
"""Valid until 2061 and trusted by every driver that knows RDS's bundle ("Using SSL/TLS to encrypt a connection to a DB
instance or cluster", Amazon RDS User Guide)."""

INSIGHTS_RETENTION_DAYS = 7
"""What Performance Insights keeps free of charge."""

LOG_TYPES = ("postgresql", "upgrade")

SLOW_STATEMENT_MILLISECONDS = 1000

MAXIMUM_IDENTIFIER_LENGTH = 63
"""Characters of a DB instance's identifier."""

_NAME_SUFFIXES_LENGTH = len("-1a2b3c4") + len("-replica")
_INSTANCE_CLASS = re.compile(r"db\.[a-z][a-z0-9-]*\.[a-z0-9]+")
_VERSION = re.compile(r"1[3-9](\.\d{1,2})?")
_DATABASE_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
_USERNAME = re.compile(r"[a-z][a-z0-9_]{0,62}")


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """One parameter of a DB parameter group."""

    name: str
    value: str
    static: bool = False
    """Whether it takes effect at the next restart only."""


PARAMETERS = (
    Parameter(name="log_lock_waits", value="1"),
    # Not log_statement: it would write the passwords of CREATE ROLE and ALTER ROLE into the log.
    Parameter(name="log_min_duration_statement", value=str(SLOW_STATEMENT_MILLISECONDS)),
    Parameter(name="rds.force_ssl", value="1"),
    Parameter(name="shared_preload_libraries", value="pg_stat_statements", static=True),
)
"""Parameters of every instance: TLS only (Security Hub RDS.38), slow statements and lock waits in the log, statistics
of statements. pgvector needs none: ``CREATE EXTENSION vector`` in a migration is all."""


@dataclass(frozen=True, kw_only=True)
class DatabasePlan:
    """A PostgreSQL instance as plain data."""

    parameter_group_family: str
    stack_owned_password: bool
    """Whether the stack makes the master password, because Amazon RDS manages none next to a read replica."""
    replica_instance_class: str
    final_snapshot: bool
    minor_upgrades: bool
    """Whether Amazon RDS installs minor versions by itself. It must not where one was asked for: having gone past that
    one, it refuses to go back ("Cannot upgrade postgres from 16.13 to 16.10"), and with it every later update."""


def plan_database(
    *,
    name: str,
    instance_class: str,
    engine_version: str,
    allow_major_version_upgrade: bool,
    apply_immediately: bool,
    database_name: str,
    username: str,
    allocated_storage_gib: int,
    max_allocated_storage_gib: int,
    backup_retention_days: int,
    backup_window: str,
    maintenance_window: str,
    deletion_protection: bool,
    final_snapshot: bool | None,
    replica: bool,
    replica_instance_class: str | None,
    monitoring_interval_seconds: int,
    log_retention_days: int,
    port: int,
    password_rotation_days: int,
) -> DatabasePlan:
    """Plan a PostgreSQL instance.

    Args:
        name: Name of the component, which the instance's identifier begins with.
        instance_class: Such as ``db.t4g.small``.
        engine_version: Major version, or major and minor.
        allow_major_version_upgrade: Whether a new major version may be asked for.
        apply_immediately: Whether changes that interrupt do not wait for the maintenance window.
        database_name: Name of the database made with the instance.
        username: Master user.
        allocated_storage_gib: Storage at first, GiB.
        max_allocated_storage_gib: How far the storage grows, GiB.
        backup_retention_days: Days of point-in-time recovery; 0 turns it off.
        backup_window: Daily, UTC, such as ``03:00-04:00``.
        maintenance_window: Weekly, UTC, such as ``sun:04:30-sun:05:30``.
        deletion_protection: Whether AWS refuses to delete the instance.
        final_snapshot: Whether a snapshot is made at deletion; None: when the instance is protected.
        replica: Whether there is a read replica.
        replica_instance_class: Its class; None for that of the instance.
        monitoring_interval_seconds: Of Enhanced Monitoring; 0 turns it off.
        log_retention_days: How long the logs are kept.
        port: Port that the instance listens on.
        password_rotation_days: Days between two rotations of a managed password.

    Raises:
        ValueError: For what Amazon RDS would refuse, and for a master user that is guessed first.
    """
    _check_identifier(name)
    for key, wanted in (("instance_class", instance_class), ("replica_instance_class", replica_instance_class)):
        if wanted is not None and not _INSTANCE_CLASS.fullmatch(wanted):
            raise ValueError(f"{key}={wanted!r} is not an instance class such as db.t4g.small")
    if not _VERSION.fullmatch(engine_version):
        raise ValueError(f"engine_version={engine_version!r} is not a PostgreSQL version such as 16 or 16.10")
    _check_upgrade(allowed=allow_major_version_upgrade, apply_immediately=apply_immediately)
    if not _DATABASE_NAME.fullmatch(database_name) or database_name == "postgres":
        raise ValueError(
            f"database_name={database_name!r} must be lower-case letters, digits and underscores, and not postgres"
        )
    if not _USERNAME.fullmatch(username) or username in WELL_KNOWN_USERNAMES or username.startswith("pg_"):
        raise ValueError(
            f"username={username!r} must be lower-case letters, digits and underscores, and none of "
            f"{', '.join(WELL_KNOWN_USERNAMES)} or pg_*"
        )
    _check_storage(allocated_storage_gib, max_allocated_storage_gib)
    _check_backups(backup_retention_days, replica=replica)
    check_windows({"backup_window": backup_window, "maintenance_window": maintenance_window}, minimum_minutes=30)
    if monitoring_interval_seconds not in MONITORING_INTERVALS_SECONDS:
        allowed = ", ".join(map(str, MONITORING_INTERVALS_SECONDS))
        raise ValueError(f"monitoring_interval_seconds={monitoring_interval_seconds} is not one of {allowed}")
    check_retention_days("log_retention_days", log_retention_days)
    if not 1 <= password_rotation_days <= MAXIMUM_ROTATION_DAYS:
        raise ValueError(
            f"password_rotation_days={password_rotation_days} is not between 1 and {MAXIMUM_ROTATION_DAYS}"
        )
    if not 1150 <= port <= 65_535:  # noqa: PLR2004 - bounds of CreateDBInstance
        raise ValueError(f"port={port} is not between 1150 and 65535")
    return DatabasePlan(
        parameter_group_family=f"postgres{engine_version.partition('.')[0]}",
        stack_owned_password=replica,
        replica_instance_class=replica_instance_class or instance_class,
        final_snapshot=deletion_protection if final_snapshot is None else final_snapshot,
        minor_upgrades="." not in engine_version,
    )


def log_group_name(identifier: str, log_type: str) -> str:
    """The log group that Amazon RDS writes to, and makes without retention or key where it finds none."""
    return f"/aws/rds/instance/{identifier}/{log_type}"


def monitoring_trust_policy(arn: str) -> str:
    """Who may assume the role of Enhanced Monitoring: Amazon RDS, for instances of this account and region.

    Source: Amazon RDS User Guide, "Setting up and enabling Enhanced Monitoring", confused deputy problem.

    Args:
        arn: ARN of any RDS resource of the account and region.

    Returns:
        The trust policy as JSON.
    """
    _, partition, _, region, account_id, *_ = arn.split(":")
    return canonical_json(
        assume_role_document(
            "monitoring.rds.amazonaws.com",
            account_id=account_id,
            source_arn=f"arn:{partition}:rds:{region}:{account_id}:db:*",
        )
    )


def monitoring_policy_arn(arn: str) -> str:
    """The managed policy for Enhanced Monitoring, in the partition of the given ARN."""
    return f"arn:{arn.split(':')[1]}:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole"


EVENT_SUBSCRIPTIONS: Mapping[str, tuple[str, ...]] = {
    "db-instance": ("configuration change", "failover", "failure", "low storage", "maintenance"),
    "db-parameter-group": ("configuration change",),
    "db-security-group": ("configuration change", "failure"),
}
"""Source type -> categories of events that people hear of (Security Hub RDS.20, RDS.21 and RDS.22)."""


def _check_identifier(name: str) -> None:
    longest = MAXIMUM_IDENTIFIER_LENGTH - _NAME_SUFFIXES_LENGTH
    if not re.fullmatch(r"[a-z](?:-?[a-z0-9])*", name) or len(name) > longest:
        raise ValueError(
            f"the name must be lower-case letters, digits and single hyphens, at most {longest} of them, for Amazon RDS"
        )


def _check_upgrade(*, allowed: bool, apply_immediately: bool) -> None:
    # ModifyDBInstance takes the new version and the parameter group of its family together and puts both off; the
    # provider returns all the same, and DeleteDBParameterGroup refuses a group that an instance still has.
    if allowed and not apply_immediately:
        raise ValueError(
            "allow_major_version_upgrade=true needs apply_immediately=true: until the maintenance window the instance "
            "would keep the parameter group of the old version, which `up` deletes"
        )


def _check_storage(allocated_gib: int, maximum_gib: int) -> None:
    for key, size in (("allocated_storage_gib", allocated_gib), ("max_allocated_storage_gib", maximum_gib)):
        if size not in STORAGE_GIB:
            raise ValueError(f"{key}={size} is not between {STORAGE_GIB[0]} and {STORAGE_GIB[-1]} GiB")
    if maximum_gib * 100 < allocated_gib * (100 + STORAGE_GROWTH_PERCENT):
        raise ValueError(
            f"max_allocated_storage_gib={maximum_gib} must be at least {STORAGE_GROWTH_PERCENT} % more than "
            f"allocated_storage_gib={allocated_gib}"
        )


def _check_backups(retention_days: int, *, replica: bool) -> None:
    if retention_days not in BACKUP_RETENTION_DAYS:
        raise ValueError(f"backup_retention_days={retention_days} is not between 0 and {BACKUP_RETENTION_DAYS[-1]}")
    if replica and not retention_days:
        raise ValueError("replica=true needs backup_retention_days above 0: a replica is made from a backup")
