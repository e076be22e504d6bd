"""Exemptions in a run of the pack: what they exempt, when they end, and which are errors."""

import os
from dataclasses import replace
from datetime import date

import pytest

from policy.enforcement import exemptions_file
from policy.enforcement.exemptions import Exemption
from policy.engine import pack
from policy.reporting.housekeeping import EXEMPTIONS_USED, EXEMPTIONS_VALID
from tests.policy.engine.judged import ENTRY, findings_of, stack_with
from tests.policy.engine_calls import Pack
from tests.policy.nodes import Node, resolved


def test_exemption_is_printed_when_used() -> None:
    found = Pack(entries=[ENTRY]).run(stack_with(("database", "port", 5432)))
    assert findings_of(found, "rds-port") == []
    assert findings_of(found, EXEMPTIONS_VALID) == []
    assert [(f.level, f.name) for f in findings_of(found, EXEMPTIONS_USED)] == [("advisory", "database")]
    assert "rds-port until 2026-06-01: the clients need it" in findings_of(found, EXEMPTIONS_USED)[0].message


def test_exemption_exempts_one_rule_and_one_resource_only() -> None:
    found = Pack(entries=[ENTRY]).run(
        stack_with(("database", "port", 5432), ("database", "multiAz", False), ("cache", "port", 6379))
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
    assert findings_of(Pack(entries=[entry]).run(opened(port, port + 1)), rule) == []
    (wider,) = findings_of(Pack(entries=[entry]).run(opened(port, port + 2)), rule)
    assert f"ports: [{port}, {port + 1}, {port + 2}], reason" in wider.message


def test_expired_exemption_exempts_nothing_and_is_an_error() -> None:
    found = Pack(entries=[ENTRY], today=date(2026, 6, 1)).run(stack_with(("database", "port", 5432)))
    assert len(findings_of(found, "rds-port")) == 1
    assert findings_of(found, EXEMPTIONS_USED) == []
    assert [f.level for f in findings_of(found, EXEMPTIONS_VALID)] == ["mandatory"]
    assert "it expired on 2026-06-01" in findings_of(found, EXEMPTIONS_VALID)[0].message


def test_unneeded_exemption_is_an_error() -> None:
    found = Pack(entries=[ENTRY]).run(stack_with())
    assert ["nothing in this stack needs it" in f.message for f in findings_of(found, EXEMPTIONS_VALID)] == [True]


def test_exemption_is_needed_by_a_resource_that_a_targeted_update_leaves_alone() -> None:
    found = Pack(entries=[ENTRY]).stack(stack_with(("database", "port", 5432)))
    assert findings_of(found, EXEMPTIONS_VALID) == []
    assert [f.name for f in findings_of(found, EXEMPTIONS_USED)] == ["database"]


def test_exemption_from_what_a_preview_cannot_decide_is_not_called_unneeded() -> None:
    entry = Exemption("ecs-read-only-root", "urn:pulumi:*::*::*::task", ("test",), "it writes", date(2026, 6, 1))
    preview = Pack(entries=[entry]).run(stack_with())
    assert findings_of(preview, EXEMPTIONS_VALID) == findings_of(preview, EXEMPTIONS_USED) == []
    assert [f.name for f in findings_of(Pack(entries=[entry]).stack(stack_with()), EXEMPTIONS_VALID)] == []
    update = Pack(entries=[entry]).run(stack_with(preview=False))
    assert len(findings_of(update, EXEMPTIONS_VALID)) == 1


def test_exemption_of_another_stack_is_not_judged() -> None:
    other = replace(ENTRY, stacks=("prod",))
    assert findings_of(Pack(entries=[other]).run(stack_with()), EXEMPTIONS_VALID) == []


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


@pytest.mark.parametrize("module", ["exemptions_file", "pins"])
def test_a_file_that_is_a_pipe_ends_the_pack(tmp_path, monkeypatch, capsys, module) -> None:
    os.mkfifo(tmp_path / "file.yaml")
    monkeypatch.setattr(f"policy.enforcement.{module}.FILE", tmp_path / "file.yaml")
    with pytest.raises(SystemExit):
        pack.serve()
    name = {"exemptions_file": "exemptions", "pins": "pins"}[module]
    assert capsys.readouterr().err == f"policy/{name}.yaml: it is no regular file\n"


def test_own_file_of_exemptions_is_right() -> None:
    assert exemptions_file.read()
