"""The share of tasks on Spot that the rules compute must equal the component's plan."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy.rules.spot import Share, split
from spot_planning.service.capacity import CapacityMix, split_tasks

WEIGHTS = st.integers(0, 20)
BASES = st.integers(0, 8)
TASKS = st.integers(1, 60)


@pytest.mark.parametrize(
    ("tasks", "on_demand", "spot", "share"),
    [
        (1, Share(1, 1), Share(0, 4), 0.0),
        (2, Share(1, 1), Share(0, 4), 0.4),
        (6, Share(1, 1), Share(0, 4), 4 / 6),
        (10, Share(0, 0), Share(0, 1), 1.0),
        (10, Share(0, 1), Share(0, 0), 0.0),
        (3, Share(0, 1), Share(5, 1), 1.0),
        (4, Share(2, 0), Share(0, 0), 0.0),
    ],
)
def test_base_first_then_weights(tasks: int, on_demand: Share, spot: Share, share: float) -> None:
    assert split(tasks, on_demand, spot) == pytest.approx(share)


@given(TASKS, BASES, WEIGHTS, BASES, WEIGHTS)
def test_share_is_a_share(tasks: int, base: int, weight: int, spot_base: int, spot_weight: int) -> None:
    assert 0 <= split(tasks, Share(base, weight), Share(spot_base, spot_weight)) <= 1


@given(TASKS, BASES, st.integers(1, 20), st.integers(1, 20))
def test_within_one_task_of_the_plan(tasks: int, base: int, weight: int, spot_weight: int) -> None:
    mix = CapacityMix(spot_weight=spot_weight, spot_base=0, on_demand_weight=weight, on_demand_base=base)
    planned = split_tasks(tasks, mix).spot_share
    assert abs(split(tasks, Share(base, weight), Share(0, spot_weight)) - planned) * tasks <= 1
