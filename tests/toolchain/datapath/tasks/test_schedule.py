"""The tasks that are started and stopped for a service."""

from collections import Counter
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from toolchain.datapath.tasks.capacity import ON_DEMAND, SPOT, Share, split
from toolchain.datapath.tasks.schedule import Member, Wanted, plan

SUBNETS = (("subnet-a", "a"), ("subnet-b", "b"))
STRATEGY = (Share(SPOT, 0, 4), Share(ON_DEMAND, 1, 1))


def wanted(desired: int = 2, primary: str = "new", minimum: int = 100, maximum: int = 200) -> Wanted:
    return Wanted(desired, primary, minimum, maximum, STRATEGY, SUBNETS)


def member(task: str, deployment: str = "new", zone: str = "a", **more: object) -> Member:
    return replace(Member(task, deployment, SPOT, zone, is_healthy=True), **more)  # type: ignore[arg-type]


members = st.lists(
    st.builds(
        Member,
        task=st.uuids().map(str),
        deployment=st.sampled_from(["new", "old", "older"]),
        provider=st.sampled_from([SPOT, ON_DEMAND]),
        zone=st.sampled_from("ab"),
        is_healthy=st.booleans(),
        since=st.floats(0, 100),
    ),
    max_size=14,
    unique_by=lambda item: item.task,
)


@given(members, st.integers(0, 6), st.sampled_from([0, 50, 100]), st.sampled_from([100, 150, 200]))
def test_a_plan_keeps_to_the_limits(there: list[Member], desired: int, minimum: int, maximum: int) -> None:
    target = wanted(desired, minimum=minimum, maximum=maximum)
    due = plan(target, there)
    assert len(set(due.stops)) == len(due.stops)
    if due.starts:
        assert len(there) + len(due.starts) <= target.most
    healthy = sum(item.is_healthy for item in there)
    left = sum(item.is_healthy and item.task not in due.stops for item in there)
    assert left >= min(healthy, target.least)


@given(members, st.integers(0, 6), st.sampled_from([0, 50, 100]), st.sampled_from([100, 150, 200]))
def test_going_on_ends_with_what_is_wanted(there: list[Member], desired: int, minimum: int, maximum: int) -> None:
    if desired == 1 and minimum == maximum == 100:
        minimum = 0  # neither a start nor a stop is allowed: in AWS too, such a deployment never ends
    if desired > 1 and minimum == maximum == 100:
        maximum = 200
    target = wanted(desired, minimum=minimum, maximum=maximum)
    now = [replace(item, is_healthy=True) for item in there]
    for _ in range(40):
        due = plan(target, now)
        if due == type(due)():
            break
        now = [item for item in now if item.task not in due.stops]
        zones = dict(SUBNETS)
        now += [
            Member(f"{len(now)}-{_}-{index}", "new", start.provider, zones[start.subnet], is_healthy=True)
            for index, start in enumerate(due.starts)
        ]
    assert Counter(item.deployment for item in now) == Counter({"new": desired} if desired else {})


def test_a_new_service_spreads_over_zones_and_providers() -> None:
    starts = plan(wanted(6), []).starts
    assert Counter(start.subnet for start in starts) == {"subnet-a": 3, "subnet-b": 3}
    assert Counter(start.provider for start in starts) == split(6, STRATEGY)


def test_a_rolling_update_keeps_the_old_until_the_new_are_healthy() -> None:
    old = [member("1", "old"), member("2", "old", "b")]
    first = plan(wanted(), old)
    assert (len(first.starts), first.stops) == (2, ())
    pending = [member("3", is_healthy=False), member("4", is_healthy=False)]
    assert plan(wanted(), [*old, *pending]) == plan(wanted(0), [])
    half = plan(wanted(), [*old, member("3"), pending[1]])
    assert (len(half.starts), len(half.stops)) == (0, 1)
    assert set(plan(wanted(), [*old, member("3"), member("4")]).stops) == {"1", "2"}


def test_without_room_the_minimum_says_how_many_go_first() -> None:
    old = [member(str(index), "old") for index in range(4)]
    due = plan(wanted(4, minimum=50, maximum=100), old)
    assert (len(due.starts), len(due.stops)) == (0, 2)


def test_an_unhealthy_task_is_replaced_before_it_goes() -> None:
    sick = member("1", is_healthy=False, is_unhealthy=True)
    assert [
        len(part) for part in (plan(wanted(), [sick, member("2")]).starts, plan(wanted(), [sick, member("2")]).stops)
    ] == [1, 0]
    assert plan(wanted(), [sick, member("2"), member("3")]).stops == ("1",)


def test_an_unhealthy_task_goes_first_where_there_is_no_room() -> None:
    sick = member("1", is_healthy=False, is_unhealthy=True)
    due = plan(wanted(maximum=100), [sick, member("2")])
    assert (due.starts, due.stops) == ((), ("1",))


def test_scaling_in_takes_the_pending_then_the_fullest_zone_then_the_youngest() -> None:
    there = [member("1", since=1), member("2", since=2), member("3", zone="b", since=3)]
    assert plan(wanted(2), there).stops == ("2",)
    assert plan(wanted(3), [*there, member("4", zone="b", is_healthy=False)]).stops == ("4",)


def test_nothing_starts_while_starts_are_held_back() -> None:
    assert plan(replace(wanted(), may_start=False), []).starts == ()
