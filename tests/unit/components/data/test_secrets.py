"""The passwords and tokens of ManagedData: who makes them, who reads them, and which outputs are secret."""

import json
from dataclasses import replace

import pytest

from spot_planning.data.settings import CacheSettings
from spot_platform.data.managed_data import ManagedData
from tests.program import record_as_aws
from tests.unit.components.data.recorded import (
    ARGS,
    INSTANCE,
    KEY_ARN,
    MANAGED_SECRET_ARN,
    STACK_SECRET_ARN,
    VERSION,
    build,
    database,
    with_database,
)

APPLICATION_SECRETS = {
    "DATABASE_USERNAME": f"{STACK_SECRET_ARN}:username::",
    "DATABASE_PASSWORD": f"{STACK_SECRET_ARN}:password::",
    "DATABASE_ALTERNATE_USERNAME": f"{STACK_SECRET_ARN}:username::",
    "DATABASE_ALTERNATE_PASSWORD": f"{STACK_SECRET_ARN}:password::",
}


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
