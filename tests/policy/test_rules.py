"""Every rule against its table: compliant, absent, wrong, unknown, of a wrong type, and the documented edges."""

from collections import Counter
from dataclasses import replace

import pytest

from policy.rules import BY_ID, RULES
from tests.policy.cases import data, front_doors, guards, networks, services
from tests.policy.cases.table import OK, Case, U
from tests.policy.compliant import stack
from tests.policy.nodes import Json, changed, judge, resolved, undecided, view, violations

TABLES = (data, front_doors, guards, networks, services)
CASES = [case for table in TABLES for row in table.ROWS for case in row.cases()]
CASES += [case for table in TABLES for case in table.EDGES]

LEAST_CASES = 5


def _views(case: Case, *, preview: bool):
    changed_stack = stack()
    for change in case.changes:
        if change.node is not None:
            changed_stack[change.resource] = change.node
        else:
            changed_stack = changed(changed_stack, change.resource, change.path, change.value)
    return [view(node) for node in resolved(changed_stack, preview=preview)]


def _about(verdicts):
    return {verdict.urn.split("::")[-1] for verdict in verdicts}


@pytest.mark.parametrize("case", CASES, ids=str)
def test_case(case: Case) -> None:
    rule = BY_ID[case.rule]
    views = _views(case, preview=False)
    wrong, open_ = violations(rule, views, case.config), undecided(rule, views, case.config)
    if case.expected == OK:
        assert (wrong, open_) == ([], [])
    elif case.expected == U:
        assert wrong == []
        assert _about(open_) == {case.at}
    else:
        assert case.at in _about(wrong)
        assert all(verdict.message and verdict.path for verdict in wrong)


DOCUMENTS = ("!", "policy", "assumeRolePolicy", "inlinePolicies", "containerDefinitions", "body")


@pytest.mark.parametrize(
    "case",
    [
        case
        for case in CASES
        # A document with a reference in it is unknown as a whole in a preview.
        if not any(change.path.startswith(DOCUMENTS) or "!" in change.path for change in case.changes)
        and not any(isinstance(change.value, Json) for change in case.changes)
        and not case.rule.startswith(("s3-tls-only", "s3-no-public", "s3-no-other"))
    ],
    ids=str,
)
def test_case_holds_in_a_preview_too(case: Case) -> None:
    rule = BY_ID[case.rule]
    views = _views(case, preview=True)
    wrong = violations(rule, views, case.config)
    if case.expected in {OK, U}:
        assert wrong == []
    else:
        assert case.at in _about(wrong)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_compliant_stack_keeps(rule) -> None:
    views = [view(node) for node in resolved(stack(), preview=False)]
    assert judge(rule, views) == []
    assert any(v.type in rule.types for v in views) or rule.id in ABOUT_WHAT_MUST_NOT_BE


ABOUT_WHAT_MUST_NOT_BE = {"iam-no-users"}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_compliant_stack_is_never_violated_when_nothing_is_known(rule) -> None:
    views = [view(node) for node in resolved(stack(), preview=True)]
    assert violations(rule, views) == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_nothing_known_at_all_is_never_a_crash(rule) -> None:
    unknown = {
        name: replace(node, inputs=dict.fromkeys(node.inputs, "04da6b54-80e4-46f7-96ec-b56ff0331ba9"))
        for name, node in stack().items()
    }
    judge(rule, [view(node) for node in resolved(unknown, preview=True)])
    judge(rule, [view(replace(node, inputs={})) for node in resolved(stack(), preview=True)])


def test_every_rule_has_cases() -> None:
    # The compliant stack is a case of each.
    counted = Counter(case.rule for case in CASES)
    assert {rule.id: counted[rule.id] for rule in RULES if counted[rule.id] + 1 < LEAST_CASES} == {}
    assert set(counted) <= set(BY_ID)
    for rule in RULES:
        outcomes = {case.expected for case in CASES if case.rule == rule.id}
        assert "violation" in outcomes, rule.id
