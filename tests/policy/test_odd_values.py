"""Every property that rules check gets values of every wrong type, and half-known values: no rule may crash."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from pulumi.runtime.rpc import UNKNOWN as UNKNOWN_STRING_VALUE

from policy.graph import Graph
from policy.rule import Outcome, evaluate, evaluate_graph
from policy.rules import RULES
from tests.policy.compliant import stack
from tests.policy.nodes import Node, resolved, view

HALF_KNOWN = (UNKNOWN_STRING_VALUE, [UNKNOWN_STRING_VALUE], {"x": UNKNOWN_STRING_VALUE})
ODD = (
    None,
    True,
    7,
    -1,
    1e300,
    "9" * 400,
    "",
    "x",
    "{",
    "[",
    "null",
    "[]",
    "{}",
    "[7]",
    [],
    [None],
    [7],
    ["x"],
    [{}],
    {},
    {"x": 7},
)
HUGE = json.dumps({"Statement": int("9" * 400)})
"""A document with a number that is too large for a float."""
DOCUMENTS = (HUGE, '{"Statement": 7}', '{"paths": 7}', '{"paths": {"/x": 7}}', '{"paths": {"/x": {"get": 7}}}')

NODES = {node.urn: node for node in resolved(stack(), preview=False)}
VIEWS = {urn: view(node) for urn, node in NODES.items()}


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield every path in some inputs; ``!`` goes into JSON."""
    if isinstance(value, str) and value[:1] in {"{", "["}:
        yield from places(json.loads(value), (*path, "!"))
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, member in members:
        yield (*path, key)
        yield from places(member, (*path, key))


def put(value: Any, path: tuple[Any, ...], odd: Any) -> Any:
    """Return a copy of a value with another value at one path."""
    if not path:
        return odd
    key, *rest = path
    if key == "!":
        return json.dumps(put(json.loads(value), tuple(rest), odd))
    changed = dict(value) if isinstance(value, dict) else list(value)
    changed[key] = put(changed[key], tuple(rest), odd)
    return changed


def odd_nodes(node: Node) -> Iterator[Node]:
    for path in places(node.inputs):
        # No part of a JSON text is unknown.
        for odd in ODD if "!" in path else (*ODD, *HALF_KNOWN, *DOCUMENTS):
            yield replace(node, inputs=put(node.inputs, path, odd))


@pytest.mark.parametrize("resource_type", sorted({node.type for node in NODES.values()}))
def test_odd_value_is_no_traceback(resource_type: str) -> None:
    alone = [rule for rule in RULES if resource_type in rule.types and rule.check]
    in_graph = [rule for rule in RULES if resource_type in rule.types and rule.check_graph]
    for node in (node for node in NODES.values() if node.type == resource_type):
        for odd in odd_nodes(node):
            changed = view(odd)
            independent = replace(changed, depends_on={})
            graph = Graph({**VIEWS, node.urn: changed}.values())
            for verdicts in (
                *(evaluate(rule, independent) for rule in alone),
                *(evaluate_graph(rule, graph) for rule in in_graph),
            ):
                assert all(verdict.urn and verdict.message for verdict in verdicts)
                assert [verdict.message for verdict in verdicts if verdict.outcome is Outcome.CRASHED] == []
