"""Rules about the database, the cache, buckets, backups, alarms and the budget."""

from collections.abc import Iterator

from configuration.rules.context import Context, Rule, of_component, refuse, say
from spot_planning.checking import Rule as ComponentRule
from spot_planning.data import rules as data
from spot_planning.data.backups import blocking_window
from spot_planning.monitoring.budget import MAXIMUM_EMAILS
from spot_planning.monitoring.slack import channel_of_a_workspace
from spot_planning.problems import Problem
from spot_planning.repetition import nothing_twice


def _copies_need_backups(context: Context) -> Iterator[Problem]:
    backups = context.settings.backups
    if backups.copy_region is not None and not backups.enabled:
        yield refuse("backups.copy_region", "is not allowed without backups.enabled")


def _copies_go_elsewhere(context: Context) -> Iterator[Problem]:
    settings = context.settings
    if settings.backups.copy_region is not None and settings.backups.copy_region == settings.aws.region:
        text = "is not allowed with the same aws.region; allowed: another Region"
        yield refuse("backups.copy_region", text)


def _backups_can_start(key: str) -> Rule:
    def rule(context: Context) -> Iterator[Problem]:
        backups = context.settings.backups
        if not backups.enabled:
            return
        window: str = getattr(context.settings.database, key)
        if blocking_window(backups.schedule, {key: window}) is not None:
            text = (
                f"is not allowed with database.{key} {window}; allowed: a time after it, or more than an hour before "
                "it, since AWS Backup cannot start in between"
            )
            yield refuse("backups.schedule", text)

    return rule


def _backups(rule: ComponentRule) -> Rule:
    def apply(context: Context) -> Iterator[Problem]:
        if context.settings.backups.enabled:
            yield from of_component("backups", rule)(context)

    return apply


def _budget_is_heard(context: Context) -> Iterator[Problem]:
    settings = context.settings
    if settings.budget.monthly_limit_usd is None:
        return
    emails = settings.budget_emails
    if not emails:
        text = "is not allowed without budget.emails or observability.alarm_emails: nobody would hear of it"
        yield refuse("budget.monthly_limit_usd", text)
    elif len(emails) > MAXIMUM_EMAILS:
        key = "budget.emails" if settings.budget.emails else "observability.alarm_emails"
        yield say(
            key,
            f"{len(emails)} addresses are not allowed; allowed: {MAXIMUM_EMAILS} at most, to get notice of the budget",
        )


RULES: tuple[Rule, ...] = (
    _copies_need_backups,
    _copies_go_elsewhere,
    _backups_can_start("backup_window"),
    _backups_can_start("maintenance_window"),
    *(of_component("database", rule) for rule in data.DATABASE_RULES),
    *(of_component("cache", rule) for rule in data.CACHE_RULES),
    *(_backups(rule) for rule in data.BACKUPS_RULES),
    of_component("storage", nothing_twice("cors_allowed_origins")),
    of_component("observability", nothing_twice("alarm_emails")),
    of_component("observability", nothing_twice("alarm_urls")),
    of_component("observability", channel_of_a_workspace),
    of_component("budget", nothing_twice("emails")),
    _budget_is_heard,
)
