"""The shutdown of a task: its answers during the drain, its end, and its exit status."""

import signal
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.lifecycle import (
    IDLE_SECONDS,
    LEARNING_CHECKS,
    QUIET_INTERVALS,
    UNKNOWN_INTERVAL_SECONDS,
    Lifecycle,
)
from tests.backend.conftest import unchanged_database
from tests.backend.servers import wait_until
from tests.backend.task import Task, running

database = unchanged_database


@pytest.fixture
def task(environment: dict[str, str], tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Task]:
    """A ready task; the fixture's parameter changes its environment."""
    changes = getattr(request, "param", {})
    environment |= {"DRAIN_SECONDS": "30", "REQUEST_SECONDS": "3"}
    with running(environment | changes, tmp_path / "log") as task:
        yield task


changed = pytest.mark.parametrize


def wait_until_draining(task: Task) -> None:
    wait_until(lambda: task.status() == 503, "readiness fails", 10)


def test_it_answers_and_closes_connections_while_it_drains(task: Task) -> None:
    with httpx.Client(base_url=task.url, timeout=5) as client:
        assert client.get("/drill/who").headers.get("connection") != "close"
        task.terminate()
        wait_until_draining(task)
        answer = client.get("/drill/who")
        assert answer.status_code == 200
        assert answer.headers["connection"] == "close"
        assert client.get("/health/live").status_code == 200
        assert client.get("/health").json()["draining"] is True
        assert client.get("/health/ready").json()["status"] == "draining"


def test_no_collection_looks_through_what_the_start_has_made(task: Task) -> None:
    counted = httpx.get(f"{task.url}/drill/frozen", timeout=5).json()
    assert counted["others"] < counted["frozen"] / 10, counted


@changed("task", [{"DRAIN_SECONDS": "0.3"}], indirect=True)
def test_what_is_in_flight_is_finished(task: Task) -> None:
    with httpx.Client(base_url=task.url, timeout=5) as client:
        answers: list[httpx.Response] = []
        thread = threading.Thread(target=lambda: answers.append(client.get("/drill/slow/1.5")))
        thread.start()
        time.sleep(0.3)
        task.terminate()
        thread.join()
        assert answers[0].status_code == 200
        assert task.wait() == 0


@changed("task", [{"DRAIN_SECONDS": "0.5"}], indirect=True)
def test_every_step_is_logged_with_its_time(task: Task) -> None:
    task.terminate()
    assert task.wait() == 0
    steps = [line for line in task.lines() if "seconds_since_signal" in line]
    assert [step["message"] for step in steps] == [
        "draining: readiness fails from now on",
        "the drain ends",
        "no longer listening",
        "gone",
    ]
    assert [step["seconds_since_signal"] for step in steps] == sorted(step["seconds_since_signal"] for step in steps)
    assert any(line["message"] == "the pools are closed" and line["seconds"] >= 0 for line in task.lines())


@changed("task", [{"DRAIN_SECONDS": "90"}], indirect=True)
def test_it_ends_early_when_nobody_asks_any_more_but_not_because_of_a_burst(task: Task) -> None:
    """Checks in one burst do not come from a balancer: the drain waits for a balancer's usual interval, but not for
    DRAIN_SECONDS."""
    for _ in range(41):
        task.status()
    task.terminate()
    assert task.wait(60) == 0
    ends = next(line for line in task.lines() if line["message"] == "the drain ends")
    assert ends["reason"] == "nobody asks any more"
    # The last check came a little before the signal
    assert ends["seconds_since_signal"] > QUIET_INTERVALS * UNKNOWN_INTERVAL_SECONDS / 2


def test_a_second_signal_forces_the_end(task: Task) -> None:
    task.terminate()
    wait_until_draining(task)
    task.terminate()
    assert task.wait(10) == 1
    assert task.messages()[-1] == "ended by force"


@changed("task", [{"DRAIN_SECONDS": "0.1", "REQUEST_SECONDS": "300"}], indirect=True)
def test_an_interrupt_drains_as_well(task: Task) -> None:
    task.process.send_signal(signal.SIGINT)
    assert task.wait(20) == 0


@changed("task", [{"KEEP_ALIVE_SECONDS": "1"}], indirect=True)
def test_an_idle_connection_is_closed_when_its_time_is_over(task: Task) -> None:
    with socket.create_connection(("127.0.0.1", task.port), timeout=20) as connection:
        connection.sendall(b"GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n")
        # The answer may come in several parts; its body ends with a brace.
        answer = connection.recv(65536)
        while not answer.endswith(b"}"):
            part = connection.recv(65536)
            assert part
            answer += part
        assert b"200 OK" in answer
        began = time.monotonic()
        assert connection.recv(65536) == b""
        assert time.monotonic() - began > 0.5


@changed("task", [{"DRAIN_SECONDS": "0.1", "REQUEST_SECONDS": "1"}], indirect=True)
def test_the_deadline_forces_the_end(task: Task) -> None:
    """A request that cannot be cancelled must not keep the process until ECS kills it."""
    with socket.create_connection(("127.0.0.1", task.port)) as connection:
        connection.sendall(b"GET /drill/stubborn HTTP/1.1\r\nHost: a\r\n\r\n")
        wait_until(lambda: "stubborn" in task.messages(), "the request has begun", 10)
        task.terminate()
        assert task.wait(20) == 1
    assert task.messages()[-1] == "ended by force"


def asked(times: list[float], now: float, *, requests: list[float] | None = None) -> Lifecycle:
    """Return a lifecycle with balancer checks at some times, requests at others, and a clock at `now`."""
    clock = {"now": 0.0}
    lifecycle = Lifecycle(clock=lambda: clock["now"])
    for clock["now"] in times:
        lifecycle.balancer_asked()
    for clock["now"] in requests or []:
        lifecycle.request_began()
        lifecycle.request_ended()
    clock["now"] = now
    return lifecycle


EVERY_TEN = [10.0 * number for number in range(20)]
LAST = EVERY_TEN[-1]
QUIET = QUIET_INTERVALS * 10
BURST = [LAST + 0.04 * number for number in range(1, 42)]
EACH_SECOND = [float(number) for number in range(40)]
TWO_MINUTES_LATER = [LAST + 120 + time for time in EVERY_TEN]
FOUR_ZONES = [turn * 10 + offset for turn in range(20) for offset in (0, 1.5, 3, 4.5)]


@pytest.mark.parametrize(
    ("lifecycle", "connections", "expected"),
    [
        pytest.param(asked([], 5), 0, True, id="no balancer has ever asked"),
        pytest.param(asked(EVERY_TEN, LAST + QUIET), 0, True, id="the checks have stopped"),
        pytest.param(asked(EVERY_TEN, LAST + QUIET - 1), 0, False, id="the next check may be late"),
        pytest.param(asked([0.0, 0.1, 0.2], 3), 0, False, id="zones that ask together tell no interval"),
        pytest.param(asked([0.0, 0.1, 0.2], 0.2 + QUIET), 0, True, id="the platform's interval until one is known"),
        pytest.param(asked(EVERY_TEN + BURST, BURST[-1] + QUIET - 1), 0, False, id="a burst does not shorten it"),
        pytest.param(asked(EVERY_TEN + BURST, BURST[-1] + QUIET), 0, True, id="nor does it lengthen it"),
        pytest.param(asked(BURST, BURST[-1] + QUIET - 1), 0, False, id="a burst tells no interval"),
        pytest.param(asked(EACH_SECOND, 39 + QUIET / 2 - 1), 0, False, id="no balancer has a shorter interval"),
        pytest.param(asked(EACH_SECOND, 39 + QUIET / 2), 0, True, id="the shortest interval of a balancer"),
        pytest.param(
            asked(EVERY_TEN[:10] + TWO_MINUTES_LATER[:8], TWO_MINUTES_LATER[7] + QUIET),
            0,
            True,
            id="one long gap is no interval",
        ),
        pytest.param(asked(FOUR_ZONES, FOUR_ZONES[-1] + 5.5), 0, False, id="the next turn of four zones is due"),
        pytest.param(
            asked(EVERY_TEN, LAST + QUIET, requests=[LAST + QUIET - 1]), 1, False, id="a connection is still used"
        ),
        pytest.param(
            asked(EVERY_TEN, LAST + QUIET, requests=[LAST + QUIET - IDLE_SECONDS]),
            1,
            True,
            id="it is not used any more",
        ),
    ],
)
def test_when_a_drain_may_end(lifecycle: Lifecycle, connections: int, expected: bool) -> None:
    assert lifecycle.may_end(connections) is expected


def test_a_request_in_flight_keeps_the_drain_going() -> None:
    lifecycle = asked(EVERY_TEN, LAST + QUIET)
    lifecycle.request_began()
    assert not lifecycle.may_end(0)
    lifecycle.request_ended()
    assert lifecycle.may_end(0)


@given(
    interval=st.floats(5, 300),
    offsets=st.lists(st.floats(0, 0.999), min_size=1, max_size=6),
    phase=st.floats(0, 1),
    lateness=st.floats(0, 0.4),
)
def test_no_balancer_that_still_asks_is_taken_to_have_stopped(
    interval: float, offsets: list[float], phase: float, lateness: float
) -> None:
    """This holds for any interval and any number of zones, each with its own rhythm, even if a check is late."""
    times = sorted((turn + offset) * interval for turn in range(LEARNING_CHECKS) for offset in offsets)
    following = times[-1] + interval * (min(offsets) + 1 - max(offsets) + lateness)
    now = times[-1] + (following - times[-1]) * phase
    assert not asked(times, now).may_end(0)
