"""What `spot` says when AWS refuses or throttles, and when it is interrupted."""

import signal
from collections.abc import Callable
from typing import Any

import pytest

from ops.errors import AWS_REFUSED, INTERRUPTED
from ops.spot import commands as spot
from tests.ops.refusing import CREDENTIALS_EXPIRED, Refusing
from tests.ops.spot.test_commands import Ran, World, ops, world

__all__ = ["ops", "world"]

DRILL = ("drill", "--stack", "dev", "--yes", "--rate", "200", "--settle", "0")


def refuse(world: World, method: str, refusing: Refusing) -> None:
    setattr(world.ecs, method, getattr(refusing.client, method))


@pytest.mark.parametrize(
    ("words", "method"),
    [
        (("status", "--stack", "dev"), "describe_services"),
        (DRILL, "describe_services"),
        (DRILL, "stop_task"),
    ],
)
def test_expired_credentials_are_told_in_one_line(
    world: World, ops: Callable[..., Ran], words: tuple[str, ...], method: str
) -> None:
    refuse(world, method, Refusing("ecs", "ExpiredTokenException"))
    code, _, error = ops(*words)
    assert (code, error) == (AWS_REFUSED, CREDENTIALS_EXPIRED)


@pytest.mark.parametrize(
    ("words", "method", "action"),
    [
        (("status", "--stack", "dev"), "describe_services", "ecs:DescribeServices"),
        (DRILL, "stop_task", "ecs:StopTask"),
    ],
)
def test_a_denial_names_the_action(
    world: World, ops: Callable[..., Ran], words: tuple[str, ...], method: str, action: str
) -> None:
    refuse(world, method, Refusing("ecs", "AccessDeniedException"))
    code, _, error = ops(*words)
    assert (code, error) == (
        AWS_REFUSED, f"error: the credentials may not do {action}: let them, or use others (AccessDeniedException)\n"
    )  # fmt: skip


def test_throttling_is_told_after_six_attempts(
    world: World, ops: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []
    monkeypatch.setattr("botocore.endpoint.time.sleep", slept.append)
    refusing = Refusing("ecs", "ThrottlingException")
    refuse(world, "describe_services", refusing)
    code, _, error = ops("status", "--stack", "dev")
    assert (code, error) == (
        AWS_REFUSED,
        "error: AWS throttled ecs:DescribeServices 6 times (ThrottlingException): wait a minute and run it again\n",
    )
    assert (len(refusing.asked), len(slept)) == (6, 5)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_drill_says_what_holds(world: World, ops: Callable[..., Ran], number: signal.Signals) -> None:
    taken = world.ecs.stop_task

    def interrupted(**arguments: Any) -> None:
        taken(**arguments)
        signal.raise_signal(number)

    world.ecs.stop_task = interrupted  # type: ignore[method-assign]
    code, _, error = ops(*DRILL)
    assert (code, error) == (INTERRUPTED, f"error: interrupted; {spot.INTERRUPTED}\n")
