"""The longest chain of operations that waited for each other in a run of the engine."""

import itertools
from collections.abc import Mapping
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from toolchain.view.longest_chain import chain_lines, longest_chain
from toolchain.view.progress import Status, Step

PREFIX = "urn:pulumi:local::spot-platform::aws:ec2/vpc:Vpc::"


def done(name: str, started: float, ended: float, operation: str = "create") -> Step:
    return Step(f"{PREFIX}{name}", operation, "Vpc main", started, Status.DONE, ended)


def state(**dependencies: tuple[str, ...]) -> list[Mapping[str, Any]]:
    return [
        {"urn": f"{PREFIX}{name}", "dependencies": [f"{PREFIX}{each}" for each in of]}
        for name, of in dependencies.items()
    ]


def names(chain: list[Step]) -> list[str]:
    return [step.urn.removeprefix(PREFIX) for step in chain]


def test_what_was_made_waited_for_what_it_needs() -> None:
    steps = [done("a", 0, 10), done("b", 0, 70), done("c", 70.1, 90), done("d", 10, 40)]
    resources = state(a=(), b=(), c=("a", "b"), d=("a",))
    chain = longest_chain(steps, resources)
    assert names(chain) == ["b", "c"]
    assert chain_lines(chain) == [
        "the longest chain of operations that waited for one another took 90 s:",
        "  after   0 s: create ec2.Vpc b, 70 s",
        "  after  70 s: create ec2.Vpc c, 20 s",
    ]


def test_what_was_deleted_waited_for_what_needed_it() -> None:
    steps = [done("a", 90, 100, "delete"), done("b", 5, 90, "delete"), done("c", 0, 5, "delete")]
    assert names(longest_chain(steps, state(a=(), b=("a",), c=("b", "a")))) == ["c", "b", "a"]


def test_what_failed_stayed_the_same_or_has_not_ended_is_no_part_of_it() -> None:
    failed = Step(f"{PREFIX}failed", "create", "Vpc main", 0, Status.FAILED, 500)
    running = Step(f"{PREFIX}running", "create", "Vpc main", 0)
    steps = [failed, running, done("same", 0, 600, "same"), done("a", 0, 10)]
    assert names(longest_chain(steps, [])) == ["a"]
    assert longest_chain([failed, running], []) == []
    assert chain_lines([]) == []


def test_a_short_run_says_nothing() -> None:
    assert chain_lines([done("a", 0, 30), done("b", 30, 59)]) == []


@given(
    st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), min_size=1, max_size=8),
    st.sets(st.tuples(st.integers(0, 7), st.integers(0, 7))),
)
def test_each_of_a_chain_needs_the_one_before_which_had_ended(
    times: list[tuple[int, int]], needs: set[tuple[int, int]]
) -> None:
    steps = [done(str(index), start, start + took) for index, (start, took) in enumerate(times)]
    chain = longest_chain(
        steps, state(**{str(index): tuple(str(b) for a, b in needs if a == index) for index in range(8)})
    )
    assert chain[-1].ended == max(step.ended or 0 for step in steps)
    assert len({step.urn for step in chain}) == len(chain)
    for before, after in itertools.pairwise(chain):
        first, then = (int(step.urn.removeprefix(PREFIX)) for step in (before, after))
        assert (then, first) in needs
        assert (before.ended or 0) <= after.started + 0.5
