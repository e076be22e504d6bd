"""Task sizes and the Spot split."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spot_planning.service.capacity import (
    FARGATE_MEMORY_MIB,
    CapacityMix,
    CapacitySplit,
    health_check_timeout_seconds,
    split_tasks,
)

weights = st.integers(0, 20)
bases = st.integers(0, 5)


@st.composite
def mixes(draw: st.DrawFn) -> CapacityMix:
    spot_weight, on_demand_weight = draw(st.tuples(weights, weights).filter(any))
    side = draw(st.sampled_from(["spot", "on_demand", "none"]))
    base = draw(bases)
    return CapacityMix(
        spot_weight=spot_weight,
        on_demand_weight=on_demand_weight,
        spot_base=base if side == "spot" and spot_weight else 0,
        on_demand_base=base if side == "on_demand" and on_demand_weight else 0,
    )


@pytest.mark.parametrize(
    ("cpu", "smallest", "largest", "count"),
    [
        (256, 512, 2048, 3),
        (512, 1024, 4096, 4),
        (1024, 2048, 8192, 7),
        (2048, 4096, 16384, 13),
        (4096, 8192, 30720, 23),
        (8192, 16384, 61440, 12),
        (16384, 32768, 122880, 12),
        (32768, 61440, 249856, 3),
    ],
)
def test_memory_sizes_are_those_that_fargate_has(cpu: int, smallest: int, largest: int, count: int) -> None:
    sizes = FARGATE_MEMORY_MIB[cpu]
    assert (sizes[0], sizes[-1], len(sizes)) == (smallest, largest, count)
    assert all(before < after for before, after in pairwise(sizes))


@pytest.mark.parametrize(
    ("tasks", "spot", "on_demand"),
    [(0, 0, 0), (1, 0, 1), (2, 1, 1), (6, 4, 2), (10, 7, 3), (11, 8, 3)],
)
def test_the_seeds_strategy_with_a_base_of_one_and_four_to_one(tasks: int, spot: int, on_demand: int) -> None:
    assert split_tasks(tasks, CapacityMix()) == CapacitySplit(spot=spot, on_demand=on_demand)


@given(st.integers(0, 500), mixes())
def test_a_split_adds_up_and_keeps_the_bases(tasks: int, mix: CapacityMix) -> None:
    split = split_tasks(tasks, mix)
    assert split.spot + split.on_demand == tasks
    assert split.spot >= min(tasks, mix.spot_base)
    assert split.on_demand >= min(tasks, mix.on_demand_base)
    assert 0 <= split.spot_share <= 1


@given(st.integers(0, 500), mixes())
def test_one_more_task_is_one_more_on_one_side(tasks: int, mix: CapacityMix) -> None:
    before, after = split_tasks(tasks, mix), split_tasks(tasks + 1, mix)
    assert (after.spot - before.spot, after.on_demand - before.on_demand) in {(1, 0), (0, 1)}


@given(st.integers(0, 500), mixes())
def test_above_the_bases_the_split_is_within_one_task_of_the_weights(tasks: int, mix: CapacityMix) -> None:
    split = split_tasks(tasks, mix)
    weighted = max(tasks - mix.spot_base - mix.on_demand_base, 0)
    exact = weighted * mix.spot_weight / (mix.spot_weight + mix.on_demand_weight)
    assert abs(split.spot - min(tasks, mix.spot_base) - exact) < 1


@given(st.integers(0, 50), mixes())
def test_whole_multiples_of_the_weights_are_split_exactly(times: int, mix: CapacityMix) -> None:
    tasks = mix.spot_base + mix.on_demand_base + times * (mix.spot_weight + mix.on_demand_weight)
    assert split_tasks(tasks, mix) == CapacitySplit(
        spot=mix.spot_base + times * mix.spot_weight, on_demand=mix.on_demand_base + times * mix.on_demand_weight
    )


@given(mixes())
def test_the_share_tends_to_the_weights(mix: CapacityMix) -> None:
    share = mix.spot_weight / (mix.spot_weight + mix.on_demand_weight)
    assert split_tasks(100_000, mix).spot_share == pytest.approx(share, abs=0.001)


@given(st.integers(1, 500), mixes())
def test_a_provider_outside_the_strategy_gets_no_task(tasks: int, mix: CapacityMix) -> None:
    split = split_tasks(tasks, mix)
    assert mix.spot_weight > 0 or split.spot == 0
    assert mix.on_demand_weight > 0 or split.on_demand == 0


def test_no_negative_number_of_tasks() -> None:
    with pytest.raises(ValueError, match=r"^tasks=-1 must be 0 or more$"):
        split_tasks(-1, CapacityMix())


@given(st.integers(5, 300))
def test_a_health_check_ends_before_the_next_one(interval_seconds: int) -> None:
    assert 2 <= health_check_timeout_seconds(interval_seconds) < interval_seconds
    assert health_check_timeout_seconds(interval_seconds) <= 5
