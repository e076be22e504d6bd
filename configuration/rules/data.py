"""Rules about what keeps data."""

from collections.abc import Iterator

from components.planning.backups import blocking_window
from configuration.problems import Problem
from configuration.rules.context import Context, Rule


def _copies(context: Context) -> Iterator[Problem]:
    backups, region = context.settings.backups, context.settings.aws.region
    if backups.copy_region is None:
        return
    if not backups.enabled:
        yield context.refuse("backups.copy_region", "is not allowed without backups.enabled", "backups.enabled")
    if backups.copy_region == region:
        yield context.refuse(
            "backups.copy_region", "is not allowed with the same aws.region; allowed: another Region", "aws.region"
        )


def _backups_can_start(context: Context) -> Iterator[Problem]:
    settings = context.settings
    if not settings.backups.enabled:
        return
    windows = {key: getattr(settings.database, key) for key in ("backup_window", "maintenance_window")}
    key = blocking_window(settings.backups.schedule, windows)
    if key is not None:
        text = (
            f"is not allowed with database.{key} {windows[key]}; allowed: a time after it, or more than an hour before "
            "it, since AWS Backup cannot start in between"
        )
        yield context.refuse("backups.schedule", text, f"database.{key}", "backups.enabled")


def _budget_is_heard(context: Context) -> Iterator[Problem]:
    settings = context.settings
    if settings.budget.monthly_limit_usd is not None and not settings.budget_emails:
        text = "is not allowed without budget.emails or observability.alarm_emails: nobody would hear of it"
        yield context.refuse("budget.monthly_limit_usd", text, "budget.emails", "observability.alarm_emails")


RULES: tuple[Rule, ...] = (_copies, _backups_can_start, _budget_is_heard)
