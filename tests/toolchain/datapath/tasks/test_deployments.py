"""The state of a deployment, and whether it is rolled back."""

import pytest

from toolchain.datapath.tasks.deployments import (
    Limits,
    Progress,
    Rollout,
    Verdict,
    failures_allowed,
    judge,
    limits_of,
    pause_after,
)

BREAKER = Limits(breaks=True, breaker_rolls_back=True)


@pytest.mark.parametrize(("desired", "allowed"), [(0, 3), (2, 3), (6, 3), (7, 4), (25, 13), (400, 200), (800, 200)])
def test_the_breakers_threshold_is_aws(desired: int, allowed: int) -> None:
    assert failures_allowed(desired) == allowed


@pytest.mark.parametrize(
    ("progress", "limits", "verdict"),
    [
        (Progress(2, 1, 0, 0), BREAKER, Verdict(Rollout.IN_PROGRESS)),
        (Progress(2, 2, 0, 1), BREAKER, Verdict(Rollout.IN_PROGRESS)),
        (Progress(2, 2, 0, 0), BREAKER, Verdict(Rollout.COMPLETED)),
        (Progress(0, 0, 0, 0), BREAKER, Verdict(Rollout.COMPLETED)),
        (Progress(2, 0, 3, 2), BREAKER, Verdict(Rollout.FAILED, "tasks failed to start", rolls_back=True)),
        (Progress(2, 0, 2, 2), BREAKER, Verdict(Rollout.IN_PROGRESS)),
        (Progress(2, 0, 9, 2), Limits(), Verdict(Rollout.IN_PROGRESS)),
        (
            Progress(2, 2, 0, 0, frozenset({"errors", "other"})),
            Limits(alarms=("errors",), alarms_roll_back=True),
            Verdict(Rollout.FAILED, "alarm detected", rolls_back=True),
        ),
        (Progress(2, 2, 0, 0, frozenset({"other"})), Limits(alarms=("errors",)), Verdict(Rollout.COMPLETED)),
        (Progress(2, 2, 0, 0), Limits(alarms=("errors",), bake_minutes=1), Verdict(Rollout.IN_PROGRESS)),
        (
            Progress(2, 2, 0, 0, baked_seconds=60),
            Limits(alarms=("errors",), bake_minutes=1),
            Verdict(Rollout.COMPLETED),
        ),
    ],
)
def test_a_deployment_is_judged(progress: Progress, limits: Limits, verdict: Verdict) -> None:
    assert judge(progress, limits) == verdict


def test_limits_come_from_the_services_configuration() -> None:
    assert limits_of({}) == Limits()
    configuration = {
        "deploymentCircuitBreaker": {"enable": True, "rollback": True},
        "alarms": {"enable": True, "rollback": True, "alarmNames": ["errors"]},
        "bakeTimeInMinutes": 2,
    }
    assert limits_of(configuration) == Limits(
        breaks=True, breaker_rolls_back=True, alarms=("errors",), alarms_roll_back=True, bake_minutes=2.0
    )
    assert limits_of({"alarms": {"enable": False, "alarmNames": ["errors"]}}) == Limits()


def test_failures_slow_starts_down() -> None:
    pauses = [pause_after(failures) for failures in range(30)]
    assert pauses[:4] == [0.0] * 4
    assert pauses == sorted(pauses)
    assert pauses[-1] == 60.0
