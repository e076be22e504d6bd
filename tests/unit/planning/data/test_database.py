"""PostgreSQL on Amazon RDS: the allowed settings, and the plan for them."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spot_planning.data.connections import max_connections
from spot_planning.data.database import (
    MONITORING_INTERVALS_SECONDS,
    PARAMETERS,
    WELL_KNOWN_USERNAMES,
    identifier_problems,
    log_group_name,
    monitoring_policy_arn,
    monitoring_trust_policy,
    parameters,
    plan_database,
)
from spot_planning.data.rules import DATABASE_RULES
from spot_planning.data.settings import DatabaseSettings
from tests.unit.planning.saying import lines, said


def database(**settings: Any) -> list[str]:
    return said(DatabaseSettings(**settings), DATABASE_RULES)


@given(st.sampled_from(["18", "14.9", "16", "16.10", "17.2"]), st.sampled_from(["db.t4g.micro", "db.m7g.2xlarge"]))
def test_parameter_group_follows_the_major_version(version: str, instance_class: str) -> None:
    plan = plan_database(DatabaseSettings(engine_version=version, instance_class=instance_class))
    assert plan.parameter_group_family == f"postgres{version.split('.', maxsplit=1)[0]}"
    assert plan.replica_instance_class == instance_class


@given(st.booleans(), st.none() | st.booleans())
def test_protected_databases_leave_a_final_snapshot_unless_told_otherwise(protected: bool, told: bool | None) -> None:
    plan = plan_database(DatabaseSettings(deletion_protection=protected, final_snapshot=told))
    assert plan.final_snapshot is (protected if told is None else told)


@given(st.integers(20, 65_536), st.integers(20, 65_536))
def test_storage_has_room_to_grow(allocated: int, maximum: int) -> None:
    wanted = database(allocated_storage_gib=allocated, max_allocated_storage_gib=maximum)
    no_room = f"max_allocated_storage_gib must be at least 10 % more than allocated_storage_gib={allocated}"
    assert wanted == ([] if maximum >= allocated * 1.1 else [no_room])


@given(st.booleans(), st.integers(0, 35))
def test_replica_needs_backups(replica: bool, days: int) -> None:
    settings = DatabaseSettings(replica=replica, stack_owned_password=True, backup_retention_days=days)
    no_backups = "replica needs backup_retention_days above 0: a replica is made from a backup"
    assert said(settings, DATABASE_RULES) == ([no_backups] if replica and not days else [])


NO_CLASS = "is not allowed; allowed: an RDS instance class, such as db.t4g.small"
NO_VERSION = 'engine_version is not allowed; allowed: a PostgreSQL version in quotes, such as "16" or "16.10"'
NO_DATABASE = (
    "database_name is not allowed; allowed: lower-case letters, digits and underscores, no word that PostgreSQL "
    "reserves, and none of admin, db, postgres, rdsadmin, template0, template1"
)
NO_USER = (
    "username is not allowed; allowed: lower-case letters, digits and underscores, no word that PostgreSQL reserves, "
    "and none of admin, administrator, awsuser, master, postgres, rdsadmin, root or pg_*"
)


@pytest.mark.parametrize("username", [*WELL_KNOWN_USERNAMES, "pg_app", "user", "select"])
def test_usernames_that_are_guessed_first_are_refused(username: str) -> None:
    assert database(username=username) == [NO_USER]


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"instance_class": "t4g.small"}, f"instance_class {NO_CLASS}"),
        ({"replica_instance_class": "db.big"}, f"replica_instance_class {NO_CLASS}"),
        (
            {"replica_instance_class": "db.t4g.small"},
            "replica_instance_class is not allowed without replica, which it is for",
        ),
        ({"engine_version": "9.6"}, NO_VERSION),
        ({"engine_version": "sixteen"}, NO_VERSION),
        (
            {"allow_major_version_upgrade": True},
            (
                "allow_major_version_upgrade needs apply_immediately=true: until the maintenance window the instance would "
                "keep the parameter group of the old version, which `up` deletes"
            ),
        ),
        ({"database_name": "postgres"}, NO_DATABASE),
        ({"database_name": "my-app"}, NO_DATABASE),
        ({"database_name": "user"}, NO_DATABASE),
        ({"database_name": "template1"}, NO_DATABASE),
        (
            {"engine_version": "13.9"},
            "engine_version is out of standard support: use 14 or newer, or pay with extended_support=true",
        ),
        (
            {"replica": True},
            "replica needs stack_owned_password=true: Amazon RDS makes no replica of a database whose password it manages",
        ),
        ({"allocated_storage_gib": 10}, "allocated_storage_gib is not allowed; allowed: 20 to 65536"),
        ({"backup_retention_days": 36}, "backup_retention_days is not allowed; allowed: 0 to 35"),
        ({"backup_window": "03:00-03:10"}, "backup_window lasts 10 minutes; 30 are needed"),
        (
            {"maintenance_window": "sun:03:30-sun:04:30"},
            "backup_window overlaps maintenance_window=sun:03:30-sun:04:30",
        ),
        (
            {"monitoring_interval_seconds": 20},
            "monitoring_interval_seconds is not allowed; allowed: 0, 1, 5, 10, 15, 30, 60",
        ),
        ({"port": 80}, "port is not allowed; allowed: 1150 to 65535"),
        ({"password_rotation_days": 0}, "password_rotation_days is not allowed; allowed: 1 to 1000"),
    ],
)
def test_wrong_databases_are_refused(change: dict[str, Any], line: str) -> None:
    assert database(**change) == [line]


@pytest.mark.parametrize("name", ["Main", "a--b", "a" * 48])
def test_names_that_are_no_identifier_are_refused(name: str) -> None:
    assert lines(identifier_problems(name)) == [
        "name must be lower-case letters, digits and single hyphens, at most 47 of them, for Amazon RDS"
    ]


def test_log_retention_is_one_of_cloudwatch_logs() -> None:
    (line,) = database(log_retention_days=10)
    assert line.startswith("log_retention_days is not allowed; allowed: 1, 3, 5, 7, 14, 30")


def test_monitoring_can_be_off_or_at_any_interval_of_rds() -> None:
    for interval in MONITORING_INTERVALS_SECONDS:
        assert database(monitoring_interval_seconds=interval) == []


def test_tls_is_forced_and_passwords_stay_out_of_the_log() -> None:
    by_name = {parameter.name: parameter for parameter in PARAMETERS}
    assert by_name["rds.force_ssl"].value == "1"
    assert "log_statement" not in by_name
    assert by_name["log_parameter_max_length"].value == "0"


def test_amazon_rds_answers_pending_reboot_for_these() -> None:
    """With "immediate", every `up` would change `rds.force_ssl` (modernisation-platform-environments PR #4367)."""
    names = {p.name for p in parameters(DatabaseSettings()) if p.pending_reboot}
    assert names == {"max_connections", "rds.force_ssl", "shared_preload_libraries"}


@pytest.mark.parametrize(
    ("instance_class", "limit"), [("db.t4g.micro", 80), ("db.t4g.small", 160), ("db.r7g.16xlarge", 5000)]
)
def test_connections_are_limited_below_what_rds_allows(instance_class: str, limit: int) -> None:
    assert max_connections(instance_class) == limit
    (set_to,) = [p.value for p in parameters(DatabaseSettings(instance_class=instance_class)) if "max_con" in p.name]
    assert set_to == str(limit)


def test_an_unknown_class_keeps_the_limit_of_rds() -> None:
    assert max_connections("db.x2g.large") is None
    assert parameters(DatabaseSettings(instance_class="db.x2g.large")) == PARAMETERS


def test_extended_support_is_not_paid_for_unless_wanted() -> None:
    """AWS's default is on (CreateDBInstance.EngineLifecycleSupport, Amazon RDS API Reference)."""
    bought = DatabaseSettings(engine_version="13", extended_support=True)
    assert plan_database(DatabaseSettings()).engine_lifecycle_support == "open-source-rds-extended-support-disabled"
    assert plan_database(bought).engine_lifecycle_support == "open-source-rds-extended-support"
    assert said(bought, DATABASE_RULES) == []


def test_log_groups_have_the_names_of_rds() -> None:
    assert log_group_name("main-1a2b", "postgresql") == "/aws/rds/instance/main-1a2b/postgresql"


def test_monitoring_role_is_for_instances_of_the_account_and_region() -> None:
    arn = "arn:aws-us-gov:rds:us-gov-west-1:123456789012:subgrp:main"
    (statement,) = json.loads(monitoring_trust_policy(arn))["Statement"]
    assert statement["Principal"] == {"Service": "monitoring.rds.amazonaws.com"}
    assert statement["Condition"] == {
        "StringEquals": {"aws:SourceAccount": "123456789012"},
        "ArnLike": {"aws:SourceArn": "arn:aws-us-gov:rds:us-gov-west-1:123456789012:db:*"},
    }
    assert monitoring_policy_arn(arn) == "arn:aws-us-gov:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole"
