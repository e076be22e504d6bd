"""A component's plan tells a first preview what stands in documents that are unknown as a whole."""

from typing import Any

import pytest
from pulumi.runtime.rpc import UNKNOWN as UNKNOWN_STRING_VALUE

from policy.housekeeping import UNDECIDED
from tests.policy.compliant import CONTAINER
from tests.policy.nodes import Node
from tests.policy.test_program import pack

TASK = "aws:ecs/taskDefinition:TaskDefinition"
ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"
BEGIN = "urn:pulumi:prod::spot-platform::spot-platform:index:"


def findings(documents: list[dict[str, Any]], *resources: Node) -> list[tuple[str, str]]:
    """Rule and resource of what a first preview finds, or cannot decide."""
    component = Node(
        "spot-platform:index:FargateSpotService", {"documents": documents}, urn=f"{BEGIN}FargateSpotService::api"
    )
    return [(finding.policy, finding.message) for finding in pack("prod").run([component, *resources])]


def planned(type_: str, property_: str, content: Any) -> dict[str, Any]:
    return {"type": type_, "name": "api", "property": property_, "content": content}


def resource(type_: str, property_: str, component: str = "FargateSpotService$spot-platform:index:ServiceTask") -> Node:
    return Node(type_, {property_: UNKNOWN_STRING_VALUE}, urn=f"{BEGIN}{component}${type_}::api")


def policies(found: list[tuple[str, str]]) -> set[str]:
    return {policy for policy, _message in found}


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"privileged": True}, "ecs-not-privileged"),
        ({"readonlyRootFilesystem": False}, "ecs-read-only-root"),
        ({"environment": [{"name": "SMTP_PASS", "value": "x"}]}, "ecs-no-secret-in-environment"),
        ({"user": "root"}, "ecs-not-root"),
    ],
)
def test_first_preview_refuses_what_stands_in_container_definitions(change: dict[str, Any], rule: str) -> None:
    container = {**CONTAINER, "image": UNKNOWN_STRING_VALUE, **change}
    found = findings([planned(TASK, "containerDefinitions", [container])], resource(TASK, "containerDefinitions"))
    assert rule in policies(found)


def test_only_the_unknown_part_is_left_undecided() -> None:
    container = {**CONTAINER, "image": UNKNOWN_STRING_VALUE}
    found = findings([planned(TASK, "containerDefinitions", [container])], resource(TASK, "containerDefinitions"))
    open_ = [message for policy, message in found if policy == UNDECIDED]
    assert [message.split(":")[0] for message in open_ if "containerDefinitions" in message] == [
        "containerDefinitions[0].image"
    ]


def test_without_a_plan_all_of_it_is_undecided() -> None:
    found = findings([], resource(TASK, "containerDefinitions"))
    assert any(policy == UNDECIDED and message.startswith("containerDefinitions:") for policy, message in found)


def statement(**changes: Any) -> dict[str, Any]:
    return {"Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": [UNKNOWN_STRING_VALUE], **changes}]}


def test_policy_of_one_unknown_bucket_is_decided() -> None:
    found = findings([planned(ROLE_POLICY, "policy", statement())], resource(ROLE_POLICY, "policy"))
    assert not [message for policy, message in found if policy == UNDECIDED and message.startswith("policy")]
    assert "iam-no-data-of-everything" not in policies(found)


def test_policy_of_everything_is_refused() -> None:
    found = findings([planned(ROLE_POLICY, "policy", statement(Resource="*"))], resource(ROLE_POLICY, "policy"))
    assert "iam-no-data-of-everything" in policies(found)


HEADERS = "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy"
CSP = "securityHeadersConfig.contentSecurityPolicy.contentSecurityPolicy"


def test_text_inside_a_property_is_decided() -> None:
    headers = {"contentSecurityPolicy": {"override": True, "contentSecurityPolicy": UNKNOWN_STRING_VALUE}}
    unknown = Node(HEADERS, {"securityHeadersConfig": headers}, urn=f"{BEGIN}SpaFrontend${HEADERS}::api")
    for text, refused in (("default-src *", True), ("default-src 'self' https://bucket.invalid", False)):
        found = findings([planned(HEADERS, CSP, text)], unknown)
        assert ("cloudfront-content-security-policy" in policies(found)) is refused
        assert not [message for policy, message in found if policy == UNDECIDED and message.startswith(CSP)]


def test_plan_is_for_what_a_component_makes_only() -> None:
    alone = Node(
        ROLE_POLICY, {"policy": UNKNOWN_STRING_VALUE}, urn=f"urn:pulumi:prod::spot-platform::{ROLE_POLICY}::api"
    )
    found = findings([planned(ROLE_POLICY, "policy", statement())], alone)
    assert any(policy == UNDECIDED and message.startswith("policy:") for policy, message in found)


@pytest.mark.parametrize("odd", [7, [7], [{}], [{"type": 7}], {"type": TASK}])
def test_odd_plan_is_passed_over(odd: Any) -> None:
    found = findings(odd, resource(TASK, "containerDefinitions"))
    assert any(policy == UNDECIDED and message.startswith("containerDefinitions:") for policy, message in found)
