"""``python -m ops policies``: the description of a rule, and a check of a state without its program."""

import io
import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from ops.cli import main
from policy.enforcement import exemptions_file
from policy.engine.decoding import SECRET, SIGNATURE
from policy.rule import Setting
from policy.rules import BY_ID, RULES

INSTANCE = "aws:rds/instance:Instance"
PROVIDER = {
    "urn": "urn:pulumi:prod::shop::pulumi:providers:aws::aws",
    "type": "pulumi:providers:aws",
    "id": "1-2-3",
    "inputs": {"region": "us-east-1", "allowedAccountIds": '["111122223333"]'},
}
OWNER = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "kms:*", "Resource": "*"}
SAFE_KEY = {
    "description": "for data",
    "enableKeyRotation": True,
    "deletionWindowInDays": 30,
    "policy": json.dumps({"Version": "2012-10-17", "Statement": [OWNER]}),
}


def resource(type_: str, name: str, inputs: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "urn": f"urn:pulumi:prod::shop::{type_}::{name}",
        "custom": True,
        "type": type_,
        "inputs": inputs,
        "outputs": {**inputs, "multiAz": False},
        "provider": f"{PROVIDER['urn']}::{PROVIDER['id']}",
        **more,
    }


def database(**inputs: Any) -> dict[str, Any]:
    return resource(INSTANCE, "main", {"engine": "postgres", "storageEncrypted": True, **inputs})


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (tmp_path / "Pulumi.prod.yaml").write_text("config:\n  shop:profile: prod\n")
    (tmp_path / "Pulumi.dev.yaml").write_text("config:\n  profile: dev\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def check(project: Path, stack: str, *resources: dict[str, Any], of: str = "") -> int:
    """Check a stack with an exported state; `of` is the stack of that state, by default the same stack."""
    file = project / "export.json"
    exported = json.dumps({"version": 3, "deployment": {"resources": [PROVIDER, *resources]}})
    file.write_text(exported.replace("urn:pulumi:prod::shop", f"urn:pulumi:{of or f'{stack}::shop'}"))
    return main(["policies", "check-state", stack, "--file", str(file)])


def test_mandatory_violation_in_the_state_is_named_and_ends_with_1(project: Path, capsys) -> None:
    assert check(project, "prod", database(storageEncrypted=False)) == 1
    printed = capsys.readouterr().out
    assert "- [mandatory] [severity: medium]  rds-storage-encrypted  (aws:rds/instance:Instance: main)" in printed
    assert "storageEncrypted is false; it must be true." in printed
    assert "profile prod" in printed
    assert "2 resources of prod are judged." in printed
    # The summary is the last finding.
    assert re.findall(r"^- \[\w+\](?: \[severity: \w+\])?  ([\w-]+)", printed, re.MULTILINE)[-1] == "summary"


def test_state_that_keeps_the_rules_ends_with_0(project: Path, capsys) -> None:
    assert check(project, "prod", resource("aws:kms/key:Key", "key", SAFE_KEY)) == 0
    assert "[mandatory]" not in capsys.readouterr().out


def test_profile_of_the_stack_applies(project: Path, capsys) -> None:
    assert check(project, "dev", database(multiAz=False)) == 1
    printed = capsys.readouterr().out
    assert "- [advisory] [severity: medium]  rds-multi-az" in printed
    assert "profile dev" in printed


@pytest.mark.parametrize(
    ("stack", "of", "named"),
    [
        ("dev", "prod::shop", "the stack prod of the project shop, not of the stack dev of the project shop"),
        ("prod", "prod::store", "the stack prod of the project store, not of the stack prod of the project shop"),
    ],
)
def test_state_of_another_stack_is_refused_with_both_names(
    project: Path, capsys, stack: str, of: str, named: str
) -> None:
    assert check(project, stack, database(storageEncrypted=False), of=of) == 2
    printed = capsys.readouterr()
    assert named in printed.err
    assert f"urn:pulumi:{of}::" in printed.err
    assert printed.out == ""


@pytest.mark.parametrize("more", [{"external": True}, {"delete": True}])
def test_what_the_stack_does_not_own_any_more_is_not_judged(project: Path, more: dict[str, bool]) -> None:
    assert check(project, "prod", resource("aws:kms/key:Key", "key", {"enableKeyRotation": False}, **more)) == 0


def test_encrypted_secret_stays_undecided(project: Path, capsys) -> None:
    check(project, "prod", database(username={SIGNATURE: SECRET, "ciphertext": "v1:c2VjcmV0"}))
    printed = capsys.readouterr().out
    assert "username: a secret, encrypted in the state; asked by rds-administrator-name." in printed
    assert "v1:c2VjcmV0" not in printed


def test_rules_over_the_stack_see_dependencies(project: Path, capsys) -> None:
    group = resource(
        "aws:rds/parameterGroup:ParameterGroup",
        "group",
        {"family": "postgres16", "parameters": [{"name": "rds.force_ssl", "value": "0"}]},
    )
    owner = database(parameterGroupName="group-1", engineVersion="16")
    owner["propertyDependencies"] = {"parameterGroupName": [group["urn"]], "engine": None}
    assert check(project, "prod", group, owner) == 1
    assert re.search(r"rds-tls-only  \(aws:rds/parameterGroup:ParameterGroup: group\)", capsys.readouterr().out)


def test_rules_see_the_provider(project: Path, monkeypatch) -> None:
    seen: list[str] = []
    monkeypatch.setitem(
        BY_ID["kms-rotation"].__dict__, "check", lambda view, _config: [seen.append(view.provider.text("region"))][:0]
    )
    check(project, "prod", resource("aws:kms/key:Key", "key", SAFE_KEY))
    assert seen == ["us-east-1"]


@pytest.mark.parametrize("text", ["[]", "{}", '{"deployment": null}', '{"deployment": {"resources": 7}}'])
def test_what_is_no_state_is_refused(project: Path, capsys, text: str) -> None:
    (project / "export.json").write_text(text)
    assert main(["policies", "check-state", "prod", "--file", "export.json"]) == 2
    assert "not what 'pulumi stack export' prints" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "said"),
    [(None, "it is no regular file"), (b"\xff", "is not JSON: "), (b"[" * 100_000, "is not JSON: ")],
)
def test_a_file_that_cannot_be_read_is_refused_with_its_name(project: Path, capsys, content, said: str) -> None:
    file = project / "export.json"
    os.mkfifo(file) if content is None else file.write_bytes(content)
    assert main(["policies", "check-state", "prod", "--file", file.name]) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: export.json")
    assert said in error
    assert error.count("\n") == 1


def test_state_from_standard_input(project: Path, capsys, monkeypatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO('{"deployment": {}}'))
    assert main(["policies", "check-state", "prod", "--file", "-"]) == 0
    assert "0 resources of prod are judged." in capsys.readouterr().out


def test_what_cannot_be_read_is_told_with_the_command_s_own_name(project: Path, capsys, monkeypatch) -> None:
    monkeypatch.setattr("toolchain.setup.pulumi_command.find_or_install", lambda _say: None)
    monkeypatch.setattr("toolchain.modes.credentials_found", lambda: False)
    assert main(["policies", "check-state", "prod"]) == 2
    said = capsys.readouterr().err
    assert said.startswith("error: check-state of prod needs AWS credentials, and there are none")
    assert "--file" in said


def test_unknown_stack_is_refused(project: Path, capsys) -> None:
    assert main(["policies", "check-state", "production"]) == 2
    assert "stack 'production' has no Pulumi.production.yaml; stacks: dev, prod" in capsys.readouterr().err


def test_one_rule_is_described_in_full(project: Path, capsys, monkeypatch) -> None:
    settings = (Setting("database.multi_az", "true"), Setting("profile", "prod"))
    monkeypatch.setitem(BY_ID["rds-multi-az"].__dict__, "settings", settings)
    assert main(["policies", "rds-multi-az"]) == 0
    printed = capsys.readouterr().out
    rule = BY_ID["rds-multi-az"]
    for text in (
        rule.title,
        rule.remediation,
        "RDS.5",
        "CKV_AWS_157",
        "prod mandatory",
        "dev advisory",
        "aws.rds.Instance(..., multi_az=True)",
    ):
        assert text in printed
    stack_file = printed.split("In the stack file:\n")[1].split("\n\n")[0]
    assert yaml.safe_load(stack_file) == {"config": {"database": {"multi_az": True}, "profile": "prod"}}
    assert '\n- {rule: rds-multi-az, urn: "urn:pulumi:*::*::*aws:rds/instance:Instance::NAME"' in printed


def test_the_exemption_of_every_rule_can_be_pasted_into_the_file(project: Path, capsys) -> None:
    file = exemptions_file.FILE.read_text(encoding="utf-8").rstrip()
    for rule in RULES:
        assert main(["policies", rule.id]) == 0
        heading, entry = capsys.readouterr().out.rstrip().rpartition("To exempt a resource, ")[2].split("\n")
        assert ("its type for TYPE" in heading) is (len(rule.types) > 1) is ("*TYPE::NAME" in entry)
        entries = exemptions_file.parse(
            f"{file}\n{entry.replace(exemptions_file.REASON_TO_FILL_IN, 'It is a reason, long enough.')}\n", BY_ID
        )
        assert (entries[-1].rule, entries[-1].stacks) == (rule.id, ("prod",))


def test_several_keys_of_a_section_are_one_section(project: Path, capsys, monkeypatch) -> None:
    settings = (Setting("vpc.flow_logs.days", "90"), Setting("vpc.zones", "3"), Setting("vpc.flow_logs.kept", "true"))
    monkeypatch.setitem(BY_ID["rds-multi-az"].__dict__, "settings", settings)
    assert main(["policies", "rds-multi-az"]) == 0
    stack_file = capsys.readouterr().out.split("In the stack file:\n")[1].split("\n\n")[0]
    assert yaml.safe_load(stack_file) == {"config": {"vpc": {"flow_logs": {"days": 90, "kept": True}, "zones": 3}}}


def test_settings_of_a_rule_are_told_for_each_profile(project: Path, capsys) -> None:
    assert main(["policies", "log-group-retention"]) == 0
    assert re.search(r"Setting minimum-days: .*local 7, dev 7, staging 30, prod \d+", capsys.readouterr().out)


def test_every_rule_can_be_described(project: Path, capsys) -> None:
    for rule in RULES:
        assert main(["policies", rule.id]) == 0
        assert rule.remediation in capsys.readouterr().out


def test_unknown_rule_is_refused_with_a_suggestion(capsys) -> None:
    assert main(["policies", "rds-multi"]) == 2
    assert capsys.readouterr().err == "error: rule=rds-multi is no rule; did you mean rds-multi-az?\n"
