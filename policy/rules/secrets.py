"""AWS Secrets Manager: rotation and keys of secrets."""

import re
from collections.abc import Iterator
from typing import Final

from policy.checks import is_own_key, number_setting, setting_number
from policy.graph import Graph
from policy.resources import ResourceView
from policy.rule import Concern, Config, Rule, Severity, Verdict, per_resource, violation
from policy.values import UndecidableError, Value, WrongTypeError

SECRET = "aws:secretsmanager/secret:Secret"  # noqa: S105 - a resource type
RATE: Final = re.compile(r"rate\((\d+) (day|hour)s?\)")
HOURS_A_DAY = 24
ROTATION = "aws:secretsmanager/secretRotation:SecretRotation"


def _rotated(graph: Graph, secret: ResourceView, _config: Config) -> Iterator[Verdict]:
    if not graph.dependents(secret, ROTATION, "secretId"):
        yield violation("secretId", "no SecretRotation of the stack is for this secret")


def _often_enough(rotation: ResourceView, config: Config) -> Iterator[Verdict]:
    rules = rotation.at("rotationRules")
    most = setting_number(config, "maximum-days")
    days, schedule = rules.at("automaticallyAfterDays"), rules.at("scheduleExpression")
    value = schedule if schedule.present else days
    number = _days(schedule) if schedule.present else days.number()
    if number is None or number > most:
        yield violation(value.path, f"{value}; it must be at most {most:g} days")


def _days(schedule: Value) -> float:
    text = schedule.text() or ""
    rate = RATE.fullmatch(text)
    if rate:
        return int(rate[1]) / (HOURS_A_DAY if rate[2] == "hour" else 1)
    if text.startswith("cron("):
        raise UndecidableError(schedule.path, schedule.urn, "this rule does not evaluate cron expressions")
    raise WrongTypeError(schedule, "a schedule")


RULES = (
    Rule(
        id="secret-rotated",
        title="Secrets are rotated automatically",
        problem="The secret is not rotated",
        severity=Severity.MEDIUM,
        concern=Concern.HARDENING,
        fsbp=("SecretsManager.1",),
        checkov=("CKV2_AWS_57",),
        cdk_nag=("AwsSolutions-SMG4",),
        prowler=("secretsmanager_automatic_rotation_enabled",),
        types=(SECRET, ROTATION),
        remediation="Add a SecretRotation, or let the service manage the secret as RDS does.",
        check_graph=per_resource(_rotated, SECRET),
    ),
    Rule(
        id="secret-rotated-often",
        title="Secrets are rotated often enough",
        problem="The secret is not rotated often enough",
        severity=Severity.MEDIUM,
        concern=Concern.HARDENING,
        fsbp=("SecretsManager.4",),
        checkov=("CKV_AWS_304",),
        prowler=("secretsmanager_secret_rotated_periodically",),
        types=(ROTATION,),
        remediation="Set rotationRules.automaticallyAfterDays to at most the configured number.",
        check=_often_enough,
        config={"maximum-days": number_setting(90, "Most days between rotations.", least=1)},
    ),
    Rule(
        id="secret-encrypted",
        title="Secrets are encrypted with a customer-managed key",
        problem="The secret is not encrypted with a customer-managed key",
        severity=Severity.MEDIUM,
        concern=Concern.ENCRYPTION,
        checkov=("CKV_AWS_149",),
        trivy=("AWS-0098",),
        types=(SECRET,),
        remediation="Give kmsKeyId.",
        check=is_own_key("kmsKeyId"),
    ),
)
