"""The summary of a run: what it counts, what it names first, and which settings are behind violations."""

from dataclasses import replace

from policy.reporting.housekeeping import EXEMPTIONS_USED, SUMMARY, UNDECIDED
from policy.rule import Setting, Severity
from policy.rules import BY_ID
from tests.policy.engine.judged import COMPONENT_URN, ENTRY, findings_of, stack_with
from tests.policy.engine_calls import Pack


def test_setting_behind_several_violations_is_named_once_in_the_summary(monkeypatch) -> None:
    for rule in ("rds-multi-az", "rds-port"):
        monkeypatch.setitem(BY_ID[rule].__dict__, "settings", (Setting("database.mode", "safe"),))
    nodes = [
        replace(node, urn=COMPONENT_URN) if node.urn.endswith("::database") else node
        for node in stack_with(("database", "multiAz", False), ("database", "port", 5432))
    ]
    (summary,) = findings_of(Pack(stack="test", project="shop").run(nodes), SUMMARY)
    assert "shop:database.mode is behind 2 violations: " in summary.message
    assert "rds-multi-az (main)" in summary.message


def test_summary_comes_last_and_counts() -> None:
    found = Pack({"rds-multi-az": "advisory"}, entries=[ENTRY]).run(
        stack_with(("database", "multiAz", False), ("cache", "port", 6379), ("database", "port", 5432))
    )
    assert found[-1].policy == SUMMARY
    assert found[-1].level == "advisory"
    undecided = len(findings_of(found, UNDECIDED))
    assert found[-1].message.startswith(
        f"1 mandatory violation, 1 advisory violation, {undecided} undecided, 1 exempted"
    )
    assert "Mandatory: elasticache-port (cache)." in found[-1].message
    assert "python -m ops policies RULE" in found[-1].message


def test_what_a_run_is_told_to_fail_for_is_a_violation_of_the_summary_too() -> None:
    given = {UNDECIDED: "mandatory", EXEMPTIONS_USED: "mandatory"}
    changes = (("database", "port", 5432),)
    found = Pack(dict.fromkeys(BY_ID, "advisory") | given, entries=[ENTRY]).run(stack_with(*changes))
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
    found = Pack(entries=[replace(ENTRY, rule="rds-iam-authentication")]).run(stack_with(*changes, preview=False))
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
