"""Backup plans: what AWS Backup would refuse is refused first."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spot_planning.data.backups import backup_policy_arns, blocking_window, check_backups

RIGHT: dict[str, Any] = {
    "schedule": "cron(0 5 * * ? *)",
    "retention_days": 35,
    "copy_region": None,
    "copy_retention_days": 35,
    "has_copy_provider": False,
    "minimum_retention_days": None,
    "resources": 1,
}
NO_SCHEDULE = "is not cron(minutes hours day month weekday year) with one of day and weekday as ?"


@given(st.integers(1, 100), st.integers(1, 100), st.integers(-1, 120), st.booleans())
def test_locked_vault_takes_every_recovery_point(retention: int, copies: int, minimum: int, copied: bool) -> None:
    wanted = {
        **RIGHT,
        "retention_days": retention,
        "copy_retention_days": copies,
        "minimum_retention_days": minimum,
        "copy_region": "us-west-2" if copied else None,
        "has_copy_provider": copied,
    }
    if 1 <= minimum <= retention and (not copied or minimum <= copies):
        check_backups(**wanted)
    else:
        with pytest.raises(ValueError, match=f"^minimum_retention_days={minimum} is not between 1 and"):
            check_backups(**wanted)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"schedule": "daily"}, f"schedule='daily' {NO_SCHEDULE}"),
        ({"schedule": "cron(0 5 * * * *)"}, f"schedule='cron(0 5 * * * *)' {NO_SCHEDULE}"),
        ({"schedule": "cron(0 5 ? * ? *)"}, f"schedule='cron(0 5 ? * ? *)' {NO_SCHEDULE}"),
        ({"retention_days": 0}, "retention_days=0 is not between 1 and 36500"),
        ({"copy_retention_days": 36501}, "copy_retention_days=36501 is not between 1 and 36500"),
        ({"copy_region": "Oregon"}, "copy_region='Oregon' is not a region such as us-west-2"),
        ({"copy_region": "us-west-2"}, "copy_region=us-west-2 needs copy_provider, a provider of that region"),
        ({"resources": 0}, "resource_arns is empty: there is nothing to back up"),
    ],
)
def test_wrong_backups_are_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        check_backups(**{**RIGHT, **change})


@pytest.mark.parametrize(
    ("schedule", "blocked_by"),
    [
        ("cron(0 6 * * ? *)", None),
        ("cron(30 5 * * ? *)", None),
        ("cron(29 5 * * ? *)", "maintenance_window"),
        ("cron(30 3 ? * * *)", "backup_window"),
        ("cron(0 2 * * ? *)", "backup_window"),
        ("cron(59 1 * * ? *)", None),
        ("cron(0 4 * * ? *)", "maintenance_window"),
        ("cron(0 3 ? * MON *)", None),  # which day that is, is not looked at
        ("cron(0 */6 * * ? *)", None),
    ],
)
def test_a_daily_backup_keeps_clear_of_what_the_database_does_by_itself(schedule: str, blocked_by: str | None) -> None:
    windows = {"backup_window": "03:00-04:00", "maintenance_window": "sun:04:30-sun:05:30"}
    assert blocking_window(schedule, windows) == blocked_by


def test_policies_are_of_the_partition_and_do_not_restore() -> None:
    arns = backup_policy_arns("arn:aws-us-gov:backup:us-gov-west-1:123456789012:backup-vault:main").values()
    assert all(arn.startswith("arn:aws-us-gov:iam::aws:policy/") for arn in arns)
    assert not [arn for arn in arns if "Restore" in arn]
