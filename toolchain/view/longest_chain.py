"""Which operations of a run waited for one another, so that the run took as long as it did."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from toolchain.printing import visible
from toolchain.view import urns
from toolchain.view.progress import SAME, Status, Step, is_resource

TELLING_SECONDS = 60.0
"""A chain that is shorter is not printed: nobody has waited."""
_SAME_TIME_SECONDS = 0.5
"""The engine tells of an end and of what begins with it in one moment, in either order."""


def longest_chain(steps: Iterable[Step], resources: Iterable[Mapping[str, Any]]) -> list[Step]:
    """The operations that ended last, each with what it had waited for.

    Args:
        steps: Of one run.
        resources: Of the stack's state: after a run that made them, before one that deleted them.

    Returns:
        In the order of time; the last one is what the run ended with.
    """
    done = {
        step.urn: step
        for step in steps
        if step.ended is not None and step.status is Status.DONE and step.change != SAME and is_resource(step.urn)
    }
    if not done:
        return []
    waits_for = _waits_for(resources, is_deletion=all(step.change == "delete" for step in done.values()))
    chain = [max(done.values(), key=_end)]
    while True:
        began = chain[-1].started + _SAME_TIME_SECONDS
        before = [done[urn] for urn in waits_for.get(chain[-1].urn, ()) if urn in done and done[urn] not in chain]
        before = [step for step in before if _end(step) <= began]
        if not before:
            return chain[::-1]
        chain.append(max(before, key=_end))


def chain_lines(chain: Sequence[Step]) -> list[str]:
    """Lines for people; none for a run that nobody had to wait for.

    Args:
        chain: What `longest_chain` found.
    """
    seconds = _end(chain[-1]) - chain[0].started if chain else 0.0
    if seconds < TELLING_SECONDS:
        return []
    lines = [f"the longest chain of operations that waited for one another took {seconds:.0f} s:"]
    for step in chain:
        begins, took = step.started - chain[0].started, _end(step) - step.started
        lines.append(f"  after {begins:3.0f} s: {step.change} {visible(urns.label(step.urn))}, {took:.0f} s")
    return lines


def _end(step: Step) -> float:
    return step.started if step.ended is None else step.ended


def _waits_for(resources: Iterable[Mapping[str, Any]], *, is_deletion: bool) -> dict[str, set[str]]:
    """By URN: what is made before a resource, or deleted before it."""
    found: dict[str, set[str]] = {}
    for resource in resources:
        for dependency in resource.get("dependencies") or ():
            first, then = (resource["urn"], dependency) if is_deletion else (dependency, resource["urn"])
            found.setdefault(then, set()).add(first)
    return found
