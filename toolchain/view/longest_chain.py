"""Finds the longest chain of operations that waited for one another: it explains the duration of a run."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from toolchain.system.printing import visible
from toolchain.view import urns
from toolchain.view.progress import SAME, Status, Step, is_resource

TELLING_SECONDS = 60.0
"""A shorter chain is not printed."""
_SAME_TIME_SECONDS = 0.5
"""Tolerance: the engine reports a step's end and the next step's start at about the same time, in any order."""


def longest_chain(steps: Iterable[Step], resources: Iterable[Mapping[str, Any]]) -> list[Step]:
    """Return the chain that ends with the last operation of a run; each operation waited for the one before it.

    Args:
        steps: The steps of the run.
        resources: The resources in the stack's state: after the run; for a destroy, before it.

    Returns:
        The steps of the chain, in the order of time.
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
    """Return the chain as lines to print; empty if it took less than `TELLING_SECONDS`.

    Args:
        chain: The result of `longest_chain`.
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
    """Return for each URN the URNs of the resources that must be created, or deleted, before it."""
    found: dict[str, set[str]] = {}
    for resource in resources:
        for dependency in resource.get("dependencies") or ():
            first, then = (resource["urn"], dependency) if is_deletion else (dependency, resource["urn"])
            found.setdefault(then, set()).add(first)
    return found
