"""At a first preview, a component's plan gives the pack the content of documents that are unknown as a whole."""

import json
from dataclasses import replace
from typing import Any

import pytest
from pulumi.runtime.rpc import UNKNOWN as UNKNOWN_STRING_VALUE

from policy.reporting.housekeeping import UNDECIDED
from tests.policy.compliant import CONTAINER
from tests.policy.nodes import Node
from tests.policy.test_program import pack

TASK = "aws:ecs/taskDefinition:TaskDefinition"
ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"
BEGIN = "urn:pulumi:prod::spot-platform::spot-platform:index:"


COMPONENT = f"{BEGIN}FargateSpotService::api"


def findings(documents: Any, *resources: Node) -> list[tuple[str, str]]:
    """Return rule and message of the findings of a first preview, including undecided ones."""
    component = Node(
        "spot-platform:index:FargateSpotService", {}, urn=COMPONENT, outputs={"arn": "x", "documents": documents}
    )
    return [(finding.policy, finding.message) for finding in pack("prod").run([component, *resources])]


def planned(type_: str, property_: str, content: Any) -> dict[str, Any]:
    return {"type": type_, "name": "api", "property": property_, "content": content}


def resource(type_: str, property_: str, parent: str = COMPONENT) -> Node:
    urn = f"{parent.removesuffix('::api')}${type_}::api"
    return Node(type_, {property_: UNKNOWN_STRING_VALUE}, urn=urn, parent=parent)


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
    unknown = Node(
        HEADERS, {"securityHeadersConfig": headers}, urn=f"{BEGIN}SpaFrontend${HEADERS}::api", parent=COMPONENT
    )
    for text, refused in (("default-src *", True), (f"default-src 'self' https://{UNKNOWN_STRING_VALUE}", False)):
        found = findings([planned(HEADERS, CSP, text)], unknown)
        assert ("cloudfront-content-security-policy" in policies(found)) is refused
        assert not [message for policy, message in found if policy == UNDECIDED and message.startswith(CSP)]


@pytest.mark.parametrize("parent", ["", f"{BEGIN}FargateSpotService::other"])
def test_plan_is_for_the_children_of_its_component_only(parent: str) -> None:
    found = findings([planned(ROLE_POLICY, "policy", statement())], resource(ROLE_POLICY, "policy", parent))
    assert any(policy == UNDECIDED and message.startswith("policy:") for policy, message in found)


def test_plan_of_something_else_than_a_component_is_passed_over() -> None:
    team = Node(
        "shop:index:Service",
        {},
        urn="urn:pulumi:prod::shop::shop:index:Service::api",
        outputs={"documents": [planned(ROLE_POLICY, "policy", statement())]},
    )
    found = findings([], team, resource(ROLE_POLICY, "policy", team.urn))
    assert any(policy == UNDECIDED and message.startswith("policy:") for policy, message in found)


def test_known_property_is_not_replaced() -> None:
    role_policy = resource(ROLE_POLICY, "policy")
    known = replace(role_policy, inputs={"policy": json.dumps(statement(Resource="*"))})
    found = findings([planned(ROLE_POLICY, "policy", statement())], known)
    assert "iam-no-data-of-everything" in policies(found)


@pytest.mark.parametrize(
    "changes",
    [{"Action": UNKNOWN_STRING_VALUE}, {"Action": [f"s3:{UNKNOWN_STRING_VALUE}"]}, {"Effect": UNKNOWN_STRING_VALUE}],
)
def test_what_is_allowed_is_undecided_while_it_is_unknown(changes: dict[str, Any]) -> None:
    found = findings([planned(ROLE_POLICY, "policy", statement(**changes))], resource(ROLE_POLICY, "policy"))
    assert any(policy == UNDECIDED and message.startswith("policy") for policy, message in found)


def test_known_wildcard_in_a_partly_unknown_name_is_refused() -> None:
    every_key = f"arn:aws:kms:eu-west-1:{UNKNOWN_STRING_VALUE}:key/*"
    decrypt = statement(Action="kms:Decrypt", Resource=every_key)
    found = findings([planned(ROLE_POLICY, "policy", decrypt)], resource(ROLE_POLICY, "policy"))
    assert "iam-no-decryption-with-every-key" in policies(found)


def test_violation_that_was_told_is_told_once() -> None:
    container = {**CONTAINER, "image": UNKNOWN_STRING_VALUE}
    task = resource(TASK, "containerDefinitions")
    wrong = replace(task, inputs={**task.inputs, "pidMode": "host"})
    found = findings([planned(TASK, "containerDefinitions", [container])], wrong)
    assert [policy for policy, _message in found].count("ecs-no-host-process-namespace") == 1


@pytest.mark.parametrize("odd", [7, [7], [{}], [{"type": 7}], {"type": TASK}])
def test_odd_plan_is_passed_over(odd: Any) -> None:
    found = findings(odd, resource(TASK, "containerDefinitions"))
    assert any(policy == UNDECIDED and message.startswith("containerDefinitions:") for policy, message in found)
