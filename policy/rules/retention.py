"""Protection against data loss: data that a destroy would delete, and backups that are too rare or deleted too soon."""

import re
from collections.abc import Iterator
from typing import Final

from policy.checks import is_false, number_setting, setting_number
from policy.graph import Graph
from policy.resources import ResourceView
from policy.rule import Concern, Config, Rule, Setting, Severity, Verdict, guarded, per_resource, undecided, violation
from policy.rules import backup, cloudfront, ecr, s3, secrets
from policy.rules.rds import INSTANCE, is_primary
from policy.rules.tables import in_backup_plan
from policy.values import State, Value

PLAN = "aws:backup/plan:Plan"
REPLICATION = "aws:s3/bucketReplicationConfig:BucketReplicationConfig"
FORCED: Final = {s3.BUCKET: "forceDestroy", ecr.REPOSITORY: "forceDelete", backup.VAULT: "forceDestroy"}
"""Type -> the property that lets a destroy delete the contents too."""


def _kept(resource: ResourceView, _config: Config) -> Iterator[Verdict]:
    forced = resource.at(FORCED[resource.type])
    if forced.flag():
        yield violation(forced.path, f"{forced}; destroying the stack would delete the contents too")


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
    # Without deleteAfter, backups are kept for ever.
    if number is not None and number < least:
        yield violation(days.path, f"{days}; it must be at least {least:g} days")


def _copied(graph: Graph, plan: ResourceView, _config: Config) -> Iterator[Verdict]:
    for rule in plan.at("rules").items():
        copies = rule.at("copyActions")
        if not copies.items():
            yield violation(copies.path, f"{copies}; it must name a vault elsewhere")
        own = rule.at("targetVaultName")
        for copy in copies.items():
            destination = copy.at("destinationVaultArn")
            if _same_vault(own, destination) or _one_vault_only(graph, plan, own, destination):
                yield violation(destination.path, f"{destination.path} is the vault that the backups are in already")
            elif _same_region(plan, destination):
                yield violation(destination.path, f"{destination}, which is in the Region that the backups are in")


def _same_vault(own: Value, destination: Value) -> bool:
    names = (own.content, destination.content)
    return all(isinstance(name, str) for name in names) and str(names[1]).endswith(f":backup-vault:{names[0]}")


def _same_region(plan: ResourceView, destination: Value) -> bool:
    region = plan.at("region")
    if not region.present and plan.provider is not None:
        region = plan.provider.at("region")
    if region.state is not State.KNOWN or destination.state is not State.KNOWN:
        return False
    parts = (destination.text() or "").split(":")
    return parts[3:4] == [region.text()]


def _one_vault_only(graph: Graph, plan: ResourceView, own: Value, destination: Value) -> bool:
    unknown = own.state is State.UNKNOWN and destination.state is State.UNKNOWN
    # Both values are in the property "rules". If it depends on nothing but a single vault, both are that vault.
    return unknown and len(plan.depends_on.get("rules", ())) == len(graph.targets(plan, "rules", backup.VAULT)) == 1


def _outlives_region(graph: Graph, bucket: ResourceView, _config: Config) -> Iterator[Verdict]:
    replicated = graph.dependents(bucket, REPLICATION, "bucket") or bucket.at("replicationConfiguration").present
    spared = any(graph.dependents(bucket, type_, property_) for type_, property_ in SPARED)
    if replicated or spared or s3.takes_logs(graph, bucket):
        return
    if not in_backup_plan(graph, bucket, "s3:*"):
        yield violation("bucket", "no BucketReplicationConfig is for this bucket, and no backup Selection names it")


SPARED: Final = (
    (cloudfront.DISTRIBUTION, "origins"),
    (cloudfront.DISTRIBUTION, "loggingConfig"),
    ("aws:cloudwatch/logDeliveryDestination:LogDeliveryDestination", "deliveryDestinationConfiguration"),
    ("aws:ec2/flowLog:FlowLog", "logDestination"),
)
"""Types and properties that refer to a bucket of logs, or of files that a deployment can upload again."""


def _often(plan: ResourceView, config: Config) -> Iterator[Verdict]:
    most = setting_number(config, "maximum-hours")
    for rule in plan.at("rules").items():
        yield from guarded(_is_often(rule.at("schedule"), rule.at("enableContinuousBackup"), most))


def _is_often(schedule: Value, continuous: Value, most: float) -> Iterator[Verdict]:
    if continuous.state is State.KNOWN and continuous.flag():
        return
    hours = hours_between(schedule.text() or "")
    if hours is not None and hours <= most:
        return
    if continuous.state is State.UNKNOWN:
        yield undecided(continuous.path)
    else:
        yield violation(schedule.path, f"{schedule}; it must run at least every {most:g} hours")


def hours_between(schedule: str) -> float | None:
    """Return the longest time between two runs of a schedule, rounded up to an hour, a day, a week or a month for cron.

    Args:
        schedule: ``cron(minutes hours day-of-month month day-of-week year)`` or ``rate(value unit)``.

    Returns:
        Hours; None for an invalid schedule, and for a cron expression that is limited to some months or years.
    """
    rate = RATE.fullmatch(schedule)
    if rate:
        return int(rate[1]) * {"minute": 1 / 60, "hour": 1, "day": 24}[rate[2]]
    cron = CRON.fullmatch(schedule)
    if cron is None:
        return None
    _minutes, hours, day, month, weekday, year = cron[1].split()
    if month != "*" or year != "*":
        return None
    if day not in EVERY or weekday not in EVERY:
        return 24 * (7 if day in EVERY else 31)
    return 1 if hours == "*" else 24


RATE: Final = re.compile(r"rate\((\d{1,6}) (minute|hour|day)s?\)")
CRON: Final = re.compile(r"cron\(((?:\S+ ){5}\S+)\)")
EVERY: Final = frozenset({"*", "?"})


RULES = (
    Rule(
        id="no-forced-destruction",
        title="Destroying the stack does not delete its data",
        problem="Destroying the stack deletes its data",
        severity=Severity.MEDIUM,
        concern=Concern.AVAILABILITY,
        types=tuple(FORCED),
        remediation="Leave forceDestroy (of a repository: forceDelete) false.",
        settings=(
            Setting("storage.force_destroy", "false", "ObjectStorage"),
            Setting("frontend.force_destroy", "false", "SpaFrontend"),
            Setting("registry.force_delete", "false", "ContainerRegistry"),
            Setting("backups.force_destroy", "false", "Backups"),
        ),
        check=_kept,
    ),
    Rule(
        id="secret-recovery-window",
        title="A deleted secret can be restored",
        problem="A deleted secret cannot be restored for long enough",
        severity=Severity.LOW,
        concern=Concern.AVAILABILITY,
        types=(secrets.SECRET,),
        remediation="Leave recoveryWindowInDays at 30, or set it to at least the configured number.",
        settings=(Setting("database.deletion_protection", "true"),),
        check=_recoverable,
        config={"minimum-days": number_setting(7, "Least window in days; 0 deletes at once.")},
    ),
    Rule(
        id="backup-retention",
        title="Backups and their copies are kept long enough",
        problem="Backups or their copies are not kept long enough",
        severity=Severity.MEDIUM,
        concern=Concern.AVAILABILITY,
        types=(PLAN,),
        remediation="Set lifecycle.deleteAfter of every rule and copy to at least the configured number.",
        settings=(
            Setting("backups.retention_days", "the number that the message names, or more", "Backups"),
            Setting("backups.copy_retention_days", "the number that the message names, or more", "Backups"),
        ),
        check=_backups_last,
        config={"minimum-days": number_setting(7, "Least retention in days.", least=1)},
    ),
    Rule(
        id="backup-copied",
        title="Backups are copied to a second vault",
        problem="Backups are not copied to a second vault",
        severity=Severity.MEDIUM,
        concern=Concern.AVAILABILITY,
        types=(PLAN,),
        remediation="Give every rule of the plan copyActions to a vault in another region.",
        settings=(Setting("backups.copy_region", "a second Region", "Backups"),),
        check_graph=per_resource(_copied, PLAN),
    ),
    Rule(
        id="s3-outlives-region",
        title="Objects survive the loss of their Region: they are replicated, or in a backup plan that copies",
        problem="The bucket's objects are lost with their Region",
        severity=Severity.LOW,
        concern=Concern.AVAILABILITY,
        fsbp=("S3.7",),
        checkov=("CKV_AWS_144",),
        prowler=("s3_bucket_cross_region_replication",),
        types=(s3.BUCKET, REPLICATION, backup.SELECTION),
        remediation="Add a BucketReplicationConfig, or name the bucket's ARN in a backup Selection.",
        settings=(Setting("backups.enabled", "true", "ObjectStorage"),),
        check_graph=per_resource(_outlives_region, s3.BUCKET),
        note=(
            "backup-copied checks that the plan makes copies. Not required for buckets of logs, and for buckets that a "
            "distribution serves, since a deployment can upload their files again. A selection by tags counts as "
            "including the bucket."
        ),
    ),
    Rule(
        id="backup-often",
        title="Backups are made every day",
        problem="Backups are made too rarely",
        severity=Severity.MEDIUM,
        concern=Concern.AVAILABILITY,
        types=(PLAN,),
        remediation="Set schedule of every rule to a daily one, such as cron(0 5 * * ? *).",
        settings=(Setting("backups.schedule", "a daily schedule", "Backups"),),
        check=_often,
        config={"maximum-hours": number_setting(24, "Most hours between two backups.", least=1)},
    ),
    Rule(
        id="rds-backups-kept",
        title="The database's automated backups are kept when it is deleted",
        problem="The database's automated backups are deleted with it",
        severity=Severity.MEDIUM,
        concern=Concern.AVAILABILITY,
        types=(INSTANCE,),
        remediation="Set deleteAutomatedBackups to false.",
        settings=(Setting("database.deletion_protection", "true", "ManagedData"),),
        check=is_false("deleteAutomatedBackups", when=is_primary),
    ),
)
