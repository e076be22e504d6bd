"""Limits, parameters and the plan of a PostgreSQL instance on Amazon RDS."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spot_planning.data.connections import max_connections
from spot_planning.documents import canonical_json
from spot_planning.iam.policy_documents import assume_role_document
from spot_planning.problems import Problem

if TYPE_CHECKING:  # that module imports its limits from this one
    from spot_planning.data.settings import DatabaseSettings

MONITORING_INTERVALS_SECONDS = (0, 1, 5, 10, 15, 30, 60)
"""CreateDBInstance, Amazon RDS API Reference."""

STORAGE_GIB = range(20, 65_537)
"""Sizes of a gp3 volume for PostgreSQL ("Amazon RDS DB instance storage", Amazon RDS User Guide)."""

STORAGE_GROWTH_PERCENT = 10
"""Smallest difference, in per cent of the storage, between the storage and the limit of storage autoscaling ("Managing
capacity automatically with Amazon RDS storage autoscaling", Amazon RDS User Guide)."""

WELL_KNOWN_USERNAMES = ("admin", "administrator", "awsuser", "master", "postgres", "rdsadmin", "root")
"""User names that attackers guess first (Security Hub RDS.25), and names that Amazon RDS reserves."""

PASSWORD_LENGTH = 64
"""Characters of a password that the stack generates; Amazon RDS accepts 8 to 128."""

DEFAULT_PASSWORD_ROTATION_DAYS = 7
"""Days after which Amazon RDS rotates a password that it manages, by default ("Password management with Amazon RDS and
AWS Secrets Manager", Amazon RDS User Guide)."""

MAXIMUM_ROTATION_DAYS = 1000
"""RotationRulesType, AWS Secrets Manager API Reference."""

EXTENDED_SUPPORT = "open-source-rds-extended-support"
"""EngineLifecycleSupport of CreateDBInstance, Amazon RDS API Reference. With the suffix ``-disabled`` the major version
is upgraded when its standard support ends. Otherwise Extended Support costs 0.100 USD per vCPU and hour, 146 USD a
month for two vCPUs."""

FIRST_SUPPORTED_MAJOR = 14
"""The oldest major version in standard support. The standard support of 13 ended on 28 February 2026 ("Release
calendars for Amazon RDS for PostgreSQL", Amazon RDS for PostgreSQL Release Notes)."""

INSIGHTS_RETENTION_DAYS = 7
"""Days that Performance Insights keeps data free of charge."""

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
    """Whether the parameter takes effect only at the next restart (apply method ``pending-reboot``)."""


PARAMETERS = (
    Parameter(name="log_lock_waits", value="1"),
    # Not log_statement: it would write the passwords of CREATE ROLE and ALTER ROLE into the log.
    Parameter(name="log_min_duration_statement", value=str(SLOW_STATEMENT_MILLISECONDS)),
    # No parameter values: in a slow statement they may be people's names and addresses ("Error Reporting and Logging",
    # PostgreSQL).
    Parameter(name="log_parameter_max_length", value="0"),
    # Amazon RDS always reports pending-reboot for this parameter, so any other value would be a change at every `up`.
    Parameter(name="rds.force_ssl", value="1", pending_reboot=True),
    Parameter(name="shared_preload_libraries", value="pg_stat_statements", pending_reboot=True),
)
"""Parameters of every instance: TLS only (Security Hub RDS.38), a log of lock waits and of slow statements without
their values, and statistics of statements. pgvector needs no parameter, only ``CREATE EXTENSION vector`` in a
migration."""


def parameters(settings: "DatabaseSettings") -> tuple[Parameter, ...]:
    """Return the parameters of an instance: `PARAMETERS`, and the connection limit if its class is known.

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
    """Whether Amazon RDS keeps a major version, for a price, after its standard support has ended."""
    minor_upgrades: bool
    """Whether Amazon RDS installs minor versions automatically. It must not if the settings name a minor version: after
    an automatic upgrade it would refuse to go back to that version ("Cannot upgrade postgres from 16.13 to 16.10"), and
    so would refuse every later update."""


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
    """Check a component's name, which is the beginning of the instance's identifier.

    Args:
        name: The component's name.
    """
    longest = MAXIMUM_IDENTIFIER_LENGTH - _NAME_SUFFIXES_LENGTH
    if not re.fullmatch(r"[a-z](?:-?[a-z0-9])*", name) or len(name) > longest:
        text = f"must be lower-case letters, digits and single hyphens, at most {longest} of them, for Amazon RDS"
        yield Problem(("name",), text, shows_value=False)


def log_group_name(identifier: str, log_type: str) -> str:
    """Return the log group that Amazon RDS writes to. RDS creates a missing log group, without retention or key."""
    return f"/aws/rds/instance/{identifier}/{log_type}"


def monitoring_trust_policy(arn: str) -> str:
    """Return the trust policy of the Enhanced Monitoring role: Amazon RDS, for instances of this account and Region.

    Source: Amazon RDS User Guide, "Setting up and enabling Enhanced Monitoring", confused deputy problem.

    Args:
        arn: ARN of any RDS resource of the account and Region.

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
    """Return the ARN of the managed policy for Enhanced Monitoring, in the partition of the given ARN."""
    return f"arn:{arn.split(':')[1]}:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole"


EVENT_SUBSCRIPTIONS: Mapping[str, tuple[str, ...]] = {
    "db-instance": ("configuration change", "failover", "failure", "low storage", "maintenance"),
    "db-parameter-group": ("configuration change",),
    "db-security-group": ("configuration change", "failure"),
}
"""Source type -> categories of events that send notifications (Security Hub RDS.20, RDS.21 and RDS.22). The alarm on
storage relies on "low storage"."""
