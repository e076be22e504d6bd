"""Sections: images, alarms and money."""

from typing import Annotated, ClassVar

from configuration.values import Email, Section, at_least, between


class Registry(Section):
    """The image registry."""

    keep_images: Annotated[int, between(1, 1000)] = 20
    """Images kept; older ones are removed."""
    force_delete: bool = False
    """Whether destroying the stack deletes the images with their repository."""


class Observability(Section):
    """Alarms and the dashboard."""

    root_only: ClassVar[frozenset[str]] = frozenset({"alarm_emails"})

    alarm_emails: list[Email] = []
    """Who gets the alarms; each address has to confirm the subscription once."""
    dashboard: bool = True
    """Whether there is a CloudWatch dashboard."""


class Budget(Section):
    """A monthly budget with notice at 80 and 100 per cent, and when the forecast exceeds it."""

    monthly_limit_usd: Annotated[float, at_least(1)] | None = None
    """The budget, USD a month; without one nothing is watched."""
    emails: list[Email] = []
    """Who gets notice; when empty, those of `observability.alarm_emails`."""
