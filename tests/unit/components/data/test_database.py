"""The database of ManagedData: its settings, its replica, upgrades, logs and monitoring."""

import json
from dataclasses import replace

import pytest

from tests.unit.components.data.recorded import INSTANCE, KEY_ARN, LOG_GROUP, TOPIC_ARN, build, database, with_database


def test_amazon_rds_keeps_its_hands_off_a_minor_version_that_was_asked_for() -> None:
    """Amazon RDS would upgrade in a maintenance window, and every later `up` would request an impossible downgrade."""
    recording = build(with_database(engine_version="16.10", replica=True))
    instances = recording.all("aws:rds/instance:Instance")
    assert len(instances) == 2
    assert {instance.inputs["autoMinorVersionUpgrade"] for instance in instances} == {False}


def test_a_major_upgrade_is_refused_by_amazon_rds_until_it_is_allowed() -> None:
    assert database(build()).inputs["allowMajorVersionUpgrade"] is False
    upgrade = with_database(engine_version="17", allow_major_version_upgrade=True, apply_immediately=True)
    inputs = database(build(upgrade)).inputs
    assert (inputs["engineVersion"], inputs["allowMajorVersionUpgrade"], inputs["applyImmediately"]) == (
        "17",
        True,
        True,
    )


def test_the_replica_is_upgraded_by_amazon_rds_with_its_source() -> None:
    """ModifyDBInstance refuses a major upgrade of a PostgreSQL replica; the replica has the version of its source."""
    upgrade = with_database(engine_version="17", allow_major_version_upgrade=True, apply_immediately=True, replica=True)
    replica = next(found for found in build(upgrade).all(INSTANCE) if "replicateSourceDb" in found.inputs)
    assert not {"engineVersion", "allowMajorVersionUpgrade"} & set(replica.inputs)


def test_a_major_upgrade_makes_the_new_parameter_group_before_the_old_one_goes() -> None:
    """One request upgrades the instance and changes its group, so both groups must exist. A group without a fixed name
    is created before the old group is deleted."""
    upgrade = with_database(engine_version="17", allow_major_version_upgrade=True, apply_immediately=True, replica=True)
    before, after = build(with_database(replica=True)), build(upgrade)
    old, new = (recording.one("aws:rds/parameterGroup:ParameterGroup") for recording in (before, after))
    assert (old.inputs["family"], new.inputs["family"]) == ("postgres16", "postgres17")
    assert not new.delete_before_replace
    assert not {"name", "namePrefix"} & set(new.inputs)
    for instance in after.all(INSTANCE):
        assert instance.inputs["parameterGroupName"] == new.name


def test_database_is_private_encrypted_and_recoverable() -> None:
    inputs = database(build()).inputs
    expected = {
        "engine": "postgres",
        "engineVersion": "16",
        "instanceClass": "db.t4g.small",
        "dbName": "app",
        "username": "app_admin",
        "port": 5433,
        "publiclyAccessible": False,
        "dbSubnetGroupName": "main-database-1a2b3c4",
        "vpcSecurityGroupIds": ["main-database-id"],
        "storageEncrypted": True,
        "kmsKeyId": KEY_ARN,
        "storageType": "gp3",
        "allocatedStorage": 20,
        "maxAllocatedStorage": 100,
        "multiAz": True,
        "backupRetentionPeriod": 7,
        "copyTagsToSnapshot": True,
        "deletionProtection": True,
        "deleteAutomatedBackups": False,
        "skipFinalSnapshot": False,
        "iamDatabaseAuthenticationEnabled": True,
        "autoMinorVersionUpgrade": True,
        "engineLifecycleSupport": "open-source-rds-extended-support-disabled",
        "enabledCloudwatchLogsExports": ["postgresql", "upgrade"],
        "monitoringInterval": 60,
        "databaseInsightsMode": "standard",
        "performanceInsightsEnabled": True,
        "performanceInsightsRetentionPeriod": 7,
        "performanceInsightsKmsKeyId": KEY_ARN,
        "applyImmediately": False,
    }
    assert {key: inputs.get(key) for key in expected} == expected


def test_storage_growth_belongs_to_rds() -> None:
    recording = build(with_database(replica=True))
    for instance in recording.all(INSTANCE):
        assert instance.ignore_changes == ("allocatedStorage",)
        assert instance.delete_before_replace


def test_the_certificate_authority_is_the_one_that_aws_chooses() -> None:
    """With a named authority, the provider modifies the instance right after its creation, and waits a second time."""
    instances = build(with_database(replica=True)).all(INSTANCE)
    assert len(instances) == 2
    assert not [instance.name for instance in instances if "caCertIdentifier" in instance.inputs]


def test_replica_follows_the_database() -> None:
    recording = build(with_database(replica=True, replica_instance_class="db.t4g.large"))
    replica = recording.one(INSTANCE, "main-database-replica")
    assert replica.inputs["replicateSourceDb"] == database(recording).inputs["identifier"]
    assert replica.inputs["identifier"] == "main-database-1a2b3c4-replica"
    assert replica.inputs["instanceClass"] == "db.t4g.large"
    assert replica.inputs["skipFinalSnapshot"] is True
    assert replica.inputs["publiclyAccessible"] is False
    assert replica.inputs["storageEncrypted"] is True
    # A replica inherits these properties from its source, or must not have them.
    for key in ("finalSnapshotIdentifier", "username", "password", "dbName", "engine", "backupRetentionPeriod"):
        assert key not in replica.inputs
    assert recording.result["environment"]["DATABASE_REPLICA_HOST"] == "main.c9x.us-east-1.rds.amazonaws.com"


def test_log_groups_are_there_first_with_retention_and_key() -> None:
    recording = build(with_database(replica=True, log_retention_days=90))
    groups = {group.inputs["name"]: group for group in recording.all(LOG_GROUP) if "name" in group.inputs}
    prefix = "/aws/rds/instance/main-database-1a2b3c4"
    assert set(groups) == {
        f"{prefix}/postgresql",
        f"{prefix}/upgrade",
        f"{prefix}-replica/postgresql",
        f"{prefix}-replica/upgrade",
    }
    for group in groups.values():
        assert group.inputs["retentionInDays"] == 90
        assert group.inputs["kmsKeyId"] == KEY_ARN
        assert group.delete_before_replace
    for instance in recording.all(INSTANCE):
        assert {group.urn for group in groups.values()} <= instance.dependencies, instance.name
        assert instance.inputs["identifier"] in {prefix.rpartition("/")[2], f"{prefix.rpartition('/')[2]}-replica"}


@pytest.mark.parametrize(("protected", "told", "made"), [(True, None, True), (False, None, False), (False, True, True)])
def test_final_snapshot_has_a_name_of_its_own(protected: bool, told: bool | None, made: bool) -> None:
    inputs = database(build(with_database(deletion_protection=protected, final_snapshot=told))).inputs
    assert inputs["skipFinalSnapshot"] is not made
    assert inputs.get("finalSnapshotIdentifier") == ("main-database-1a2b3c4-final" if made else None)


@pytest.mark.parametrize("protected", [True, False])
def test_protected_means_protected_by_aws_and_by_pulumi(protected: bool) -> None:
    recording = build(with_database(deletion_protection=protected, replica=True))
    for instance in recording.all(INSTANCE):
        assert instance.protect is protected
        assert instance.inputs["deletionProtection"] is protected
    assert database(recording).inputs["deleteAutomatedBackups"] is not protected


def test_parameters_force_tls() -> None:
    group = build().one("aws:rds/parameterGroup:ParameterGroup").inputs
    assert group["family"] == "postgres16"
    parameters = {p["name"]: (p["value"], p["applyMethod"]) for p in group["parameters"]}
    # modernisation-platform-environments PR #4367: RDS returns pending-reboot, so "immediate" changed at every `up`.
    assert parameters["rds.force_ssl"] == ("1", "pending-reboot")
    assert parameters["max_connections"] == ("160", "pending-reboot")
    assert parameters["log_parameter_max_length"] == ("0", "immediate")
    assert parameters["shared_preload_libraries"] == ("pg_stat_statements", "pending-reboot")
    assert parameters["log_min_duration_statement"] == ("1000", "immediate")


def test_monitoring_role_is_for_this_account_only() -> None:
    recording = build()
    role = recording.one("aws:iam/role:Role")
    (statement,) = json.loads(role.inputs["assumeRolePolicy"])["Statement"]
    assert statement["Condition"]["StringEquals"] == {"aws:SourceAccount": "123456789012"}
    attachment = recording.one("RolePolicyAttachment")
    assert attachment.inputs["policyArn"].endswith(":aws:policy/service-role/AmazonRDSEnhancedMonitoringRole")
    assert database(recording).inputs["monitoringRoleArn"] == f"arn:aws:mock:us-east-1:123456789012:Role/{role.name}"
    assert attachment.urn in database(recording).dependencies


def test_monitoring_and_insights_can_be_off() -> None:
    recording = build(with_database(monitoring_interval_seconds=0, performance_insights=False))
    inputs = database(recording).inputs
    assert recording.all("aws:iam/role:Role") == []
    assert inputs["monitoringInterval"] == 0
    assert inputs["performanceInsightsEnabled"] is False
    for key in ("monitoringRoleArn", "performanceInsightsKmsKeyId", "performanceInsightsRetentionPeriod"):
        assert key not in inputs


def test_people_hear_of_the_database() -> None:
    assert build().all("EventSubscription") == []
    recording = build(replace(with_database(replica=True), notification_topic_arn=TOPIC_ARN))
    subscriptions = {s.inputs["sourceType"]: s.inputs for s in recording.all("EventSubscription")}
    assert set(subscriptions) == {"db-instance", "db-parameter-group", "db-security-group"}
    assert {s["snsTopic"] for s in subscriptions.values()} == {TOPIC_ARN}
    assert subscriptions["db-instance"]["sourceIds"] == ["main-database-1a2b3c4", "main-database-1a2b3c4-replica"]
    assert {"failure", "maintenance", "configuration change"} <= set(subscriptions["db-instance"]["eventCategories"])
    assert subscriptions["db-parameter-group"]["sourceIds"] == ["main-database"]
    assert "sourceIds" not in subscriptions["db-security-group"]
