"""Settings of the database, the cache and the backups."""

import re
from enum import StrEnum

from spot_planning.account import COMMERCIAL_REGION
from spot_planning.data.backups import RETENTION_DAYS
from spot_planning.data.cache import MAXIMUM_NODES, PORTS
from spot_planning.data.database import (
    DEFAULT_PASSWORD_ROTATION_DAYS,
    MAXIMUM_ROTATION_DAYS,
    MONITORING_INTERVALS_SECONDS,
    STORAGE_GIB,
    WELL_KNOWN_USERNAMES,
)
from spot_planning.data.reserved_words import POSTGRESQL_RESERVED_WORDS, RESERVED_DATABASE_NAMES
from spot_planning.data.windows import DAILY_WINDOW, WEEKLY_WINDOW
from spot_planning.declarations import Allowed, arguments, between, integer_from, matching, one_of, setting
from spot_planning.monitoring.log_retention import LOG_RETENTION_DAYS
from spot_planning.problems import listed
from spot_planning.schedules import CRON, is_cron

_INSTANCE_CLASS = matching(r"db\.[a-z][a-z0-9-]*\.[a-z0-9]+", "an RDS instance class, such as db.t4g.small")
_IDENTIFIER = re.compile("[a-z][a-z0-9_]{0,62}")
_DATABASE_NAME = Allowed(
    "lower-case letters, digits and underscores, no word that PostgreSQL reserves, and none of "
    f"{listed(sorted(RESERVED_DATABASE_NAMES))}",
    lambda name: (
        _IDENTIFIER.fullmatch(name) is not None and name not in RESERVED_DATABASE_NAMES | POSTGRESQL_RESERVED_WORDS
    ),
)
_USERNAME = Allowed(
    "lower-case letters, digits and underscores, no word that PostgreSQL reserves, and none of "
    f"{listed(WELL_KNOWN_USERNAMES)} or pg_*",
    lambda name: (
        _IDENTIFIER.fullmatch(name) is not None
        and not name.startswith("pg_")
        and name not in {*WELL_KNOWN_USERNAMES, *POSTGRESQL_RESERVED_WORDS}
    ),
)
_DAYS = between(0, 35)
_BACKUP_DAYS = between(RETENTION_DAYS[0], RETENTION_DAYS[-1])


class ApplicationLogin(StrEnum):
    """How the service logs in to its database."""

    PASSWORD = "password"  # noqa: S105 (a way to log in)
    IAM = "iam"


class CacheEngine(StrEnum):
    """Engines of Amazon ElastiCache."""

    VALKEY = "valkey"
    REDIS = "redis"


class EvictionPolicy(StrEnum):
    """Which keys the engine removes when the memory is full (``maxmemory-policy``)."""

    ALLKEYS_LFU = "allkeys-lfu"
    ALLKEYS_LRU = "allkeys-lru"
    ALLKEYS_RANDOM = "allkeys-random"
    NOEVICTION = "noeviction"
    VOLATILE_LFU = "volatile-lfu"
    VOLATILE_LRU = "volatile-lru"
    VOLATILE_RANDOM = "volatile-random"
    VOLATILE_TTL = "volatile-ttl"


@arguments
class DatabaseSettings:
    """PostgreSQL on Amazon RDS."""

    instance_class: str = setting(default="db.t4g.small", allowed=_INSTANCE_CLASS)
    """Instance class. Changing it restarts the database."""
    engine_version: str = setting(
        default="16",
        allowed=matching("1[3-9](?:\\.[0-9]{1,2})?", 'a PostgreSQL version in quotes, such as "16" or "16.10"'),
    )
    """PostgreSQL version. With a major version alone, minor versions are installed automatically; the policies of
    staging and prod demand this. A version with a minor version stays at that version."""
    allow_major_version_upgrade: bool = False
    """Whether `engine_version` may name a newer major version. Set it together with `apply_immediately` for the one
    `up` that upgrades. The upgrade stops the database for minutes or more; the only way back is a snapshot."""
    extended_support: bool = False
    """Whether a major version stays in use after the end of its standard support, for about 73 USD a month and vCPU;
    otherwise Amazon RDS upgrades it. AWS accepts this only when the instance is created."""
    database_name: str = setting(default="app", allowed=_DATABASE_NAME)
    """Name of the database in the instance. Changing it replaces the instance."""
    username: str = setting(default="app_admin", allowed=_USERNAME)
    """Master user. Only the migration task logs in as this user. Changing it replaces the instance. Up to 16 characters
    are certain: AWS's reference of CreateDBInstance allows no more, though PostgreSQL allows 63."""
    application_username: str = setting(default="app", allowed=_USERNAME)
    """User that the service logs in as. The migration task creates it, and a second user with the suffix `_alternate`,
    which takes over while a password changes."""
    application_login: ApplicationLogin = ApplicationLogin.PASSWORD
    """How the service logs in: with a password that the stack owns, or with IAM tokens, which the application must
    sign."""
    application_password_generation: int = setting(default=1, allowed=integer_from(1))
    """Increase it by one to give one of the two users a new password (they take turns). Then run the migration task."""
    port: int = setting(default=5433, allowed=between(1150, 65535))
    """Port. The default is not 5432, which attackers try first. Changing it restarts the database."""
    allocated_storage_gib: int = setting(default=20, allowed=between(STORAGE_GIB[0], STORAGE_GIB[-1]))
    """Initial storage, GiB."""
    max_allocated_storage_gib: int = setting(default=100, allowed=between(STORAGE_GIB[0], STORAGE_GIB[-1]))
    """Limit up to which the storage grows automatically, GiB. Storage never shrinks."""
    multi_az: bool = True
    """Whether a standby in another zone takes over when the primary fails. It doubles the price."""
    backup_retention_days: int = setting(default=7, allowed=_DAYS)
    """Days that automatic backups are kept and that point-in-time recovery reaches back; 0 turns both off."""
    backup_window: str = setting(default="03:00-04:00", allowed=DAILY_WINDOW)
    """Daily window, UTC, in which the snapshot is made."""
    maintenance_window: str = setting(default="sun:04:30-sun:05:30", allowed=WEEKLY_WINDOW)
    """Weekly window, UTC, for changes that interrupt the database."""
    deletion_protection: bool = True
    """Whether AWS and Pulumi refuse to delete the database. Without it, the automated backups are deleted together with
    the database, and a deleted secret of the stack, such as `jwt`, is gone at once instead of after 30 days."""
    final_snapshot: bool | None = None
    """Whether a snapshot is made before the database is deleted. When empty, as `deletion_protection`."""
    stack_owned_password: bool = False
    """Whether the master password is in a secret of the stack instead of a secret of RDS. A replica needs this. A
    change deletes the old secret at once. Only the migration task reads it: no migration starts until the same `up` has
    given it the new secret. The service has users of its own."""
    replica: bool = False
    """Whether there is a read replica. It needs `stack_owned_password`. If the same `up` sets both on a running stack,
    no migration starts while the replica is created, which takes 10 to 30 minutes."""
    replica_instance_class: str | None = setting(default=None, allowed=_INSTANCE_CLASS)
    """Instance class of the replica. When empty, the database's instance class."""
    monitoring_interval_seconds: int = setting(default=60, allowed=one_of(MONITORING_INTERVALS_SECONDS))
    """Seconds between two samples of Enhanced Monitoring; 0 turns it off."""
    performance_insights: bool = True
    """Whether Performance Insights records the database's load by statement and wait event."""
    apply_immediately: bool = False
    """Whether changes that interrupt the database are made at once, without waiting for the maintenance window."""
    log_retention_days: int = setting(default=30, allowed=LOG_RETENTION_DAYS)
    """Days that PostgreSQL's logs are kept."""
    password_rotation_days: int = setting(
        default=DEFAULT_PASSWORD_ROTATION_DAYS, allowed=between(1, MAXIMUM_ROTATION_DAYS)
    )
    """Days between two rotations of the master password that RDS manages."""
    password_generation: int = setting(default=1, allowed=integer_from(1))
    """Increase it by one for a new master password, if the stack owns it (`stack_owned_password`)."""

    @property
    def secret_recovery_window_days(self) -> int:
        """Days during which deleted secrets can be restored; 0 if the database itself is not protected."""
        return 30 if self.deletion_protection else 0


@arguments
class CacheSettings:
    """Valkey or Redis on Amazon ElastiCache."""

    engine: CacheEngine = CacheEngine.VALKEY
    """Engine; Valkey costs a fifth less."""
    engine_version: str | None = setting(
        default=None, allowed=matching("[0-9]\\.(?:[0-9]{1,2}|x)", 'a version of the engine in quotes, such as "8.1"')
    )
    """Engine version. When empty, a recent version."""
    node_type: str = setting(
        default="cache.t4g.micro",
        allowed=matching("cache\\.[a-z][a-z0-9-]*\\.[a-z0-9]+", "an ElastiCache node type, such as cache.t4g.micro"),
    )
    """Node type."""
    nodes: int = setting(default=1, allowed=between(1, MAXIMUM_NODES))
    """Number of nodes: the primary and its replicas. With two or more, a replica in another zone takes over
    automatically."""
    port: int = setting(default=6380, allowed=between(PORTS[0], PORTS[-1]))
    """Port. The default is not 6379, which attackers try first. Changing it replaces the cache."""
    eviction_policy: EvictionPolicy = EvictionPolicy.VOLATILE_LRU
    """Which keys the cache removes when the memory is full. A job queue needs noeviction."""
    snapshot_retention_days: int = setting(default=1, allowed=_DAYS)
    """Days that daily snapshots are kept; 0 turns them off."""
    snapshot_window: str = setting(default="03:00-04:00", allowed=DAILY_WINDOW)
    """Daily window, UTC, in which the snapshot is made."""
    maintenance_window: str = setting(default="sun:04:30-sun:05:30", allowed=WEEKLY_WINDOW)
    """Weekly window, UTC, for changes that interrupt the cache."""
    final_snapshot: bool = False
    """Whether a snapshot is made before the cache is deleted."""
    apply_immediately: bool = True
    """Whether changes are made at once, without waiting for the maintenance window."""
    log_retention_days: int = setting(default=30, allowed=LOG_RETENTION_DAYS)
    """Days that the slow log and the engine's log are kept."""
    token_generation: int = setting(default=1, allowed=integer_from(1))
    """Increase it by one for a new AUTH token. The previous token stays valid until the next increase."""


@arguments
class BackupsSettings:
    """AWS Backup: a vault and a plan for the database and the buckets, with copies in another Region."""

    schedule: str = setting(default="cron(0 6 * * ? *)", allowed=Allowed(CRON, is_cron))
    """Schedule of the backups, UTC. It must not fall into one of the database's own windows or the hour before."""
    retention_days: int = setting(default=35, allowed=_BACKUP_DAYS)
    """Days that recovery points are kept."""
    copy_region: str | None = setting(default=None, allowed=COMMERCIAL_REGION)
    """Region that gets a copy of each recovery point."""
    copy_retention_days: int = setting(default=35, allowed=_BACKUP_DAYS)
    """Days that the copies are kept."""
    minimum_retention_days: int | None = setting(default=None, allowed=_BACKUP_DAYS)
    """Days during which a recovery point can be deleted only by principals who may change the vault's lock; none for no
    lock. Without `force_destroy` a lock that exists stays when this is set to none: delete it by hand."""
    log_retention_days: int = setting(default=30, allowed=LOG_RETENTION_DAYS)
    """Days that events about failed copies are kept."""
    force_destroy: bool = False
    """Whether destroying the stack deletes the recovery points with their vaults. Otherwise the vaults and the role
    that AWS Backup uses stay, and cost 0.095 USD per GB-month until the recovery points expire."""
