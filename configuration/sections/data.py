"""Sections: what keeps data."""

from functools import partial
from typing import Annotated, ClassVar

from configuration.problems import listed
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
    passing,
)
from spot_planning.data.backups import RETENTION_DAYS
from spot_planning.data.cache import EVICTION_POLICIES, FAMILIES, MAXIMUM_NODES, PORTS
from spot_planning.data.database import (
    DEFAULT_PASSWORD_ROTATION_DAYS,
    MAXIMUM_ROTATION_DAYS,
    MONITORING_INTERVALS_SECONDS,
    STORAGE_GIB,
    WELL_KNOWN_USERNAMES,
)
from spot_planning.data.windows import window_minutes

_is_window = passing(partial(window_minutes, "window"))
_INSTANCE_CLASS = matching(r"db\.[a-z][a-z0-9-]*\.[a-z0-9]+", "an RDS instance class, such as db.t4g.small")

DailyWindow = Annotated[
    str,
    Allowed(
        "a window of the day in UTC, such as 03:00-04:00",
        lambda window: window[:1].isdigit() and _is_window(window),
    ),
]
WeeklyWindow = Annotated[
    str,
    Allowed(
        "a window of the week in UTC, such as sun:04:30-sun:05:30",
        lambda window: window[:1].isalpha() and _is_window(window),
    ),
]
Days = Annotated[int, between(0, 35)]
BackupDays = Annotated[int, between(RETENTION_DAYS[0], RETENTION_DAYS[-1])]


class Database(Section):
    """PostgreSQL on Amazon RDS."""

    instance_class: Annotated[str, _INSTANCE_CLASS] = "db.t4g.small"
    """Instance class. Changing it restarts the database."""
    engine_version: Annotated[
        str, matching(r"1[3-9](?:\.[0-9]{1,2})?", 'a PostgreSQL version in quotes, such as "16" or "16.10"')
    ] = "16"
    """PostgreSQL version; a major version alone takes minor versions as they come, as the policies of staging and prod
    demand; one with a minor version stays there."""
    allow_major_version_upgrade: bool = False
    """Whether `engine_version` may name a newer major version: set it with `apply_immediately` for the one `up` that
    upgrades, which stops the database for minutes or more and cannot be undone but from a snapshot."""
    database_name: Annotated[
        str,
        matching(r"(?!postgres$)[a-z][a-z0-9_]{0,62}", "lower-case letters, digits and underscores, and not postgres"),
    ] = "app"
    """Name of the database made in the instance. Changing it replaces the instance."""
    username: Annotated[
        str,
        matching(
            rf"(?!(?:{'|'.join(WELL_KNOWN_USERNAMES)})$)(?!pg_)[a-z][a-z0-9_]{{0,62}}",
            f"lower-case letters, digits and underscores, and none of {listed(WELL_KNOWN_USERNAMES)} or pg_*",
        ),
    ] = "app_admin"
    """Master user. Changing it replaces the instance."""
    port: Annotated[int, between(1150, 65_535)] = 5433
    """Port, not the 5432 that everybody tries first. Changing it restarts the database."""
    allocated_storage_gib: Annotated[int, between(STORAGE_GIB[0], STORAGE_GIB[-1])] = 20
    """Storage at first, GiB."""
    max_allocated_storage_gib: Annotated[int, between(STORAGE_GIB[0], STORAGE_GIB[-1])] = 100
    """How far the storage may grow by itself, GiB; it never shrinks."""
    multi_az: bool = True
    """Whether a standby in another zone takes over when the first fails; doubles the price."""
    backup_retention_days: Days = 7
    """Days that automatic backups are kept and that point-in-time recovery reaches back; 0 turns both off."""
    backup_window: DailyWindow = "03:00-04:00"
    """When the daily snapshot is made."""
    maintenance_window: WeeklyWindow = "sun:04:30-sun:05:30"
    """When changes that interrupt are made."""
    deletion_protection: bool = True
    """Whether AWS and Pulumi refuse to delete the database."""
    final_snapshot: bool | None = None
    """Whether a snapshot is made before the database is deleted; without a choice, when it is protected."""
    replica: bool = False
    """Whether there is a read replica; it moves the master password from RDS to a secret of the stack."""
    replica_instance_class: Annotated[str, _INSTANCE_CLASS] | None = None
    """Instance class of the replica; without one that of the database."""
    monitoring_interval_seconds: Annotated[int, one_of(MONITORING_INTERVALS_SECONDS)] = 60
    """Seconds between two samples of Enhanced Monitoring; 0 turns it off."""
    performance_insights: bool = True
    """Whether the database's load is recorded by statement and wait."""
    apply_immediately: bool = False
    """Whether changes that interrupt do not wait for the maintenance window."""
    log_retention_days: LogRetentionDays = 30
    """Days that PostgreSQL's logs are kept."""
    password_rotation_days: Annotated[int, between(1, MAXIMUM_ROTATION_DAYS)] = DEFAULT_PASSWORD_ROTATION_DAYS
    """Days between two rotations of the master password that RDS manages."""
    password_generation: Annotated[int, at_least(1)] = 1
    """Raise it by one for a new master password, where the stack owns it (`replica`)."""


class Cache(Section):
    """Valkey or Redis on Amazon ElastiCache."""

    engine: Annotated[str, one_of(tuple(FAMILIES))] = "valkey"
    """Engine; Valkey costs a fifth less."""
    engine_version: (
        Annotated[str, matching(r"[0-9]\.(?:[0-9]{1,2}|x)", 'a version of the engine in quotes, such as "8.1"')] | None
    ) = None
    """Engine version; without one a recent one."""
    node_type: Annotated[
        str, matching(r"cache\.[a-z][a-z0-9-]*\.[a-z0-9]+", "an ElastiCache node type, such as cache.t4g.micro")
    ] = "cache.t4g.micro"
    """Node type."""
    nodes: Annotated[int, between(1, MAXIMUM_NODES)] = 1
    """Nodes: the primary and its replicas; with two or more a replica in another zone takes over by itself."""
    port: Annotated[int, between(PORTS[0], PORTS[-1])] = 6380
    """Port, not the 6379 that everybody tries first. Changing it replaces the cache."""
    eviction_policy: Annotated[str, one_of(EVICTION_POLICIES)] = "volatile-lru"
    """What goes when the memory is full; a job queue needs noeviction."""
    snapshot_retention_days: Days = 1
    """Days that daily snapshots are kept; 0 turns them off."""
    snapshot_window: DailyWindow = "03:00-04:00"
    """When the daily snapshot is made."""
    maintenance_window: WeeklyWindow = "sun:04:30-sun:05:30"
    """When changes that interrupt are made."""
    final_snapshot: bool = False
    """Whether a snapshot is made before the cache is deleted."""
    apply_immediately: bool = True
    """Whether changes do not wait for the maintenance window."""
    log_retention_days: LogRetentionDays = 30
    """Days that the slow log and the engine's log are kept."""
    token_generation: Annotated[int, at_least(1)] = 1
    """Raise it by one for a new AUTH token; the one before stays valid until the next."""


class Storage(Section):
    """The buckets for uploads, documents and backups."""

    root_only: ClassVar[frozenset[str]] = frozenset({"cors_allowed_origins"})

    cors_allowed_origins: list[BucketOrigin] = []
    """Origins whose pages may upload; when empty, those of `api.cors_allowed_origins` or the site's domains."""
    noncurrent_version_expiration_days: Annotated[int, at_least(1)] = 90
    """Days that overwritten and deleted objects can be brought back."""
    backups_expiration_days: Annotated[int, at_least(31)] = 365
    """Days that the application's own backups are kept; after 30 they move to Glacier Instant Retrieval."""
    access_log_retention_days: Annotated[int, at_least(1)] = 90
    """Days that the buckets' access logs are kept."""
    force_destroy: bool = False
    """Whether destroying the stack deletes the objects with their buckets."""


class Backups(Section):
    """AWS Backup: a vault and a plan for the database and the buckets, with copies in another Region."""

    root_only: ClassVar[frozenset[str]] = frozenset({"enabled"})

    enabled: bool = False
    """Whether AWS Backup keeps recovery points, beside the database's own backups."""
    schedule: Annotated[str, Allowed("cron(minutes hours day month weekday year)", is_cron)] = "cron(0 6 * * ? *)"
    """When recovery points are made, UTC; clear of the database's own windows and the hour before each."""
    retention_days: BackupDays = 35
    """Days that recovery points are kept."""
    copy_region: Region | None = None
    """Region that gets a copy of each recovery point."""
    copy_retention_days: BackupDays = 35
    """Days that the copies are kept."""
    minimum_retention_days: BackupDays | None = None
    """Days before which nobody but who may change the vault's lock deletes a recovery point; none for no lock."""
    force_destroy: bool = False
    """Whether destroying the stack deletes the recovery points with their vaults."""
