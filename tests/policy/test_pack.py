"""The adapter to the engine: levels, messages, what is undecided, exemptions, and decoding once."""

import json
from datetime import date

import pytest
from google.protobuf import json_format
from pulumi_policy import policy as sdk
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE

from policy.analyzer import install
from policy.exemptions import Exemption
from policy.pack import EXEMPTIONS_USED, EXEMPTIONS_VALID, HOUSEKEEPING, UNDECIDED, exemptions, serve
from policy.profile_defaults import FOLDER
from policy.rules import BY_ID, RULES
from tests.policy.compliant import stack
from tests.policy.engine_calls import Finding, Pack
from tests.policy.nodes import ABSENT, UNKNOWN, Node, Ref, changed, resolved

ENTRY = Exemption("rds-port", "urn:pulumi:test::*::database", "the clients cannot be told another", date(2026, 6, 1))


def _stack(*changes, preview=True):
    changed_stack = stack()
    for name, path, value in changes:
        changed_stack = changed(changed_stack, name, path, value)
    return resolved(changed_stack, preview=preview)


def _of(findings: list[Finding], policy: str) -> list[Finding]:
    return [finding for finding in findings if finding.policy == policy]


def test_compliant_stack_has_nothing_mandatory() -> None:
    assert [f for f in Pack().run(_stack()) if f.level == "mandatory"] == []
    assert Pack().run(_stack(preview=False)) == []


def test_violation_of_one_resource_says_what_is_there_and_what_to_do() -> None:
    node = next(n for n in _stack(("database", "storageEncrypted", ABSENT)) if n.urn.endswith("::database"))
    assert Pack().resource(node) == [
        Finding(
            "rds-storage-encrypted",
            "mandatory",
            "database",
            "The database's storage is encrypted.\n"
            "storageEncrypted is absent (the provider's default is false); it must be true. "
            "Set storageEncrypted to true; it cannot be turned on later without a new instance.",
        )
    ]


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
    # A resource that was not asked about before has its outputs only.
    assert any("capacityProviderStrategies" in f.message for f in Pack().stack(outputs))


def test_undecided_is_listed_once_with_the_rules_that_asked_and_is_advisory() -> None:
    found = [f for f in _of(Pack().run(_stack()), UNDECIDED) if f.name == "task"]
    assert len(found) == 1
    assert found[0].level == "advisory"
    assert "undecided at preview: containerDefinitions" in found[0].message
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
    assert [(f.policy, f.level) for f in pack.run(nodes) if f.policy != UNDECIDED] == [("rds-multi-az", "advisory")]
    assert _of(Pack({"rds-multi-az": "disabled"}).run(nodes), "rds-multi-az") == []


def test_exemption_is_printed_when_used() -> None:
    found = Pack(entries=[ENTRY]).run(_stack(("database", "port", 5432)))
    assert _of(found, "rds-port") == []
    assert _of(found, EXEMPTIONS_VALID) == []
    assert [(f.level, f.name) for f in _of(found, EXEMPTIONS_USED)] == [("advisory", "database")]
    assert "rds-port until 2026-06-01: the clients cannot be told another" in _of(found, EXEMPTIONS_USED)[0].message


def test_exemption_exempts_one_rule_and_one_resource_only() -> None:
    found = Pack(entries=[ENTRY]).run(
        _stack(("database", "port", 5432), ("database", "multiAz", False), ("cache", "port", 6379))
    )
    assert {f.policy for f in found if f.level == "mandatory"} == {"rds-multi-az", "elasticache-port"}


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
    entry = Exemption("ecs-read-only-root", "urn:pulumi:test::*::task", "the image writes to it", date(2026, 6, 1))
    preview = Pack(entries=[entry]).run(_stack())
    assert _of(preview, EXEMPTIONS_VALID) == _of(preview, EXEMPTIONS_USED) == []
    assert [f.name for f in _of(Pack(entries=[entry]).stack(_stack()), EXEMPTIONS_VALID)] == []
    update = Pack(entries=[entry]).run(_stack(preview=False))
    assert len(_of(update, EXEMPTIONS_VALID)) == 1


def test_exemption_of_another_stack_is_not_judged() -> None:
    other = Exemption(
        "rds-port", "urn:pulumi:prod::*::database", "the clients cannot be told another", date(2026, 6, 1)
    )
    assert _of(Pack(entries=[other]).run(_stack()), EXEMPTIONS_VALID) == []


def test_unusable_file_of_exemptions_ends_the_pack_with_one_line(tmp_path, monkeypatch, capsys) -> None:
    file = tmp_path / "exemptions.yaml"
    file.write_text("- rule: rds-port\n  urn: database\n")
    monkeypatch.setattr("policy.pack.EXEMPTIONS_FILE", file)
    with pytest.raises(SystemExit) as stopped:
        serve()
    assert stopped.value.code == 1
    assert capsys.readouterr().err == "exemption 1: reason is missing; expires is missing\n"


def test_own_file_of_exemptions_is_right() -> None:
    assert exemptions() is not None


def test_every_rule_is_a_policy_with_metadata() -> None:
    information = {policy.name: policy for policy in Pack().information.policies}
    assert set(information) == {*BY_ID, *HOUSEKEEPING}
    for rule in RULES:
        policy = information[rule.id]
        assert policy.severity
        assert policy.remediation_steps == rule.remediation
        assert set(rule.fsbp) | set(rule.checkov) <= set(policy.tags)
        assert policy.framework.reference == ", ".join(rule.fsbp)
        assert policy.url.startswith("https://docs.aws.amazon.com/securityhub/") == bool(rule.fsbp)


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


def _violating():
    wrong = [
        ("database", "storageEncrypted", False),
        ("database", "port", 5432),
        ("service", "capacityProviderStrategies", []),
        ("data-block", "blockPublicAcls", False),
        ("private-route", "gatewayId", Ref("gateway")),
        ("key", "enableKeyRotation", "perhaps"),
    ]
    return _stack(*wrong)


@pytest.mark.parametrize("configuration", [{}, json.loads((FOLDER / "dev.json").read_text()), {"rds-port": "disabled"}])
@pytest.mark.parametrize("nodes", [_stack(), _violating()], ids=["compliant", "violating"])
def test_faster_analyzer_says_what_the_sdks_says(configuration, nodes) -> None:
    slow = Pack(configuration, [ENTRY], fast=False).run(nodes)
    assert Pack(configuration, [ENTRY], fast=True).run(nodes) == slow
    assert slow


def test_faster_analyzer_decodes_a_resource_once(monkeypatch) -> None:
    calls, real = [], json_format.MessageToDict
    monkeypatch.setattr(json_format, "MessageToDict", lambda message: calls.append(1) or real(message))
    pack, nodes = Pack(), _stack()
    calls.clear()
    for node in nodes:
        pack.resource(node)
    assert len(calls) == len(nodes)
    pack.stack(nodes)
    assert len(calls) == 2 * len(nodes)


def test_faster_analyzer_leaves_another_sdk_alone(monkeypatch) -> None:
    class Other:
        pass

    monkeypatch.setattr(sdk, "_PolicyAnalyzerServicer", Other)
    assert install() is False
    assert sdk._PolicyAnalyzerServicer is Other


def test_faster_analyzer_is_installed_once(monkeypatch) -> None:
    monkeypatch.setattr(sdk, "_PolicyAnalyzerServicer", sdk._PolicyAnalyzerServicer)
    assert install() is True
    installed = sdk._PolicyAnalyzerServicer
    assert install() is True
    assert sdk._PolicyAnalyzerServicer is installed
