"""PostgreSQL on Amazon RDS: what may be asked for, and what follows from it."""

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spot_planning.data.database import (
    MONITORING_INTERVALS_SECONDS,
    PARAMETERS,
    WELL_KNOWN_USERNAMES,
    log_group_name,
    monitoring_policy_arn,
    monitoring_trust_policy,
    plan_database,
)

RIGHT: dict[str, Any] = {
    "name": "main-database",
    "instance_class": "db.t4g.small",
    "engine_version": "16",
    "allow_major_version_upgrade": False,
    "apply_immediately": False,
    "database_name": "app",
    "username": "app_admin",
    "allocated_storage_gib": 20,
    "max_allocated_storage_gib": 100,
    "backup_retention_days": 7,
    "backup_window": "03:00-04:00",
    "maintenance_window": "sun:04:30-sun:05:30",
    "deletion_protection": True,
    "final_snapshot": None,
    "replica": False,
    "replica_instance_class": None,
    "monitoring_interval_seconds": 60,
    "log_retention_days": 30,
    "port": 5432,
    "password_rotation_days": 7,
}


@given(st.sampled_from(["13", "14.9", "16", "16.10", "17.2"]), st.sampled_from(["db.t4g.micro", "db.m7g.2xlarge"]))
def test_parameter_group_follows_the_major_version(version: str, instance_class: str) -> None:
    plan = plan_database(**{**RIGHT, "engine_version": version, "instance_class": instance_class})
    assert plan.parameter_group_family == f"postgres{version.split('.', maxsplit=1)[0]}"
    assert plan.replica_instance_class == instance_class


@given(st.booleans(), st.none() | st.booleans())
def test_protected_databases_leave_a_final_snapshot_unless_told_otherwise(protected: bool, told: bool | None) -> None:
    plan = plan_database(**{**RIGHT, "deletion_protection": protected, "final_snapshot": told})
    assert plan.final_snapshot is (protected if told is None else told)


@given(st.integers(20, 65_536), st.integers(20, 65_536))
def test_storage_has_room_to_grow(allocated: int, maximum: int) -> None:
    wanted = {**RIGHT, "allocated_storage_gib": allocated, "max_allocated_storage_gib": maximum}
    if maximum >= allocated * 1.1:
        plan_database(**wanted)
    else:
        with pytest.raises(ValueError, match=r"must be at least 10 % more than allocated_storage_gib"):
            plan_database(**wanted)


@given(st.booleans(), st.integers(0, 35))
def test_replica_needs_backups_and_a_password_of_the_stack(replica: bool, days: int) -> None:
    wanted = {**RIGHT, "replica": replica, "backup_retention_days": days}
    if replica and not days:
        with pytest.raises(ValueError, match=r"^replica=true needs backup_retention_days above 0"):
            plan_database(**wanted)
    else:
        assert plan_database(**wanted).stack_owned_password is replica


@pytest.mark.parametrize("username", WELL_KNOWN_USERNAMES)
def test_usernames_that_are_guessed_first_are_refused(username: str) -> None:
    with pytest.raises(ValueError, match=f"^username='{username}' must be"):
        plan_database(**{**RIGHT, "username": username})


NAME = "the name must be lower-case letters, digits and single hyphens, at most 47 of them, for Amazon RDS"
NO_CLASS = "is not an instance class such as db.t4g.small"
NO_DATABASE = "must be lower-case letters, digits and underscores, and not postgres"
NO_USER = (
    "must be lower-case letters, digits and underscores, and none of "
    "admin, administrator, awsuser, master, postgres, rdsadmin, root or pg_*"
)
NO_ROOM = "must be at least 10 % more than allocated_storage_gib=20"
MAINTENANCE = "maintenance_window=sun:03:30-sun:04:30"
NO_UPGRADE_LATER = (
    "allow_major_version_upgrade=true needs apply_immediately=true: until the maintenance window the instance would "
    "keep the parameter group of the old version, which `up` deletes"
)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": "Main"}, NAME),
        ({"name": "a--b"}, NAME),
        ({"name": "a" * 48}, NAME),
        ({"instance_class": "t4g.small"}, "instance_class='t4g.small' " + NO_CLASS),
        ({"replica_instance_class": "db.big"}, "replica_instance_class='db.big' " + NO_CLASS),
        ({"engine_version": "9.6"}, "engine_version='9.6' is not a PostgreSQL version such as 16 or 16.10"),
        ({"engine_version": "sixteen"}, "engine_version='sixteen' is not a PostgreSQL version such as 16 or 16.10"),
        ({"allow_major_version_upgrade": True}, NO_UPGRADE_LATER),
        ({"database_name": "postgres"}, "database_name='postgres' " + NO_DATABASE),
        ({"database_name": "my-app"}, "database_name='my-app' " + NO_DATABASE),
        ({"username": "pg_app"}, "username='pg_app' " + NO_USER),
        ({"allocated_storage_gib": 10}, "allocated_storage_gib=10 is not between 20 and 65536 GiB"),
        ({"max_allocated_storage_gib": 21}, "max_allocated_storage_gib=21 " + NO_ROOM),
        ({"backup_retention_days": 36}, "backup_retention_days=36 is not between 0 and 35"),
        ({"backup_window": "03:00-03:10"}, "backup_window=03:00-03:10 lasts 10 minutes; 30 are needed"),
        ({"maintenance_window": "sun:03:30-sun:04:30"}, "backup_window=03:00-04:00 overlaps " + MAINTENANCE),
        ({"monitoring_interval_seconds": 20}, "monitoring_interval_seconds=20 is not one of 0, 1, 5, 10, 15, 30, 60"),
        ({"port": 80}, "port=80 is not between 1150 and 65535"),
        ({"password_rotation_days": 0}, "password_rotation_days=0 is not between 1 and 1000"),
    ],
)
def test_wrong_databases_are_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        plan_database(**{**RIGHT, **change})


def test_log_retention_is_one_of_cloudwatch_logs() -> None:
    with pytest.raises(ValueError, match=r"^log_retention_days=10 is not one of"):
        plan_database(**{**RIGHT, "log_retention_days": 10})


def test_monitoring_can_be_off_or_at_any_interval_of_rds() -> None:
    for interval in MONITORING_INTERVALS_SECONDS:
        plan_database(**{**RIGHT, "monitoring_interval_seconds": interval})


def test_tls_is_forced_and_passwords_stay_out_of_the_log() -> None:
    parameters = {parameter.name: parameter for parameter in PARAMETERS}
    assert parameters["rds.force_ssl"].value == "1"
    assert "log_statement" not in parameters
    assert [p.name for p in PARAMETERS if p.static] == ["shared_preload_libraries"]


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
