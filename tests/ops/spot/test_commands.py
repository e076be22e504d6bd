"""`ops spot`: the mix of tasks compared with the strategy, interruptions, and drills under load."""

import asyncio
import json
import random
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st

from ops.cli import main
from ops.errors import AWS_REFUSED, FAILED, USER_ERROR, OperationError
from ops.release.rollout import TaskState
from ops.spot import commands as spot
from ops.spot.drill import REASON, Drill, reclaims_at
from ops.spot.load import Load
from ops.spot.mix import chosen, interruptions, mix_of, wanted_split
from ops.spot.quotas import QUOTAS
from tests.ops.conftest import FakeSession
from tests.ops.fake_ecs import REPOSITORY, FakeEcs
from tests.ops.spot.quotas import Autoscaling, Quotas
from tests.waiting import wait_until

DEADLINE_SECONDS = 30

NOW = datetime(2026, 11, 29, 7, tzinfo=UTC)
IMAGE = f"{REPOSITORY}@sha256:{'a' * 64}"
Ran = tuple[int, list[dict[str, Any]], str]


def state(identifier: str, provider: str = "FARGATE_SPOT", status: str = "RUNNING") -> TaskState:
    return TaskState(f"task/{identifier}", "f:1", status, "HEALTHY", "healthy", provider, "us-east-1a")


@given(spot_tasks=st.integers(0, 50), on_demand=st.integers(0, 5), share=st.floats(0.01, 1.0))
def test_a_drill_takes_its_share_of_the_spot_tasks_alone(spot_tasks: int, on_demand: int, share: float) -> None:
    tasks = [state(f"s{n}") for n in range(spot_tasks)] + [state(f"d{n}", "FARGATE") for n in range(on_demand)]
    taken = chosen(tasks, share, random.Random(1))
    assert len({each.arn for each in taken}) == len(taken)
    assert all(each.provider == "FARGATE_SPOT" for each in taken)
    assert len(taken) <= spot_tasks
    if spot_tasks:
        assert len(taken) >= max(1, share * spot_tasks)
        assert len(taken) < share * spot_tasks + 1 or len(taken) == 1


def test_tasks_that_do_not_run_are_not_taken() -> None:
    assert chosen([state("a", status="PENDING")], 1.0, random.Random(1)) == []


def test_the_strategy_is_read_with_a_provider_left_out() -> None:
    on_demand_only = [{"capacityProvider": "FARGATE", "weight": 1, "base": 2}]
    assert mix_of(on_demand_only).spot_weight == 0
    wanted = wanted_split(on_demand_only, 3)
    assert wanted is not None
    assert (wanted.spot, wanted.on_demand) == (0, 3)
    assert wanted_split([], 3) is None


def test_interruptions_are_those_of_spot_and_of_missing_capacity_the_newest_first() -> None:
    def stopped(code: str, minutes: int) -> dict[str, Any]:
        at = NOW + timedelta(minutes=minutes)
        return {"taskArn": f"task/{code}{minutes}", "stopCode": code, "stoppedReason": code, "stoppingAt": at}

    events = [
        {"createdAt": NOW + timedelta(minutes=2), "message": "(service a) was unable to place a task."},
        {"createdAt": NOW, "message": "(service a) has reached a steady state."},
    ]
    found = interruptions([stopped("SpotInterruption", 1), stopped("UserInitiated", 3)], events)
    assert [each.what.split(":")[0] for each in found] == ["(service a) was unable to place a task.", "task SpotInte"]


# --- Load


def test_the_load_counts_what_is_lost() -> None:
    answers = iter([200, 404, 429, 503, 0] + [200] * 100_000)

    def answer(_: httpx.Request) -> httpx.Response:
        status = next(answers)
        if status == 0:
            raise httpx.ConnectError("refused")
        return httpx.Response(status)

    with Load("http://a.test/", {}, 200, transport=httpx.MockTransport(answer)) as load:
        wait_until(lambda: load.counts.sent >= 20, "20 requests", DEADLINE_SECONDS)
    counts = load.counts
    assert counts.sent == counts.answered + counts.lost
    assert (counts.lost, counts.throttled) == (2, 1)
    assert dict(counts.reasons) == {"answered 503": 1, "ConnectError": 1}


def test_requests_that_wait_do_not_hold_up_the_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ops.spot.load.MOST_IN_FLIGHT", 3)

    async def never(_: httpx.Request) -> httpx.Response:
        await asyncio.sleep(0.5)
        return httpx.Response(200)

    with Load("http://a.test/", {}, 200, transport=httpx.MockTransport(never)) as load:
        wait_until(lambda: load.counts.lost > 0, "a lost request", DEADLINE_SECONDS)
    assert "not sent: too many requests wait for an answer" in load.counts.reasons
    assert load.counts.answered >= 3


# --- The commands


class World:
    """A service with one Spot and one on-demand task, and a load whose answers come from the test."""

    def __init__(self, session: FakeSession, ecs: FakeEcs) -> None:
        self.session, self.ecs = session, ecs
        arn = ecs.register(IMAGE)
        ecs.begin(arn)
        ecs.tasks.clear()
        ecs.start(arn, "spot1", startedAt=datetime.now(UTC) - timedelta(hours=1))
        ecs.start(arn, "demand1", capacityProviderName="FARGATE")
        ecs.complete()
        ecs.stop_task = self.stopped  # type: ignore[method-assign]
        self.broken = False
        self.replaces = True
        self.now = 0.0

    def answer(self, _: httpx.Request) -> httpx.Response:
        return httpx.Response(503 if self.broken else 200)

    def load(self, url: str, headers: dict[str, str], rate: float, *, trust_env: bool, verify: bool) -> Load:
        assert url == "https://api.example.invalid/health"
        return Load(url, headers, rate, trust_env=trust_env, verify=verify, transport=httpx.MockTransport(self.answer))

    def stopped(self, **arguments: Any) -> None:
        self.ecs.calls.append(("stop_task", arguments))
        task = next(each for each in self.ecs.tasks if each["taskArn"] == arguments["task"])
        task |= {"desiredStatus": "STOPPED", "lastStatus": "STOPPED", "stopCode": "SpotInterruption"}
        if self.replaces:
            self.ecs.start(task["taskDefinitionArn"], "spot2", healthStatus="HEALTHY")

    def pause(self, seconds: float) -> None:
        self.now += seconds
        time.sleep(0.01)


@pytest.fixture
def world(bare_session: FakeSession, ecs: FakeEcs, monkeypatch: pytest.MonkeyPatch) -> World:
    made = World(bare_session, ecs)
    monkeypatch.setattr(spot.aws, "connect", lambda stack: bare_session)
    of_aws = {"service-quotas": Quotas(dict.fromkeys(QUOTAS.values(), 6.0)), "application-autoscaling": Autoscaling(10)}
    monkeypatch.setattr(FakeSession, "client", lambda self, service, **_: of_aws.get(service, ecs))
    monkeypatch.setattr(spot, "Load", made.load)
    monkeypatch.setattr(spot, "Drill", lambda *words: Drill(*words, pause=made.pause, clock=lambda: made.now))
    return made


@pytest.fixture
def ops(capsys: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    def run(*words: str) -> Ran:
        code = main(["spot", *words, "--json"])
        captured = capsys.readouterr()
        return code, [json.loads(line) for line in captured.out.splitlines()], captured.err

    return run


def test_status_shows_the_mix_against_the_strategy(
    world: World, ops: Callable[..., Ran], capsys: pytest.CaptureFixture[str]
) -> None:
    code, lines, _ = ops("status", "--stack", "dev")
    assert code == 0
    assert lines[0]["split"] == {"spot": 1, "on_demand": 1}
    assert lines[0]["wanted"] == {"spot": 1, "on_demand": 1}
    row = next(each for each in lines[0]["tasks"] if each["task"] == "spot1")
    assert (row["release"], row["capacity"], row["zone"]) == ("a" * 12, "FARGATE_SPOT", "us-east-1a")
    assert 3600 <= row["age_seconds"] < 3700
    assert main(["spot", "status", "--stack", "dev"]) == 0
    said = capsys.readouterr().out
    assert "1 tasks on Spot and 1 on demand (50% Spot); the strategy wants 1 and 1" in said
    assert "no interruptions" in said
    assert [each["needed"] for each in lines[0]["quotas"]] == [7.0, 3.0]
    assert "warning: 10 tasks need up to 7 of the account's 6 vCPU of FARGATE_SPOT" in said


def test_a_drill_reports_what_it_took_and_what_was_lost(world: World, ops: Callable[..., Ran]) -> None:
    code, lines, error = ops("drill", "--stack", "dev", "--yes", "--rate", "200", "--settle", "3")
    assert (code, error) == (0, "")
    result = lines[-1]
    assert result["taken"] == ["spot1"]
    assert result["before"] == {"spot": 1, "on_demand": 1} == result["after"]
    assert result["load"]["lost"] == 0
    assert result["load"]["sent"] >= 20
    assert result["replaced_seconds"] is not None
    assert world.ecs.calls == [
        ("stop_task", {"cluster": "cluster", "task": world.ecs.tasks[0]["taskArn"], "reason": REASON})
    ]


def test_lost_requests_fail_the_drill_unless_accepted(world: World, ops: Callable[..., Ran]) -> None:
    taken = world.ecs.stop_task

    def breaks(**arguments: Any) -> None:
        taken(**arguments)
        world.broken = True

    world.ecs.stop_task = breaks  # type: ignore[method-assign]
    words = ("drill", "--stack", "dev", "--yes", "--rate", "200", "--settle", "3")
    code, lines, _ = ops(*words)
    assert code == FAILED
    assert lines[-1]["load"]["reasons"]["answered 503"] == lines[-1]["load"]["lost"] > 0


def test_tasks_that_are_not_replaced_in_time_fail_the_drill(world: World, ops: Callable[..., Ran]) -> None:
    world.replaces = False
    code, lines, _ = ops("drill", "--stack", "dev", "--yes", "--timeout", "5", "--settle", "0", "--rate", "200")
    assert (code, lines[-1]["replaced_seconds"]) == (FAILED, None)
    assert lines[-1]["during"] == {"spot": 0, "on_demand": 1}


def test_nothing_is_taken_from_a_service_that_does_not_answer(world: World, ops: Callable[..., Ran]) -> None:
    world.broken = True
    code, _, error = ops("drill", "--stack", "dev", "--yes")
    assert (code, "(answered 503): nothing was taken" in error) == (FAILED, True)
    assert world.ecs.calls == []


def test_dry_run_takes_nothing(world: World, ops: Callable[..., Ran]) -> None:
    code, lines, _ = ops("drill", "--stack", "dev", "--dry-run")
    assert (code, lines[-1]["text"]) == (0, "would take away 1 tasks: spot1")
    assert world.ecs.calls == []


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("--stack", "prod"), FAILED, "a drill takes tasks from visitors; say --yes"),
        (("--stack", "dev"), FAILED, "there is no terminal to ask at: add --yes"),
        (("--stack", "dev", "--factor", "10", "--yes"), USER_ERROR, "hold for the local stack only"),
        (("--stack", "dev", "--path", "health", "--yes"), USER_ERROR, "--path=health must begin with /"),
        (("--stack", "dev", "--rate", "5000", "--yes"), USER_ERROR, "Invalid value"),
    ],
)
def test_what_a_drill_refuses(
    world: World, ops: Callable[..., Ran], words: tuple[str, ...], code: int, message: str
) -> None:
    got, _, error = ops("drill", *words)
    assert got == code
    assert message in error
    assert world.ecs.calls == []


def test_a_service_without_spot_has_nothing_to_take(world: World, ops: Callable[..., Ran]) -> None:
    for task in world.ecs.tasks:
        task["capacityProviderName"] = "FARGATE"
    code, _, error = ops("drill", "--stack", "dev", "--yes")
    assert (code, "no task runs on Spot" in error) == (FAILED, True)


def test_a_refused_stop_names_the_action(world: World, ops: Callable[..., Ran]) -> None:
    def denied(**_: Any) -> None:
        error = {"Code": "AccessDeniedException", "Message": "is not authorized to perform: ecs:StopTask"}
        raise ClientError({"Error": error}, "StopTask")

    world.ecs.stop_task = denied  # type: ignore[method-assign]
    code, _, error = ops("drill", "--stack", "dev", "--yes", "--rate", "200")
    assert (code, "the credentials may not do ecs:StopTask" in error) == (AWS_REFUSED, True)


def test_the_local_data_path_is_asked_for_a_reclaim() -> None:
    asked: list[tuple[str, dict[str, Any]]] = []

    def post(url: str, body: dict[str, Any]) -> httpx.Response:
        asked.append((url, body))
        return httpx.Response(200, json={})

    reclaims_at("http://127.0.0.1:5000", 12.0, post)(state("a"))
    assert asked == [("http://127.0.0.1:5000/data-plane/spot-reclaim", {"task": "task/a", "notice_seconds": 12.0})]


def test_a_reclaim_that_is_refused_says_why() -> None:
    def refuses(*_: Any) -> httpx.Response:
        return httpx.Response(400, json={"message": "no data path is running"})

    with pytest.raises(OperationError, match="task a cannot be taken away: no data path is running"):
        reclaims_at("http://127.0.0.1:5000", 12.0, refuses)(state("a"))

    def silent(*_: Any) -> httpx.Response:
        raise httpx.ConnectError("refused")

    with pytest.raises(OperationError, match="the emulator does not answer"):
        reclaims_at("http://127.0.0.1:5000", 12.0, silent)(state("a"))
