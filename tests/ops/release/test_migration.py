"""The migration of a release: a task with the new image and the program's roles runs before any other change."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from moto import mock_aws

from ops.errors import OperationError
from ops.release.migration import Clients, Migration, with_image
from ops.release.target import Target
from tests.ops.fake_ecs import GROUP, REPOSITORY, FakeEcs

NEW = f"{REPOSITORY}@sha256:{'a' * 64}"
MIGRATION = "house-dev-api-migration"


@pytest.fixture(autouse=True)
def cloud() -> Iterator[None]:
    with mock_aws():
        yield


def client(service: str) -> Any:
    return boto3.client(service, region_name="us-east-1")


@pytest.fixture
def target(ecs: FakeEcs) -> Target:
    return Target(
        stack="dev",
        cluster="cluster",
        service="api",
        container="api",
        task_definition_arn="",
        migration_arn=ecs.register("awaiting-image:none", MIGRATION, "migration"),
        repository_url=REPOSITORY,
        log_group=GROUP,
        subnet_ids=("subnet-1",),
        security_group_ids=("sg-1",),
        api_url="https://api.example.com",
    )


def migration(ecs: FakeEcs, target: Target, **changes: Any) -> tuple[Migration, list[tuple[str, str]]]:
    logs = client("logs")
    stream = "ecs/migration/one-off"
    logs.create_log_group(logGroupName=GROUP)
    logs.create_log_stream(logGroupName=GROUP, logStreamName=stream)
    now = int(datetime.now(UTC).timestamp() * 1000)
    lines = [{"timestamp": now + number, "message": f"step {number}\n"} for number in range(3)]
    logs.put_log_events(logGroupName=GROUP, logStreamName=stream, logEvents=lines)
    said: list[tuple[str, str]] = []
    options: dict[str, Any] = {"pause": lambda _: None, **changes}
    return Migration(Clients(ecs, logs), target, lambda event, text: said.append((event, text)), **options), said


def test_a_migration_runs_once_on_demand_with_the_new_image_and_the_programs_roles(
    cloud: None, ecs: FakeEcs, target: Target
) -> None:
    made, said = migration(ecs, target)
    assert made.run(NEW, 60)
    calls = dict(ecs.calls)
    registered = calls["register_task_definition"]
    assert registered["family"] == MIGRATION
    assert registered["containerDefinitions"][0]["image"] == NEW
    assert registered["executionRoleArn"] == "arn:aws:iam::123456789012:role/execution"
    assert not {"revision", "status", "taskDefinitionArn"} & registered.keys()
    assert registered["tags"] == [{"key": "stack", "value": "dev"}]
    run = calls["run_task"]
    assert run["capacityProviderStrategy"] == [{"capacityProvider": "FARGATE", "weight": 1}]
    assert run["networkConfiguration"]["awsvpcConfiguration"]["assignPublicIp"] == "DISABLED"
    assert calls["deregister_task_definition"] == {"taskDefinition": run["taskDefinition"]}
    assert [text for event, text in said if event == "migration-log"] == ["step 0", "step 1", "step 2"]


def test_a_failed_migration_ends_the_release_with_its_last_line(ecs: FakeEcs, target: Target) -> None:
    ecs.exit_code = 7
    made, _ = migration(ecs, target)
    with pytest.raises(OperationError, match=r"ended with exit code 7: Essential container.*; its last line: step 2"):
        made.run(NEW, 60)
    assert [name for name, _ in ecs.calls][-1] == "deregister_task_definition"


def test_a_migration_that_never_started_says_why(ecs: FakeEcs, target: Target) -> None:
    ecs.exit_code = None
    made, _ = migration(ecs, target)
    with pytest.raises(OperationError, match="the migration never started: Essential"):
        made.run(NEW, 60)


def test_a_migration_that_takes_too_long_is_stopped(ecs: FakeEcs, target: Target) -> None:
    ecs.looks_until_stopped = 1000
    times = iter(range(1000))
    made, _ = migration(ecs, target, clock=lambda: float(next(times)) * 10)
    with pytest.raises(OperationError, match="took longer than 60 s and is stopped"):
        made.run(NEW, 60)
    assert [name for name, _ in ecs.calls][-2:] == ["stop_task", "deregister_task_definition"]


def test_an_interrupted_migration_is_stopped(ecs: FakeEcs, target: Target) -> None:
    ecs.looks_until_stopped = 1000

    def interrupted(_: float) -> None:
        raise KeyboardInterrupt

    made, _ = migration(ecs, target, pause=interrupted)
    with pytest.raises(KeyboardInterrupt):
        made.run(NEW, 60)
    assert [name for name, _ in ecs.calls][-2:] == ["stop_task", "deregister_task_definition"]


def test_a_task_that_cannot_be_placed_says_why(ecs: FakeEcs, target: Target) -> None:
    ecs.run_task = lambda **_: {"tasks": [], "failures": [{"reason": "Capacity is unavailable"}]}  # type: ignore[method-assign]
    made, _ = migration(ecs, target)
    with pytest.raises(OperationError, match="could not place the migration's task: Capacity is unavailable"):
        made.run(NEW, 60)


def test_a_stack_without_a_migration_has_none(ecs: FakeEcs, target: Target) -> None:
    made, said = migration(ecs, Target(**{**target.__dict__, "migration_arn": None}))
    assert not made.run(NEW, 60)
    assert ecs.calls == []
    assert said == [("migration", "this stack has no migration")]


def test_only_the_image_of_a_definition_changes() -> None:
    definition = {"family": "f", "containerDefinitions": [{"name": "m", "image": "old", "user": "1"}], "revision": 3}
    assert with_image(definition, [], "new") == {
        "family": "f",
        "containerDefinitions": [{"name": "m", "image": "new", "user": "1"}],
    }
