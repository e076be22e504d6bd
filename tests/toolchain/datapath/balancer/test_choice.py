"""The choice of targets, by algorithm and by zone."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from toolchain.datapath.balancer.choice import Choice, by_zone
from toolchain.datapath.balancer.configuration import Server


def servers(*weights: int) -> list[Server]:
    return [Server(f"s{number}", 0, is_ready=True, weight=weight) for number, weight in enumerate(weights)]


def chosen(choice: Choice, algorithm: str, ready: list[Server], times: int) -> list[str]:
    found = (choice.of(algorithm, ready, {}) for _ in range(times))
    return [one.name for one in found if one is not None]


def test_no_server_is_chosen_where_none_is_ready() -> None:
    assert Choice().of("roundrobin", [], {}) is None


@given(st.lists(st.integers(1, 9), min_size=1, max_size=6))
def test_in_turn_each_server_gets_exactly_its_weight(weights: list[int]) -> None:
    names = chosen(Choice(), "roundrobin", servers(*weights), sum(weights))
    assert Counter(names) == {f"s{number}": weight for number, weight in enumerate(weights)}


def test_a_server_that_comes_joins_the_turns() -> None:
    choice = Choice()
    chosen(choice, "roundrobin", servers(1, 1), 5)
    assert Counter(chosen(choice, "roundrobin", servers(1, 1, 1), 30)).keys() == {"s0", "s1", "s2"}
    assert set(chosen(choice, "roundrobin", servers(1, 1)[1:], 3)) == {"s1"}


def test_the_server_with_fewest_connections_for_its_weight_is_chosen() -> None:
    assert Choice().of("leastconn", servers(1, 1, 1), {"s0": 2, "s2": 1}) == servers(1, 1, 1)[1]
    assert Choice().of("leastconn", servers(2, 1), {"s0": 3, "s1": 2}) == servers(2, 1)[0]
    assert set(chosen(Choice(), "leastconn", servers(1, 1), 100)) == {"s0", "s1"}


def test_a_source_gets_the_same_server_and_others_any() -> None:
    assert set(chosen(Choice(), "source", servers(1, 1, 1), 20)) == {"s0"}
    assert set(chosen(Choice(), "random(1)", servers(1, 1, 1), 200)) == {"s0", "s1", "s2"}


@given(st.lists(st.tuples(st.sampled_from("abc"), st.booleans()), max_size=30))
def test_each_zone_with_ready_servers_gets_the_same_share(described: list[tuple[str, bool]]) -> None:
    weighted = by_zone([Server(str(number), 0, ready, zone) for number, (zone, ready) in enumerate(described)])
    assert [(one.zone, one.is_ready) for one in weighted] == described
    assert all(1 <= one.weight <= 256 for one in weighted)
    shares = Counter[str]()
    for one in weighted:
        shares[one.zone] += one.weight if one.is_ready else 0
    found = [share for share in shares.values() if share]
    assert max(found, default=0) <= 1.1 * min(found, default=0)
