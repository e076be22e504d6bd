"""ManagedData: the settings of database and cache, the access to them, and which outputs are secret."""

import json
import re
from dataclasses import replace
from typing import Any

import pulumi
import pytest

from spot_planning.data.settings import CacheSettings, DatabaseSettings
from spot_platform.data.cache import CacheReplicationGroupTransforms
from spot_platform.data.database import DatabaseInstanceTransforms
from spot_platform.data.database_events import DatabaseEventsTransforms
from spot_platform.data.database_monitoring import DatabaseMonitoringTransforms
from spot_platform.data.database_replica import DatabaseReplicaTransforms
from spot_platform.data.database_users import DatabaseUsersTransforms
from spot_platform.data.managed_data import ManagedData, ManagedDataArgs, ManagedDataTransforms
from spot_platform.secrets.generated_secret import GeneratedSecretTransforms
from tests.program import record_as_aws
from tests.recording import Recorded, Recording, record

INSTANCE = "aws:rds/instance:Instance"
GROUP = "aws:elasticache/replicationGroup:ReplicationGroup"
VERSION = "aws:secretsmanager/secretVersion:SecretVersion"
LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
KEY_ARN = "arn:aws:kms:us-east-1:123456789012:key/k"
MANAGED_SECRET_ARN = "arn:aws:secretsmanager:us-east-1:123456789012:secret:rds!db-1a2b-3c4d5e"
STACK_SECRET_ARN = "arn:aws:secretsmanager:us-east-1:123456789012:secret:main-1a2b3c"
TOPIC_ARN = "arn:aws:sns:us-east-1:123456789012:alerts"
SUBNETS = ["subnet-a", "subnet-b"]
OUTPUTS = {
    INSTANCE: {
        "address": "main.c9x.us-east-1.rds.amazonaws.com",
        "arn": "arn:aws:rds:us-east-1:123456789012:db:main-database",
        "resourceId": "db-ABC123",
        "masterUserSecrets": [{"secretArn": MANAGED_SECRET_ARN}],
    },
    GROUP: {
        "primaryEndpointAddress": "main.abc123.ng.0001.use1.cache.amazonaws.com",
        "replicationGroupId": "main-cache-1a2b3c4",
    },
    VERSION: {"secretId": STACK_SECRET_ARN},
    "aws:rds/subnetGroup:SubnetGroup": {
        "arn": "arn:aws:rds:us-east-1:123456789012:subgrp:main-database-1a2b3c4",
        "name": "main-database-1a2b3c4",
    },
    "aws:elasticache/subnetGroup:SubnetGroup": {"name": "main-cache-5d6e7f8"},
}
ARGS = ManagedDataArgs(vpc_id="vpc-0a1b", subnet_ids=SUBNETS, kms_key_arn=KEY_ARN)


APPLICATION_SECRETS = {
    "DATABASE_USERNAME": f"{STACK_SECRET_ARN}:username::",
    "DATABASE_PASSWORD": f"{STACK_SECRET_ARN}:password::",
    "DATABASE_ALTERNATE_USERNAME": f"{STACK_SECRET_ARN}:username::",
    "DATABASE_ALTERNATE_PASSWORD": f"{STACK_SECRET_ARN}:password::",
}


def build(args: ManagedDataArgs = ARGS, **options: Any) -> Recording:
    def program() -> dict[str, object]:
        data = ManagedData("main", args, **options)
        outputs = {key: getattr(data, key) for key in ManagedData.__annotations__}
        return {
            **outputs,
            "environment": data.environment,
            "secrets": data.secrets,
            "migration_secrets": data.migration_secrets,
            "task_policy_statements": data.task_policy_statements,
        }

    return record(program, outputs=OUTPUTS)


def with_database(**changes: Any) -> ManagedDataArgs:
    changes = {"stack_owned_password": changes.get("replica", False), **changes}
    return replace(ARGS, database=DatabaseSettings(**changes))


def with_cache(**changes: Any) -> ManagedDataArgs:
    return replace(ARGS, cache=CacheSettings(**changes))


def database(recording: Recording) -> Recorded:
    return recording.one(INSTANCE, "main-database")


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


def test_password_is_managed_by_rds() -> None:
    recording = build()
    inputs = database(recording).inputs
    assert inputs["manageMasterUserPassword"] is True
    assert inputs["masterUserSecretKmsKeyId"] == KEY_ARN
    assert "password" not in inputs
    assert recording.result["database_secret_arn"] == MANAGED_SECRET_ARN


def test_the_rotation_is_always_a_resource() -> None:
    """The deletion of the resource calls CancelRotateSecret. So a return to RDS's 7 days would stop the rotation (the
    provider's secret_rotation.go)."""
    rotation = build(with_database(password_rotation_days=7)).one("SecretRotation").inputs
    assert rotation["rotationRules"] == {"automaticallyAfterDays": 7}


def test_the_certificate_authority_is_the_one_that_aws_chooses() -> None:
    """With a named authority, the provider modifies the instance right after its creation, and waits a second time."""
    instances = build(with_database(replica=True)).all(INSTANCE)
    assert len(instances) == 2
    assert not [instance.name for instance in instances if "caCertIdentifier" in instance.inputs]


def test_the_password_moves_to_the_stack_before_there_is_a_replica() -> None:
    """ModifyDBInstance deletes the managed secret at once, but a replica in the same `up` takes 10 to 30 minutes."""
    recording = build(with_database(stack_owned_password=True))
    assert recording.result["database_secret_arn"] == STACK_SECRET_ARN
    assert [instance.name for instance in recording.all(INSTANCE)] == ["main-database"]


def test_rotation_of_the_managed_password_can_be_slower() -> None:
    rotation = build(with_database(password_rotation_days=90)).one("SecretRotation").inputs
    assert rotation["secretId"] == MANAGED_SECRET_ARN
    assert rotation["rotationRules"] == {"automaticallyAfterDays": 90}
    assert rotation["rotateImmediately"] is False


def test_replica_moves_the_password_to_a_secret_of_the_stack() -> None:
    recording = build(with_database(replica=True, password_rotation_days=90))
    instance = database(recording)
    stored = recording.one(VERSION, "main-database-password")
    assert "manageMasterUserPassword" not in instance.inputs
    assert "masterUserSecretKmsKeyId" not in instance.inputs
    assert json.loads(stored.inputs["secretString"]) == {
        "username": "app_admin",
        "password": instance.inputs["password"],
    }
    assert {"password"} <= instance.secret_inputs
    assert recording.result["database_secret_arn"] == STACK_SECRET_ARN
    assert recording.all("SecretRotation") == []


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


@pytest.mark.parametrize(
    ("group", "changed"),
    [
        ("aws:rds/subnetGroup:SubnetGroup", with_database(username="other")),
        ("aws:rds/subnetGroup:SubnetGroup", with_database(database_name="other")),
        ("aws:rds/subnetGroup:SubnetGroup", replace(ARGS, kms_key_arn="other")),
        ("aws:elasticache/subnetGroup:SubnetGroup", with_cache(port=6381)),
        ("aws:elasticache/subnetGroup:SubnetGroup", replace(ARGS, kms_key_arn="other")),
    ],
)
def test_two_replacements_leave_two_final_snapshots(group: str, changed: ManagedDataArgs) -> None:
    """A snapshot's name comes from the subnet group's name, which Pulumi generates for each new group. AWS refuses a
    second snapshot of the same name (DBSnapshotAlreadyExists, DeleteDBInstance, Amazon RDS API Reference)."""
    before, after = (build(args).one(group).request.replacement_trigger for args in (ARGS, changed))
    assert before != after


@pytest.mark.parametrize("protected", [True, False])
def test_protected_means_protected_by_aws_and_by_pulumi(protected: bool) -> None:
    recording = build(with_database(deletion_protection=protected, replica=True))
    for instance in recording.all(INSTANCE):
        assert instance.protect is protected
        assert instance.inputs["deletionProtection"] is protected
    assert database(recording).inputs["deleteAutomatedBackups"] is not protected


@pytest.mark.parametrize(("protected", "told", "days"), [(True, None, 30), (False, None, 0), (True, 7, 7)])
def test_secrets_of_stacks_to_throw_away_go_at_once(protected: bool, told: int | None, days: int) -> None:
    args = replace(with_database(deletion_protection=protected, replica=True), secret_recovery_window_days=told)
    secrets = build(args).all("aws:secretsmanager/secret:Secret")
    assert {secret.name for secret in secrets} == {
        "main-database-password",
        "main-database-user",
        "main-database-user-alternate",
        "main-cache-token",
        "main-cache-url",
    }
    for secret in secrets:
        assert secret.inputs["recoveryWindowInDays"] == days
        assert secret.inputs["kmsKeyId"] == KEY_ARN


def test_other_accounts_are_kept_away_from_every_secret_of_the_stack_and_rds_keeps_its_own() -> None:
    recording = record_as_aws(lambda: ManagedData("main", ARGS).redis_url_secret_arn)
    secrets = {secret.name for secret in recording.all("aws:secretsmanager/secret:Secret")}
    policies = recording.all("aws:secretsmanager/secretPolicy:SecretPolicy")
    assert {policy.name for policy in policies} == secrets
    for policy in policies:
        assert policy.inputs["blockPublicPolicy"] is True
        assert policy.inputs["secretArn"].split(":")[6].startswith(policy.name)


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


def test_cache_is_private_and_encrypted() -> None:
    inputs = build().one(GROUP).inputs
    expected = {
        "engine": "valkey",
        "engineVersion": "8.1",
        "nodeType": "cache.t4g.micro",
        "numCacheClusters": 1,
        "automaticFailoverEnabled": False,
        "multiAzEnabled": False,
        "port": 6380,
        "subnetGroupName": "main-cache-5d6e7f8",
        "securityGroupIds": ["main-cache-id"],
        "parameterGroupName": "main-cache",
        "transitEncryptionEnabled": True,
        "transitEncryptionMode": "required",
        "authTokenUpdateStrategy": "ROTATE",
        "atRestEncryptionEnabled": True,
        "kmsKeyId": KEY_ARN,
        "snapshotRetentionLimit": 1,
        "autoMinorVersionUpgrade": True,
    }
    assert {key: inputs.get(key) for key in expected} == expected
    assert "finalSnapshotIdentifier" not in inputs


def test_second_node_takes_over_in_another_zone() -> None:
    inputs = build(with_cache(nodes=2, final_snapshot=True)).one(GROUP).inputs
    assert (inputs["automaticFailoverEnabled"], inputs["multiAzEnabled"]) == (True, True)
    assert inputs["finalSnapshotIdentifier"] == "main-cache-5d6e7f8-final"


def test_cache_logs_are_kept_and_encrypted() -> None:
    recording = build(with_cache(log_retention_days=7))
    delivered = {d["logType"]: d for d in recording.one(GROUP).inputs["logDeliveryConfigurations"]}
    assert set(delivered) == {"engine-log", "slow-log"}
    for log_type, delivery in delivered.items():
        group = recording.one(LOG_GROUP, f"main-cache-{log_type}")
        assert delivery["destination"] == group.name
        assert (delivery["destinationType"], delivery["logFormat"]) == ("cloudwatch-logs", "json")
        assert (group.inputs["retentionInDays"], group.inputs["kmsKeyId"]) == (7, KEY_ARN)


def test_cache_engine_and_eviction_reach_the_parameter_group() -> None:
    recording = build(with_cache(engine="redis", eviction_policy="noeviction"))
    parameters = recording.one("aws:elasticache/parameterGroup:ParameterGroup").inputs
    assert parameters["family"] == "redis7"
    assert parameters["parameters"] == [{"name": "maxmemory-policy", "value": "noeviction"}]
    assert recording.one(GROUP).inputs["engineVersion"] == "7.1"


def test_url_has_the_token_of_the_cache() -> None:
    recording = build()
    token = recording.one(VERSION, "main-cache-token")
    group = recording.one(GROUP)
    url = recording.one(VERSION, "main-cache-url")
    assert re.fullmatch(r"[A-Za-z0-9]{64}", token.inputs["secretString"])
    assert group.inputs["authToken"] == token.inputs["secretString"]
    host = "main.abc123.ng.0001.use1.cache.amazonaws.com"
    assert url.inputs["secretString"] == f"rediss://:{token.inputs['secretString']}@{host}:6380"
    # The URL changes with the endpoint; the token is generated once.
    assert url.ignore_changes == ()
    assert "secretString" in token.ignore_changes


def test_readers_of_the_token_agree_after_a_first_up_that_failed_half_way() -> None:
    outputs = {**OUTPUTS, f"{VERSION} main-cache-token": {"secretString": "token-of-the-first-up"}}
    recording = record(lambda: ManagedData("main", ARGS).redis_url_secret_arn, outputs=outputs)
    assert recording.one(GROUP).inputs["authToken"] == "token-of-the-first-up"
    assert ":token-of-the-first-up@" in recording.one(VERSION, "main-cache-url").inputs["secretString"]


def test_secrets_are_secret_and_nowhere_in_plain() -> None:
    recording = build(replace(with_database(replica=True), cache=CacheSettings(nodes=2)))
    password = json.loads(recording.one(VERSION, "main-database-password").inputs["secretString"])["password"]
    token = recording.one(VERSION, "main-cache-token").inputs["secretString"]
    holders = {
        (r.name, key)
        for r in recording.resources
        for key, value in r.inputs.items()
        if password in json.dumps(value) or token in json.dumps(value)
    }
    assert holders == {
        ("main-database", "password"),
        ("main-database-password", "secretString"),
        ("main-cache", "authToken"),
        ("main-cache-token", "secretString"),
        ("main-cache-url", "secretString"),
    }
    secret = {(r.name, key) for r in recording.resources for key in r.secret_inputs}
    assert holders <= secret
    assert password not in json.dumps(recording.result)
    assert token not in json.dumps(recording.result)


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


def test_service_gets_what_it_needs() -> None:
    result = build().result
    assert result["client_security_group_id"] == "main-client-id"
    assert result["environment"] == {
        "DATABASE_HOST": "main.c9x.us-east-1.rds.amazonaws.com",
        "DATABASE_PORT": "5433",
        "DATABASE_NAME": "app",
        "DATABASE_SSL": "require",
    }
    assert result["secrets"] == {
        **APPLICATION_SECRETS,
        "REDIS_URL": STACK_SECRET_ARN,
    }
    assert result["task_policy_statements"] == []
    assert result["database_identifier"] == "main-database-1a2b3c4"
    assert result["replication_group_id"] == "main-cache-1a2b3c4"


def test_only_the_migration_gets_the_master() -> None:
    result = build().result
    assert result["migration_secrets"] == {
        "DATABASE_MASTER_USERNAME": f"{MANAGED_SECRET_ARN}:username::",
        "DATABASE_MASTER_PASSWORD": f"{MANAGED_SECRET_ARN}:password::",
        **APPLICATION_SECRETS,
    }
    assert MANAGED_SECRET_ARN not in json.dumps(result["secrets"])


def test_each_user_of_the_application_has_a_secret() -> None:
    stored = {
        name: json.loads(build().one(VERSION, name).inputs["secretString"])
        for name in ("main-database-user", "main-database-user-alternate")
    }
    assert [value["username"] for value in stored.values()] == ["app", "app_alternate"]
    assert len({value["password"] for value in stored.values()}) == 2
    assert all(len(value["password"]) == 64 for value in stored.values())


def test_the_application_logs_in_with_tokens() -> None:
    recording = build(with_database(application_login="iam", application_username="shop"))
    result = recording.result
    assert {key: result["environment"][key] for key in ("DATABASE_AUTH", "DATABASE_USERNAME")} == {
        "DATABASE_AUTH": "iam",
        "DATABASE_USERNAME": "shop",
    }
    assert result["secrets"] == {"REDIS_URL": STACK_SECRET_ARN}
    assert result["task_policy_statements"] == [
        {
            "Sid": "LogInToDatabase",
            "Effect": "Allow",
            "Action": ["rds-db:connect"],
            "Resource": "arn:aws:rds-db:us-east-1:123456789012:dbuser:db-ABC123/shop",
        }
    ]
    assert [version.name for version in recording.all(VERSION) if "database-user" in version.name] == []


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
