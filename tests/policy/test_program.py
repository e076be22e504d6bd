"""The whole program, recorded for each stack, complies with the rules of its profile."""

import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from google.protobuf import json_format

from policy.enforcement import exemptions_file, pins
from policy.enforcement.exemptions import Exemptions
from policy.enforcement.pins import strictest
from policy.enforcement.profiles import ADVISORY
from policy.reporting.housekeeping import EXEMPTIONS_USED, UNDECIDED
from policy.rules import RULES
from tests.policy.engine_calls import Finding, Pack
from tests.policy.nodes import Node, Stack, from_recording, resolved
from tests.program import (
    PUBLIC_IMAGE,
    STACKS,
    record_changed,
    record_on_one_domain,
    record_stack,
    record_with_image,
    record_with_options,
)
from tests.recording import Recording
from tests.stack_files import stack_configuration

pytestmark = pytest.mark.xdist_group("whole program")

TODAY = date(2026, 11, 24)
"""Date on which all exemptions are valid: a deployment must notice that they have expired, not this test."""

PROJECT = "spot-platform"
MOCKED_ACCOUNT = "123456789012"
"""Account in the ARNs that `tests.recording` makes up."""


def named(stack: str, nodes: Stack, project: str = "spot-platform") -> list[Node]:
    """Return the recorded resources with the stack's name in URNs and its account in ARNs, in place of the mocks'."""
    own = stack_configuration(stack).get(f"{PROJECT}:aws", {}).get("account_id", MOCKED_ACCOUNT)

    def real(urn: str) -> str:
        return urn.replace("urn:pulumi:stack::project::", f"urn:pulumi:{stack}::{project}::")

    return [
        replace(
            node,
            inputs=_of_account(node.inputs, own),
            outputs=_of_account(node.outputs, own),
            urn=real(node.urn),
            parent=real(node.parent),
            depends_on={key: tuple(map(real, urns)) for key, urns in node.depends_on.items()},
        )
        for node in resolved(nodes, preview=False)
    ]


def _of_account(value: Any, own: str) -> Any:
    if isinstance(value, str):
        return value.replace(MOCKED_ACCOUNT, own)
    if isinstance(value, dict):
        return {key: _of_account(child, own) for key, child in value.items()}
    return [_of_account(child, own) for child in value] if isinstance(value, list) else value


def pack(stack: str, project: str = "spot-platform") -> Pack:
    return Pack(
        entries=exemptions_file.read(),
        today=TODAY,
        stack=stack,
        project=project,
        config={
            key.replace("spot-platform:", f"{project}:"): value if isinstance(value, str) else json.dumps(value)
            for key, value in stack_configuration(stack).items()
        },
        pins=pins.read(),
    )


def with_image(stack: str, *, preview: bool = False) -> Stack:
    return from_recording(record_with_image(stack, preview=preview))


def with_secret_origins(recording: Recording) -> Stack:
    """Return the resources, with the distribution's origins as secrets: the engine sends them so, recordings do not."""
    nodes = from_recording(recording)
    site = recording.one("aws:cloudfront/distribution:Distribution")
    origins = json_format.MessageToDict(site.request.object)["origins"]
    return {**nodes, site.urn: replace(nodes[site.urn], inputs={**nodes[site.urn].inputs, "origins": origins})}


def undecided_at_the_edge(findings: list[Finding]) -> list[Finding]:
    """Return what rules about the distribution, the API and the web ACLs could not decide."""
    asked_by = ("asked by cloudfront-", "asked by api-gateway-", "asked by waf-")
    undecided = [finding for finding in findings if finding.policy == UNDECIDED]
    return [finding for finding in undecided if any(rule in finding.message for rule in asked_by)]


def test_profiles_are_those_of_the_stacks() -> None:
    assert set(STACKS) == set(ADVISORY)


@pytest.mark.parametrize("stack", STACKS)
@pytest.mark.parametrize("preview", [False, True])
def test_first_deployment_keeps_the_rules(stack: str, preview: bool) -> None:
    nodes = named(stack, from_recording(record_stack(stack, preview=preview)))
    findings = pack(stack).run(nodes)
    assert [finding for finding in findings if finding.level == "mandatory"] == []
    assert any(finding.policy == EXEMPTIONS_USED for finding in findings)
    if not preview:
        assert [finding for finding in findings if finding.policy == UNDECIDED] == []


@pytest.mark.parametrize("stack", STACKS)
@pytest.mark.parametrize("preview", [False, True])
def test_program_with_an_image_keeps_the_rules(stack: str, preview: bool) -> None:
    findings = pack(stack).run(named(stack, with_image(stack, preview=preview)))
    assert [finding for finding in findings if finding.level == "mandatory"] == []
    if not preview:
        assert [finding for finding in findings if finding.policy == UNDECIDED] == []


@pytest.mark.parametrize("preview", [False, True])
def test_program_with_further_switches_keeps_the_rules(*, preview: bool) -> None:
    recording = record_changed(
        "prod",
        preview=preview,
        api={"path_on_site": "/api"},
        dns={"caa_records": True, "caa_issuers": ["letsencrypt.org"]},
        vpc={"flow_log_destination": "s3"},
        service={"image": PUBLIC_IMAGE, "tracing": True},
        observability={
            "alarm_urls": ["https://alerts.example.com/sns"],
            "slack_workspace_id": "T07EA123LEP",
            "slack_channel_id": "C07EZ1ABC23",
        },
    )
    nodes = from_recording(recording) if preview else with_secret_origins(recording)
    findings = pack("prod").run(named("prod", nodes))
    assert [finding for finding in findings if finding.level == "mandatory"] == []
    assert undecided_at_the_edge(findings) == []
    if not preview:
        assert [finding for finding in findings if finding.policy == UNDECIDED] == []


def test_a_permission_of_the_stack_file_is_judged_like_those_of_the_program() -> None:
    permissions = [
        {"actions": ["sqs:SendMessage"], "resources": ["arn:aws:sqs:us-east-1:123456789012:orders"]},
        {"actions": ["sqs:DeleteMessage"], "resources": ["*"]},
    ]
    service = {"image": PUBLIC_IMAGE, "task_permissions": permissions}
    findings = pack("prod").run(named("prod", from_recording(record_changed("prod", service=service))))
    (found,) = [finding for finding in findings if finding.level == "mandatory"]
    assert found.policy == "iam-no-writing-to-everything"
    assert "policy.Statement[6] allows sqs:DeleteMessage on every resource" in found.message


@pytest.mark.parametrize("preview", [False, True])
def test_an_application_load_balancer_with_the_api_on_its_own_domain_keeps_the_rules(preview: bool) -> None:
    api = {"load_balancer_kind": "application"}
    recording = record_changed("prod", preview=preview, service={"image": PUBLIC_IMAGE}, api=api)
    findings = pack("prod").run(named("prod", from_recording(recording)))
    assert [finding for finding in findings if finding.level == "mandatory"] == []


@pytest.mark.parametrize("stack", STACKS)
def test_project_can_have_another_name(stack: str) -> None:
    nodes = named(stack, from_recording(record_stack(stack, preview=False)), "shop")
    findings = pack(stack, "shop").run(nodes)
    assert [finding for finding in findings if finding.level == "mandatory"] == []
    assert any(finding.policy == EXEMPTIONS_USED for finding in findings)


def test_exemptions_are_for_what_the_components_make_and_for_nothing_beside_them() -> None:
    for entry in exemptions_file.read():
        resource_type = entry.urn.split("::")[2].rpartition("$")[2]
        assert not entry.covers(entry.rule, f"urn:pulumi:prod::spot-platform::{resource_type}::halalsphere-prod")
        assert entry.concerns("prod")


EXEMPTED_BESIDE = {
    "load-balancer-tls-listener": ("ServiceEndpoint", "aws:lb/listener:Listener", "public-http"),
    "load-balancer-tls-target": ("ServiceEndpoint", "aws:lb/targetGroup:TargetGroup", "public-http"),
    "api-gateway-client-certificate": ("PrivateApi", "aws:apigateway/stage:Stage", "public"),
    "secret-rotated": ("GeneratedSecret", "aws:secretsmanager/secret:Secret", "other"),
    "cloudfront-origin-failover": ("SpaFrontend", "aws:cloudfront/distribution:Distribution", "other"),
    "iam-no-logs-of-everything": ("ApiAccount", "aws:iam/rolePolicy:RolePolicy", "their-account"),
    "iam-resources-named": ("NatInstance", "aws:iam/rolePolicy:RolePolicy", "their-session-manager"),
}


@pytest.mark.parametrize("rule", EXEMPTED_BESIDE)
def test_exemptions_are_not_for_children_that_a_program_gives_to_a_component(rule: str) -> None:
    component, resource_type, name = EXEMPTED_BESIDE[rule]
    exempted = Exemptions(exemptions_file.read(), TODAY)
    for node in named("dev", with_image("dev")):
        exempted.meet(node.urn)
    for package in ("evil", "spot-platform"):
        urn = f"urn:pulumi:dev::spot-platform::{package}:index:{component}${resource_type}::{name}"
        assert not exempted.use(rule, urn)
    assert not exempted.use(rule, f"urn:pulumi:dev::p::evil:index:{component}${resource_type}::halalsphere-dev-account")


def test_open_paths_are_named_with_their_slashes() -> None:
    for stack in STACKS:
        paths = stack_configuration(stack)["spot-platform:policy"]["open_paths"]
        assert [path for path in paths if path.endswith("*") and not path.endswith("/*")] == []


def test_stack_named_prod_is_held_to_prod() -> None:
    assert strictest(pins.read(), "prod", "").profile == "prod"
    assert [stack for stack in STACKS if strictest(pins.read(), stack, "")] == ["prod"]


def test_every_kind_of_resource_that_prod_has_and_rules_are_about_is_judged() -> None:
    types = {node.type for node in with_image("prod").values()}
    judged = {resource_type for rule in RULES for resource_type in rule.types}
    assert len(types & judged) > 40


@pytest.mark.parametrize("stack", STACKS)
@pytest.mark.parametrize("preview", [False, True])
@pytest.mark.parametrize("own_name", [False, True])
def test_one_domain_for_site_and_api_keeps_the_rules(stack: str, preview: bool, own_name: bool) -> None:
    """Where the API keeps its own name, the stack also has an application load balancer and what else it can have."""
    if own_name:
        recording = record_with_options(stack, "application", preview=preview)
        assert recording.one("aws:lb/loadBalancer:LoadBalancer").inputs["loadBalancerType"] == "application"
    else:
        recording = record_on_one_domain(stack, preview=preview)
    nodes = from_recording(recording) if preview else with_secret_origins(recording)
    findings = pack(stack).run(named(stack, nodes))
    assert [finding for finding in findings if finding.level == "mandatory"] == []
    # The API's document contains the id of the VPC link to an application load balancer, which a preview cannot know.
    unknown = {"body"} if own_name and preview else set[str]()
    assert {finding.message.partition(":")[0] for finding in undecided_at_the_edge(findings)} == unknown


def test_a_key_in_clear_in_the_distribution_is_refused() -> None:
    findings = pack("prod").run(named("prod", from_recording(record_on_one_domain("prod"))))
    (found,) = [finding for finding in findings if finding.level == "mandatory"]
    assert found.policy == "no-secret-in-clear"
    assert "origins[1].customHeaders[0] gives x-api-key in clear text" in found.message
