"""An interrupted drill keeps the results of its finished steps, and tasks are followed until they have stopped."""

from typing import Any

import pytest

from tests.drills.draining import Draining
from tests.drills.drill import until_interrupted
from tests.drills.spot import REPLACED_SECONDS, Reclaim, Result, completed

MIX = {"spot": 1, "on_demand": 1}
RECLAIM = Reclaim(
    number=1, lost=[], tasks=1, before=MIX, during=MIX, after=MIX, replaced_seconds=9.5, ended_seconds=11.0, exits={}
)


def test_an_interrupted_drill_keeps_its_steps_and_does_not_pass():
    result = Result()
    result.tally.seconds["GET /health"] = [0.01]
    with until_interrupted(result):
        result.reclaims.append(RECLAIM)
        raise KeyboardInterrupt
    assert result.reclaims == [RECLAIM]
    assert result.problems() == ["interrupted after 1 reclaims"]
    assert result.described()["taken"] == 1


def test_a_drill_that_ends_by_itself_passes():
    result = Result(reclaims=[RECLAIM])
    result.tally.seconds["GET /health"] = [0.01]
    with until_interrupted(result):
        pass
    assert result.problems() == []


class Stopping:
    """In place of a service: the tasks that have stopped."""

    def __init__(self) -> None:
        self.stopped: dict[str, str] = {}

    def has_ended(self, arns: list[str]) -> bool:
        return set(arns) <= set(self.stopped)

    def stopped_reasons(self, arns: list[str]) -> dict[str, str]:
        return {arn: self.stopped[arn] for arn in arns}


def test_tasks_of_two_reclaims_drain_beside_each_other(monkeypatch: pytest.MonkeyPatch):
    sent: list[Any] = []

    class Answer:
        def raise_for_status(self) -> None:
            pass

    monkeypatch.setattr("httpx.post", lambda _url, json, **_: sent.append(json) or Answer())
    now = [100.0]
    service, stack = Stopping(), type("Stack", (), {"endpoint": "http://127.0.0.1:1"})
    draining = Draining(service, lambda: now[0], 45.0)  # pyright: ignore[reportArgumentType]
    assert draining.reclaim(stack, 1, ["a", "b"]) == 100.0  # pyright: ignore[reportArgumentType]
    now[0] = 110.0
    draining.reclaim(stack, 2, ["c"])  # pyright: ignore[reportArgumentType]
    assert sent == [{"task": arn, "notice_seconds": 45.0} for arn in ("a", "b", "c")]
    service.stopped = {"a": "in order", "c": "in order"}
    now[0] = 120.0
    assert draining.note_ends() is False
    assert [draining.end_of(number) for number in (1, 2)] == [(None, {}), (10.0, {"in order": 1})]
    service.stopped["b"] = "killed"
    now[0] = 130.0
    assert draining.note_ends() is True
    assert draining.end_of(1) == (30.0, {"in order": 1, "killed": 1})
    now[0] = 140.0
    assert draining.note_ends() is True
    assert draining.end_of(1)[0] == 30.0, "the end is noted once"


def test_tasks_that_stop_too_late_or_not_in_order_are_a_problem():
    assert list(completed(RECLAIM, None, {}).problems()) == ["reclaim 1: not ended within 300 s"]
    assert list(completed(RECLAIM, REPLACED_SECONDS + 1, {}).problems()) == ["reclaim 1: not ended within 300 s"]
    killed = {"SpotInterruption, exit code 137": 1}
    assert list(completed(RECLAIM, 45.0, killed).problems()) == [f"reclaim 1: tasks did not end in order: {killed}"]
    assert list(completed(RECLAIM, 26.0, {"SpotInterruption, exit code 0": 1}).problems()) == []
