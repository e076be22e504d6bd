"""When AWS Backup makes recovery points, and how long it keeps them."""

import re
from collections.abc import Mapping

from spot_planning.data.windows import MINUTES_PER_DAY, MINUTES_PER_WEEK, window_minutes

RETENTION_DAYS = range(1, 36_501)
"""Lifecycle, AWS Backup API Reference."""

START_WINDOW_MINUTES = 60
"""How late a backup may begin; the least that AWS Backup takes."""

COMPLETION_WINDOW_MINUTES = 8 * 60
"""How long it may take from then on: the working day finds it done."""

CLEARANCE_MINUTES = 60
"""AWS Backup starts no backup of an Amazon RDS instance during its windows, nor in the hour before ("Plan options and
configuration", AWS Backup Developer Guide)."""

_DAILY = re.compile(r"cron\((?P<minute>\d+) (?P<hour>\d+) (?:\* \* \?|\? \* \*) \*\)")
_CRON = re.compile(r"cron\((\S+) (\S+) (\S+) (\S+) (\S+) (\S+)\)")
_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d")


def check_backups(
    *,
    schedule: str,
    retention_days: int,
    copy_region: str | None,
    copy_retention_days: int,
    has_copy_provider: bool,
    minimum_retention_days: int | None,
    resources: int,
) -> None:
    """Refuse a backup plan that AWS Backup would refuse, or that would back up nothing.

    Args:
        schedule: ``cron(minutes hours day month weekday year)``, UTC.
        retention_days: Days that recovery points are kept.
        copy_region: Region of the copies; None for no copies.
        copy_retention_days: Days that copies are kept.
        has_copy_provider: Whether there is a provider for that region.
        minimum_retention_days: Days before which a locked vault lets nothing be deleted; None for no lock.
        resources: How many resources are backed up.

    Raises:
        ValueError: For the first wrong value.
    """
    found = _CRON.fullmatch(schedule)
    if not found or (found[3] == "?") == (found[5] == "?"):
        raise ValueError(
            f"schedule={schedule!r} is not cron(minutes hours day month weekday year) with one of day and weekday as ?"
        )
    for key, days in (("retention_days", retention_days), ("copy_retention_days", copy_retention_days)):
        if days not in RETENTION_DAYS:
            raise ValueError(f"{key}={days} is not between {RETENTION_DAYS[0]} and {RETENTION_DAYS[-1]}")
    if copy_region is not None and not _REGION.fullmatch(copy_region):
        raise ValueError(f"copy_region={copy_region!r} is not a region such as us-west-2")
    if copy_region is not None and not has_copy_provider:
        raise ValueError(f"copy_region={copy_region} needs copy_provider, a provider of that region")
    shortest = min(retention_days, copy_retention_days if copy_region else retention_days)
    if minimum_retention_days is not None and not 1 <= minimum_retention_days <= shortest:
        raise ValueError(
            f"minimum_retention_days={minimum_retention_days} is not between 1 and {shortest}, the shortest retention; "
            "a locked vault refuses recovery points that are kept for less"
        )
    if not resources:
        raise ValueError("resource_arns is empty: there is nothing to back up")


def blocking_window(schedule: str, windows: Mapping[str, str]) -> str | None:
    """Which of a database's own windows keeps a backup from starting.

    Args:
        schedule: As for `check_backups`; one that is not daily is not looked at.
        windows: Name of the value -> window, daily or weekly, UTC.

    Returns:
        The name of the first window that the schedule meets, None if it keeps clear of all.
    """
    found = _DAILY.fullmatch(schedule)
    if not found:
        return None
    start = int(found["hour"]) * 60 + int(found["minute"])
    blocked = {
        (day + start + minute) % MINUTES_PER_WEEK
        for day in range(0, MINUTES_PER_WEEK, MINUTES_PER_DAY)
        for minute in range(CLEARANCE_MINUTES + 1)
    }
    # What begins in the hour after the start has the start in the hour before it.
    return next((key for key, window in windows.items() if blocked & window_minutes(key, window)), None)


def backup_policy_arns(arn: str) -> dict[str, str]:
    """The managed policies that AWS Backup needs for databases and buckets, and none for restoring.

    Source: AWS Backup Developer Guide, "Managed policies for AWS Backup".

    Args:
        arn: Any ARN of the partition.

    Returns:
        What for -> ARN of the policy.
    """
    partition = arn.split(":")[1]
    return {
        "database": f"arn:{partition}:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForBackup",
        "buckets": f"arn:{partition}:iam::aws:policy/AWSBackupServiceRolePolicyForS3Backup",
    }
