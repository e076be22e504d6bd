"""Settings of the dashboard and the budget."""

from spot_planning.declarations import arguments, at_least, setting
from spot_planning.monitoring.alert_topic import EMAIL


@arguments
class ObservabilitySettings:
    """Alarms and the dashboard."""

    dashboard: bool = True
    """Whether there is a CloudWatch dashboard."""


@arguments
class BudgetSettings:
    """A monthly budget. It sends notices at 80 and 100 per cent, and when the forecast exceeds it."""

    monthly_limit_usd: float | None = setting(default=None, allowed=at_least(1))
    """The budget, USD a month. When empty, there is no budget."""
    emails: list[str] = setting(default_factory=list[str], each=EMAIL)
    """E-mail addresses that get the notices. When empty, the addresses of `observability.alarm_emails`."""
