"""Every check of other tools has exactly one decision, and the rules claim the checks that the files assign to them."""

from collections import Counter

import pytest

from policy.enforcement.profiles import ADVISORY, asks
from policy.reporting.published_checks import FOLDER, INVISIBLE, TOOLS, VISIBLE, Tool, tools
from policy.rules import BY_ID, RULES

LEAST_SHARE = 0.95
COUNTED = {"fsbp": 310, "checkov": 458, "cdk_nag": 131, "prowler": 668, "trivy": 129}
"""Number of checks of each tool, in the version that was read."""


def every_id(tool: Tool) -> list[str]:
    return [*tool.decided, *(check for each in tool.undecided for check in each.checks), *tool.other_services]


def test_each_file_is_read() -> None:
    assert {path.stem for path in FOLDER.glob("*.yaml")} == set(TOOLS)


@pytest.mark.parametrize("tool", tools(), ids=lambda tool: tool.field)
def test_each_check_is_decided_on_once(tool: Tool) -> None:
    counted = Counter(every_id(tool))
    assert [check for check, times in counted.items() if times > 1] == []
    assert len(counted) == COUNTED[tool.field]


@pytest.mark.parametrize("tool", tools(), ids=lambda tool: tool.field)
def test_each_reason_is_of_a_kind_and_said(tool: Tool) -> None:
    assert {each.kind for each in tool.undecided} <= {*VISIBLE, *INVISIBLE}
    assert all(each.why and each.checks for each in tool.undecided)


@pytest.mark.parametrize("tool", tools(), ids=lambda tool: tool.field)
def test_rules_claim_what_the_file_says(tool: Tool) -> None:
    assert {rule for rules in tool.decided.values() for rule in rules} <= set(BY_ID)
    claimed = {(check, rule.id) for rule in RULES for check in getattr(rule, tool.field)}
    assert claimed == {(check, rule) for check, rules in tool.decided.items() for rule in rules}


@pytest.mark.parametrize("tool", tools(), ids=lambda tool: tool.field)
def test_what_no_profile_asks_for_is_told_apart(tool: Tool) -> None:
    silent = {
        check
        for check, rules in tool.decided.items()
        if not any(asks(BY_ID[rule], profile) for rule in rules for profile in ADVISORY)
    }
    assert silent <= set(tool.by_setting) <= set(tool.decided)


@pytest.mark.parametrize("tool", tools(), ids=lambda tool: tool.field)
def test_share_of_each_tool(tool: Tool) -> None:
    assert tool.share >= LEAST_SHARE


def test_share_of_what_a_program_can_show() -> None:
    decided = sum(len(tool.decided) for tool in tools())
    assert decided / (decided + sum(tool.left_out for tool in tools())) >= LEAST_SHARE
