"""Rules of the profiles, mainly staging and prod, which a stack file cannot override."""

from collections.abc import Iterator

from configuration.rules.context import Context, Rule, refuse, say
from spot_planning.names.domain_names import ANY_ORIGIN
from spot_planning.problems import Problem

EMULATED_ACCOUNT = "123456789012"
"""Account id of the emulator (moto), which is no account at AWS. A stack of any profile can be tried there."""


def _somebody_gets_the_alarms(context: Context) -> Iterator[Problem]:
    settings = context.settings
    if settings.profile in ("staging", "prod") and not settings.observability.alarm_emails:
        yield say(
            "observability.alarm_emails", f"missing; profile {settings.profile} needs somebody who gets the alarms"
        )


def _only_local_is_emulated(context: Context) -> Iterator[Problem]:
    settings = context.settings
    account_id = settings.aws.account_id
    if settings.aws.endpoint_url is not None and settings.profile != "local" and account_id != EMULATED_ACCOUNT:
        text = (
            f"is not allowed with aws.account_id {account_id} in profile {settings.profile}: the toolchain sets it for "
            f"the emulator, whose account is {EMULATED_ACCOUNT}, and nobody by hand"
        )
        yield refuse("aws.endpoint_url", text)


def _copies_go_elsewhere(context: Context) -> Iterator[Problem]:
    settings = context.settings
    if settings.profile in ("staging", "prod") and settings.backups.enabled and settings.backups.copy_region is None:
        # There is no default, because the law decides where personal data may be copied to.
        what = f"profile {settings.profile} copies backups to a second Region"
        text = f"missing; {what}: name one, or set backups.enabled to false"
        yield say("backups.copy_region", text)


def _prod_survives_losing_spot(context: Context) -> Iterator[Problem]:
    settings = context.settings
    if settings.profile == "prod" and settings.service.on_demand_base < 1:
        text = "is not allowed in profile prod; allowed: 1 or more, which survive when Spot has no capacity"
        yield refuse("service.on_demand_base", text)


def _prod_has_a_spare(context: Context) -> Iterator[Problem]:
    settings = context.settings
    if settings.profile == "prod" and settings.service.min_tasks < 2:  # noqa: PLR2004 (the fewest that leave a spare)
        text = "is not allowed in profile prod; allowed: 2 or more, so that there is a spare"
        yield refuse("service.min_tasks", text)


def _prod_keeps_backups(context: Context) -> Iterator[Problem]:
    settings = context.settings
    if settings.profile == "prod" and settings.database.backup_retention_days < 7:  # noqa: PLR2004 (Security Hub RDS.11)
        yield refuse("database.backup_retention_days", "is not allowed in profile prod; allowed: 7 to 35")


def _prod_keeps(section: str, key: str, what: str) -> Rule:
    def rule(context: Context) -> Iterator[Problem]:
        if context.settings.profile == "prod" and getattr(getattr(context.settings, section), key):
            text = f"is not allowed in profile prod, where it would delete {what}; allowed: false"
            yield refuse(f"{section}.{key}", text)

    return rule


def _prod_names_its_callers(context: Context) -> Iterator[Problem]:
    settings = context.settings
    if settings.profile == "prod" and ANY_ORIGIN in settings.api_origins:
        text = "any origin is not allowed in profile prod: name the pages, or set dns.site_domain"
        yield say("api.cors_allowed_origins", text)


RULES: tuple[Rule, ...] = (
    _somebody_gets_the_alarms,
    _only_local_is_emulated,
    _copies_go_elsewhere,
    _prod_survives_losing_spot,
    _prod_has_a_spare,
    _prod_keeps_backups,
    _prod_keeps("storage", "force_destroy", "users' files"),
    _prod_keeps("registry", "force_delete", "images to go back to"),
    _prod_keeps("backups", "force_destroy", "recovery points"),
    _prod_names_its_callers,
)
