"""Schedule expressions: those that AWS accepts, and those that it refuses."""

import pytest

from spot_planning.schedules import is_cron, is_schedule


@pytest.mark.parametrize(
    "expression",
    [
        "cron(0 5 ? * * *)",  # the default of AWS Backup
        "cron(0 8 ? * MON-FRI *)",
        "cron(0/15 8-18 ? * 2-6 2026-2030)",
        "cron(15,45 10 L * ? *)",
        "cron(0 10 15W JAN,JUL ? *)",
        "cron(0 10 ? * FRI#2 *)",
        "cron(0 10 ? * 6L *)",
        "rate(1 minute)",
        "rate(15 minutes)",
        "rate(1 day)",
        "at(2027-01-31T08:00:00)",
    ],
)
def test_right(expression: str) -> None:
    assert is_schedule(expression)
    assert is_cron(expression) == expression.startswith("cron")


@pytest.mark.parametrize(
    "expression",
    [
        "",
        "0 8 * * *",
        "cron(0 8 * * *)",  # Unix's five fields
        "cron(0 8 * * * *)",  # day of month or day of week must be ?
        "cron(0 8 ? * ? *)",
        "cron(60 8 * * ? *)",
        "cron(0 24 * * ? *)",
        "cron(0 8 32 * ? *)",
        "cron(0 8 0 * ? *)",
        "cron(0 8 * 13 ? *)",
        "cron(0 8 ? * 0 *)",
        "cron(0 8 ? * MON-FUN *)",
        "cron(0 18-8 * * ? *)",
        "cron(0/0 8 * * ? *)",
        "cron(0 8 * * ? 1969)",
        "cron(0 8  * * ? *)",
        "cron(0 8 32W * ? *)",
        "cron(0 8 ? * MON#6 *)",
        "rate(0 minutes)",
        "rate(1 minutes)",
        "rate(5 minute)",
        "rate(2 weeks)",
        "at(2027-02-29T08:00:00)",
        "at(2027-01-31)",
        "at(2027-01-31T08:00:00Z)",
        "at(2027-01-3\u0661T08:00:00)",  # digits of other scripts
        "rate(1\u0662 hours)",
        "cron(0 8 1\u0665W * ? *)",
    ],
)
def test_wrong(expression: str) -> None:
    assert not is_schedule(expression)
