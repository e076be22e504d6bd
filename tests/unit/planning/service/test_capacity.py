"""Task sizes, the Spot split and the time to stop."""

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spot_planning.service.capacity import (
    CLOSING_SECONDS,
    FARGATE_MEMORY_MIB,
    SPOT_NOTICE_SECONDS,
    CapacityMix,
    CapacitySplit,
    StopPlan,
    check_task_count,
    check_task_size,
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


@given(st.sampled_from(sorted(FARGATE_MEMORY_MIB)), st.integers(0, 300_000))
def test_a_task_size_is_accepted_exactly_when_fargate_has_it(cpu: int, memory: int) -> None:
    if memory in FARGATE_MEMORY_MIB[cpu]:
        check_task_size(cpu, memory)
    else:
        with pytest.raises(ValueError, match=rf"cpu={cpu} allows memory .* MiB, not {memory}$"):
            check_task_size(cpu, memory)


@pytest.mark.parametrize(
    ("cpu", "memory", "message"),
    [
        (512, 8192, "cpu=512 allows memory 1024, 2048, 3072 or 4096 MiB, not 8192"),
        (8192, 1, "cpu=8192 allows memory 16384 to 61440 in steps of 4096 MiB, not 1"),
        (32768, 1, "cpu=32768 allows memory 61440, 122880 or 249856 MiB, not 1"),
        (600, 1, "cpu=600 is not a Fargate size; allowed are 256, 512, 1024, 2048, 4096, 8192, 16384 or 32768"),
    ],
)
def test_a_refused_task_size_names_the_sizes(cpu: int, memory: int, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        check_task_size(cpu, memory)


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
    assert mix.uses_spot or split.spot == 0
    assert mix.uses_on_demand or split.on_demand == 0


def test_no_negative_number_of_tasks() -> None:
    with pytest.raises(ValueError, match=r"^tasks=-1 must be 0 or more$"):
        split_tasks(-1, CapacityMix())


@pytest.mark.parametrize(
    ("mix", "message"),
    [
        ({"spot_weight": 1001}, "spot_weight=1001 must be 0 to 1000"),
        ({"on_demand_base": -1}, "on_demand_base=-1 must be 0 to 100000"),
        (
            {"spot_base": 2},
            (
                "spot_base=2 and on_demand_base=1: Amazon ECS allows a base on one capacity provider only; "
                "set one of them to 0"
            ),
        ),
        (
            {"spot_weight": 0, "on_demand_weight": 0, "on_demand_base": 0},
            "spot_weight=0 and on_demand_weight=0: Amazon ECS needs a weight above 0 on one of them",
        ),
        (
            {"on_demand_weight": 0},
            (
                "on_demand_base=1 needs on_demand_weight of 1 or more, not 0: "
                "Amazon ECS places no task on a capacity provider of weight 0"
            ),
        ),
    ],
)
def test_a_strategy_that_ecs_would_refuse(mix: dict[str, int], message: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        CapacityMix(**mix)


@pytest.mark.parametrize(
    ("counts", "message"),
    [
        ((0, 1, 1), "min_tasks=0 must be 1 or more; autoscaling never leaves 0 by itself"),
        ((2, 1, 3), "desired_tasks=1 must be between min_tasks=2 and max_tasks=3"),
        ((1, 4, 3), "desired_tasks=4 must be between min_tasks=1 and max_tasks=3"),
    ],
)
def test_task_counts_that_contradict_each_other(counts: tuple[int, int, int], message: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        check_task_count(*counts)


def test_the_default_stop_fits_into_the_notice_of_spot() -> None:
    stop = StopPlan()
    assert stop.noticed_after_seconds == 25
    assert stop.finished_after_seconds == 80 + 29 + CLOSING_SECONDS == 114
    assert stop.finished_after_seconds <= stop.stop_timeout_seconds < SPOT_NOTICE_SECONDS


@given(
    stop_timeout_seconds=st.integers(0, 130),
    drain_seconds=st.integers(0, 130),
    deregistration_delay_seconds=st.integers(0, 310),
    health_check_interval_seconds=st.integers(5, 60),
    request_seconds=st.integers(1, 60),
)
def test_every_accepted_stop_leaves_time_for_each_of_its_steps(**seconds: int) -> None:
    try:
        stop = StopPlan(**seconds)
    except ValueError as error:
        assert any(key in str(error) for key in seconds)  # noqa: PT017 # which key is refused depends on the values
        return
    assert stop.drain_seconds >= stop.noticed_after_seconds
    assert stop.drain_seconds + stop.request_seconds + CLOSING_SECONDS <= stop.stop_timeout_seconds
    assert stop.stop_timeout_seconds <= SPOT_NOTICE_SECONDS
    assert stop.request_seconds <= stop.deregistration_delay_seconds < SPOT_NOTICE_SECONDS


@pytest.mark.parametrize(
    ("seconds", "message"),
    [
        ({"stop_timeout_seconds": 121}, "stop_timeout_seconds=121 must be 2 to 120"),
        (
            {"stop_timeout_seconds": 30},
            (
                "drain_seconds=80 + 29 s for the longest request + 5 s for closing = 114 s must fit into "
                "stop_timeout_seconds=30"
            ),
        ),
        (
            {"drain_seconds": 10},
            (
                "drain_seconds=10 must be 25 or more: until then the load balancer may not have noticed "
                "(2 checks, one every 10 s, 5 s for the last)"
            ),
        ),
        (
            {"deregistration_delay_seconds": 300},
            (
                "deregistration_delay_seconds=300 must be 29 (the longest request) to 119 (a reclaimed Spot task is "
                "gone after 120 s)"
            ),
        ),
        (
            {"health_check_interval_seconds": 5},
            "health_check_timeout_seconds=5 must be less than health_check_interval_seconds=5",
        ),
        ({"unhealthy_threshold": 1}, "unhealthy_threshold=1 must be 2 to 10"),
    ],
)
def test_a_stop_that_does_not_fit(seconds: dict[str, int], message: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        StopPlan(**seconds)
