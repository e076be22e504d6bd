"""The conditions for a settled service, and for replaced tasks after a reclaim."""

import dataclasses

import pytest

from tests.drills.service import SPOT, Task, View
from tests.drills.spot import is_replaced, spot_tasks

ONE = Task("arn-1", "image@sha256:1", SPOT, serves=True)
TWO = Task("arn-2", "image@sha256:1", "FARGATE", serves=True)
SETTLED = View(desired=2, state="COMPLETED", deployments=1, tasks=(ONE, TWO))


@pytest.mark.parametrize(
    ("view", "is_settled"),
    [
        (SETTLED, True),
        (dataclasses.replace(SETTLED, state="IN_PROGRESS"), False),
        (dataclasses.replace(SETTLED, deployments=2), False),
        (dataclasses.replace(SETTLED, tasks=(ONE,)), False),
        (dataclasses.replace(SETTLED, desired=1), False),
        (dataclasses.replace(SETTLED, tasks=(ONE, dataclasses.replace(TWO, serves=False))), False),
    ],
)
def test_a_service_is_settled_when_one_whole_deployment_is_left(view, is_settled):
    assert view.is_settled is is_settled


def test_the_mix_counts_what_serves():
    assert SETTLED.mix == {"spot": 1, "on_demand": 1}
    assert dataclasses.replace(SETTLED, tasks=(dataclasses.replace(ONE, serves=False), TWO)).mix == {
        "spot": 0,
        "on_demand": 1,
    }


def test_only_serving_tasks_on_spot_are_taken():
    assert spot_tasks(SETTLED) == ["arn-1"]
    assert spot_tasks(dataclasses.replace(SETTLED, tasks=(dataclasses.replace(ONE, serves=False), TWO))) == []


def test_a_task_is_replaced_when_as_many_others_serve():
    new = dataclasses.replace(ONE, arn="arn-3")
    assert not is_replaced(SETTLED, ["arn-1"]), "the one that was taken still serves"
    assert not is_replaced(dataclasses.replace(SETTLED, tasks=(TWO, dataclasses.replace(new, serves=False))), ["arn-1"])
    assert is_replaced(dataclasses.replace(SETTLED, tasks=(TWO, new)), ["arn-1"])
