"""Stacks and accounts that policy/pins.yaml holds to a profile."""

import json
from dataclasses import replace

import pytest

from policy.enforcement.levels import FOLDER
from policy.enforcement.pins import Pin
from policy.reporting.housekeeping import SUMMARY, UNDECIDED
from policy.rules import RULES
from tests.policy.engine.judged import ENTRY, findings_of, stack_with
from tests.policy.engine_calls import Pack
from tests.policy.nodes import Node

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
    found = judged.run(stack_with(("database", "multiAz", False), ("logs", "retentionInDays", 8)))
    assert [f.level for f in findings_of(found, "rds-multi-az")] == [level]
    (summary,) = findings_of(found, SUMMARY)
    assert ("to which policy/pins.yaml holds this stack" in summary.message) is (level == "mandatory" and bool(profile))


def test_pinned_stack_has_the_settings_of_its_profile() -> None:
    dev = json.loads((FOLDER / "dev.json").read_text())
    nodes = stack_with(("database", "backupRetentionPeriod", 1))
    loose = Pack(dev, stack="dev", pins=(PIN,)).run(nodes)
    assert findings_of(loose, "rds-backup-retention") == []
    held = Pack(dev, stack="prod", config={"spot-platform:profile": "dev"}, pins=(PIN,)).run(nodes)
    assert [f.level for f in findings_of(held, "rds-backup-retention")] == ["mandatory"]


def test_file_of_a_run_cannot_weaken_a_pinned_stack_but_may_set_it_tighter() -> None:
    nodes = stack_with(("database", "multiAz", False), ("database", "backupRetentionPeriod", 30))
    file = {"rds-multi-az": "disabled", "rds-backup-retention": {"minimum-days": 35}}
    found = Pack(file, stack="prod", pins=(PIN,)).run(nodes)
    assert [f.level for f in findings_of(found, "rds-multi-az")] == ["mandatory"]
    assert {f.level for f in findings_of(found, "rds-backup-retention")} == {"mandatory"}


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
        found = Pack({rule: weak}, stack="prod", config=config, pins=(PIN,)).run(stack_with(change))
        assert [f.level for f in findings_of(found, rule)] == ["mandatory"]


def test_policy_that_holds_accounts_to_profiles_cannot_be_lowered() -> None:
    for level in ("disabled", "advisory"):
        found = Pack({"profile-pinned": level}, stack="dev", project="shop", pins=(PIN,)).run([PROVIDER])
        assert [f.level for f in findings_of(found, "profile-pinned")] == ["mandatory"]


def test_file_of_a_run_cannot_weaken_what_an_account_is_held_to_by_its_provider() -> None:
    file = {"rds-multi-az": "disabled", "rds-backup-retention": {"minimum-days": 1}}
    config = {"shop:profile": "prod"}
    found = findings_of(
        Pack(file, stack="blue", project="shop", config=config, pins=(PIN,)).run([PROVIDER]), "profile-pinned"
    )
    assert [f.level for f in found] == ["mandatory"]
    assert "the configuration of this run lowers rds-backup-retention, rds-multi-az." in found[0].message
    stricter = {"rds-backup-retention": {"minimum-days": 35}}
    found = Pack(stricter, stack="blue", project="shop", config=config, pins=(PIN,)).run([PROVIDER])
    assert findings_of(found, "profile-pinned") == []


@pytest.mark.parametrize("profile", ["{folder}/evil", "../config/local", "x" * 300, "Local", "local.json", "local\0"])
def test_name_of_a_profile_is_no_path(profile: str, tmp_path) -> None:
    (tmp_path / "evil.json").write_text(json.dumps({rule.id: "disabled" for rule in RULES}))
    named = profile.format(folder=tmp_path)
    judged = Pack(stack="blue", config={"spot-platform:profile": named}, pins=(PIN,))
    found = judged.run(stack_with(("database", "multiAz", False)))
    assert [f.level for f in findings_of(found, "rds-multi-az")] == ["mandatory"]
    assert f"profile {named[:40]}" in found[-1].message
    assert "is none of this pack's, so every rule is mandatory" in found[-1].message


def test_what_only_tells_stays_advisory_in_a_pinned_stack() -> None:
    found = Pack(entries=[ENTRY], stack="prod", pins=(PIN,)).run(stack_with())
    assert {f.level for f in found if f.policy in {UNDECIDED, SUMMARY}} == {"advisory"}
    assert {f.level for f in found} == {"advisory"}


def test_account_of_a_provider_is_held_to_its_profile() -> None:
    found = findings_of(Pack(stack="dev", project="shop", pins=(PIN,)).run([PROVIDER]), "profile-pinned")
    assert [f.level for f in found] == ["mandatory"]
    assert "policy/pins.yaml holds the account 444455556666 to the profile prod" in found[0].message
    assert "Set shop:profile to prod." in found[0].message
    assert findings_of(Pack(stack="prod", pins=(PIN,)).run([PROVIDER]), "profile-pinned") == []


def test_account_of_a_role_that_a_provider_takes_is_held_to_its_profile() -> None:
    roles = json.dumps([{"roleArn": "arn:aws:iam::444455556666:role/deploy"}])
    provider = replace(PROVIDER, inputs={"assumeRoles": roles})
    file = {"provider-bound-to-account": "disabled"}
    config = {"shop:profile": "dev"}
    found = findings_of(
        Pack(file, stack="live", project="shop", config=config, pins=(PIN,)).run([provider]), "profile-pinned"
    )
    assert [f.level for f in found] == ["mandatory"]


def test_account_of_the_stack_file_is_the_only_one_of_the_stacks_own() -> None:
    statement = {"Effect": "Allow", "Principal": {"AWS": "444455556666"}, "Action": "sqs:SendMessage", "Resource": "*"}
    nodes = [*stack_with(("queue-policy", "policy!Statement[1]", statement), preview=False), PROVIDER]
    config = {"shop:aws": json.dumps({"account_id": "123456789012"})}
    for account, refused in ((config, True), ({}, False)):
        found = findings_of(Pack(stack="blue", project="shop", config=account).run(nodes), "no-foreign-accounts")
        assert bool(found) is refused
