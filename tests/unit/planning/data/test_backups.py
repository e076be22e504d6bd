"""Backup plans: the plan refuses what AWS Backup would refuse."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spot_planning.data.backups import backup_policy_arns, blocking_window
from spot_planning.data.rules import BACKUPS_RULES
from spot_planning.data.settings import BackupsSettings
from spot_planning.schedules import CRON
from tests.unit.planning.saying import said


def backups(**settings: Any) -> list[str]:
    return said(BackupsSettings(**settings), BACKUPS_RULES)


@given(st.integers(1, 100), st.integers(1, 100), st.integers(-1, 120), st.booleans())
def test_locked_vault_takes_every_recovery_point(retention: int, copies: int, minimum: int, copied: bool) -> None:
    found = backups(
        retention_days=retention,
        copy_retention_days=copies,
        minimum_retention_days=minimum,
        copy_region="us-west-2" if copied else None,
    )
    assert (found == []) == (1 <= minimum <= retention and (not copied or minimum <= copies))
    assert all(line.startswith("minimum_retention_days is not ") for line in found)


NO_SCHEDULE = f"schedule is not allowed; allowed: {CRON}"


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"schedule": "daily"}, NO_SCHEDULE),
        ({"schedule": "cron(0 5 * * * *)"}, NO_SCHEDULE),
        ({"schedule": "cron(0 5 ? * ? *)"}, NO_SCHEDULE),
        ({"retention_days": 0}, "retention_days is not allowed; allowed: 1 to 36500"),
        ({"copy_retention_days": 36501}, "copy_retention_days is not allowed; allowed: 1 to 36500"),
    ],
)
def test_wrong_backups_are_refused(change: dict[str, Any], line: str) -> None:
    assert backups(**change) == [line]


def test_copies_go_to_a_region() -> None:
    (line,) = backups(copy_region="Oregon")
    assert line.startswith("copy_region is not allowed; allowed: a Region such as us-east-1")


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
        ("cron(0 3 ? * MON *)", None),  # the day is not checked
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
