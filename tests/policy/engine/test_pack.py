"""The pack as the engine calls it: levels, messages, undecided values, bugs and the settings of a stack file."""

import json
from dataclasses import replace

import pytest
from google.protobuf import json_format
from pulumi.runtime.proto.analyzer_pb2 import POLICY_TYPE_RESOURCE
from pulumi.runtime.rpc import UNKNOWN as UNKNOWN_STRING_VALUE

from policy.enforcement.levels import LISTS
from policy.reporting.housekeeping import HOUSEKEEPING, SUMMARY, UNDECIDED, UNJUDGED
from policy.rule import Setting, violation
from policy.rules import BY_ID, RULES
from tests.policy.engine.judged import COMPONENT_URN, findings_of, stack_with
from tests.policy.engine_calls import Pack
from tests.policy.nodes import ABSENT, UNKNOWN, Node, resolved, view


def test_compliant_stack_has_nothing_mandatory() -> None:
    assert [f for f in Pack().run(stack_with()) if f.level == "mandatory"] == []
    assert {f.policy for f in Pack().run(stack_with(preview=False))} <= {UNJUDGED, SUMMARY}


def test_violation_says_first_what_is_wrong_then_how_to_mend_and_how_to_exempt_it(monkeypatch) -> None:
    monkeypatch.setitem(BY_ID["rds-storage-encrypted"].__dict__, "problem", "The storage is not encrypted")
    node = next(n for n in stack_with(("database", "storageEncrypted", ABSENT)) if n.urn.endswith("::database"))
    (finding,) = Pack().resource(node)
    assert (finding.policy, finding.level, finding.name) == ("rds-storage-encrypted", "mandatory", "database")
    entry = f'{{rule: rds-storage-encrypted, urn: "{node.urn}", stacks: [test], reason: "WHY?", expires: 2026-04-01}}'
    assert finding.message.splitlines() == [
        "The storage is not encrypted.",
        "storageEncrypted is absent (the provider's default is false); it must be true.",
        "Fix: Set storageEncrypted to true; it cannot be turned on later without a new instance.",
        f"To exempt it, give the reason and add to policy/exemptions.yaml: - {entry}",
    ]


def test_advisory_violation_needs_no_exemption() -> None:
    node = next(n for n in stack_with(("database", "storageEncrypted", ABSENT)) if n.urn.endswith("::database"))
    (finding,) = Pack({"rds-storage-encrypted": "advisory"}).resource(node)
    assert finding.level == "advisory"
    assert "exempt" not in finding.message


def test_fix_names_the_key_of_the_stack_file_for_what_a_component_makes(monkeypatch) -> None:
    monkeypatch.setitem(BY_ID["rds-multi-az"].__dict__, "settings", (Setting("database.multi_az", "true"),))
    node = next(n for n in stack_with(("database", "multiAz", False)) if n.urn.endswith("::database"))
    (own,) = Pack().resource(node)
    assert "Fix: Set multiAz to true" in own.message
    (made,) = Pack(stack="test", project="shop").resource(replace(node, urn=COMPONENT_URN))
    assert "Fix: In Pulumi.test.yaml, set shop:database.multi_az to true.\n" in made.message


def test_several_violations_of_a_rule_by_one_resource_are_one_finding() -> None:
    node = next(
        n for n in stack_with(("database", "enabledCloudwatchLogsExports", ABSENT)) if n.urn.endswith("::database")
    )
    twice = replace(
        node, inputs={**node.inputs, "performanceInsightsEnabled": False, "performanceInsightsKmsKeyId": ""}
    )
    found = findings_of(Pack().resource(twice), "rds-performance-insights-encrypted")
    assert len(found) == 1
    assert "performanceInsightsEnabled is false" in found[0].message
    assert "performanceInsightsKmsKeyId is" in found[0].message


def test_malformed_policy_is_told_once() -> None:
    found = [f for f in Pack().run(stack_with(("data-policy", "policy", "{"))) if "not JSON" in f.message]
    assert len(found) == 1
    assert found[0].level == "mandatory"
    assert found[0].message.startswith("policy is text, which is not JSON. No rule can read it: s3-")
    assert found[0].message.count("policy is text") == 1
    assert found[0].message.endswith("Fix: Write JSON, as json.dumps does; AWS takes nothing else.")


def test_malformed_policy_is_as_strict_as_the_strictest_rule_that_reads_it() -> None:
    rules = [f.policy for f in Pack().run(stack_with(("data-policy", "policy", "{"))) if "not JSON" in f.message]
    weaker = Pack({rules[0]: "advisory"}).run(stack_with(("data-policy", "policy", "{")))
    assert [(f.policy != rules[0], f.level) for f in weaker if "not JSON" in f.message] == [(True, "mandatory")]


def test_violation_over_the_stack_is_about_the_resource() -> None:
    nodes = stack_with(("service", "networkConfiguration.subnets", [UNKNOWN]))
    nodes = [n if not n.urn.endswith("::service") else _with_dependency(n, "public") for n in nodes]
    found = findings_of(Pack().run(nodes), "ecs-private-subnets")
    assert [(f.level, f.name) for f in found] == [("mandatory", "service")]
    assert "networkConfiguration.subnets has subnet public, which public-route opens" in found[0].message


def _with_dependency(node: Node, name: str) -> Node:
    urn = f"urn:pulumi:test::spot-platform::aws:ec2/subnet:Subnet::{name}"
    return Node(
        node.type, node.inputs, node.ignore_changes, {**node.depends_on, "networkConfiguration": (urn,)}, node.urn
    )


COMPUTED = ("capacityProviderStrategies", "desiredCount", "trafficType")


def test_rules_over_the_stack_see_what_the_program_asked_for_and_not_what_aws_computes() -> None:
    nodes = stack_with()
    outputs = [
        Node(n.type, {**n.inputs, **dict.fromkeys(COMPUTED, UNKNOWN_STRING_VALUE)},
             n.ignore_changes, n.depends_on, n.urn)
        for n in nodes
    ]  # fmt: skip
    pack = Pack()
    for node in nodes:
        pack.resource(node)
    assert findings_of(pack.stack(outputs), UNDECIDED) == findings_of(Pack().run(nodes), UNDECIDED)
    # Of a resource that was not analyzed before, the pack knows only the outputs.
    assert any("capacityProviderStrategies" in f.message for f in Pack().stack(outputs))


def test_undecided_is_listed_once_with_the_rules_that_asked_and_is_advisory() -> None:
    found = [f for f in findings_of(Pack().run(stack_with()), UNDECIDED) if f.name == "task"]
    assert len(found) == 1
    assert found[0].level == "advisory"
    assert "containerDefinitions: not known at preview; asked by " in found[0].message
    assert "ecs-read-only-root" in found[0].message
    assert "ecs-stop-timeout" in found[0].message


def test_undecided_can_be_made_an_error() -> None:
    found = findings_of(Pack({UNDECIDED: "mandatory"}).run(stack_with()), UNDECIDED)
    assert found
    assert {f.level for f in found} == {"mandatory"}


def test_known_on_update_is_decided_before_the_resource_is_made() -> None:
    nodes = stack_with(("task", "containerDefinitions![0].user", "root"), preview=False)
    node = next(n for n in nodes if n.urn.endswith("::task"))
    assert [f.policy for f in Pack().resource(node)] == ["ecs-not-root"]


def test_configuration_sets_level_and_settings() -> None:
    nodes = stack_with(("database", "backupRetentionPeriod", 3), ("database", "multiAz", False))
    pack = Pack({"rds-backup-retention": {"minimum-days": 2}, "rds-multi-az": "advisory"})
    assert [(f.policy, f.level) for f in pack.run(nodes) if f.policy not in {UNDECIDED, UNJUDGED, SUMMARY}] == [
        ("rds-multi-az", "advisory")
    ]
    assert findings_of(Pack({"rds-multi-az": "disabled"}).run(nodes), "rds-multi-az") == []


def test_one_port_is_called_so() -> None:
    node = Node(
        "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
        {"cidrIpv4": "0.0.0.0/0", "ipProtocol": "tcp", "fromPort": 443, "toPort": 443},
    )
    (found,) = findings_of(Pack().run(resolved({"way-in": node}, preview=True)), "security-group-world-ingress")
    assert "admits anybody to port 443." in found.message


def test_name_that_is_not_known_yet_is_told_as_such() -> None:
    statement = {"Effect": "Allow", "Action": UNKNOWN, "Principal": "*", "Resource": "*"}
    node = Node("aws:sqs/queuePolicy:QueuePolicy", {"policy": {"Statement": [statement]}})
    (found,) = findings_of(Pack().run(resolved({"queue": node}, preview=True)), "sqs-not-public")
    assert "allows anybody (not known yet)." in found.message


def test_fix_of_a_permission_is_its_property() -> None:
    node = Node("aws:lambda/permission:Permission", {"principal": "events.amazonaws.com", "function": "x"})
    (found,) = findings_of(Pack().run(resolved({"let-in": node}, preview=True)), "service-principals-say-for-whom")
    assert "Fix: Set the property sourceArn to the ARN of what calls, or sourceAccount to the account." in found.message


def test_every_rule_is_a_policy_with_metadata() -> None:
    information = {policy.name: policy for policy in Pack().information.policies}
    assert set(information) == {*BY_ID, *HOUSEKEEPING}
    assert all(policy.description and policy.policy_type for policy in information.values())
    for rule in RULES:
        policy = information[rule.id]
        assert policy.severity
        assert policy.remediation_steps == rule.remediation
        assert set(rule.fsbp) | set(rule.checkov) <= set(policy.tags)
        assert policy.framework.reference == ", ".join(rule.fsbp)
        assert policy.url.startswith("https://docs.aws.amazon.com/securityhub/") == bool(rule.fsbp)


def test_policies_about_other_types_are_told_as_not_applicable_to_a_resource() -> None:
    pack = Pack()
    about_one = {policy.name for policy in pack.information.policies if policy.policy_type == POLICY_TYPE_RESOURCE}
    nodes = stack_with()
    assert len({node.type for node in nodes}) > 20
    for node in nodes:
        judging = {rule.id for rule in RULES if rule.check is not None and view(node).type in rule.types}
        assert pack.inapplicable(node) == about_one - judging, node.urn
    # also together with a finding
    node = next(n for n in stack_with(("database", "storageEncrypted", ABSENT)) if n.urn.endswith("::database"))
    assert pack.resource(node)
    assert pack.inapplicable(node)
    assert "rds-storage-encrypted" not in pack.inapplicable(node)


def test_rule_that_crashes_names_itself_and_the_place_and_hides_nothing(monkeypatch) -> None:
    def crash(_resource, _config):
        yield violation("port", "found before")
        raise KeyError("hunter2")

    monkeypatch.setitem(BY_ID["rds-port"].__dict__, "check", crash)
    nodes = stack_with(("database", "multiAz", False), ("database", "storageEncrypted", False))
    pack_ = Pack({"rds-port": "advisory"})
    found = pack_.resource(next(node for node in nodes if node.urn.endswith("::database")))
    assert {"rds-multi-az", "rds-storage-encrypted"} <= {f.policy for f in found}
    before, crashed = sorted(findings_of(found, "rds-port"), key=lambda f: f.level)
    assert (before.level, crashed.level) == ("advisory", "mandatory")
    assert "The rule rds-port has a bug" in crashed.message
    assert "KeyError in crash at test_pack.py:" in crashed.message
    assert "Report these lines" in crashed.message
    assert "aws:rds/instance:Instance::database" in crashed.message
    assert "hunter2" not in crashed.message


def test_stack_rule_that_crashes_fails_closed(monkeypatch) -> None:
    def crash(_graph, _config):
        raise ValueError

    monkeypatch.setitem(BY_ID["ecs-private-subnets"].__dict__, "check_graph", crash)
    found = Pack().run(stack_with(("data", "forceDestroy", True)))
    assert [f.level for f in findings_of(found, "ecs-private-subnets")] == ["mandatory"]
    assert findings_of(found, SUMMARY)


def test_stack_file_adds_to_the_lists_of_rules() -> None:
    config = {"shop:policy": json.dumps({"open_paths": ["/health", "/certificates/verify/*"]})}
    nodes = stack_with(("api", "body!paths./health.get.security", []))
    assert findings_of(Pack(stack="blue", project="shop").run(nodes), "api-gateway-operations-authorized")
    assert (
        findings_of(Pack(stack="blue", project="shop", config=config).run(nodes), "api-gateway-operations-authorized")
        == []
    )
    assert findings_of(
        Pack(stack="blue", project="other", config=config).run(nodes), "api-gateway-operations-authorized"
    )


@pytest.mark.parametrize(
    ("section", "message"),
    [
        (
            {"open_path": []},
            "shop:policy.open_path is unknown; allowed are " + ", ".join(LISTS),
        ),
        ({"open_paths": "/x"}, "shop:policy.open_paths='/x' must be a list of strings"),
    ],
)
def test_wrong_section_of_the_stack_file_is_refused(section: object, message: str) -> None:
    with pytest.raises(ValueError, match="shop:policy") as refused:
        Pack(stack="dev", project="shop", config={"shop:policy": json.dumps(section)})
    assert str(refused.value) == message


def test_resource_is_decoded_once(monkeypatch) -> None:
    calls, real = [], json_format.MessageToDict
    monkeypatch.setattr(json_format, "MessageToDict", lambda message: calls.append(1) or real(message))
    pack_, nodes = Pack(), stack_with()
    calls.clear()
    for node in nodes:
        pack_.resource(node)
    assert len(calls) == len(nodes)
    pack_.stack(nodes)
    assert len(calls) == 2 * len(nodes)
