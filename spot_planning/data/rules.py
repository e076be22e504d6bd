"""Rules across the settings of the database, the cache and the backups."""

from collections.abc import Iterator
from itertools import combinations
from typing import Any

from spot_planning.checking import Rule
from spot_planning.data.backups import RETENTION_DAYS
from spot_planning.data.cache import DEFAULT_VERSIONS, FAMILIES, is_version
from spot_planning.data.database import FIRST_SUPPORTED_MAJOR, STORAGE_GROWTH_PERCENT
from spot_planning.data.database_users import application_is_not_the_master
from spot_planning.data.settings import BackupsSettings, CacheSettings, DatabaseSettings
from spot_planning.data.windows import DAYS, window_minutes
from spot_planning.problems import Problem

_RDS_WINDOW_MINUTES = 30
_ELASTICACHE_WINDOW_MINUTES = 60
"""Shortest window (CreateDBInstance and CreateReplicationGroup, API References)."""


def room_to_grow(settings: DatabaseSettings) -> Iterator[Problem]:
    """The limit of the storage leaves room for the smallest growth that Amazon RDS allows."""
    first, most = settings.allocated_storage_gib, settings.max_allocated_storage_gib
    if most * 100 < first * (100 + STORAGE_GROWTH_PERCENT):
        yield Problem(
            ("max_allocated_storage_gib",),
            f"must be at least {STORAGE_GROWTH_PERCENT} % more than allocated_storage_gib={first}",
        )


def replica_has_backups(settings: DatabaseSettings) -> Iterator[Problem]:
    """A replica needs backups: Amazon RDS makes it from a backup."""
    if settings.replica and not settings.backup_retention_days:
        yield Problem(("replica",), "needs backup_retention_days above 0: a replica is made from a backup")


def replica_has_a_password_of_the_stack(settings: DatabaseSettings) -> Iterator[Problem]:
    """An instance with a replica needs a master password of the stack, which Amazon RDS does not manage.

    Only the migration task reads the master's secret, so both may change in one step.
    Source: Amazon RDS User Guide, "Password management with Amazon RDS and AWS Secrets Manager", limitations.
    """
    if settings.replica and not settings.stack_owned_password:
        yield Problem(
            ("replica",),
            "needs stack_owned_password=true: Amazon RDS makes no replica of a database whose password it manages",
        )


def replica_class_needs_a_replica(settings: DatabaseSettings) -> Iterator[Problem]:
    """The replica's instance class is set only together with the replica: alone it would have no effect."""
    if settings.replica_instance_class is not None and not settings.replica:
        yield Problem(("replica_instance_class",), "is not allowed without replica, which it is for")


def version_is_supported(settings: DatabaseSettings) -> Iterator[Problem]:
    """A major version is in standard support, or Extended Support is paid for."""
    if int(settings.engine_version.partition(".")[0]) < FIRST_SUPPORTED_MAJOR and not settings.extended_support:
        yield Problem(
            ("engine_version",),
            f"is out of standard support: use {FIRST_SUPPORTED_MAJOR} or newer, or pay with extended_support=true",
        )


def upgrade_applies_at_once(settings: DatabaseSettings) -> Iterator[Problem]:
    """A major upgrade is applied at once.

    Otherwise ModifyDBInstance would postpone the new version and the parameter group of its family. The provider would
    not wait for them, and DeleteDBParameterGroup refuses to delete the old group while an instance uses it.
    """
    if settings.allow_major_version_upgrade and not settings.apply_immediately:
        yield Problem(
            ("allow_major_version_upgrade",),
            "needs apply_immediately=true: until the maintenance window the instance would keep the parameter group of "
            "the old version, which `up` deletes",
        )


def cache_version(settings: CacheSettings) -> Iterator[Problem]:
    """The engine version is one that the engine has."""
    engine, version = settings.engine, settings.engine_version
    if version is not None and not is_version(engine, version):
        majors = ", ".join(f"{number}.*" for number in FAMILIES[engine])
        yield Problem(("engine_version",), f"is not a {engine} version of {majors}, such as {DEFAULT_VERSIONS[engine]}")


def lock_is_the_shortest(settings: BackupsSettings) -> Iterator[Problem]:
    """The lock's minimum is not above the shortest retention: a locked vault refuses shorter retentions."""
    minimum = settings.minimum_retention_days
    shortest = min(
        settings.retention_days, settings.copy_retention_days if settings.copy_region else settings.retention_days
    )
    if minimum is not None and minimum > shortest:
        yield Problem(
            ("minimum_retention_days",),
            f"is not between {RETENTION_DAYS[0]} and {shortest}, the shortest retention; a locked vault refuses "
            "recovery points that are kept for less",
        )


def window_is_long(key: str, minutes: int) -> Rule:
    """Return the rule that a window is not shorter than AWS requires.

    Args:
        key: Name of the setting.
        minutes: Minimum length, minutes.
    """

    def rule(settings: Any) -> Iterator[Problem]:
        window: str = getattr(settings, key)
        repeats = 1 if window[0].isalpha() else len(DAYS)
        length = len(window_minutes(key, window)) // repeats
        if length < minutes:
            yield Problem((key,), f"lasts {length} minutes; {minutes} are needed")

    return rule


def windows_are_apart(*keys: str) -> Rule:
    """Return the rule that windows do not overlap.

    Args:
        keys: Names of the settings.
    """

    def rule(settings: Any) -> Iterator[Problem]:
        windows: dict[str, str] = {key: getattr(settings, key) for key in keys}
        for one, other in combinations(keys, 2):
            if window_minutes(one, windows[one]) & window_minutes(other, windows[other]):
                yield Problem((one,), f"overlaps {other}={windows[other]}")

    return rule


DATABASE_RULES: tuple[Rule, ...] = (
    room_to_grow,
    replica_has_backups,
    replica_has_a_password_of_the_stack,
    replica_class_needs_a_replica,
    application_is_not_the_master,
    version_is_supported,
    upgrade_applies_at_once,
    window_is_long("backup_window", _RDS_WINDOW_MINUTES),
    window_is_long("maintenance_window", _RDS_WINDOW_MINUTES),
    windows_are_apart("backup_window", "maintenance_window"),
)

CACHE_RULES: tuple[Rule, ...] = (
    cache_version,
    window_is_long("snapshot_window", _ELASTICACHE_WINDOW_MINUTES),
    window_is_long("maintenance_window", _ELASTICACHE_WINDOW_MINUTES),
    windows_are_apart("snapshot_window", "maintenance_window"),
)

BACKUPS_RULES: tuple[Rule, ...] = (lock_is_the_shortest,)
