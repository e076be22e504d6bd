"""A rule about the settings of a budget."""

from collections.abc import Iterator

from spot_planning.monitoring.budget import MAXIMUM_EMAILS
from spot_planning.monitoring.settings import BudgetSettings
from spot_planning.problems import Problem


def somebody_is_told(settings: BudgetSettings) -> Iterator[Problem]:
    """A budget notifies 1 to 10 e-mail addresses."""
    count = len(settings.emails)
    if not 1 <= count <= MAXIMUM_EMAILS:
        text = f"has {count} addresses; allowed: 1 to {MAXIMUM_EMAILS}"
        yield Problem(("emails",), text, shows_value=False)
