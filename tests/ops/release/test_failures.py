"""Releases that fail: what they say, and that the configuration names the image that ran before."""

import signal
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from ops import stacks
from ops.errors import FAILED, INTERRUPTED
from ops.image import source as image_source
from ops.release import commands as release
from tests.ops.conftest import FakeUp
from tests.ops.fake_ecs import GROUP
from tests.ops.release.conftest import Ran, World, texts


def test_a_rolled_back_release_fails_says_why_and_puts_the_configuration_back(
    world: World, ops: Callable[..., Ran]
) -> None:
    good = world.push("a")
    ops("v-a", "--yes", "--health-path", "")
    bad = world.push("b")
    logs = boto3.client("logs", region_name="us-east-1")
    logs.create_log_stream(logGroupName=GROUP, logStreamName="ecs/api/20")
    event = {"timestamp": 1764400000000, "message": "Traceback: no such module"}
    logs.put_log_events(logGroupName=GROUP, logStreamName="ecs/api/20", logEvents=[event])
    world.next_up = world.bad_up
    code, events, error = ops("v-b", "--yes")
    assert code == FAILED
    assert "rolled the service back to house-dev-api:" in error
    assert error.count("\n") == 1
    stopped = texts(events, "stopped-task")
    assert any("Essential container in task exited; exit code 3" in line for line in stopped)
    assert world.configured() == good != bad
    assert texts(events, "configuration")[-1] == f"Pulumi.dev.yaml names {good} again"


def test_a_failed_first_release_leaves_no_image_in_the_configuration(world: World, ops: Callable[..., Ran]) -> None:
    world.push("a")
    world.next_up = world.bad_up
    code, events, _ = ops("v-a", "--yes")
    assert code == FAILED
    assert world.configured() is None
    assert texts(events, "configuration")[-1] == "Pulumi.dev.yaml names no image again"


def test_a_configuration_that_cannot_be_put_back_does_not_hide_the_failure(
    world: World, ops: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    world.push("a")
    set_image = stacks.set_service_image

    def only_sets(stack: str, image: str | None) -> Path:
        if image is None:
            raise ValueError("edit it by hand")
        return set_image(stack, image)

    monkeypatch.setattr(stacks, "set_service_image", only_sets)
    world.next_up = world.bad_up
    code, events, error = ops("v-a", "--yes")
    assert (code, "rolled the service back" in error) == (FAILED, True)
    assert "could not be put back: edit it by hand" in texts(events, "configuration")[-1]


def test_an_up_that_fails_before_the_rollout_is_a_failure_with_its_reason(
    world: World, ops: Callable[..., Ran]
) -> None:
    world.push("a")
    world.next_up = lambda: FakeUp([], code=255, why="error: policy violation")
    code, _, error = ops("v-a", "--yes")
    assert (code, "up failed with exit code 255: error: policy violation" in error) == (FAILED, True)
    assert world.configured() is None


def test_a_failed_migration_changes_nothing_else(world: World, ops: Callable[..., Ran]) -> None:
    world.push("a")
    world.ecs.exit_code = 1
    code, _, error = ops("v-a", "--yes")
    assert (code, "the migration ended with exit code 1" in error) == (FAILED, True)
    assert (world.configured(), world.ups) == (None, [])


def test_a_release_that_never_gets_live_ends_and_stops_up(
    world: World, ops: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    world.push("a")
    world.next_up = lambda: FakeUp([world.begins, *[lambda: None] * 1000])
    times = iter(range(100_000))
    monkeypatch.setattr(release, "ReleaseRun", partial(release.ReleaseRun, clock=lambda: float(next(times))))
    code, _, error = ops("v-a", "--yes", "--timeout", "20", "--no-migration")
    assert (code, "not live after 20 s: 2 of 2 tasks are not healthy yet" in error) == (FAILED, True)
    assert world.ups[0].stopped
    assert world.configured() is None


def _interrupted() -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize("interrupted", [_interrupted, lambda: signal.raise_signal(signal.SIGTERM)])
def test_an_interrupted_release_stops_up_and_puts_the_configuration_back(
    world: World, ops: Callable[..., Ran], interrupted: Callable[[], None]
) -> None:
    world.push("a")
    world.next_up = lambda: FakeUp([world.begins, interrupted])
    code, _, error = ops("v-a", "--yes")
    assert (code, "interrupted; the configuration names the image that ran before" in error) == (INTERRUPTED, True)
    assert world.ups[0].stopped
    assert world.configured() is None
    assert boto3.client("ssm", region_name="us-east-1").describe_parameters()["Parameters"] == []


def test_throttled_looks_are_tried_again(world: World, ops: Callable[..., Ran]) -> None:
    world.push("a")
    original, left = world.ecs.describe_services, [2]

    def throttled(**arguments: Any) -> dict[str, Any]:
        if world.ups and left[0]:
            left[0] -= 1
            raise ClientError({"Error": {"Code": "ThrottlingException", "Message": "slow"}}, "DescribeServices")
        return original(**arguments)

    world.ecs.describe_services = throttled  # type: ignore[method-assign]
    code, events, _ = ops("v-a", "--yes", "--health-path", "")
    assert code == 0
    assert len(texts(events, "look")) == 2


def test_a_refused_look_stops_up_and_puts_the_configuration_back(world: World, ops: Callable[..., Ran]) -> None:
    world.push("a")
    original = world.ecs.describe_services

    def denied(**arguments: Any) -> dict[str, Any]:
        if world.ups:
            error = {"Code": "ExpiredTokenException", "Message": "the token is expired"}
            raise ClientError({"Error": error}, "DescribeServices")
        return original(**arguments)

    world.ecs.describe_services = denied  # type: ignore[method-assign]
    code, _, error = ops("v-a", "--yes", "--no-migration")
    assert (code, "the AWS credentials have expired" in error) == (3, True)
    assert world.ups[0].stopped
    assert world.configured() is None


GONE = "the local data path has ended, and without it no task runs: 'make up' starts it again; its log is "


@pytest.fixture
def local(world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> World:
    """The world of a local stack, whose tasks run on this machine."""
    object.__setattr__(world.session, "endpoint_url", "http://127.0.0.1:1")
    monkeypatch.setattr(image_source, "ROOT", tmp_path)
    return world


def test_a_migration_that_nothing_runs_is_given_up_with_the_reason(
    local: World, ops: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    image = local.push("a")
    pending = {"tasks": [{"lastStatus": "PROVISIONING", "containers": []}]}
    monkeypatch.setattr(local.ecs, "describe_tasks", lambda **_: pending)
    local.tasks_run = [True, False, True, False]  # the data path may be down for a moment
    code, _, error = ops(image, "--health-path", "")
    assert (code, error.count("\n"), GONE in error) == (FAILED, 1, True)
    assert (local.ups, local.configured()) == ([], None)
    assert [name for name, _ in local.ecs.calls][-2:] == ["stop_task", "deregister_task_definition"]


def test_a_rollout_that_nothing_runs_any_more_is_given_up_with_the_reason(
    local: World, ops: Callable[..., Ran]
) -> None:
    image = local.push("a")
    local.next_up = lambda: FakeUp([local.begins, *[lambda: None] * 50], code=1, why="never reached")
    local.tasks_run = [False, False, False, False, True, False]  # `up` starts it first
    code, _, error = ops(image, "--no-migration", "--health-path", "")
    assert (code, error.count("\n"), GONE in error) == (FAILED, 1, True)
    assert local.ups[0].stopped
    assert local.configured() is None
