"""When a budget speaks up."""

from collections.abc import Sequence
from dataclasses import dataclass

from spot_planning.monitoring.alert_topic import check_emails

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


def check_budget(monthly_limit_usd: float, emails: Sequence[str], tag: str | None) -> None:
    """Refuse a budget that AWS would refuse, or that would tell nobody.

    Raises:
        ValueError: In one line, with the argument, its value and what is allowed.
    """
    if not monthly_limit_usd >= 1:
        raise ValueError(f"monthly_limit_usd={monthly_limit_usd} must be 1 or more")
    if not 1 <= len(emails) <= MAXIMUM_EMAILS:
        raise ValueError(f"emails has {len(emails)} addresses; a budget tells 1 to {MAXIMUM_EMAILS}")
    check_emails("emails", emails)
    if tag is not None and not all(tag.partition("=")):
        raise ValueError(f"tag={tag!r} must be KEY=VALUE")
