"""Tasks are split between capacity providers as planned, if started one by one or all at once."""

from collections import Counter

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from spot_planning.service.capacity import CapacityMix, split_tasks
from toolchain.datapath.tasks.capacity import ON_DEMAND, SPOT, Share, provider_for_next, split, strategy_of

weights = st.integers(0, 12)
bases = st.integers(0, 8)


@given(tasks=st.integers(0, 60), spot=weights, on_demand=weights, base=bases, on_spot=st.booleans())
def test_the_split_is_the_planners(tasks: int, spot: int, on_demand: int, base: int, on_spot: bool) -> None:
    assume(spot + on_demand > 0)
    mix = CapacityMix(
        spot_weight=spot,
        on_demand_weight=on_demand,
        spot_base=base if on_spot else 0,
        on_demand_base=0 if on_spot else base,
    )
    strategy = (Share(SPOT, mix.spot_base, spot), Share(ON_DEMAND, mix.on_demand_base, on_demand))
    planned = split_tasks(tasks, mix)
    assert split(tasks, strategy) == {SPOT: planned.spot, ON_DEMAND: planned.on_demand}
    one_by_one: Counter[str] = Counter()
    for _ in range(tasks):
        one_by_one[provider_for_next(one_by_one, strategy)] += 1
    assert (one_by_one[SPOT], one_by_one[ON_DEMAND]) == (planned.spot, planned.on_demand)


def test_what_was_taken_away_comes_back_where_it_was() -> None:
    strategy = (Share(SPOT, 0, 4), Share(ON_DEMAND, 1, 1))
    assert provider_for_next({ON_DEMAND: 1, SPOT: 0}, strategy) == SPOT
    assert provider_for_next({ON_DEMAND: 0, SPOT: 1}, strategy) == ON_DEMAND


def test_a_service_without_a_strategy_runs_on_demand() -> None:
    assert strategy_of({"launchType": "FARGATE"}) == (Share(ON_DEMAND, 0, 1),)
    items = [{"capacityProvider": SPOT, "weight": 4}, {"capacityProvider": ON_DEMAND, "weight": 1, "base": 1}]
    assert strategy_of({"capacityProviderStrategy": items}) == (Share(SPOT, 0, 4), Share(ON_DEMAND, 1, 1))


def test_weights_of_nothing_are_refused() -> None:
    with pytest.raises(ValueError, match="weights of FARGATE are all 0"):
        split(2, (Share(ON_DEMAND, 1, 0),))
