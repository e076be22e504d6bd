"""The stack of the tests of `ops release`, and the command with its events."""

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import boto3
import pytest

from ops.cli import main
from ops.release import commands as release
from ops.release.run import ReleaseRun
from tests.ops.conftest import FakeSession, FakeUp
from tests.ops.fake_ecs import REPOSITORY, FakeEcs, manifest

Ran = tuple[int, list[dict[str, Any]], str]


class World:
    """The stack, with the steps of the next `up`."""

    def __init__(self, session: FakeSession, ecs: FakeEcs, project: Path) -> None:
        self.session, self.ecs, self.project = session, ecs, project
        self.ups: list[FakeUp] = []
        self.next_up: Callable[[], FakeUp] = self.good_up
        self.tasks_run = [True]
        """Whether the data path runs at each check; the last value repeats."""

    def look(self) -> bool:
        return self.tasks_run.pop(0) if len(self.tasks_run) > 1 else self.tasks_run[0]

    def push(self, seed: str) -> str:
        ecr = boto3.client("ecr", region_name="us-east-1")
        put = ecr.put_image(repositoryName="api", imageManifest=manifest(seed), imageTag=f"v-{seed}")
        return f"{REPOSITORY}@{put['image']['imageId']['imageDigest']}"

    def start_up(self, stack: str) -> FakeUp:
        assert stack == "dev"
        self.ups.append(self.next_up())
        return self.ups[-1]

    def configured(self) -> str | None:
        lines = (self.project / "Pulumi.dev.yaml").read_text().splitlines()
        assert "  # small" in lines
        return next((line.split(": ")[1] for line in lines if line.strip().startswith("image:")), None)

    def good_up(self) -> FakeUp:
        return FakeUp([self.begins, lambda: None, self.completes])

    def begins(self) -> None:
        self.ecs.begin(self.ecs.register(str(self.configured())))

    def completes(self) -> None:
        self.ecs.complete()
        self.session.outputs["task_definition_arn"] = self.ecs.deployments[0]["taskDefinition"]

    def bad_up(self) -> FakeUp:
        return FakeUp([self.begins, self.ecs.roll_back], code=1, why="error: rolled back")


@pytest.fixture
def world(session: FakeSession, ecs: FakeEcs, project: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    made = World(session, ecs, project)
    monkeypatch.setattr(release.aws, "connect", lambda stack: session)
    faked = partial(
        ReleaseRun, start_up=made.start_up, connect=lambda stack: session, pause=lambda _: None, tasks_run=made.look
    )
    monkeypatch.setattr(release, "ReleaseRun", faked)
    return made


@pytest.fixture
def ops(capsys: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    def run(*words: str) -> Ran:
        code = main(["release", *words, "--stack", "dev", "--json"])
        captured = capsys.readouterr()
        return code, [json.loads(line) for line in captured.out.splitlines()], captured.err

    return run


def texts(events: list[dict[str, Any]], kind: str) -> list[str]:
    return [event["text"] for event in events if event["event"] == kind]
