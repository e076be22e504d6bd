"""How long CloudWatch Logs keeps log events."""

from spot_planning.declarations import one_of

RETENTION_DAYS = (
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
)  # fmt: skip
"""The periods that CloudWatch Logs has (PutRetentionPolicy, Amazon CloudWatch Logs API Reference)."""


def check_retention_days(key: str, days: int) -> None:
    """Check a retention period.

    Args:
        key: The name of the value, for the error.
        days: The period in days.

    Raises:
        ValueError: If CloudWatch Logs does not have this period.
    """
    if days not in RETENTION_DAYS:
        raise ValueError(f"{key}={days} is not one of {', '.join(map(str, RETENTION_DAYS))}")


LOG_RETENTION_DAYS = one_of(RETENTION_DAYS)
"""A period that CloudWatch Logs has."""
