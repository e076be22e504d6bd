"""The migration's task definition: the service's image, and the only role that may read the master user's secret."""

import json
from dataclasses import replace
from typing import Any

import pytest

from spot_platform.service.fargate_spot_service import FargateSpotService, FargateSpotServiceTransforms
from spot_platform.service.migration import ServiceMigrationTransforms
from tests.recording import Recording, record
from tests.unit.components.service.conftest import DATABASE_SECRET, IMAGE, REDIS_SECRET, REGION, arguments, policy

MASTER_SECRET = DATABASE_SECRET.replace("secret:", "secret:master-")
TASK = "aws:ecs/taskDefinition:TaskDefinition"
MASTER = {"DATABASE_MASTER_PASSWORD": f"{MASTER_SECRET}:password::"}
USER = {"DATABASE_PASSWORD": f"{DATABASE_SECRET}:password::"}


def made(transforms: FargateSpotServiceTransforms | None = None, **changes: Any) -> Recording:
    args = arguments(migration_environment={"DATABASE_HOST": "db"}, migration_secrets={**MASTER, **USER}, **changes)

    def program() -> dict[str, Any]:
        service = FargateSpotService("api", args, transforms=transforms)
        return {"migration": service.migration_task_definition_arn, "service": service.task_definition_arn}

    return record(program)


@pytest.fixture(scope="module")
def migration() -> Recording:
    return made()


def container(recording: Recording, name: str = "api-migration") -> dict[str, Any]:
    (only,) = json.loads(recording.one(TASK, name).inputs["containerDefinitions"])
    return only


def test_only_the_migration_reads_the_masters_secret(migration: Recording) -> None:
    readers = {
        policy_.name
        for policy_ in migration.all("aws:iam/rolePolicy:RolePolicy")
        if MASTER_SECRET in policy_.inputs["policy"]
    }
    assert readers == {"api-migration"}
    assert policy(migration, "api-migration")["ReadNamedSecrets"]["Resource"] == sorted(
        [DATABASE_SECRET, MASTER_SECRET]
    )
    assert MASTER_SECRET not in json.dumps(container(migration, "api"))
    assert REDIS_SECRET not in migration.one("aws:iam/rolePolicy:RolePolicy", "api-migration").inputs["policy"]


def test_it_runs_the_contracts_command_in_the_services_image(migration: Recording) -> None:
    definition = container(migration)
    assert definition["image"] == IMAGE == container(migration, "api")["image"]
    assert definition["command"] == ["migrate"]
    assert "command" not in container(migration, "api")
    assert definition["environment"] == [
        {"name": "AWS_REGION", "value": REGION},
        {"name": "DATABASE_HOST", "value": "db"},
        {"name": "NODE_ENV", "value": "production"},
    ]
    assert [secret["name"] for secret in definition["secrets"]] == ["DATABASE_MASTER_PASSWORD", "DATABASE_PASSWORD"]
    assert definition["readonlyRootFilesystem"] is True
    assert definition["user"] == "1001:1001"
    assert definition["portMappings"] == []
    assert "healthCheck" not in definition


def test_its_log_stands_beside_the_services(migration: Recording) -> None:
    options = container(migration)["logConfiguration"]["options"]
    assert options["awslogs-group"] == container(migration, "api")["logConfiguration"]["options"]["awslogs-group"]
    assert options["awslogs-stream-prefix"] == "migration"


def test_the_application_in_it_may_do_nothing_in_aws(migration: Recording) -> None:
    inputs = migration.one(TASK, "api-migration").inputs
    assert "taskRoleArn" not in inputs
    assert inputs["executionRoleArn"] != migration.one(TASK, "api").inputs["executionRoleArn"]
    assert inputs["family"] == "spot-platform-test-api-migration"


def test_outputs_name_both_task_definitions(migration: Recording) -> None:
    assert migration.result["migration"]
    assert migration.result["migration"] != migration.result["service"]
    assert migration.unknown_inputs() == []


def test_without_secrets_there_is_no_migration() -> None:
    recording = record(lambda: FargateSpotService("api", arguments()).migration_task_definition_arn)
    assert recording.result is None
    assert [task.name for task in recording.all(TASK)] == ["api"]


def test_another_application_has_another_command() -> None:
    command = ["node", "migrate.mjs"]
    assert container(made(migration_command=command))["command"] == command


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"migration_command": []}, "migration_command"),
        ({"migration_command": ["node", ""]}, "migration_command"),
        ({"migration_environment": {"DATABASE_PASSWORD": "x"}}, "is also in migration_secrets"),
        ({"migration_secrets": {"A B": MASTER_SECRET}}, "migration_secrets"),
    ],
)
def test_a_wrong_argument_is_refused(changes: dict[str, Any], message: str) -> None:
    args = replace(arguments(migration_secrets=USER), **changes)

    def program() -> None:
        with pytest.raises(ValueError, match=f"^FargateSpotService 'api': .*{message}"):
            FargateSpotService("api", args)

    record(program)


def test_transforms_reach_it() -> None:
    transforms = ServiceMigrationTransforms(
        role={"path": "/changed/"}, role_policy={"policy": "{}"}, task_definition={"memory": "2048"}
    )
    recording = made(FargateSpotServiceTransforms(migration=transforms))
    assert recording.one("aws:iam/role:Role", "api-migration").inputs["path"] == "/changed/"
    assert recording.one("aws:iam/rolePolicy:RolePolicy", "api-migration").inputs["policy"] == "{}"
    assert recording.one(TASK, "api-migration").inputs["memory"] == "2048"
