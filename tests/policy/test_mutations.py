"""Change one security-relevant property of the recorded prod program at a time: a mandatory rule must report it."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from functools import cache

import pytest

from policy.enforcement import exemptions_file
from policy.enforcement.exemptions import Exemptions
from policy.enforcement.levels import FOLDER
from policy.graph import Graph
from policy.resources import ResourceView
from policy.rule import Outcome, evaluate, evaluate_graph
from policy.rules import RULES
from tests.policy.mutations import SURVIVORS, TABLE, Mutation, mutations
from tests.policy.nodes import Node, Stack, changed, resolved, view
from tests.policy.test_program import TODAY, named, with_image
from tests.stack_files import stack_configuration

pytestmark = pytest.mark.xdist_group("whole program")

LEAST = 150
ENTRIES = exemptions_file.read()

CONFIGURATION = json.loads((FOLDER / "prod.json").read_text())
OPEN_PATHS = stack_configuration("prod")["spot-platform:policy"]["open_paths"]
PROD_RULES = [
    (
        rule,
        {key: value for key, value in _given.items() if key != "enforcementLevel"}
        | ({"open-paths": OPEN_PATHS} if "open-paths" in rule.config else {}),
    )
    for rule in RULES
    if (_given := CONFIGURATION.get(rule.id, {})) != "advisory" and isinstance(_given, dict)
]
"""Every mandatory rule of prod, with its configuration."""


@cache
def prod() -> Stack:
    return {node.urn: node for node in named("prod", with_image("prod"))}


@cache
def views() -> dict[str, ResourceView]:
    return {urn: view(node) for urn, node in prod().items()}


def findings(seen: dict[str, ResourceView], mutation: Mutation | None = None) -> Iterator[tuple[str, str]]:
    """Yield rule and resource of each mandatory violation.

    With a mutation, rules on single resources are asked about its resource only, and the rules about its type first:
    they are the ones that most likely report it.
    """
    graph = Graph(seen.values())
    exempt = Exemptions(ENTRIES, TODAY)
    rules = PROD_RULES
    if mutation is not None:
        rules = sorted(PROD_RULES, key=lambda each: (mutation.type not in each[0].types, each[0].check is None))
    for rule, settings in rules:
        if rule.check_graph is not None:
            verdicts = evaluate_graph(rule, graph, settings)
        else:
            single = seen.values() if mutation is None else filter(None, [seen.get(mutation.urn)])
            verdicts = [v for resource in single for v in evaluate(rule, replace(resource, depends_on={}), settings)]
        for verdict in verdicts:
            if verdict.outcome is not Outcome.UNDECIDED and not exempt.use(rule.id, verdict.urn):
                yield rule.id, verdict.urn


@cache
def baseline() -> frozenset[tuple[str, str]]:
    return frozenset(findings(views()))


def is_named(mutation: Mutation) -> bool:
    """Check whether a mutation newly violates a mandatory rule. The rules after the first one are not asked."""
    stack = changed(prod(), mutation.urn, mutation.path, mutation.value)
    seen = dict(views())
    if mutation.urn in stack:
        (node,) = resolved({mutation.urn: stack[mutation.urn]}, preview=False)
        seen[mutation.urn] = view(_without_lost_dependencies(node, mutation))
    else:
        del seen[mutation.urn]
    return any(finding not in baseline() for finding in findings(seen, mutation))


def _without_lost_dependencies(node: Node, mutation: Mutation) -> Node:
    top = mutation.path.split("[")[0].split(".")[0]
    return replace(node, depends_on={key: urns for key, urns in node.depends_on.items() if key != top})


@cache
def all_mutations() -> list[Mutation]:
    return list(mutations(prod()))


def test_prod_itself_is_not_named() -> None:
    assert baseline() == frozenset()


def test_table_fits_the_program() -> None:
    types = {node.type for node in prod().values()}
    assert sorted(set(TABLE) - types) == []
    assert len(all_mutations()) >= LEAST
    fitting = {(mutation.type, mutation.path) for mutation in all_mutations()}
    assert [(t, path) for t, paths in TABLE.items() for path in paths if (t, path) not in fitting] == []


@pytest.mark.parametrize("resource_type", TABLE)
def test_mandatory_rule_names_each_mutation(resource_type: str) -> None:
    of_type = [mutation for mutation in all_mutations() if mutation.type == resource_type]
    survived = [str(mutation) for mutation in of_type if mutation.survives is None and not is_named(mutation)]
    assert survived == []
    # Remove a survivor from the list once a rule reports it.
    assert [str(mutation) for mutation in of_type if mutation.survives is not None and is_named(mutation)] == []


def test_every_survivor_is_one() -> None:
    reasons = Counter(mutation.survives for mutation in all_mutations())
    assert [why for *_pattern, why in SURVIVORS if not reasons[why]] == []
