"""ManagedData as a whole: known inputs, access to the data, refused arguments, transforms and URNs."""

import re
from dataclasses import replace

import pulumi
import pytest

from spot_planning.data.settings import CacheSettings
from spot_platform.data.cache import CacheReplicationGroupTransforms
from spot_platform.data.database import DatabaseInstanceTransforms
from spot_platform.data.database_events import DatabaseEventsTransforms
from spot_platform.data.database_monitoring import DatabaseMonitoringTransforms
from spot_platform.data.database_replica import DatabaseReplicaTransforms
from spot_platform.data.database_users import DatabaseUsersTransforms
from spot_platform.data.managed_data import ManagedData, ManagedDataArgs, ManagedDataTransforms
from spot_platform.secrets.generated_secret import GeneratedSecretTransforms
from tests.program import record_as_aws
from tests.recording import record
from tests.unit.components.data.recorded import (
    ARGS,
    GROUP,
    INSTANCE,
    SUBNETS,
    TOPIC_ARN,
    build,
    with_cache,
    with_database,
)


@pytest.mark.parametrize(
    "args",
    [ARGS, replace(with_database(replica=True), cache=CacheSettings(nodes=3), notification_topic_arn=TOPIC_ARN)],
    ids=["defaults", "everything"],
)
def test_every_input_is_known(args: ManagedDataArgs) -> None:
    assert build(args).unknown_inputs() == []


def test_every_input_is_one_that_the_provider_takes() -> None:
    # No stack has a replica, so its inputs are checked against the pulumi-aws package here.
    args = replace(with_database(replica=True), cache=CacheSettings(nodes=3), notification_topic_arn=TOPIC_ARN)

    def program() -> dict[str, object]:
        data = ManagedData("main", args)
        return {"host": data.database_host, "replica_host": data.environment["DATABASE_REPLICA_HOST"]}

    recording = record_as_aws(program)
    assert len(recording.all(INSTANCE)) == 2
    assert recording.result["host"] != recording.result["replica_host"]


@pytest.mark.parametrize(
    ("group", "changed"),
    [
        ("aws:rds/subnetGroup:SubnetGroup", with_database(username="other")),
        ("aws:rds/subnetGroup:SubnetGroup", with_database(database_name="other")),
        ("aws:rds/subnetGroup:SubnetGroup", replace(ARGS, kms_key_arn="arn:aws:kms:us-east-1:123456789012:key/other")),
        ("aws:elasticache/subnetGroup:SubnetGroup", with_cache(port=6381)),
        (
            "aws:elasticache/subnetGroup:SubnetGroup",
            replace(ARGS, kms_key_arn="arn:aws:kms:us-east-1:123456789012:key/other"),
        ),
    ],
)
def test_two_replacements_leave_two_final_snapshots(group: str, changed: ManagedDataArgs) -> None:
    """A snapshot's name comes from the subnet group's name, which Pulumi generates for each new group. AWS refuses a
    second snapshot of the same name (DBSnapshotAlreadyExists, DeleteDBInstance, Amazon RDS API Reference)."""
    before, after = (build(args).one(group).request.replacement_trigger for args in (ARGS, changed))
    assert before != after


def test_only_the_client_reaches_the_data_and_the_data_reach_nothing() -> None:
    recording = build(replace(with_database(port=6543), cache=CacheSettings(port=7000)))
    rules = {
        (r.inputs["securityGroupId"], r.inputs["referencedSecurityGroupId"], r.inputs["fromPort"], r.inputs["toPort"])
        for r in recording.all("SecurityGroupIngressRule")
    }
    assert rules == {
        ("main-database-id", "main-client-id", 6543, 6543),
        ("main-cache-id", "main-client-id", 7000, 7000),
    }
    out = {
        (r.inputs["securityGroupId"], r.inputs["referencedSecurityGroupId"], r.inputs["fromPort"])
        for r in recording.all("SecurityGroupEgressRule")
    }
    assert out == {("main-client-id", "main-database-id", 6543), ("main-client-id", "main-cache-id", 7000)}
    for group in recording.all("aws:ec2/securityGroup:SecurityGroup"):
        assert group.inputs["vpcId"] == "vpc-0a1b"
        assert "ingress" not in group.inputs
        assert "egress" not in group.inputs


def test_data_stand_in_the_given_subnets() -> None:
    recording = build()
    for type_ in ("aws:rds/subnetGroup:SubnetGroup", "aws:elasticache/subnetGroup:SubnetGroup"):
        assert recording.one(type_).inputs["subnetIds"] == SUBNETS


def test_a_name_that_amazon_ec2_reserves_is_refused() -> None:
    def program() -> None:
        with pytest.raises(ValueError, match=r"^ManagedData 'sg-data': name begins with sg-, which AWS reserves"):
            ManagedData("sg-data", ARGS)

    assert record(program).resources == []


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (with_database(application_username="app_admin"), "database.application_username=app_admin must be another"),
        (with_database(username="app_alternate"), "database.application_username=app must be another user"),
        (with_database(application_username="a" * 54), f"database.application_username={'a' * 54} has 54 characters"),
        (with_database(username="postgres"), "database.username=postgres is not allowed; allowed: lower-case"),
        (with_database(replica=True, stack_owned_password=False), "database.replica=true needs stack_owned_password"),
        (with_database(engine_version="13"), "database.engine_version=13 is out of standard support"),
        (with_database(database_name="user"), "database.database_name=user is not allowed; allowed: lower-case"),
        (with_database(replica=True, backup_retention_days=0), "database.replica=true needs backup_retention_days"),
        (with_database(allow_major_version_upgrade=True), "database.allow_major_version_upgrade=true needs apply_imm"),
        (with_database(maintenance_window="mon:03:30-mon:04:30"), "database.backup_window=03:00-04:00 overlaps"),
        (with_cache(nodes=7), "cache.nodes=7 is not allowed; allowed: 1 to 6"),
        (with_cache(engine="memcached"), "cache.engine=memcached is not allowed; allowed: valkey, redis"),
        (
            replace(ARGS, secret_recovery_window_days=1),
            "secret_recovery_window_days=1 is not allowed; allowed: 0, or 7 to 30",
        ),
    ],
)
def test_wrong_arguments_are_refused_before_any_resource(args: ManagedDataArgs, message: str) -> None:
    refused = []

    def program() -> None:
        with pytest.raises(ValueError, match=f"^ManagedData 'main': {re.escape(message)}"):
            ManagedData("main", args)
        refused.append(message)

    assert record(program).resources == []
    assert refused == [message]


def test_transforms_reach_the_children() -> None:
    region = {"region": "changed"}
    secret = GeneratedSecretTransforms(secret=region, policy=region, version=region)
    recording = build(
        replace(with_database(replica=True), notification_topic_arn=TOPIC_ARN),
        transforms=ManagedDataTransforms(
            security_group=region,
            security_group_rule=region,
            database=DatabaseInstanceTransforms(
                instance=region,
                replica=DatabaseReplicaTransforms(instance=region),
                subnet_group=region,
                parameter_group=region,
                password=secret,
                monitoring=DatabaseMonitoringTransforms(
                    log_group=region, role={"path": "/changed/"}, role_policy_attachment={"policy_arn": "changed"}
                ),
                events=DatabaseEventsTransforms(subscription=region),
            ),
            database_users=DatabaseUsersTransforms(password=secret),
            cache=CacheReplicationGroupTransforms(
                replication_group=region,
                subnet_group=region,
                parameter_group=region,
                log_group=region,
                token=secret,
                url_secret=region,
                url_policy=region,
                url_version=region,
            ),
        ),
    )
    unchanged = [r.name for r in recording.resources if r.custom and r.inputs.get("region") != "changed"]
    assert unchanged == ["main-database-monitoring", "main-database-monitoring"]
    assert recording.one("aws:iam/role:Role").inputs["path"] == "/changed/"
    assert recording.one("RolePolicyAttachment").inputs["policyArn"] == "changed"


def test_rotation_can_be_transformed() -> None:
    transforms = ManagedDataTransforms(
        database=DatabaseInstanceTransforms(password_rotation={"rotate_immediately": True})
    )
    recording = build(with_database(password_rotation_days=30), transforms=transforms)
    assert recording.one("SecretRotation").inputs["rotateImmediately"] is True


def test_names_of_children_stay() -> None:
    # A renamed database is a new, empty database: add the old name as an alias before you change one of these.
    recording = build(with_database(replica=True))
    # The mocks' URNs have only the nearest parent's type; the engine's have all.
    kept = {(r.parent.rpartition("$")[2], r.name) for r in recording.all(INSTANCE) + recording.all(GROUP)}
    assert kept == {
        ("spot-platform:index:DatabaseInstance::main-database", "main-database"),
        ("spot-platform:index:DatabaseReplica::main-database-replica", "main-database-replica"),
        ("spot-platform:index:CacheReplicationGroup::main-cache", "main-cache"),
    }


def test_component_is_the_parent() -> None:
    recording = build(opts=pulumi.ResourceOptions())
    parent = recording.one("spot-platform:index:ManagedData").urn
    assert recording.one("spot-platform:index:DatabaseInstance").parent == parent
    assert recording.one("spot-platform:index:CacheReplicationGroup").parent == parent
