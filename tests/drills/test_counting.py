"""Tests of the drills' counts and of the promises that they check."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.drills import releases, spot
from tests.drills.counting import Lost, Tally, fault_of, percentile

LOST = Lost(5.0, "GET /health", "answered 503 instead of 200")


@given(values=st.lists(st.floats(0, 1e6), min_size=1), share=st.floats(0.001, 1))
def test_a_percentile_is_the_smallest_value_that_a_share_does_not_exceed(values, share):
    found = percentile(values, share)
    assert found in values
    assert sum(value <= found for value in values) >= share * len(values)
    assert sum(value < found for value in values) < share * len(values)


@pytest.mark.parametrize(("values", "share"), [([], 0.5), ([1.0], 0.0), ([1.0], 1.1)])
def test_a_percentile_of_nothing_is_refused(values, share):
    with pytest.raises(ValueError, match=r"percentile|share"):
        percentile(values, share)


def test_what_is_wrong_with_an_answer():
    assert fault_of(200, 200) is None
    assert fault_of(503, 200, "no body to look at") == "answered 503 instead of 200"
    assert fault_of(429, 200) == "answered 429 instead of 200", "a request that is turned away is lost as well"
    assert fault_of(200, 200, "another row") == "wrong answer: another row"


def test_lost_requests_belong_to_the_time_in_which_they_were_sent():
    tally = Tally(sent=9, lost=[Lost(at, "GET /health", "no answer: ReadError") for at in (1.0, 2.0, 3.0)])
    assert [each.at for each in tally.lost_within(1.0, 3.0)] == [1.0, 2.0]
    assert tally.described()["lost"] == 3
    assert tally.described()["reasons"] == {"no answer: ReadError": 3}
    assert tally.described()["milliseconds"] == {}


def test_the_times_of_each_request_are_told():
    tally = Tally(seconds={"GET /health": [0.1, 0.2, 0.3], "POST /ingredients": [1.0]})
    assert tally.described()["milliseconds"] == {
        "GET /health": {"p50": 200.0, "p99": 300.0, "longest": 300.0},
        "POST /ingredients": {"p50": 1000.0, "p99": 1000.0, "longest": 1000.0},
    }


GOOD = releases.Made(
    number=1,
    name="good",
    is_good=True,
    exit_code=0,
    seconds=50.0,
    settled_seconds=1.0,
    steps={},
    is_live=True,
    was_kept=False,
    reason="",
    lost=[],
    last_lines=["live"],
)
SABOTAGED = dataclasses.replace(
    GOOD, name="never ready", is_good=False, exit_code=1, is_live=False, was_kept=True, reason="failed its checks"
)


@pytest.mark.parametrize(
    ("made", "broken"),
    [
        (GOOD, ""),
        (SABOTAGED, ""),
        (dataclasses.replace(GOOD, exit_code=1, is_live=False), "is not live, exit code 1"),
        (dataclasses.replace(GOOD, is_live=False), "said that it is live"),
        (dataclasses.replace(GOOD, settled_seconds=None), "not settled"),
        (dataclasses.replace(GOOD, lost=[LOST]), "1 requests lost, the first: GET /health: answered 503"),
        (dataclasses.replace(SABOTAGED, exit_code=0), "ended with 0, not 1"),
        (dataclasses.replace(SABOTAGED, reason=""), "does not say what is wrong"),
        (dataclasses.replace(SABOTAGED, was_kept=False), "the image from before does not run alone"),
        (dataclasses.replace(SABOTAGED, lost=[LOST]), "1 requests lost"),
    ],
)
def test_the_promises_of_a_release(made, broken):
    problems = list(made.problems())
    assert len(problems) == bool(broken)
    assert not broken or broken in problems[0]
    shown = releases.Result(releases=[made], tally=Tally(seconds={"GET /health": [0.1]}, lost=list(made.lost)))
    assert shown.problems() == problems
    assert shown.described()["problems"] == problems
    assert ("BROKEN" in shown.table()) == bool(broken)


RECLAIM = spot.Reclaim(
    number=1,
    tasks=2,
    before={"spot": 7, "on_demand": 3},
    during={"spot": 5, "on_demand": 3},
    after={"spot": 7, "on_demand": 3},
    replaced_seconds=20.0,
    ended_seconds=17.0,
    exits={"SpotInterruption, exit code 0": 2},
    lost=[],
)


@pytest.mark.parametrize(
    ("reclaim", "broken"),
    [
        (RECLAIM, ""),
        (dataclasses.replace(RECLAIM, replaced_seconds=None), "not replaced"),
        (dataclasses.replace(RECLAIM, ended_seconds=None), "not ended"),
        (dataclasses.replace(RECLAIM, exits={"SpotInterruption, exit code 137": 2}), "did not end in order"),
        (dataclasses.replace(RECLAIM, lost=[LOST]), "1 requests lost"),
    ],
)
def test_the_promises_of_a_reclaim(reclaim, broken):
    shown = spot.Result(reclaims=[reclaim], tally=Tally(seconds={"GET /health": [0.1]}, lost=list(reclaim.lost)))
    problems = shown.problems()
    assert len(problems) == bool(broken)
    assert not broken or broken in problems[0]
    assert shown.taken == 2
    assert shown.table()


def test_the_times_and_the_mix_of_many_reclaims():
    reclaims = [dataclasses.replace(RECLAIM, replaced_seconds=float(seconds)) for seconds in range(1, 101)]
    reclaims[0] = dataclasses.replace(reclaims[0], during={"spot": 6, "on_demand": 3}, replaced_seconds=None)
    shown = spot.Result(reclaims=reclaims)
    assert shown.times("replaced_seconds") == {"p50": 51.0, "p99": 100.0, "longest": 100.0}
    assert shown.mixes()["during"] == "5 + 3 (99 times), 6 + 3 (1 times)"


@pytest.mark.parametrize("result", [releases.Result(), spot.Result()])
def test_a_drill_that_did_nothing_shows_nothing(result):
    assert any("shows nothing" in problem for problem in result.problems())


@pytest.mark.parametrize(
    "result",
    [
        releases.Result(releases=[GOOD], tally=Tally(seconds={"GET /health": [0.1]}, lost=[LOST]), missing_writes=2),
        spot.Result(reclaims=[RECLAIM], tally=Tally(seconds={"GET /health": [0.1]}, lost=[LOST]), missing_writes=2),
    ],
)
def test_what_is_lost_between_the_steps_counts_too(result):
    first, second = result.problems()
    assert "1 requests lost before or after" in first
    assert "2 acknowledged writes" in second
