"""The state machine of a redeployment, run by a small interpreter: AWS has no simulator that works offline."""

from typing import Any

import pytest

from spot_planning.service.rotation import MOST_LOOKS, redeployment


def walk(rollouts: list[list[str]]) -> list[str]:
    """Run the state machine, and return the states that it passes.

    Args:
        rollouts: Rollout states of the service's deployments at each read of the service; the last list repeats.
    """
    states: dict[str, Any] = redeployment(cluster="c", service="s")["States"]
    run, passed, looks = redeployment(cluster="c", service="s")["StartAt"], list[str](), 0
    in_progress: list[int] = []
    while True:
        passed.append(run)
        state = states[run]
        if run == "Look":
            seen = rollouts[min(passed.count("Look"), len(rollouts)) - 1]
            in_progress = [number for number, rollout in enumerate(seen) if rollout == "IN_PROGRESS"]
        elif run == "Count":
            assert state["Parameters"] == {"looks.$": "States.MathAdd($.looks, 1)"}
            looks += 1
        if state["Type"] == "Choice":
            (choice,) = state["Choices"]
            present, fewer = choice["And"]
            assert (present["Variable"], present["IsPresent"]) == ("$.deployments.in_progress[0]", True)
            assert fewer["Variable"] == "$.looks"
            waits = bool(in_progress) and looks < fewer["NumericLessThan"]
            run = choice["Next"] if waits else state["Default"]
        elif state.get("End"):
            return passed
        else:
            run = state["Next"]


@pytest.mark.parametrize("rollouts", [[["COMPLETED"]], [["FAILED", "COMPLETED"]], [[]]])
def test_a_service_at_rest_is_redeployed_at_once(rollouts: list[list[str]]) -> None:
    assert walk(rollouts) == ["Begin", "Look", "Choose", "Redeploy"]


def test_a_deployment_in_progress_is_waited_for() -> None:
    """A new deployment would supersede the deployment that `up` waits for, and `up` would fail.

    Source: Amazon ECS API Reference, "ServiceDeployment", status; terraform-provider-aws pull request 49243.
    """
    passed = walk([["IN_PROGRESS", "COMPLETED"], ["IN_PROGRESS"], ["COMPLETED"]])
    assert passed.count("Wait") == 2
    assert passed[-3:] == ["Look", "Choose", "Redeploy"]


def test_a_deployment_that_never_ends_is_not_waited_for_for_ever() -> None:
    passed = walk([["IN_PROGRESS"]])
    assert passed.count("Wait") == MOST_LOOKS
    assert passed[-1] == "Redeploy"


def test_what_is_in_progress_is_asked_of_amazon_ecs_in_its_own_words() -> None:
    """Amazon ECS API Reference, "Deployment", rolloutState: COMPLETED, FAILED or IN_PROGRESS.

    In SDK integrations names begin with a capital (AWS Step Functions Developer Guide, "Learning to use AWS service SDK
    integrations").
    """
    look = redeployment(cluster="c", service="s")["States"]["Look"]
    assert look["Resource"] == "arn:aws:states:::aws-sdk:ecs:describeServices"
    assert look["Parameters"] == {"Cluster": "c", "Services": ["s"]}
    assert look["ResultSelector"] == {
        "in_progress.$": "$.Services[0].Deployments[?(@.RolloutState == 'IN_PROGRESS')].Id"
    }
