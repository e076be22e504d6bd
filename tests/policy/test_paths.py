"""Paths through lists and documents; the paths of the tables must be properties of the package."""

from typing import Any

import pytest

from policy.paths import each
from policy.resources import ResourceView
from policy.rules.destinations import SENT
from policy.rules.foreign_principals import ACLS, DOCUMENTS
from policy.rules.sharing import SHARED
from policy.values import UNKNOWN, State, WrongTypeError
from tests.every_case import every_case
from toolchain.offline.schema import check_inputs

TABLES = {
    (type_, path)
    for table in (SENT, SHARED, {type_: (path,) for type_, path in {**DOCUMENTS, **ACLS}.items()})
    for type_, paths in table.items()
    for path in paths
}


def nested(path: str, value: Any) -> dict[str, Any]:
    """Return inputs with a value at a path; the path ends at a document."""
    first, _, rest = path.partition(".")
    inner = value if "!" in first or not rest else nested(rest, value)
    return {first.rstrip("[]!"): [inner] if first.endswith("[]") and "!" not in first else inner}


@every_case(("type_", "path"), sorted(TABLES))
def test_path_is_one_that_the_package_has(type_: str, path: str) -> None:
    failures = [str(failure) for failure in check_inputs(type_, nested(path, "x"))]
    assert [failure for failure in failures if "missing" not in failure and "required" not in failure] == []


def values(inputs: dict[str, Any], path: str) -> list[object]:
    return [value.content for value in each(ResourceView("t", "urn", inputs).whole, path)]


@pytest.mark.parametrize(
    ("inputs", "path", "expected"),
    [
        ({"a": [{"b": "x"}, {}, {"b": "y"}]}, "a[].b", ["x", "y"]),
        ({"a": ["x", None, "y"]}, "a[]", ["x", "y"]),
        ({"a": '{"b": "x"}'}, "a!.b", ["x"]),
        ({"a": '[{"b": ["x"]}]'}, "a![].b[]", ["x"]),
        ({"a": {"b": {"c": "x"}}}, "a.b.c", ["x"]),
        ({}, "a[].b", []),
        ({"a": None}, "a", []),
        ({"a": UNKNOWN}, "a[].b", [UNKNOWN]),
        ({"a": [UNKNOWN, {"b": UNKNOWN}]}, "a[].b", [UNKNOWN, UNKNOWN]),
    ],
)
def test_each_value_at_a_path(inputs: dict[str, Any], path: str, expected: list[object]) -> None:
    assert values(inputs, path) == expected


def test_unknown_on_the_way_stands_for_all_below() -> None:
    (found,) = each(ResourceView("t", "urn", {"a": UNKNOWN}).whole, "a[].b")
    assert (found.state, found.path) == (State.UNKNOWN, "a")


@pytest.mark.parametrize("inputs", [{"a": "x"}, {"a": {"b": "x"}}])
def test_what_is_no_list_is_of_a_wrong_type(inputs: dict[str, Any]) -> None:
    with pytest.raises(WrongTypeError):
        values(inputs, "a[].b")
