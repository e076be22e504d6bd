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


def blocking_window(schedule: str, windows: Mapping[str, str]) -> str | None:
    """Which of a database's own windows keeps a backup from starting.

    Args:
        schedule: ``cron(minutes hours day month weekday year)``, UTC; one that is not daily is not looked at.
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
