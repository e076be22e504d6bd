"""A target's health, from the results of its health checks."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolchain.datapath.balancer.health import (
    FAILED,
    TIMED_OUT,
    Check,
    Health,
    Reason,
    State,
    after,
    matcher_of,
    mismatch,
    routable,
)

CHECK = Check("HTTP", "/", None, 10, 5, healthy_threshold=3, unhealthy_threshold=2, initial_threshold=3)
OUTCOMES = st.lists(st.sampled_from([None, FAILED, TIMED_OUT, mismatch(500)]), max_size=30)


def run(outcomes: list[Reason | None], check: Check = CHECK) -> Health:
    health = Health()
    for outcome in outcomes:
        health = after(health, outcome, check)
    return health


@pytest.mark.parametrize(
    ("outcomes", "state", "code"),
    [
        ([], State.INITIAL, "Elb.RegistrationInProgress"),
        ([None, None], State.INITIAL, "Elb.InitialHealthChecking"),
        ([None, None, None], State.HEALTHY, None),
        ([FAILED], State.INITIAL, "Elb.InitialHealthChecking"),
        ([FAILED, FAILED], State.UNHEALTHY, "Target.FailedHealthChecks"),
        ([None, None, None, TIMED_OUT], State.HEALTHY, None),
        ([None, None, None, TIMED_OUT, None, TIMED_OUT], State.HEALTHY, None),
        ([None, None, None, FAILED, TIMED_OUT], State.UNHEALTHY, "Target.Timeout"),
        ([FAILED, FAILED, None, None, mismatch(503)], State.UNHEALTHY, "Target.ResponseCodeMismatch"),
        ([FAILED, FAILED, None, None, None], State.HEALTHY, None),
    ],
)
def test_thresholds_decide(outcomes: list[Reason | None], state: State, code: str | None) -> None:
    health = run(outcomes)
    assert (health.state, health.reason.code if health.reason else None) == (state, code)


def test_one_check_makes_a_new_target_of_an_application_load_balancer_healthy() -> None:
    assert run([None], replace(CHECK, initial_threshold=1)).state is State.HEALTHY


@given(OUTCOMES)
def test_enough_checks_in_a_row_decide_whatever_was_before(outcomes: list[Reason | None]) -> None:
    assert run([*outcomes, None, None, None]).state is State.HEALTHY
    assert run([*outcomes, FAILED, FAILED]).state is State.UNHEALTHY


@given(OUTCOMES)
def test_a_reason_is_told_unless_the_target_is_healthy(outcomes: list[Reason | None]) -> None:
    health = run(outcomes)
    assert (health.reason is None) is (health.state is State.HEALTHY)


@given(st.dictionaries(st.integers(), st.sampled_from([State.INITIAL, State.HEALTHY, State.UNHEALTHY])))
def test_healthy_targets_are_routed_to_and_all_when_all_are_unhealthy(states: dict[int, State]) -> None:
    found = routable({key: Health(state) for key, state in states.items()})
    healthy = {key for key, state in states.items() if state is State.HEALTHY}
    if set(states.values()) == {State.UNHEALTHY}:
        assert found == set(states)
    else:
        assert found == healthy


def test_a_matcher_is_a_list_of_statuses_and_ranges() -> None:
    check = replace(CHECK, matcher=matcher_of("200, 301-303"))
    assert [status for status in range(600) if check.passes(status)] == [200, 301, 302, 303]
    with pytest.raises(ValueError, match="invalid literal"):
        matcher_of("ok")
