"""Rules about what keeps data."""

from collections.abc import Iterator
from functools import partial

from configuration.problems import Problem
from configuration.rules.context import Context, Rule
from spot_planning.data.backups import blocking_window, check_backups
from spot_planning.data.windows import check_windows
from spot_planning.monitoring.budget import MAXIMUM_EMAILS


def _copies_need_backups(context: Context) -> Iterator[Problem]:
    backups = context.settings.backups
    if backups.copy_region is not None and not backups.enabled:
        yield context.refuse("backups.copy_region", "is not allowed without backups.enabled")


def _copies_go_elsewhere(context: Context) -> Iterator[Problem]:
    settings = context.settings
    if settings.backups.copy_region is not None and settings.backups.copy_region == settings.aws.region:
        text = "is not allowed with the same aws.region; allowed: another Region"
        yield context.refuse("backups.copy_region", text)


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
            yield context.refuse("backups.schedule", text)

    return rule


def _lock_is_the_shortest(context: Context) -> Iterator[Problem]:
    backups = context.settings.backups
    if backups.enabled and backups.minimum_retention_days is not None:
        check = partial(
            check_backups,
            schedule="cron(0 6 * * ? *)",
            retention_days=backups.retention_days,
            copy_region=backups.copy_region,
            copy_retention_days=backups.copy_retention_days,
            minimum_retention_days=backups.minimum_retention_days,
            has_copy_provider=True,
            resources=1,
        )
        yield from context.planned("backups", check)


def _windows(section: str, minutes: int, *keys: str) -> Rule:
    def rule(context: Context) -> Iterator[Problem]:
        windows = {key: getattr(getattr(context.settings, section), key) for key in keys}
        yield from context.planned(section, lambda: check_windows(windows, minimum_minutes=minutes))

    return rule


def _budget_is_heard(context: Context) -> Iterator[Problem]:
    settings = context.settings
    if settings.budget.monthly_limit_usd is None:
        return
    emails = settings.budget_emails
    if not emails:
        text = "is not allowed without budget.emails or observability.alarm_emails: nobody would hear of it"
        yield context.refuse("budget.monthly_limit_usd", text)
    elif len(emails) > MAXIMUM_EMAILS:
        key = "budget.emails" if settings.budget.emails else "observability.alarm_emails"
        yield context.say(
            key,
            f"{len(emails)} addresses are not allowed; allowed: {MAXIMUM_EMAILS} at most, to get notice of the budget",
        )


RULES: tuple[Rule, ...] = (
    _copies_need_backups,
    _copies_go_elsewhere,
    _backups_can_start("backup_window"),
    _backups_can_start("maintenance_window"),
    _lock_is_the_shortest,
    _windows("database", 30, "backup_window"),
    _windows("database", 30, "maintenance_window"),
    _windows("database", 30, "backup_window", "maintenance_window"),
    _windows("cache", 60, "snapshot_window"),
    _windows("cache", 60, "maintenance_window"),
    _windows("cache", 60, "snapshot_window", "maintenance_window"),
    _budget_is_heard,
)
