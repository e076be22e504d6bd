"""Rules about what keeps data."""

from collections.abc import Iterator

from configuration.problems import Problem
from configuration.rules.context import Context, Rule


def _replica(context: Context) -> Iterator[Problem]:
    database = context.settings.database
    if database.replica and database.backup_retention_days == 0:
        text = "is not allowed with replica: RDS makes replicas from automatic backups; allowed: 1 to 35"
        yield context.refuse("database.backup_retention_days", text, "database.replica")


def _storage_growth(context: Context) -> Iterator[Problem]:
    database = context.settings.database
    # Amazon RDS User Guide, "Managing capacity automatically with Amazon RDS storage autoscaling".
    least = -(-database.allocated_storage_gib * 11 // 10)
    if database.max_allocated_storage_gib < least:
        storage = database.allocated_storage_gib
        text = f"is not allowed with allocated_storage_gib {storage}; allowed: {least} or more (10 % more)"
        yield context.refuse("database.max_allocated_storage_gib", text, "database.allocated_storage_gib")


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


def _budget_is_heard(context: Context) -> Iterator[Problem]:
    settings = context.settings
    if settings.budget.monthly_limit_usd is not None and not settings.budget_emails:
        text = "is not allowed without budget.emails or observability.alarm_emails: nobody would hear of it"
        yield context.refuse("budget.monthly_limit_usd", text, "budget.emails", "observability.alarm_emails")


RULES: tuple[Rule, ...] = (_replica, _storage_growth, _copies, _budget_is_heard)
