"""What the pack knows of the providers of resources."""

from dataclasses import replace

import pytest

from policy.graph import Graph
from policy.iam.principals import AWS_PROVIDER
from policy.resources import ResourceView
from policy.rule import evaluate_graph, violation
from policy.rules import BY_ID
from tests.policy.compliant import stack
from tests.policy.engine.judged import findings_of, stack_with
from tests.policy.engine_calls import Pack
from tests.policy.nodes import Node, resolved, view


@pytest.mark.parametrize(
    ("number", "whose"),
    [(1, "q0 is made"), (2, "q0, q1 are made"), (7, "q0, q1, q2, q3, q4 and 2 more are made")],
)
def test_the_resources_of_a_default_provider_are_named_and_counted(number, whose) -> None:
    urn = "urn:pulumi:test::shop::pulumi:providers:aws::default_7_51_1"
    default = ResourceView("pulumi:providers:aws", urn, {})
    queue = "urn:pulumi:test::shop::aws:sqs/queue:Queue::q"
    users = [ResourceView("aws:sqs/queue:Queue", f"{queue}{each}", {}, provider=default) for each in range(number)]
    (found,) = evaluate_graph(BY_ID["no-default-provider"], Graph([default, *users]))
    assert found.message == f"{whose} by default_7_51_1, which is bound to no account"


def test_rules_see_the_provider_of_a_resource(monkeypatch) -> None:
    def default_provider(resource, _config):
        if resource.provider is not None and resource.provider.is_default_provider:
            yield violation("", f"{resource.provider.name} with {resource.provider.text('region')}")

    monkeypatch.setitem(BY_ID["rds-port"].__dict__, "check", default_provider)
    node = next(n for n in stack_with() if n.urn.endswith("::database"))
    urn = "urn:pulumi:test::shop::pulumi:providers:aws::"
    default = Node("pulumi:providers:aws", {"region": "us-east-1"}, urn=urn + "default_7_51_1")
    (found,) = findings_of(Pack().resource(node, default), "rds-port")
    assert "default_7_51_1 with us-east-1." in found.message
    assert findings_of(Pack().resource(node, replace(default, urn=urn + "aws")), "rds-port") == []
    assert findings_of(Pack().resource(node), "rds-port") == []


def test_copy_of_backups_leaves_the_region_that_its_provider_is_bound_to() -> None:
    plan = next(view(node) for node in resolved(stack(), preview=False) if node.urn.endswith("::backup-plan"))
    rule = BY_ID["backup-copied"]
    for region, expected in (("us-west-2", 1), ("us-east-1", 0)):
        provider = ResourceView(AWS_PROVIDER, "urn:provider", {"region": region})
        assert len(evaluate_graph(rule, Graph([replace(plan, provider=provider)]))) == expected
