"""One release at a time changes a stack: a second one is told, and a lock that stayed is removed."""

import json
from collections.abc import Callable

import boto3
import pytest

from ops import stacks
from ops.cli import main
from ops.errors import BUSY, FAILED
from tests.ops.release.conftest import Ran, World, texts


def test_a_release_does_not_begin_beside_the_up_of_one_that_was_killed(
    world: World, ops: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would run its migration, and then fail at its own `up`."""
    world.push("a")
    monkeypatch.setattr(stacks, "changer", lambda stack: f"'up' of {stack}, process 7")
    code, events, error = ops("v-a", "--yes")
    said = "another run is changing the dev stack: 'up' of dev, process 7; release again when it has ended"
    assert (code, said in error) == (BUSY, True)
    assert (world.ups, texts(events, "migration")) == ([], [])
    assert boto3.client("ssm", region_name="us-east-1").describe_parameters()["Parameters"] == []


def test_a_second_release_is_told_that_it_is_busy(
    world: World, ops: Callable[..., Ran], capsys: pytest.CaptureFixture[str]
) -> None:
    world.push("a")
    ssm = boto3.client("ssm", region_name="us-east-1")
    holder = {"token": "t", "who": "ci", "host": "elsewhere", "pid": 1, "started": 1.0, "since": "noon"}
    ssm.put_parameter(Name="/house/dev/release-lock", Value=json.dumps(holder), Type="String")
    code, _, error = ops("v-a", "--yes")
    assert (code, "another release is under way: ci on elsewhere" in error) == (BUSY, True)
    assert world.ups == []
    assert main(["release", "unlock", "--stack", "dev", "--yes"]) == 0
    assert "removed the lock of ci on elsewhere" in capsys.readouterr().out
    assert ops("v-a", "--yes", "--health-path", "")[0] == 0


def test_unlock_says_whose_lock_it_removed_as_json_too(world: World, ops: Callable[..., Ran]) -> None:
    code, events, _ = ops("unlock")
    assert code == 0
    assert events[-1] | {"at": ""} == {
        "event": "result", "at": "", "text": "no release is under way", "stack": "dev", "holder": None, "changed": False
    }  # fmt: skip
    ssm = boto3.client("ssm", region_name="us-east-1")
    holder = {"token": "t", "who": "ci", "host": "elsewhere", "pid": 1, "started": 1.0, "since": "noon"}
    ssm.put_parameter(Name="/house/dev/release-lock", Value=json.dumps(holder), Type="String")
    code, events, error = ops("unlock")
    assert (code, events, "add --yes" in error) == (FAILED, [], True)
    code, events, error = ops("unlock", "--yes")
    assert (code, error) == (0, "")
    assert events[-1]["holder"] == "ci on elsewhere (process 1) since noon"
    assert events[-1]["changed"] is True
