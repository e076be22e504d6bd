"""The time of the rules on the whole stack grows linearly. The tests count look-ups, not seconds."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from policy.graph import Graph
from policy.resources import ResourceView
from policy.rule import Rule, evaluate_graph
from policy.rules import BY_ID, RULES
from tests.policy.compliant import stack
from tests.policy.nodes import Json, Node, Ref, Stack, resolved, view

FEW, MANY = 10, 40
ROOM = 1.3
"""Allowed ratio of look-ups per resource, large stack to small stack: rules also have look-ups for the whole stack."""


@pytest.fixture
def lookups(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Counts the look-ups of rules: properties, single resources of a type, and references in both directions."""
    counted: Counter[str] = Counter()

    def counting(function: Callable[..., Any], name: str) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            counted[name] += 1
            return function(*args, **kwargs)

        return call

    def of_type(graph: Graph, *types: str) -> Iterator[ResourceView]:
        for resource in real(graph, *types):
            counted["of_type"] += 1
            yield resource

    real = Graph.of_type
    monkeypatch.setattr(Graph, "of_type", of_type)
    monkeypatch.setattr(Graph, "targets", counting(Graph.targets, "targets"))
    monkeypatch.setattr(Graph, "dependents", counting(Graph.dependents, "dependents"))
    monkeypatch.setattr(ResourceView, "at", counting(ResourceView.at, "at"))
    return counted


def renamed(value: Any, suffix: str) -> Any:
    if isinstance(value, Ref):
        return Ref(value.name + suffix)
    if isinstance(value, Json):
        return Json(renamed(value.content, suffix))
    if isinstance(value, dict):
        return {key: renamed(child, suffix) for key, child in value.items()}
    return [renamed(child, suffix) for child in value] if isinstance(value, list) else value


@cache
def copies(number: int) -> list[ResourceView]:
    """Return the resources of several copies of the compliant stack in one stack."""
    nodes: Stack = {
        f"{name}-{index}": replace(
            node, inputs=renamed(node.inputs, f"-{index}"), urn=f"{node.urn}-{index}" if node.urn else ""
        )
        for index in range(number)
        for name, node in stack().items()
    }
    return [view(node) for node in resolved(nodes, preview=False)]


def steps(rule: Rule, views: list[ResourceView], lookups: Counter[str]) -> int:
    lookups.clear()
    evaluate_graph(rule, Graph(views))
    return lookups.total()


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.check_graph], ids=lambda rule: rule.id)
def test_lookups_of_a_rule_grow_with_the_stack(rule: Rule, lookups: Counter[str]) -> None:
    few, many = steps(rule, copies(FEW), lookups), steps(rule, copies(MANY), lookups)
    assert many <= few * MANY / FEW * ROOM


def database(index: int, kind: str, ids: list[Any]) -> Node:
    return Node(
        "aws:rds/eventSubscription:EventSubscription",
        {"sourceType": kind, "sourceIds": ids, "eventCategories": ["failure"], "enabled": index % 2 == 0},
    )


def databases(number: int) -> list[ResourceView]:
    """Return databases with three event subscriptions each, none of which is sufficient."""
    nodes: Stack = {}
    for index in range(number):
        nodes[f"database-{index}"] = Node("aws:rds/instance:Instance", {"engine": "postgres", "multiAz": True})
        nodes[f"a-{index}"] = database(index, "db-instance", [Ref(f"database-{index}")])
        nodes[f"b-{index}"] = database(index, "db-parameter-group", [])
        nodes[f"c-{index}"] = database(index, "db-security-group", ["x"])
    return [view(node) for node in resolved(nodes, preview=False)]


def test_databases_with_subscriptions_are_looked_at_once(lookups: Counter[str]) -> None:
    rule = BY_ID["rds-event-subscriptions"]
    few, many = databases(FEW), databases(MANY)
    assert len(evaluate_graph(rule, Graph(many))) == 3 * MANY
    assert steps(rule, many, lookups) <= steps(rule, few, lookups) * MANY / FEW * ROOM
