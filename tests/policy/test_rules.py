"""Every rule against its table: compliant, absent, wrong and unknown values, wrong types, and documented edge cases."""

import json
from dataclasses import replace
from functools import cache
from importlib import import_module
from operator import attrgetter
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

import pytest

from policy.rules import BY_ID, RULES
from tests.every_case import every_case
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
    of_undecided,
    of_violations,
    references,
    resolved,
    resolved_one,
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
def _whole(*, preview: bool):
    return {name: view(resolved_one(STACK, name, preview=preview)) for name in STACK}


@cache
def _of_unchanged(rule: str, name: str, config: str, *, preview: bool):
    return judge(BY_ID[rule], [_whole(preview=preview)[name]], json.loads(config))


def _judged(case: Case, *, preview: bool):
    """Judge the changed stack. What a change cannot affect is decoded, and judged by itself, once for all cases."""
    rule = BY_ID[case.rule]
    stack = dict(STACK)
    for change in case.changes:
        if change.node is not None:
            stack[change.resource] = change.node
        else:
            stack = changed(stack, change.resource, change.path, change.value)
    others = STACK.keys() ^ stack.keys()
    affected = {
        name
        for name, node in stack.items()
        if node is not STACK.get(name) or (others and not others.isdisjoint(REFERENCES[name]))
    }
    views = {
        name: view(resolved_one(stack, name, preview=preview)) if name in affected else _whole(preview=preview)[name]
        for name in stack
    }
    if rule.check_graph is not None:
        return judge(rule, list(views.values()), case.config)
    config = json.dumps(case.config)
    return [
        verdict
        for name, each in views.items()
        if each.type in rule.types
        for verdict in (
            judge(rule, [each], case.config)
            if name in affected
            else _of_unchanged(case.rule, name, config, preview=preview)
        )
    ]


def _about(verdicts):
    return {verdict.urn.split("::")[-1] for verdict in verdicts}


OF_RULE: dict[str, list[Case]] = {rule.id: [] for rule in RULES}
for _case in CASES:
    OF_RULE[_case.rule].append(_case)

LEAST_CASES_OF_ALL = 5393
"""What the tables had when one test for each case became one test for each rule."""


def test_tables_have_as_many_cases_as_they_had() -> None:
    assert len(CASES) >= LEAST_CASES_OF_ALL


def check_case(case: Case) -> None:
    verdicts = _judged(case, preview=False)
    wrong, open_ = of_violations(verdicts), of_undecided(verdicts)
    if case.expected == OK:
        assert (wrong, open_) == ([], [])
    elif case.expected == U:
        assert wrong == []
        assert _about(open_) == {case.at}
    else:
        assert case.at in _about(wrong)
        assert all(verdict.message and verdict.path for verdict in wrong)


@pytest.mark.parametrize("rule", OF_RULE)
def test_rule_judges_every_case_of_its_table(rule: str) -> None:
    every_case("case", OF_RULE[rule], ids=str)(check_case)()


def test_wrong_cases_are_reported_by_their_names() -> None:
    rule = RULES[0].id
    passes, wrong, too = OF_RULE[rule][0], replace(OF_RULE[rule][0], expected=V), replace(OF_RULE[rule][0], expected=U)
    with pytest.raises(pytest.fail.Exception) as reported:
        every_case("case", [passes, replace(wrong, name="wrong"), replace(too, name="too")], ids=str)(check_case)()
    assert str(reported.value).startswith(f"2 of 3 cases:\n{rule}: wrong\n")
    assert f"\n{rule}: too\n" in str(reported.value)


DOCUMENTS = ("!", "policy", "assumeRolePolicy", "inlinePolicies", "containerDefinitions", "body")
IN_A_PREVIEW = [
    case
    for case in CASES
    if case.changes
    # In a preview, a document with a reference is unknown as a whole.
    and not any(change.path.startswith(DOCUMENTS) or "!" in change.path for change in case.changes)
    and not any(isinstance(change.value, Json) for change in case.changes)
    and not case.rule.startswith(("s3-tls-only", "s3-no-public", "s3-no-other"))
]
LEAST_CASES_IN_A_PREVIEW = 3782


def test_most_cases_are_tried_in_a_preview_too() -> None:
    assert len(IN_A_PREVIEW) >= LEAST_CASES_IN_A_PREVIEW


@every_case("case", IN_A_PREVIEW, ids=str)
def test_case_holds_in_a_preview_too(case: Case) -> None:
    wrong = of_violations(_judged(case, preview=True))
    if case.expected in {OK, U}:
        assert wrong == []
    else:
        assert case.at in _about(wrong)


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


@every_case("rule", RULES, ids=attrgetter("id"))
def test_compliant_stack_has_what_every_rule_is_about(rule) -> None:
    types = {each.type for each in _whole(preview=False).values()}
    assert types & set(rule.types) or rule.id in ABOUT_WHAT_MUST_NOT_BE


ABOUT_WHAT_MUST_NOT_BE = {"iam-no-users", "no-default-network", "no-way-round"}


@every_case("rule", RULES, ids=attrgetter("id"))
def test_compliant_stack_is_never_violated_when_nothing_is_known(rule) -> None:
    assert violations(rule, list(_whole(preview=True).values())) == []


@every_case("rule", RULES, ids=attrgetter("id"))
def test_nothing_known_at_all_is_never_a_crash(rule) -> None:
    judge(rule, _nothing_known())
    judge(rule, _without_inputs())


@every_case("rule", RULES, ids=attrgetter("id"))
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


@every_case("case", [case for case in CASES if case.kind is Kind.WRONG_TYPE], ids=str)
def test_wrong_type_is_another_type(case: Case) -> None:
    for change in case.changes:
        if change.node is None:
            before = found(STACK, change.resource, change.path)
            assert before is ABSENT or _type(before) != _type(change.value)


def _type(value: Any) -> object:
    if isinstance(value, list):
        return [_type(element) for element in value[:1]]
    return str if isinstance(value, (Ref, Json)) else type(value)
