"""The pack as the engine calls it: levels, messages, undecided values, exemptions, pins, bugs and the summary."""

import json
from dataclasses import replace
from datetime import date

import pytest
from google.protobuf import json_format
from pulumi.runtime.proto.analyzer_pb2 import POLICY_TYPE_RESOURCE
from pulumi.runtime.rpc import UNKNOWN as UNKNOWN_STRING_VALUE

from policy.enforcement import exemptions_file
from policy.enforcement.exemptions import Exemption
from policy.enforcement.levels import FOLDER, LISTS
from policy.enforcement.pins import Pin
from policy.engine import pack
from policy.engine.decoding import SECRET, SIGNATURE
from policy.graph import Graph
from policy.iam.principals import AWS_PROVIDER
from policy.reporting.housekeeping import EXEMPTIONS_USED, EXEMPTIONS_VALID, HOUSEKEEPING, SUMMARY, UNDECIDED, UNJUDGED
from policy.resources import ResourceView
from policy.rule import Setting, Severity, evaluate_graph, violation
from policy.rules import BY_ID, RULES
from tests.policy.compliant import stack
from tests.policy.engine_calls import Finding, Pack
from tests.policy.nodes import ABSENT, UNKNOWN, Node, changed, resolved, view

ENTRY = Exemption("rds-port", "urn:pulumi:*::*::*::database", ("test",), "the clients need it", date(2026, 6, 1))


def _stack(*changes, preview=True):
    changed_stack = stack()
    for name, path, value in changes:
        changed_stack = changed(changed_stack, name, path, value)
    return resolved(changed_stack, preview=preview)


def _of(findings: list[Finding], policy: str) -> list[Finding]:
    return [finding for finding in findings if finding.policy == policy]


def test_compliant_stack_has_nothing_mandatory() -> None:
    assert [f for f in Pack().run(_stack()) if f.level == "mandatory"] == []
    assert {f.policy for f in Pack().run(_stack(preview=False))} <= {UNJUDGED, SUMMARY}


def test_violation_says_first_what_is_wrong_then_how_to_mend_and_how_to_exempt_it(monkeypatch) -> None:
    monkeypatch.setitem(BY_ID["rds-storage-encrypted"].__dict__, "problem", "The storage is not encrypted")
    node = next(n for n in _stack(("database", "storageEncrypted", ABSENT)) if n.urn.endswith("::database"))
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
    node = next(n for n in _stack(("database", "storageEncrypted", ABSENT)) if n.urn.endswith("::database"))
    (finding,) = Pack({"rds-storage-encrypted": "advisory"}).resource(node)
    assert finding.level == "advisory"
    assert "exempt" not in finding.message


COMPONENT_URN = "urn:pulumi:test::shop::spot-platform:index:ManagedData$aws:rds/instance:Instance::main"


def test_fix_names_the_key_of_the_stack_file_for_what_a_component_makes(monkeypatch) -> None:
    monkeypatch.setitem(BY_ID["rds-multi-az"].__dict__, "settings", (Setting("database.multi_az", "true"),))
    node = next(n for n in _stack(("database", "multiAz", False)) if n.urn.endswith("::database"))
    (own,) = Pack().resource(node)
    assert "Fix: Set multiAz to true" in own.message
    (made,) = Pack(stack="test", project="shop").resource(replace(node, urn=COMPONENT_URN))
    assert "Fix: In Pulumi.test.yaml, set shop:database.multi_az to true.\n" in made.message


def test_several_violations_of_a_rule_by_one_resource_are_one_finding() -> None:
    node = next(n for n in _stack(("database", "enabledCloudwatchLogsExports", ABSENT)) if n.urn.endswith("::database"))
    twice = replace(
        node, inputs={**node.inputs, "performanceInsightsEnabled": False, "performanceInsightsKmsKeyId": ""}
    )
    found = _of(Pack().resource(twice), "rds-performance-insights-encrypted")
    assert len(found) == 1
    assert "performanceInsightsEnabled is false" in found[0].message
    assert "performanceInsightsKmsKeyId is" in found[0].message


def test_setting_behind_several_violations_is_named_once_in_the_summary(monkeypatch) -> None:
    for rule in ("rds-multi-az", "rds-port"):
        monkeypatch.setitem(BY_ID[rule].__dict__, "settings", (Setting("database.mode", "safe"),))
    nodes = [
        replace(node, urn=COMPONENT_URN) if node.urn.endswith("::database") else node
        for node in _stack(("database", "multiAz", False), ("database", "port", 5432))
    ]
    (summary,) = _of(Pack(stack="test", project="shop").run(nodes), SUMMARY)
    assert "shop:database.mode is behind 2 violations: " in summary.message
    assert "rds-multi-az (main)" in summary.message


def test_malformed_policy_is_told_once() -> None:
    found = [f for f in Pack().run(_stack(("data-policy", "policy", "{"))) if "not JSON" in f.message]
    assert len(found) == 1
    assert found[0].level == "mandatory"
    assert found[0].message.startswith("policy is text, which is not JSON. No rule can read it: s3-")
    assert found[0].message.count("policy is text") == 1
    assert found[0].message.endswith("Fix: Write JSON, as json.dumps does; AWS takes nothing else.")


def test_malformed_policy_is_as_strict_as_the_strictest_rule_that_reads_it() -> None:
    rules = [f.policy for f in Pack().run(_stack(("data-policy", "policy", "{"))) if "not JSON" in f.message]
    weaker = Pack({rules[0]: "advisory"}).run(_stack(("data-policy", "policy", "{")))
    assert [(f.policy != rules[0], f.level) for f in weaker if "not JSON" in f.message] == [(True, "mandatory")]


def test_violation_over_the_stack_is_about_the_resource() -> None:
    nodes = _stack(("service", "networkConfiguration.subnets", [UNKNOWN]))
    nodes = [n if not n.urn.endswith("::service") else _with_dependency(n, "public") for n in nodes]
    found = _of(Pack().run(nodes), "ecs-private-subnets")
    assert [(f.level, f.name) for f in found] == [("mandatory", "service")]
    assert "networkConfiguration.subnets has subnet public, which public-route opens" in found[0].message


def _with_dependency(node: Node, name: str) -> Node:
    urn = f"urn:pulumi:test::spot-platform::aws:ec2/subnet:Subnet::{name}"
    return Node(
        node.type, node.inputs, node.ignore_changes, {**node.depends_on, "networkConfiguration": (urn,)}, node.urn
    )


COMPUTED = ("capacityProviderStrategies", "desiredCount", "trafficType")


def test_rules_over_the_stack_see_what_the_program_asked_for_and_not_what_aws_computes() -> None:
    nodes = _stack()
    outputs = [
        Node(n.type, {**n.inputs, **dict.fromkeys(COMPUTED, UNKNOWN_STRING_VALUE)},
             n.ignore_changes, n.depends_on, n.urn)
        for n in nodes
    ]  # fmt: skip
    pack = Pack()
    for node in nodes:
        pack.resource(node)
    assert _of(pack.stack(outputs), UNDECIDED) == _of(Pack().run(nodes), UNDECIDED)
    # Of a resource that was not analyzed before, the pack knows only the outputs.
    assert any("capacityProviderStrategies" in f.message for f in Pack().stack(outputs))


def test_undecided_is_listed_once_with_the_rules_that_asked_and_is_advisory() -> None:
    found = [f for f in _of(Pack().run(_stack()), UNDECIDED) if f.name == "task"]
    assert len(found) == 1
    assert found[0].level == "advisory"
    assert "containerDefinitions: not known at preview; asked by " in found[0].message
    assert "ecs-read-only-root" in found[0].message
    assert "ecs-stop-timeout" in found[0].message


def test_undecided_can_be_made_an_error() -> None:
    found = _of(Pack({UNDECIDED: "mandatory"}).run(_stack()), UNDECIDED)
    assert found
    assert {f.level for f in found} == {"mandatory"}


def test_known_on_update_is_decided_before_the_resource_is_made() -> None:
    nodes = _stack(("task", "containerDefinitions![0].user", "root"), preview=False)
    node = next(n for n in nodes if n.urn.endswith("::task"))
    assert [f.policy for f in Pack().resource(node)] == ["ecs-not-root"]


def test_configuration_sets_level_and_settings() -> None:
    nodes = _stack(("database", "backupRetentionPeriod", 3), ("database", "multiAz", False))
    pack = Pack({"rds-backup-retention": {"minimum-days": 2}, "rds-multi-az": "advisory"})
    assert [(f.policy, f.level) for f in pack.run(nodes) if f.policy not in {UNDECIDED, UNJUDGED, SUMMARY}] == [
        ("rds-multi-az", "advisory")
    ]
    assert _of(Pack({"rds-multi-az": "disabled"}).run(nodes), "rds-multi-az") == []


def test_exemption_is_printed_when_used() -> None:
    found = Pack(entries=[ENTRY]).run(_stack(("database", "port", 5432)))
    assert _of(found, "rds-port") == []
    assert _of(found, EXEMPTIONS_VALID) == []
    assert [(f.level, f.name) for f in _of(found, EXEMPTIONS_USED)] == [("advisory", "database")]
    assert "rds-port until 2026-06-01: the clients need it" in _of(found, EXEMPTIONS_USED)[0].message


def test_exemption_exempts_one_rule_and_one_resource_only() -> None:
    found = Pack(entries=[ENTRY]).run(
        _stack(("database", "port", 5432), ("database", "multiAz", False), ("cache", "port", 6379))
    )
    assert {f.policy for f in found if f.level == "mandatory"} == {"rds-multi-az", "elasticache-port"}


@pytest.mark.parametrize(
    ("rule", "port"),
    [
        ("security-group-world-ingress", 443),
        ("security-group-high-risk-ports", 5432),
        ("security-group-remote-administration", 22),
        ("network-acl-remote-administration", 3389),
    ],
)
def test_exemption_is_for_the_ports_that_it_names(rule: str, port: int) -> None:
    def opened(first: int, last: int) -> list[Node]:
        ports = {"fromPort": first, "toPort": last}
        if rule.startswith("network-acl"):
            entry = {"cidrBlock": "0.0.0.0/0", "protocol": "tcp", "ruleAction": "allow", "egress": False, **ports}
            node = Node("aws:ec2/networkAclRule:NetworkAclRule", entry)
        else:
            way = {"cidrIpv4": "0.0.0.0/0", "ipProtocol": "tcp", **ports}
            node = Node("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", way)
        return resolved({"way-in": node}, preview=True)

    pattern = "urn:pulumi:*::*::*::way-in"
    entry = Exemption(rule, pattern, ("test",), "", date(2026, 6, 1), ports=(port, port + 1))
    assert _of(Pack(entries=[entry]).run(opened(port, port + 1)), rule) == []
    (wider,) = _of(Pack(entries=[entry]).run(opened(port, port + 2)), rule)
    assert f"ports: [{port}, {port + 1}, {port + 2}], reason" in wider.message


def test_one_port_is_called_so() -> None:
    node = Node(
        "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
        {"cidrIpv4": "0.0.0.0/0", "ipProtocol": "tcp", "fromPort": 443, "toPort": 443},
    )
    (found,) = _of(Pack().run(resolved({"way-in": node}, preview=True)), "security-group-world-ingress")
    assert "admits anybody to port 443." in found.message


def test_part_of_a_secret_document_is_not_told() -> None:
    stranger = "999999999999"
    statement = {
        "Effect": "Allow",
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Principal": {"Federated": f"arn:aws:iam::{stranger}:oidc-provider/ci.example.com"},
    }
    document = json.dumps({"Statement": [statement]})
    secret = {SIGNATURE: SECRET, "value": document}
    nodes = resolved({"role": Node("aws:iam/role:Role", {"assumeRolePolicy": secret})}, preview=True)
    found = _of(Pack(stack="prod", config={}).run(nodes), "iam-trust")
    assert found
    assert [f.message for f in found if "ci.example.com" in f.message or stranger in f.message] == []


def test_name_that_is_not_known_yet_is_told_as_such() -> None:
    statement = {"Effect": "Allow", "Action": UNKNOWN, "Principal": "*", "Resource": "*"}
    node = Node("aws:sqs/queuePolicy:QueuePolicy", {"policy": {"Statement": [statement]}})
    (found,) = _of(Pack().run(resolved({"queue": node}, preview=True)), "sqs-not-public")
    assert "allows anybody (not known yet)." in found.message


def test_fix_of_a_permission_is_its_property() -> None:
    node = Node("aws:lambda/permission:Permission", {"principal": "events.amazonaws.com", "function": "x"})
    (found,) = _of(Pack().run(resolved({"let-in": node}, preview=True)), "service-principals-say-for-whom")
    assert "Fix: Set the property sourceArn to the ARN of what calls, or sourceAccount to the account." in found.message


def test_expired_exemption_exempts_nothing_and_is_an_error() -> None:
    found = Pack(entries=[ENTRY], today=date(2026, 6, 1)).run(_stack(("database", "port", 5432)))
    assert len(_of(found, "rds-port")) == 1
    assert _of(found, EXEMPTIONS_USED) == []
    assert [f.level for f in _of(found, EXEMPTIONS_VALID)] == ["mandatory"]
    assert "it expired on 2026-06-01" in _of(found, EXEMPTIONS_VALID)[0].message


def test_unneeded_exemption_is_an_error() -> None:
    found = Pack(entries=[ENTRY]).run(_stack())
    assert ["nothing in this stack needs it" in f.message for f in _of(found, EXEMPTIONS_VALID)] == [True]


def test_exemption_is_needed_by_a_resource_that_a_targeted_update_leaves_alone() -> None:
    found = Pack(entries=[ENTRY]).stack(_stack(("database", "port", 5432)))
    assert _of(found, EXEMPTIONS_VALID) == []
    assert [f.name for f in _of(found, EXEMPTIONS_USED)] == ["database"]


def test_exemption_from_what_a_preview_cannot_decide_is_not_called_unneeded() -> None:
    entry = Exemption("ecs-read-only-root", "urn:pulumi:*::*::*::task", ("test",), "it writes", date(2026, 6, 1))
    preview = Pack(entries=[entry]).run(_stack())
    assert _of(preview, EXEMPTIONS_VALID) == _of(preview, EXEMPTIONS_USED) == []
    assert [f.name for f in _of(Pack(entries=[entry]).stack(_stack()), EXEMPTIONS_VALID)] == []
    update = Pack(entries=[entry]).run(_stack(preview=False))
    assert len(_of(update, EXEMPTIONS_VALID)) == 1


def test_exemption_of_another_stack_is_not_judged() -> None:
    other = replace(ENTRY, stacks=("prod",))
    assert _of(Pack(entries=[other]).run(_stack()), EXEMPTIONS_VALID) == []


@pytest.mark.parametrize(
    ("module", "text", "told"),
    [
        ("exemptions_file", "- rule: rds-port\n  urn: database\n", "policy/exemptions.yaml:1: expires is missing"),
        ("pins", "- profile: production\n", "policy/pins.yaml: pin 1: profile='production'; allowed are local, "),
    ],
)
def test_unusable_file_ends_the_pack_with_all_its_errors(tmp_path, monkeypatch, capsys, module, text, told) -> None:
    file = tmp_path / "file.yaml"
    file.write_text(text)
    monkeypatch.setattr(f"policy.enforcement.{module}.FILE", file)
    with pytest.raises(SystemExit) as stopped:
        pack.serve()
    assert stopped.value.code == 1
    assert capsys.readouterr().err.startswith(told)


def test_own_file_of_exemptions_is_right() -> None:
    assert exemptions_file.read()


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
    nodes = _stack()
    assert len({node.type for node in nodes}) > 20
    for node in nodes:
        judging = {rule.id for rule in RULES if rule.check is not None and view(node).type in rule.types}
        assert pack.inapplicable(node) == about_one - judging, node.urn
    # also together with a finding
    node = next(n for n in _stack(("database", "storageEncrypted", ABSENT)) if n.urn.endswith("::database"))
    assert pack.resource(node)
    assert pack.inapplicable(node)
    assert "rds-storage-encrypted" not in pack.inapplicable(node)


def test_no_violation_quotes_a_secret() -> None:
    secret = "hunter2-hunter2-hunter2"
    environment = [
        {"name": "DATABASE_PASSWORD", "value": secret},
        {"name": "URL", "value": f"postgres://u:{secret}@h/d"},
    ]
    definitions = json.dumps([{"name": "api", "environment": environment}])
    for value in (definitions, definitions[:-3]):
        findings = Pack().run(_stack(("task", "containerDefinitions", value)))
        assert findings
        assert not any(secret in f.message for f in findings)


URL = "https://u:hunter22-x@127.0.0.1"


@pytest.mark.parametrize(
    ("name", "path", "value"),
    [
        ("task", "containerDefinitions![0].environment", {"DB_PASSWORD": "hunter22-x"}),
        ("task", "containerDefinitions![0].environment", "DB_PASSWORD=hunter22-x"),
        ("task", "containerDefinitions![0].environment", {"DB_PASSWORD": {"x": ["hunter22-x"]}}),
        ("task", "containerDefinitions![0].environment", ["DB_PASSWORD", "hunter22-x"]),
        ("task", "containerDefinitions![0].environment", [{"name": "DB_PASSWORD", "value": ["hunter22-x"]}]),
        ("task", "containerDefinitions![0].environment", json.dumps([{"Name": "DB_PASSWORD", "Value": "hunter22-x"}])),
        ("task", "containerDefinitions![0].user", {"name": "DB_PASSWORD", "value": "hunter22-x"}),
        ("task", "containerDefinitions![0].command", "mysql --password=hunter22-x"),
        ("task", "containerDefinitions![0].command", "mysql --password hunter22-x"),
        ("task", "containerDefinitions![0].command", {"run": ["mysql", "--password", "hunter22-x"]}),
        ("task", "containerDefinitions![0].command", {"run": "a" * 70 + " " + URL}),
        ("task", "containerDefinitions![0].user", [{"postgres://u:hunter22-x@h": 1}]),
        ("task", "containerDefinitions![0].environment", {URL: 1}),
        ("function", "environment.variables", ["DB_PASSWORD=hunter22-x"]),
        ("function", "environment", "DB_PASSWORD=hunter22-x"),
        ("function", "environment.variables", {URL: "sk_live_" + "x" * 20}),
        ("provider", "endpoints", [{"s3": URL}]),
        ("provider", "endpoints", URL),
        ("provider", "endpoints", {"s3": URL}),
        ("database", "storageEncrypted", {"password": "hunter22-x"}),
    ],
)
def test_no_finding_quotes_a_secret_from_a_value_of_a_wrong_type(name: str, path: str, value: object) -> None:
    for preview in (True, False):
        findings = Pack().run(_stack((name, path, value), preview=preview))
        assert findings
        assert [f.message for f in findings if "hunter22" in f.message or "sk_live_" in f.message] == []


def _secret(value: object) -> dict[str, object]:
    return {SIGNATURE: SECRET, "value": value}


@pytest.mark.parametrize("preview", [True, False])
def test_no_violation_quotes_what_is_declared_secret(preview: bool) -> None:
    definitions = json.dumps([{"name": "api", "user": "root-of-all", "privileged": True}])
    findings = Pack().run(
        _stack(
            ("database", "username", _secret("postgres")),
            ("database", "port", _secret(5432)),
            ("task", "containerDefinitions", _secret(definitions)),
            ("data-policy", "policy", _secret('{"Statement": "x-secret-x"')),
            preview=preview,
        )
    )
    assert {"rds-port", "rds-administrator-name", "ecs-not-privileged"} <= {finding.policy for finding in findings}
    quoted = [f.message for f in findings if any(x in f.message for x in ("5432;", "root-of-all", "x-secret-x"))]
    assert quoted == []
    assert "username is [secret]" in next(f.message for f in findings if f.policy == "rds-administrator-name")


def test_rule_that_crashes_names_itself_and_the_place_and_hides_nothing(monkeypatch) -> None:
    def crash(_resource, _config):
        yield violation("port", "found before")
        raise KeyError("hunter2")

    monkeypatch.setitem(BY_ID["rds-port"].__dict__, "check", crash)
    nodes = _stack(("database", "multiAz", False), ("database", "storageEncrypted", False))
    pack_ = Pack({"rds-port": "advisory"})
    found = pack_.resource(next(node for node in nodes if node.urn.endswith("::database")))
    assert {"rds-multi-az", "rds-storage-encrypted"} <= {f.policy for f in found}
    before, crashed = sorted(_of(found, "rds-port"), key=lambda f: f.level)
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
    found = Pack().run(_stack(("data", "forceDestroy", True)))
    assert [f.level for f in _of(found, "ecs-private-subnets")] == ["mandatory"]
    assert _of(found, SUMMARY)


def test_summary_comes_last_and_counts() -> None:
    found = Pack({"rds-multi-az": "advisory"}, entries=[ENTRY]).run(
        _stack(("database", "multiAz", False), ("cache", "port", 6379), ("database", "port", 5432))
    )
    assert found[-1].policy == SUMMARY
    assert found[-1].level == "advisory"
    undecided = len(_of(found, UNDECIDED))
    assert found[-1].message.startswith(
        f"1 mandatory violation, 1 advisory violation, {undecided} undecided, 1 exempted"
    )
    assert "Mandatory: elasticache-port (cache)." in found[-1].message
    assert "python -m ops policies RULE" in found[-1].message


def test_what_a_run_is_told_to_fail_for_is_a_violation_of_the_summary_too() -> None:
    given = {UNDECIDED: "mandatory", EXEMPTIONS_USED: "mandatory"}
    changes = (("database", "port", 5432),)
    found = Pack(dict.fromkeys(BY_ID, "advisory") | given, entries=[ENTRY]).run(_stack(*changes))
    mandatory = [finding.policy for finding in found if finding.level == "mandatory"]
    assert set(mandatory) == {UNDECIDED, EXEMPTIONS_USED}
    assert found[-1].message.startswith(f"{len(mandatory)} mandatory violations, ")
    assert "Mandatory: undecided-at-preview (" in found[-1].message


def test_summary_names_the_worst_first() -> None:
    changes = (
        ("database", "port", 5432),
        ("database", "multiAz", False),
        ("task", "containerDefinitions![0].privileged", True),
    )
    found = Pack(entries=[replace(ENTRY, rule="rds-iam-authentication")]).run(_stack(*changes, preview=False))
    listed = found[-1].message.partition("Mandatory: ")[2].partition(".\n")[0].split(", ")
    severities = [
        BY_ID[name.split(" ")[0]].severity if name.split(" ")[0] in BY_ID else Severity.MEDIUM for name in listed
    ]
    ranks = [list(Severity).index(severity) for severity in severities]
    assert ranks == sorted(ranks, reverse=True)
    assert len(set(ranks)) > 1
    assert "exemptions-valid" in listed


def test_engine_sorts_the_summary_behind_all_other_advisory_findings() -> None:
    """The engine sorts by level, severity and name; a policy without a severity comes last."""
    severities = {policy.name: policy.severity for policy in Pack().information.policies}
    assert [name for name, severity in severities.items() if not severity] == [SUMMARY]


PIN = Pin("prod", ("prod*",), ("444455556666",))
PROVIDER = Node(
    "pulumi:providers:aws",
    {"allowedAccountIds": json.dumps(["444455556666"])},
    urn="urn:pulumi:dev::shop::pulumi:providers:aws::aws",
)


@pytest.mark.parametrize(
    ("name", "profile", "account", "level"),
    [
        ("prod", "dev", "", "mandatory"),
        ("prod-eu", "local", "", "mandatory"),
        ("blue", "dev", "444455556666", "mandatory"),
        ("blue", "dev", "111122223333", "advisory"),
        ("dev", "", "", "advisory"),
        ("blue", "", "", "mandatory"),
    ],
)
@pytest.mark.parametrize("by_file", [True, False])
def test_pinned_stack_is_held_to_its_profile(name, profile, account, level, by_file) -> None:
    config = {"shop:profile": profile, "shop:aws": json.dumps({"account_id": account})}
    file = json.loads((FOLDER / "dev.json").read_text()) if by_file and name != "blue" else {}
    judged = Pack(file, stack=name, project="shop", config=config, pins=(PIN,))
    found = judged.run(_stack(("database", "multiAz", False), ("logs", "retentionInDays", 8)))
    assert [f.level for f in _of(found, "rds-multi-az")] == [level]
    (summary,) = _of(found, SUMMARY)
    assert ("to which policy/pins.yaml holds this stack" in summary.message) is (level == "mandatory" and bool(profile))


def test_pinned_stack_has_the_settings_of_its_profile() -> None:
    dev = json.loads((FOLDER / "dev.json").read_text())
    nodes = _stack(("database", "backupRetentionPeriod", 1))
    loose = Pack(dev, stack="dev", pins=(PIN,)).run(nodes)
    assert _of(loose, "rds-backup-retention") == []
    held = Pack(dev, stack="prod", config={"spot-platform:profile": "dev"}, pins=(PIN,)).run(nodes)
    assert [f.level for f in _of(held, "rds-backup-retention")] == ["mandatory"]


def test_file_of_a_run_cannot_weaken_a_pinned_stack_but_may_set_it_tighter() -> None:
    nodes = _stack(("database", "multiAz", False), ("database", "backupRetentionPeriod", 30))
    file = {"rds-multi-az": "disabled", "rds-backup-retention": {"minimum-days": 35}}
    found = Pack(file, stack="prod", pins=(PIN,)).run(nodes)
    assert [f.level for f in _of(found, "rds-multi-az")] == ["mandatory"]
    assert {f.level for f in _of(found, "rds-backup-retention")} == {"mandatory"}


@pytest.mark.parametrize(
    ("change", "rule", "weak"),
    [
        (("database", "backupRetentionPeriod", 1), "rds-backup-retention", {"minimum-days": 0}),
        (("database", "backupRetentionPeriod", 1), "rds-backup-retention", {"minimum-days": "none"}),
        (("log-group", "retentionInDays", 8), "log-group-retention", {"minimum-days": 1}),
    ],
)
def test_file_of_a_run_cannot_weaken_the_settings_of_a_pinned_stack(change, rule: str, weak: object) -> None:
    for config in ({}, {"spot-platform:profile": "dev"}):
        found = Pack({rule: weak}, stack="prod", config=config, pins=(PIN,)).run(_stack(change))
        assert [f.level for f in _of(found, rule)] == ["mandatory"]


def test_policy_that_holds_accounts_to_profiles_cannot_be_lowered() -> None:
    for level in ("disabled", "advisory"):
        found = Pack({"profile-pinned": level}, stack="dev", project="shop", pins=(PIN,)).run([PROVIDER])
        assert [f.level for f in _of(found, "profile-pinned")] == ["mandatory"]


def test_file_of_a_run_cannot_weaken_what_an_account_is_held_to_by_its_provider() -> None:
    file = {"rds-multi-az": "disabled", "rds-backup-retention": {"minimum-days": 1}}
    config = {"shop:profile": "prod"}
    found = _of(Pack(file, stack="blue", project="shop", config=config, pins=(PIN,)).run([PROVIDER]), "profile-pinned")
    assert [f.level for f in found] == ["mandatory"]
    assert "the configuration of this run lowers rds-backup-retention, rds-multi-az." in found[0].message
    stricter = {"rds-backup-retention": {"minimum-days": 35}}
    found = Pack(stricter, stack="blue", project="shop", config=config, pins=(PIN,)).run([PROVIDER])
    assert _of(found, "profile-pinned") == []


@pytest.mark.parametrize("profile", ["{folder}/evil", "../config/local", "x" * 300, "Local", "local.json", "local\0"])
def test_name_of_a_profile_is_no_path(profile: str, tmp_path) -> None:
    (tmp_path / "evil.json").write_text(json.dumps({rule.id: "disabled" for rule in RULES}))
    named = profile.format(folder=tmp_path)
    judged = Pack(stack="blue", config={"spot-platform:profile": named}, pins=(PIN,))
    found = judged.run(_stack(("database", "multiAz", False)))
    assert [f.level for f in _of(found, "rds-multi-az")] == ["mandatory"]
    assert f"profile {named[:40]}" in found[-1].message
    assert "is none of this pack's, so every rule is mandatory" in found[-1].message


def test_what_only_tells_stays_advisory_in_a_pinned_stack() -> None:
    found = Pack(entries=[ENTRY], stack="prod", pins=(PIN,)).run(_stack())
    assert {f.level for f in found if f.policy in {UNDECIDED, SUMMARY}} == {"advisory"}
    assert {f.level for f in found} == {"advisory"}


def test_account_of_a_provider_is_held_to_its_profile() -> None:
    found = _of(Pack(stack="dev", project="shop", pins=(PIN,)).run([PROVIDER]), "profile-pinned")
    assert [f.level for f in found] == ["mandatory"]
    assert "policy/pins.yaml holds the account 444455556666 to the profile prod" in found[0].message
    assert "Set shop:profile to prod." in found[0].message
    assert _of(Pack(stack="prod", pins=(PIN,)).run([PROVIDER]), "profile-pinned") == []


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


def test_account_of_a_role_that_a_provider_takes_is_held_to_its_profile() -> None:
    roles = json.dumps([{"roleArn": "arn:aws:iam::444455556666:role/deploy"}])
    provider = replace(PROVIDER, inputs={"assumeRoles": roles})
    file = {"provider-bound-to-account": "disabled"}
    config = {"shop:profile": "dev"}
    found = _of(Pack(file, stack="live", project="shop", config=config, pins=(PIN,)).run([provider]), "profile-pinned")
    assert [f.level for f in found] == ["mandatory"]


def test_account_of_the_stack_file_is_the_only_one_of_the_stacks_own() -> None:
    statement = {"Effect": "Allow", "Principal": {"AWS": "444455556666"}, "Action": "sqs:SendMessage", "Resource": "*"}
    nodes = [*_stack(("queue-policy", "policy!Statement[1]", statement), preview=False), PROVIDER]
    config = {"shop:aws": json.dumps({"account_id": "123456789012"})}
    for account, refused in ((config, True), ({}, False)):
        found = _of(Pack(stack="blue", project="shop", config=account).run(nodes), "no-foreign-accounts")
        assert bool(found) is refused


def test_rules_see_the_provider_of_a_resource(monkeypatch) -> None:
    def default_provider(resource, _config):
        if resource.provider is not None and resource.provider.is_default_provider:
            yield violation("", f"{resource.provider.name} with {resource.provider.text('region')}")

    monkeypatch.setitem(BY_ID["rds-port"].__dict__, "check", default_provider)
    node = next(n for n in _stack() if n.urn.endswith("::database"))
    urn = "urn:pulumi:test::shop::pulumi:providers:aws::"
    default = Node("pulumi:providers:aws", {"region": "us-east-1"}, urn=urn + "default_7_51_1")
    (found,) = _of(Pack().resource(node, default), "rds-port")
    assert "default_7_51_1 with us-east-1." in found.message
    assert _of(Pack().resource(node, replace(default, urn=urn + "aws")), "rds-port") == []
    assert _of(Pack().resource(node), "rds-port") == []


def test_copy_of_backups_leaves_the_region_that_its_provider_is_bound_to() -> None:
    plan = next(view(node) for node in resolved(stack(), preview=False) if node.urn.endswith("::backup-plan"))
    rule = BY_ID["backup-copied"]
    for region, expected in (("us-west-2", 1), ("us-east-1", 0)):
        provider = ResourceView(AWS_PROVIDER, "urn:provider", {"region": region})
        assert len(evaluate_graph(rule, Graph([replace(plan, provider=provider)]))) == expected


def test_stack_file_adds_to_the_lists_of_rules() -> None:
    config = {"shop:policy": json.dumps({"open_paths": ["/health", "/certificates/verify/*"]})}
    nodes = _stack(("api", "body!paths./health.get.security", []))
    assert _of(Pack(stack="blue", project="shop").run(nodes), "api-gateway-operations-authorized")
    assert _of(Pack(stack="blue", project="shop", config=config).run(nodes), "api-gateway-operations-authorized") == []
    assert _of(Pack(stack="blue", project="other", config=config).run(nodes), "api-gateway-operations-authorized")


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
    pack_, nodes = Pack(), _stack()
    calls.clear()
    for node in nodes:
        pack_.resource(node)
    assert len(calls) == len(nodes)
    pack_.stack(nodes)
    assert len(calls) == 2 * len(nodes)
