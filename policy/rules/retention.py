"""What is not to be lost: data that a destroy would take along, and backups that are gone too soon."""

from collections.abc import Iterator
from typing import Final

from policy.checks import is_false, number_setting, setting_number
from policy.resources import ResourceView
from policy.rule import Concern, Config, Rule, Severity, Verdict, guarded, violation
from policy.rules import backup, ecr, s3, secrets
from policy.rules.rds import INSTANCE, is_primary
from policy.values import Value

PLAN = "aws:backup/plan:Plan"
FORCED: Final = {s3.BUCKET: "forceDestroy", ecr.REPOSITORY: "forceDelete", backup.VAULT: "forceDestroy"}
"""Type -> the property that lets a destroy take its contents along."""


def _kept(resource: ResourceView, _config: Config) -> Iterator[Verdict]:
    forced = resource.at(FORCED[resource.type])
    if forced.flag():
        yield violation(forced.path, f"{forced}; destroying the stack would take the contents along")


def _recoverable(secret: ResourceView, config: Config) -> Iterator[Verdict]:
    days = secret.at("recoveryWindowInDays")
    least = setting_number(config, "minimum-days")
    if (days.number() or 0) < least:
        yield violation(days.path, f"{days}; it must be at least {least:g} days")


def _backups_last(plan: ResourceView, config: Config) -> Iterator[Verdict]:
    least = setting_number(config, "minimum-days")
    for rule in plan.at("rules").items():
        for kept in (rule, *rule.at("copyActions").items()):
            yield from guarded(_lasts(kept.at("lifecycle.deleteAfter"), least))


def _lasts(days: Value, least: float) -> Iterator[Verdict]:
    number = days.number()
    # Absent keeps them for ever.
    if number is not None and number < least:
        yield violation(days.path, f"{days}; it must be at least {least:g} days")


def _copied(plan: ResourceView, _config: Config) -> Iterator[Verdict]:
    for rule in plan.at("rules").items():
        copies = rule.at("copyActions")
        if not copies.items():
            yield violation(copies.path, f"{copies}; it must name a vault elsewhere")


RULES = (
    Rule(
        id="no-forced-destruction",
        title="Destroying the stack does not take its data along",
        severity=Severity.MEDIUM,
        concern=Concern.AVAILABILITY,
        types=tuple(FORCED),
        remediation="Leave forceDestroy (of a repository: forceDelete) false.",
        check=_kept,
    ),
    Rule(
        id="secret-recovery-window",
        title="A deleted secret can be brought back",
        severity=Severity.LOW,
        concern=Concern.AVAILABILITY,
        types=(secrets.SECRET,),
        remediation="Leave recoveryWindowInDays at 30, or set it to at least the configured number.",
        check=_recoverable,
        config={"minimum-days": number_setting(7, "Least window in days; 0 deletes at once.")},
    ),
    Rule(
        id="backup-retention",
        title="Backups and their copies are kept long enough",
        severity=Severity.MEDIUM,
        concern=Concern.AVAILABILITY,
        types=(PLAN,),
        remediation="Set lifecycle.deleteAfter of every rule and copy to at least the configured number.",
        check=_backups_last,
        config={"minimum-days": number_setting(7, "Least retention in days.", least=1)},
    ),
    Rule(
        id="backup-copied",
        title="Backups are copied to a second vault",
        severity=Severity.MEDIUM,
        concern=Concern.AVAILABILITY,
        types=(PLAN,),
        remediation="Give every rule of the plan copyActions to a vault in another region.",
        check=_copied,
    ),
    Rule(
        id="rds-backups-kept",
        title="The database's automated backups outlive it",
        severity=Severity.MEDIUM,
        concern=Concern.AVAILABILITY,
        types=(INSTANCE,),
        remediation="Set deleteAutomatedBackups to false.",
        check=is_false("deleteAutomatedBackups", when=is_primary),
    ),
)
