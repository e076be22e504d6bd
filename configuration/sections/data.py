"""Sections: what keeps data."""

from typing import Annotated, ClassVar, Literal

from configuration.schedules import is_cron
from configuration.values import (
    Allowed,
    BucketOrigin,
    LogRetentionDays,
    Region,
    Section,
    at_least,
    between,
    matching,
    one_of,
)


class Database(Section):
    """PostgreSQL on Amazon RDS."""

    instance_class: Annotated[
        str, matching(r"db\.[a-z][a-z0-9-]*\.[a-z0-9]+", "an RDS instance class, such as db.t4g.small")
    ] = "db.t4g.small"
    """Instance class. Changing it restarts the database."""
    engine_version: Annotated[
        str, matching(r"1[3-9](?:\.[0-9]{1,2})?", 'a PostgreSQL version in quotes, such as "16" or "16.10"')
    ] = "16"
    """PostgreSQL version; a major version alone takes minor versions as they come."""
    database_name: Annotated[
        str, matching(r"[a-z_][a-z0-9_]{0,62}", "a PostgreSQL name of lower-case letters, digits and underscores")
    ] = "app"
    """Name of the database made in the instance. Changing it replaces the instance."""
    username: Annotated[
        str,
        matching(
            r"(?!(?:admin|postgres|rdsadmin|master)$)[a-z][a-z0-9_]{0,62}",
            "lower-case letters, digits and underscores, and no well-known name such as admin or postgres",
        ),
    ] = "app_admin"
    """Master user. Changing it replaces the instance."""
    allocated_storage_gib: Annotated[int, between(20, 65_536)] = 20
    """Storage at first, GiB."""
    max_allocated_storage_gib: Annotated[int, between(22, 65_536)] = 100
    """How far the storage may grow by itself, GiB."""
    multi_az: bool = True
    """Whether a standby in another zone takes over when the first fails; doubles the price."""
    backup_retention_days: Annotated[int, between(0, 35)] = 7
    """Days that automatic backups are kept and that point-in-time recovery reaches back; 0 turns both off."""
    deletion_protection: bool = True
    """Whether AWS and Pulumi refuse to delete the database."""
    replica: bool = False
    """Whether there is a read replica; it moves the master password from RDS to a secret of the stack."""
    monitoring_interval_seconds: Annotated[int, one_of((0, 1, 5, 10, 15, 30, 60))] = 60
    """Seconds between two samples of Enhanced Monitoring; 0 turns it off."""
    performance_insights: bool = True
    """Whether the database's load is recorded by query and wait."""
    apply_immediately: bool = False
    """Whether changes that restart the database do not wait for the maintenance window."""
    log_retention_days: LogRetentionDays = 30
    """Days that PostgreSQL's logs are kept."""


class Cache(Section):
    """Valkey or Redis on Amazon ElastiCache."""

    engine: Literal["valkey", "redis"] = "valkey"
    """Engine; Valkey costs a fifth less."""
    engine_version: Annotated[str, matching(r"[4-9]\.[0-9x]", 'a version in quotes, such as "8.0"')] | None = None
    """Engine version."""
    node_type: Annotated[
        str, matching(r"cache\.[a-z][a-z0-9-]*\.[a-z0-9]+", "an ElastiCache node type, such as cache.t4g.micro")
    ] = "cache.t4g.micro"
    """Node type."""
    nodes: Annotated[int, between(1, 6)] = 1
    """Nodes: one primary and up to five replicas; two or more fail over between zones by themselves."""
    snapshot_retention_days: Annotated[int, between(0, 35)] = 1
    """Days that daily snapshots are kept; 0 turns them off."""


class Storage(Section):
    """The buckets for uploads, documents and backups."""

    cors_allowed_origins: list[BucketOrigin] = []
    """Origins whose pages may upload; when empty, those of `api.cors_allowed_origins` or the site's domains."""
    noncurrent_version_expiration_days: Annotated[int, at_least(1)] = 90
    """Days that overwritten and deleted objects can be brought back."""
    force_destroy: bool = False
    """Whether destroying the stack deletes the objects with their buckets."""


class Backups(Section):
    """AWS Backup: a vault and a plan for the database and the buckets, with copies in another Region."""

    root_only: ClassVar[frozenset[str]] = frozenset({"enabled"})

    enabled: bool = False
    """Whether AWS Backup keeps recovery points, beside the database's own backups."""
    schedule: Annotated[str, Allowed("cron(minutes hours day month weekday year)", is_cron)] = "cron(0 5 * * ? *)"
    """When recovery points are made, UTC."""
    retention_days: Annotated[int, between(1, 36_500)] = 35
    """Days that recovery points are kept."""
    copy_region: Region | None = None
    """Region that gets a copy of each recovery point."""
    copy_retention_days: Annotated[int, between(1, 36_500)] = 35
    """Days that the copies are kept."""
