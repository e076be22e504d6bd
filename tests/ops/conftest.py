"""A stack for tests of the operations: files in a temporary folder, with moto and `fake_ecs` in place of AWS."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Self

import boto3
import pytest
from moto import mock_aws

from ops import stacks
from ops.aws import StackSession
from tests.ops.fake_ecs import GROUP, REPOSITORY, FakeEcs


class FakeSession(StackSession):
    """A session with `FakeEcs` in place of Amazon ECS and Elastic Load Balancing."""

    ecs: FakeEcs

    def client(self, service: str, *, region: str | None = None, connections: int = 10) -> Any:
        del connections
        return self.ecs if service in {"ecs", "elbv2"} else boto3.client(service, region_name=region or self.region)


class FakeUp:
    """An `up` that runs one step each time its exit code is read, and has an exit code after the last step."""

    def __init__(self, steps: list[Callable[[], None]], code: int = 0, why: str = "") -> None:
        self._steps = list(steps)
        self._code = code
        self._why = why
        self.stopped = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stopped = True

    @property
    def exit_code(self) -> int | None:
        if not self._steps:
            return self._code
        self._steps.pop(0)()
        return None

    def why(self) -> str:
        return self._why


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the files of a project that has the stacks dev and local."""
    (tmp_path / "Pulumi.yaml").write_text("name: house\nruntime: python\n")
    (tmp_path / "Pulumi.dev.yaml").write_text("config:\n  # small\n  service:\n    cpu: 256\n")
    (tmp_path / "Pulumi.local.yaml").write_text("config:\n  service:\n    cpu: 256\n")
    monkeypatch.setattr(stacks, "ROOT", tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def ecs() -> FakeEcs:
    return FakeEcs()


@pytest.fixture
def bare_session(project: Path, ecs: FakeEcs, monkeypatch: pytest.MonkeyPatch) -> FakeSession:
    """A stack in AWS that waits for its first image. It does not start moto, which takes a second."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    waiting = ecs.register("awaiting-image:none")
    ecs.begin(waiting)
    ecs.tasks.clear()
    outputs = {
        "cluster_name": "cluster",
        "service_name": "api",
        "container_name": "api",
        "task_definition_arn": waiting,
        "migration_task_definition_arn": ecs.register("awaiting-image:none", "house-dev-api-migration", "migration"),
        "repository_url": REPOSITORY,
        "service_log_group_name": GROUP,
        "private_subnet_ids": ["subnet-1"],
        "task_security_group_ids": ["sg-1"],
        "api_url": "https://api.example.invalid",
        "site_url": "https://www.example.invalid",
    }
    made = FakeSession(
        stack="dev",
        outputs=outputs,
        region="us-east-1",
        account_id="123456789012",
        caller="user/anna",
        endpoint_url=None,
        session=None,
    )
    object.__setattr__(made, "ecs", ecs)
    return made


@pytest.fixture
def session(bare_session: FakeSession) -> Iterator[FakeSession]:
    """The same stack with its image repository and its log group, in moto."""
    with mock_aws():
        boto3.client("ecr", region_name="us-east-1").create_repository(
            repositoryName="api", imageTagMutability="IMMUTABLE"
        )
        boto3.client("logs", region_name="us-east-1").create_log_group(logGroupName=GROUP)
        yield bare_session
