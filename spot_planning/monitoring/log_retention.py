"""The retention periods of CloudWatch Logs."""

from spot_planning.declarations import one_of

RETENTION_DAYS = (
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
)  # fmt: skip
"""The retention periods that CloudWatch Logs offers, days (PutRetentionPolicy, Amazon CloudWatch Logs API
Reference)."""


LOG_RETENTION_DAYS = one_of(RETENTION_DAYS)
"""Allows the retention periods that CloudWatch Logs offers."""
