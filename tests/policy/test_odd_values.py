"""Every property that rules check gets values of every wrong type, and half-known values: no rule may crash."""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import cache
from typing import Any, ClassVar

import pytest
from pulumi.runtime.rpc import UNKNOWN as UNKNOWN_STRING_VALUE

from policy.graph import NAMES_OF_BUCKETS, ROUTE, Graph
from policy.resources import ResourceView
from policy.rule import Outcome, PerResource, Rule, evaluate, evaluate_graph
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


def odd_nodes(node: Node) -> Iterator[tuple[str, Node]]:
    """Yield the name of a property, and the resource with an odd value in it, for all properties and values."""
    for path in places(node.inputs):
        # No part of a JSON text is unknown.
        for odd in ODD if "!" in path else (*ODD, *HALF_KNOWN, *DOCUMENTS):
            yield path[0], replace(node, inputs=put(node.inputs, path, odd))


class Watched(ResourceView):
    """Notes when a check reads its inputs."""

    read: ClassVar[set[str]] = set()

    def __getattribute__(self, name: str) -> Any:
        if name == "inputs":
            self.read.add(self.urn)
        return super().__getattribute__(name)


class WithoutMemory(Graph):
    """Computes everything again for each resource, so that each reads what it needs by itself."""

    def once(self, question: object, answer: Callable[[], Any]) -> Any:
        return answer()


WATCHED = WithoutMemory(Watched(**vars(each)) for each in VIEWS.values())


@cache
def reads(rule: Rule) -> dict[str, frozenset[str]]:
    """Return, for each resource that a rule checks one after the other, the resources whose inputs it reads."""
    assert isinstance(rule.check_graph, PerResource)
    found: dict[str, frozenset[str]] = {}
    for resource in WATCHED.of_type(*rule.check_graph.types) if rule.check_graph.types else WATCHED.resources:
        Watched.read.clear()
        list(rule.check_graph.judge(WATCHED, resource, rule.defaults))
        found[resource.urn] = frozenset(Watched.read)
    return found


def readers_of(rule: Rule, node: Node) -> list[str]:
    """Return the resources that a rule must check again when the inputs of one resource change.

    If a check did not read the inputs, it decides the same with other inputs.
    """
    return [urn for urn, read in reads(rule).items() if node.urn in read or urn == node.urn]


def makes_edges(node: Node, name: str) -> bool:
    """Check whether the graph has edges by this property's value: the graph keeps them, so `Watched` may not note it."""
    return node.type.startswith("aws:s3/") and name in NAMES_OF_BUCKETS


def graph_checks(rules: list[Rule], resources: Callable[[Rule], Iterable[str]]) -> list[tuple[Rule, PerResource, str]]:
    """Return the rules that check one resource after the other, each with its check and a resource to check."""
    return [
        (rule, rule.check_graph, urn)
        for rule in rules
        if isinstance(rule.check_graph, PerResource)
        for urn in resources(rule)
    ]


def test_what_a_check_reads_of_another_resource_is_noted() -> None:
    (rule,) = (rule for rule in RULES if rule.id == "ecs-private-subnets")
    types = {NODES[urn].type for read in reads(rule).values() for urn in read}
    assert {"aws:ecs/service:Service", ROUTE} <= types
    routes = {node.urn.split("::")[-1]: readers_of(rule, node) for node in NODES.values() if node.type == ROUTE}
    assert [NODES[urn].type for urn in routes["private-route"]] == ["aws:ecs/service:Service"]
    assert routes["peering-route"] == []


def test_most_rules_on_the_graph_check_one_resource_after_the_other() -> None:
    kinds = [isinstance(rule.check_graph, PerResource) for rule in RULES if rule.check_graph]
    assert sum(kinds) > len(kinds) / 2


@pytest.mark.parametrize("resource_type", sorted({node.type for node in NODES.values()}))
def test_odd_value_is_no_traceback(resource_type: str) -> None:
    about = [rule for rule in RULES if resource_type in rule.types]
    alone = [rule for rule in about if rule.check]
    whole = [rule for rule in about if rule.check_graph and not isinstance(rule.check_graph, PerResource)]
    everybody = graph_checks(about, reads)
    for node in (node for node in NODES.values() if node.type == resource_type):
        readers = graph_checks(about, lambda rule, node=node: readers_of(rule, node))
        for name, odd in odd_nodes(node):
            changed = view(odd)
            independent = replace(changed, depends_on={})
            graph = Graph({**VIEWS, node.urn: changed}.values())
            asked = everybody if makes_edges(node, name) else readers
            for verdicts in (
                *(evaluate(rule, independent) for rule in alone),
                *(evaluate_graph(rule, graph) for rule in whole),
                *(list(check.judge(graph, graph.by_urn[urn], rule.defaults)) for rule, check, urn in asked),
            ):
                assert all(verdict.urn and verdict.message for verdict in verdicts)
                assert [verdict.message for verdict in verdicts if verdict.outcome is Outcome.CRASHED] == []
