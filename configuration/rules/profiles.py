"""What the profiles staging and prod promise, whatever a stack file says."""

from collections.abc import Iterator

from configuration.problems import Problem
from configuration.rules.context import Context, Rule
from configuration.values import ANY_ORIGIN


def _somebody_gets_the_alarms(context: Context) -> Iterator[Problem]:
    settings = context.settings
    if settings.profile in ("staging", "prod") and not settings.observability.alarm_emails:
        yield context.say(
            "observability.alarm_emails", f"missing; profile {settings.profile} needs somebody who gets the alarms"
        )


def _copies_go_elsewhere(context: Context) -> Iterator[Problem]:
    settings = context.settings
    if settings.profile in ("staging", "prod") and settings.backups.enabled and settings.backups.copy_region is None:
        # No default: where personal data may be copied to is a decision of the law, not of a library.
        what = f"profile {settings.profile} copies backups to a second Region"
        text = f"missing; {what}: name one, or set backups.enabled to false"
        yield context.say("backups.copy_region", text, "backups.enabled")


def _prod_survives_losing_spot(context: Context) -> Iterator[Problem]:
    service = context.settings.service
    if context.settings.profile != "prod":
        return
    if service.on_demand_base < 1:
        text = "is not allowed in profile prod; allowed: 1 or more, which survive when Spot has no capacity"
        yield context.refuse("service.on_demand_base", text)
    if service.min_tasks < 2:  # noqa: PLR2004 (the smallest number that leaves a spare)
        yield context.refuse(
            "service.min_tasks", "is not allowed in profile prod; allowed: 2 or more, so that there is a spare"
        )


def _prod_keeps_data(context: Context) -> Iterator[Problem]:
    settings = context.settings
    if settings.profile != "prod":
        return
    days = settings.database.backup_retention_days
    if 0 <= days < 7:  # noqa: PLR2004 (Security Hub RDS.11)
        yield context.refuse(
            "database.backup_retention_days", "is not allowed in profile prod; allowed: 7 to 35", "database.replica"
        )
    for key, what in (
        ("storage.force_destroy", "users' files"),
        ("registry.force_delete", "images to go back to"),
        ("backups.force_destroy", "recovery points"),
    ):
        section, name = key.split(".")
        if getattr(getattr(settings, section), name):
            yield context.refuse(key, f"is not allowed in profile prod, where it would delete {what}; allowed: false")


def _prod_names_its_callers(context: Context) -> Iterator[Problem]:
    settings = context.settings
    if settings.profile == "prod" and ANY_ORIGIN in settings.api_origins:
        text = "any origin is not allowed in profile prod: name the pages, or set dns.site_domain"
        yield context.say("api.cors_allowed_origins", text, "dns.site_domain", "dns.site_alternative_domains")


RULES: tuple[Rule, ...] = (
    _somebody_gets_the_alarms,
    _copies_go_elsewhere,
    _prod_survives_losing_spot,
    _prod_keeps_data,
    _prod_names_its_callers,
)
