"""What a PostgreSQL instance on Amazon RDS may look like."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spot_planning.data.connections import max_connections
from spot_planning.documents import canonical_json
from spot_planning.iam.policy_documents import assume_role_document
from spot_planning.problems import Problem

if TYPE_CHECKING:  # which takes its limits from here
    from spot_planning.data.settings import DatabaseSettings

MONITORING_INTERVALS_SECONDS = (0, 1, 5, 10, 15, 30, 60)
"""CreateDBInstance, Amazon RDS API Reference."""

STORAGE_GIB = range(20, 65_537)
"""Sizes of a gp3 volume for PostgreSQL ("Amazon RDS DB instance storage", Amazon RDS User Guide)."""

STORAGE_GROWTH_PERCENT = 10
"""How far the limit of storage autoscaling must be above the storage at least ("Managing capacity automatically with
Amazon RDS storage autoscaling", Amazon RDS User Guide)."""

WELL_KNOWN_USERNAMES = ("admin", "administrator", "awsuser", "master", "postgres", "rdsadmin", "root")
"""Names that are guessed first (Security Hub RDS.25), and those that Amazon RDS keeps for itself."""

PASSWORD_LENGTH = 64
"""Characters of a password made by the stack; Amazon RDS takes 8 to 128."""

DEFAULT_PASSWORD_ROTATION_DAYS = 7
"""How often Amazon RDS rotates a password that it manages, unless told otherwise ("Password management with Amazon RDS
and AWS Secrets Manager", Amazon RDS User Guide)."""

MAXIMUM_ROTATION_DAYS = 1000
"""RotationRulesType, AWS Secrets Manager API Reference."""

EXTENDED_SUPPORT = "open-source-rds-extended-support"
"""EngineLifecycleSupport of CreateDBInstance, Amazon RDS API Reference. With ``-disabled`` the major version is
upgraded when its standard support ends; otherwise it costs 0.100 USD per vCPU and hour, 146 USD a month for two."""

FIRST_SUPPORTED_MAJOR = 14
"""The oldest major version in standard support; that of 13 ended on 28 February 2026 ("Release calendars for Amazon RDS
for PostgreSQL", Amazon RDS for PostgreSQL Release Notes)."""

INSIGHTS_RETENTION_DAYS = 7
"""What Performance Insights keeps free of charge."""

LOG_TYPES = ("postgresql", "upgrade")

SLOW_STATEMENT_MILLISECONDS = 1000

MAXIMUM_IDENTIFIER_LENGTH = 63
"""Characters of a DB instance's identifier."""

_NAME_SUFFIXES_LENGTH = len("-1a2b3c4") + len("-replica")


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """One parameter of a DB parameter group."""

    name: str
    value: str
    pending_reboot: bool = False
    """Whether its apply method is ``pending-reboot``: it takes effect at the next restart."""


PARAMETERS = (
    Parameter(name="log_lock_waits", value="1"),
    # Not log_statement: it would write the passwords of CREATE ROLE and ALTER ROLE into the log.
    Parameter(name="log_min_duration_statement", value=str(SLOW_STATEMENT_MILLISECONDS)),
    # The values of a slow statement are people's names and addresses ("Error Reporting and Logging", PostgreSQL).
    Parameter(name="log_parameter_max_length", value="0"),
    # Amazon RDS answers pending-reboot for it, whatever was asked: anything else is a change at every `up`.
    Parameter(name="rds.force_ssl", value="1", pending_reboot=True),
    Parameter(name="shared_preload_libraries", value="pg_stat_statements", pending_reboot=True),
)
"""Parameters of every instance: TLS only (Security Hub RDS.38), slow statements without their values and lock waits in
the log, statistics of statements. pgvector needs none: ``CREATE EXTENSION vector`` in a migration is all."""


def parameters(settings: "DatabaseSettings") -> tuple[Parameter, ...]:
    """The parameters of an instance: `PARAMETERS`, and its limit of connections where its class is known.

    Args:
        settings: Checked settings.
    """
    limit = max_connections(settings.instance_class)
    if limit is None:
        return PARAMETERS
    return (*PARAMETERS, Parameter(name="max_connections", value=str(limit), pending_reboot=True))


@dataclass(frozen=True, kw_only=True)
class DatabasePlan:
    """A PostgreSQL instance as plain data."""

    parameter_group_family: str
    parameters: tuple[Parameter, ...]
    replica_instance_class: str
    final_snapshot: bool
    engine_lifecycle_support: str
    """Whether Amazon RDS goes on with a major version for money after its standard support has ended."""
    minor_upgrades: bool
    """Whether Amazon RDS installs minor versions by itself. It must not where one was asked for: having gone past that
    one, it refuses to go back ("Cannot upgrade postgres from 16.13 to 16.10"), and with it every later update."""


def plan_database(settings: "DatabaseSettings") -> DatabasePlan:
    """Plan a PostgreSQL instance.

    Args:
        settings: Checked settings.
    """
    snapshot = settings.final_snapshot
    return DatabasePlan(
        parameter_group_family=f"postgres{settings.engine_version.partition('.')[0]}",
        parameters=parameters(settings),
        replica_instance_class=settings.replica_instance_class or settings.instance_class,
        final_snapshot=settings.deletion_protection if snapshot is None else snapshot,
        engine_lifecycle_support=EXTENDED_SUPPORT if settings.extended_support else f"{EXTENDED_SUPPORT}-disabled",
        minor_upgrades="." not in settings.engine_version,
    )


def identifier_problems(name: str) -> Iterator[Problem]:
    """What is wrong with the name of a component that an instance's identifier begins with.

    Args:
        name: The component's name.
    """
    longest = MAXIMUM_IDENTIFIER_LENGTH - _NAME_SUFFIXES_LENGTH
    if not re.fullmatch(r"[a-z](?:-?[a-z0-9])*", name) or len(name) > longest:
        text = f"must be lower-case letters, digits and single hyphens, at most {longest} of them, for Amazon RDS"
        yield Problem(("name",), text, shows_value=False)


def log_group_name(identifier: str, log_type: str) -> str:
    """The log group that Amazon RDS writes to, and makes without retention or key where it finds none."""
    return f"/aws/rds/instance/{identifier}/{log_type}"


def monitoring_trust_policy(arn: str) -> str:
    """Who may assume the role of Enhanced Monitoring: Amazon RDS, for instances of this account and region.

    Source: Amazon RDS User Guide, "Setting up and enabling Enhanced Monitoring", confused deputy problem.

    Args:
        arn: ARN of any RDS resource of the account and region.

    Returns:
        The trust policy as JSON.
    """
    _, partition, _, region, account_id, *_ = arn.split(":")
    return canonical_json(
        assume_role_document(
            "monitoring.rds.amazonaws.com",
            account_id=account_id,
            source_arn=f"arn:{partition}:rds:{region}:{account_id}:db:*",
        )
    )


def monitoring_policy_arn(arn: str) -> str:
    """The managed policy for Enhanced Monitoring, in the partition of the given ARN."""
    return f"arn:{arn.split(':')[1]}:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole"


EVENT_SUBSCRIPTIONS: Mapping[str, tuple[str, ...]] = {
    "db-instance": ("configuration change", "failover", "failure", "low storage", "maintenance"),
    "db-parameter-group": ("configuration change",),
    "db-security-group": ("configuration change", "failure"),
}
"""Source type -> categories of events that people hear of (Security Hub RDS.20, RDS.21 and RDS.22)."""
