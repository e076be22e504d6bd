"""When a budget speaks up."""

from dataclasses import dataclass

MAXIMUM_EMAILS = 10
"""E-mail subscribers of one notification: AWS Budgets User Guide, "Quotas and restrictions"."""


@dataclass(frozen=True, kw_only=True)
class Notification:
    """One notification of a budget."""

    kind: str
    """``ACTUAL`` for what was spent, ``FORECASTED`` for what the month will come to."""
    percent: int
    """Share of the budget above which it is sent."""


def plan_notifications() -> tuple[Notification, ...]:
    """Time to look (80 % spent), over (100 % spent), and going to be over (the forecast), in this order."""
    return (
        Notification(kind="ACTUAL", percent=80),
        Notification(kind="ACTUAL", percent=100),
        Notification(kind="FORECASTED", percent=100),
    )
