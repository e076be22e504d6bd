"""Every rule against its table: compliant, absent, wrong and unknown values, wrong types, and documented edge cases."""

from dataclasses import replace
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

import pytest

from policy.rules import BY_ID, RULES
from tests.policy import cases
from tests.policy.cases.table import OK, Case, Impossible, Kind, U, V, compliant, edge, gaps
from tests.policy.compliant import stack
from tests.policy.nodes import (
    ABSENT,
    Json,
    Ref,
    changed,
    found,
    judge,
    references,
    resolved,
    resolved_one,
    undecided,
    view,
    violations,
)

# all modules of the folder
TABLES = [
    import_module(f"{cases.__name__}.{each.name}") for each in iter_modules(cases.__path__) if each.name != "table"
]
CASES = [compliant(rule.id) for rule in RULES]
CASES += [case for table in TABLES for row in table.ROWS for case in row.cases()]
CASES += [case for table in TABLES for case in table.EDGES]
IMPOSSIBLE = [entry for table in TABLES for entry in table.IMPOSSIBLE]


STACK = stack()
REFERENCES = {name: references(node.inputs) for name, node in STACK.items()}


@cache
def _unchanged(name: str, preview: bool):
    return view(resolved_one(STACK, name, preview=preview))


def _views(case: Case, *, preview: bool):
    """Return the changed stack as rules see it; resources without a change are decoded once for all cases."""
    changed_stack = dict(STACK)
    for change in case.changes:
        if change.node is not None:
            changed_stack[change.resource] = change.node
        else:
            changed_stack = changed(changed_stack, change.resource, change.path, change.value)
    others = STACK.keys() ^ changed_stack.keys()
    return [
        _unchanged(name, preview)
        if node is STACK.get(name) and not others & REFERENCES[name]
        else view(resolved_one(changed_stack, name, preview=preview))
        for name, node in changed_stack.items()
    ]


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
        if case.changes
        # In a preview, a document with a reference is unknown as a whole.
        and not any(change.path.startswith(DOCUMENTS) or "!" in change.path for change in case.changes)
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


@cache
def _whole(*, preview: bool):
    return [_unchanged(name, preview) for name in STACK]


@cache
def _nothing_known():
    unknown = {
        name: replace(node, inputs=dict.fromkeys(node.inputs, "04da6b54-80e4-46f7-96ec-b56ff0331ba9"))
        for name, node in STACK.items()
    }
    return [view(node) for node in resolved(unknown, preview=True)]


@cache
def _without_inputs():
    return [view(replace(node, inputs={})) for node in resolved(STACK, preview=True)]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_compliant_stack_has_what_every_rule_is_about(rule) -> None:
    types = {each.type for each in _whole(preview=False)}
    assert types & set(rule.types) or rule.id in ABOUT_WHAT_MUST_NOT_BE


ABOUT_WHAT_MUST_NOT_BE = {"iam-no-users", "no-default-network", "no-way-round"}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_compliant_stack_is_never_violated_when_nothing_is_known(rule) -> None:
    assert violations(rule, _whole(preview=True)) == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_nothing_known_at_all_is_never_a_crash(rule) -> None:
    judge(rule, _nothing_known())
    judge(rule, _without_inputs())


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_table_of_a_rule_has_every_kind_of_case(rule) -> None:
    assert gaps(rule.id, CASES, IMPOSSIBLE) == []


def test_tables_are_about_the_rules() -> None:
    assert {case.rule for case in CASES} | {entry.rule for entry in IMPOSSIBLE} == set(BY_ID)
    assert {case.rule for case in CASES if case.expected == V} == set(BY_ID)


def test_the_readme_counts_the_rules() -> None:
    readme = Path(__file__).parents[2] / "README.md"
    assert f": {len(RULES)} rules on encryption" in readme.read_text(encoding="utf-8")


def test_missing_kind_is_a_gap() -> None:
    alone = compliant("x")
    assert gaps("x", [alone], []) == [
        "1 cases; there must be 5",
        *(f"no case is {kind}" for kind in ("absent", "insecure", "unknown", "wrong type")),
    ]
    others = [Impossible("x", kind, "never") for kind in Kind if kind is not Kind.COMPLIANT]
    assert gaps("x", [alone] * 5, others) == []
    assert gaps("x", [alone] * 5, [*others, Impossible("x", Kind.COMPLIANT, "never")]) == [
        "a case is compliant, which is said to be impossible"
    ]
    assert gaps("x", [alone] * 5, [*others, Impossible("x", Kind.ABSENT, "")]) == ["why no case is absent is not said"]
    passes = replace(edge("x", "7", OK, ""), kind=Kind.WRONG_TYPE)
    assert gaps("x", [*[alone] * 4, passes], others[:-1]) == ["7: a wrong type passes"]


@pytest.mark.parametrize("case", [case for case in CASES if case.kind is Kind.WRONG_TYPE], ids=str)
def test_wrong_type_is_another_type(case: Case) -> None:
    for change in case.changes:
        if change.node is None:
            before = found(STACK, change.resource, change.path)
            assert before is ABSENT or _type(before) != _type(change.value)


def _type(value: Any) -> object:
    if isinstance(value, list):
        return [_type(element) for element in value[:1]]
    return str if isinstance(value, (Ref, Json)) else type(value)
