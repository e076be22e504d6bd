"""Image builds for AWS: which commands run, and that their arguments have no secret."""

import base64
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from ops.errors import OperationError
from ops.image import container_build
from ops.image.container_build import Build, find_engine, password_of, run, steps

IMAGE = "111122223333.dkr.ecr.us-east-1.amazonaws.com/api:build-1"
BUILD = Build(Path("backend"), "linux/arm64", IMAGE, {"document": Path("examples")}, {"APP_RELEASE": "7"})
PASSWORD = "very-secret"


@pytest.fixture
def ecr(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    client = boto3.client("ecr", region_name="us-east-1")
    token = base64.b64encode(f"AWS:{PASSWORD}".encode()).decode()
    with Stubber(client) as stubber:
        stubber.add_response("get_authorization_token", {"authorizationData": [{"authorizationToken": token}]}, {})
        yield client


def test_docker_builds_and_pushes_in_one_command() -> None:
    login, build = steps("docker", BUILD)
    assert login.takes_password
    assert login.command[-1] == "111122223333.dkr.ecr.us-east-1.amazonaws.com"
    assert build.command == (
        *("docker", "buildx", "build", "--platform", "linux/arm64", "--build-context", "document=examples"),
        *("--build-arg", "APP_RELEASE=7", "--tag", IMAGE, "--provenance=false", "--push", "backend"),
    )


@pytest.mark.parametrize("engine", ["finch", "nerdctl", "podman"])
def test_the_others_build_and_push_apart(engine: str) -> None:
    assert [step.command[:2] for step in steps(engine, BUILD)] == [
        (engine, "login"),
        (engine, "build"),
        (engine, "push"),
    ]


def test_the_first_engine_that_runs_is_taken() -> None:
    def works(command: Sequence[str]) -> bool:
        return command[0] == "podman"

    assert find_engine(works) == "podman"


def test_without_an_engine_it_is_said_what_to_install() -> None:
    with pytest.raises(OperationError, match=r"needs a container engine.*install Docker with buildx, Podman or Finch"):
        find_engine(lambda command: False)


def test_the_password_goes_to_standard_input_only(ecr: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[tuple[Sequence[str], bytes | None]] = []

    def started(command: Sequence[str], **options: Any) -> subprocess.CompletedProcess[bytes]:
        ran.append((command, options.get("input")))
        return subprocess.CompletedProcess(command, 0, b"", b"")

    monkeypatch.setattr(container_build, "find_engine", lambda: "docker")
    monkeypatch.setattr(container_build.subprocess, "run", started)
    said: list[str] = []
    run(BUILD, ecr, said.append)
    assert [given for _, given in ran] == [PASSWORD.encode(), None]
    assert PASSWORD not in repr([command for command, _ in ran]) + repr(said)


def test_a_failed_build_is_one_line(ecr: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(container_build, "find_engine", lambda: "docker")
    monkeypatch.setattr(
        container_build.subprocess, "run", lambda command, **_: subprocess.CompletedProcess(command, 17, b"", b"")
    )
    with pytest.raises(OperationError, match="docker login --username failed with exit code 17"):
        run(BUILD, ecr, lambda _: None)


def test_the_password_is_the_token_without_its_user(ecr: Any) -> None:
    assert password_of(ecr) == PASSWORD
