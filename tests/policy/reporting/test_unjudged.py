"""A run reports the resource types that no rule checks."""

import pytest

from policy.graph import Graph
from policy.reporting.housekeeping import UNJUDGED
from policy.reporting.unjudged import NOTHING_TO_JUDGE, unjudged
from policy.rules import RULES
from tests.policy.nodes import Node, resolved, view
from tests.policy.test_program import named, pack, with_image
from tests.program import STACKS

pytestmark = pytest.mark.xdist_group("whole program")


def test_type_that_no_rule_is_about_is_listed_once() -> None:
    stack = {name: Node("aws:imagebuilder/image:Image", {}) for name in ("a", "b")}
    stack["key"] = Node("aws:kms/key:Key", {})
    stack["alias"] = Node("aws:kms/alias:Alias", {})
    stack["component"] = Node("spot-platform:index:Vpc", {})
    stack["their-component"] = Node("shop:index:Front", {})
    stack["local-component"] = Node("shop:Front", {})
    stack["packaged-component"] = Node("eks:index:Cluster", {})
    stack["their-resource"] = Node("random:index/randomId:RandomId", {})
    found = unjudged(Graph([view(node) for node in resolved(stack, preview=False)]))
    assert {type_: [resource.name for resource in found[type_]] for type_ in found} == {
        "aws:imagebuilder/image:Image": ["a", "b"],
        "random:index/randomId:RandomId": ["their-resource"],
    }


def test_run_lists_it_as_advice() -> None:
    stack = {
        "queue": Node("aws:imagebuilder/image:Image", {}, urn="urn:pulumi:prod::p::aws:imagebuilder/image:Image::queue")
    }
    findings = [finding for finding in pack("prod").run(resolved(stack, preview=False)) if finding.policy == UNJUDGED]
    assert [(finding.level, "aws:imagebuilder/image:Image" in finding.message) for finding in findings] == [
        ("advisory", True)
    ]


@pytest.mark.parametrize("stack", STACKS)
def test_every_type_of_the_stacks_is_judged_or_said_to_need_no_judging(stack: str) -> None:
    assert unjudged(Graph(map(view, named(stack, with_image(stack))))) == {}


def test_nothing_is_both() -> None:
    assert {type_ for rule in RULES for type_ in rule.types} & set(NOTHING_TO_JUDGE) == set()
