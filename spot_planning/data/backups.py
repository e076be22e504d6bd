"""The schedule of AWS Backup, the retention of recovery points, and the managed policies."""

import re
from collections.abc import Mapping

from spot_planning.data.windows import MINUTES_PER_DAY, MINUTES_PER_WEEK, window_minutes

RETENTION_DAYS = range(1, 36_501)
"""Lifecycle, AWS Backup API Reference."""

START_WINDOW_MINUTES = 60
"""Minutes after the scheduled time within which a backup must begin; the shortest value that AWS Backup accepts."""

COMPLETION_WINDOW_MINUTES = 8 * 60
"""Minutes that a backup may take, so that it is complete before the working day."""

CLEARANCE_MINUTES = 60
"""Minutes before a window of an Amazon RDS instance in which AWS Backup starts no backup of it, as during the window
itself ("Plan options and configuration", AWS Backup Developer Guide)."""

_DAILY = re.compile(r"cron\((?P<minute>[0-9]+) (?P<hour>[0-9]+) (?:\* \* \?|\? \* \*) \*\)")


def blocking_window(schedule: str, windows: Mapping[str, str]) -> str | None:
    """Return the name of the first of a database's windows that prevents a backup from starting.

    Args:
        schedule: ``cron(minutes hours day month weekday year)``, UTC. A schedule that is not daily is not checked.
        windows: Name of the setting -> window, daily or weekly, UTC.

    Returns:
        The name of the window; None if the schedule is clear of all windows.
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
    # If a window begins within an hour after the start, the start is in the hour before that window.
    return next((key for key, window in windows.items() if blocked & window_minutes(key, window)), None)


def backup_policy_arns(arn: str) -> dict[str, str]:
    """Return the managed policies that AWS Backup needs to back up databases and buckets. They do not allow restoring.

    Source: AWS Backup Developer Guide, "Managed policies for AWS Backup".

    Args:
        arn: Any ARN in the partition.

    Returns:
        ``database`` or ``buckets`` -> ARN of the policy.
    """
    partition = arn.split(":")[1]
    return {
        "database": f"arn:{partition}:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForBackup",
        "buckets": f"arn:{partition}:iam::aws:policy/AWSBackupServiceRolePolicyForS3Backup",
    }
