"""The notifications of a budget."""

from dataclasses import dataclass

MAXIMUM_EMAILS = 10
"""E-mail subscribers of one notification: AWS Budgets User Guide, "Quotas and restrictions"."""


@dataclass(frozen=True, kw_only=True)
class Notification:
    """One notification of a budget."""

    kind: str
    """``ACTUAL`` for the costs so far, ``FORECASTED`` for the forecast of the month's costs."""
    percent: int
    """Share of the budget, per cent, above which the notification is sent."""


def plan_notifications() -> tuple[Notification, ...]:
    """Return the notifications in this order: 80 % spent, 100 % spent, and a forecast above 100 %."""
    return (
        Notification(kind="ACTUAL", percent=80),
        Notification(kind="ACTUAL", percent=100),
        Notification(kind="FORECASTED", percent=100),
    )
