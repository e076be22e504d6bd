"""Resources that a program only reads (`Vpc.get`): the engine does not send them to the pack.

A read resource has no goal state, and `AnalyzeStack` has only resources with a goal state (pulumi/pulumi
`pkg/resource/deploy/step_executor.go`, issue 3950). A dependent resource still has the URN in its dependencies.
"""

from dataclasses import replace

import pytest
from pulumi.runtime.proto import analyzer_pb2 as proto

from policy.reporting.housekeeping import UNDECIDED
from tests.policy.compliant import stack
from tests.policy.engine_calls import Pack
from tests.policy.nodes import REMOVED, Node, changed, resolved

READ_ID = "0123456789abcdef0"
"""Id of a read resource, which is known in a preview too."""


def _reading(owner: str, path: str, value: object, *read: str) -> list[Node]:
    """Return the stack with read resources, of which only the dependency of a property is left."""
    property_ = path.split(".", maxsplit=1)[0]
    before = {node.urn.split("::")[-1]: node for node in resolved(stack(), preview=True)}
    given = changed(stack(), owner, path, value)
    for name in read:
        given = changed(given, name, "", REMOVED)
    urns = tuple(before[name].urn for name in read)
    return [
        replace(node, depends_on={**node.depends_on, property_: urns}) if node.urn == before[owner].urn else node
        for node in resolved(given, preview=True)
    ]


GROUP = [{"targetGroupArn": f"arn:{READ_ID}"}]


@pytest.mark.parametrize(
    ("owner", "path", "value", "read", "rule"),
    [
        ("service", "networkConfiguration.subnets", [f"subnet-{READ_ID}"], "private", "ecs-private-subnets"),
        ("service", "cluster", f"arn:{READ_ID}", "cluster", "ecs-exec-logged"),
        ("service", "loadBalancers", GROUP, "target-group", "ecs-deregistration-delay"),
        ("database", "parameterGroupName", READ_ID, "parameters", "rds-tls-only"),
        ("cache", "subnetGroupName", READ_ID, "cache-subnets", "elasticache-private-subnets"),
    ],
)
def test_what_depends_on_a_read_resource_is_undecided(
    owner: str, path: str, value: object, read: str, rule: str
) -> None:
    found = Pack().run(_reading(owner, path, value, read))
    assert [finding for finding in found if finding.policy == rule] == []
    asked = [finding.message for finding in found if finding.policy == UNDECIDED and finding.name == owner]
    assert any("part of this stack" in message and rule in message for message in asked)


def test_read_bucket_need_not_be_configured_by_the_stack() -> None:
    found = Pack().run(_reading("data-logging", "bucket", READ_ID, "data"))
    assert [finding for finding in found if finding.level == "mandatory" or finding.name == "data"] == []


def test_engine_does_not_say_which_resource_is_read() -> None:
    """`pulumi policy analyze` sends the state's read resources too. Once it marks them, the rules should skip them."""
    told = {*proto.AnalyzerResource.DESCRIPTOR.fields_by_name, *proto.AnalyzerResourceOptions.DESCRIPTOR.fields_by_name}
    assert not {"external", "read", "id"} & told
    foreign = Node("aws:s3/bucket:Bucket", {}, urn="urn:pulumi:test::spot-platform::aws:s3/bucket:Bucket::theirs")
    assert "s3-public-access-block" in {finding.policy for finding in Pack().stack([foreign])}
