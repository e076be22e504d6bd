"""Invalid requests have no harmful effect."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.api import CONTRACT
from service.api.cursors import Order, read_cursor, write_cursor
from service.api.requests import _ESCAPED_NUL, _is_deeper
from service.api.vectors import embed, words_of
from tests.backend.api.conftest import Person

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-1000, 1000) | st.text(alphabet='\0\\u0"a'),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(alphabet='\0\\u0"a'), inner),
)


@given(JSON)
def test_no_value_and_no_key_keeps_a_nul_and_everything_else_stays(value: Any) -> None:
    cleaned = json.loads(_ESCAPED_NUL.sub(rb"\1\\ufffd", json.dumps(value).encode()))
    assert cleaned == replaced(value)


def replaced(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\0", "\ufffd")
    if isinstance(value, list):
        return [replaced(each) for each in value]
    if isinstance(value, dict):
        return {replaced(name): replaced(each) for name, each in value.items()}
    return value


def nested(depth: int) -> Any:
    value: Any = 0
    for _ in range(depth):
        value = [value]
    return value


def test_depth_is_counted_without_recursion() -> None:
    assert not _is_deeper(nested(100), 100)
    assert _is_deeper(nested(101), 100)
    assert _is_deeper(nested(50_000), 100)


def test_a_body_that_is_nested_too_deep_or_has_a_nul_in_a_key_does_no_harm(person: Callable[..., Person]) -> None:
    boss = person("boss", "administrator")
    settings = {"certificateValidityMonths": 12, "maintenance": {"enabled": False}}
    money = {"amount": "1.00", "currency": "MYR"}
    kept = boss.call("PUT", "/settings", {**settings, "fees": {"a\0b": money}})
    assert (kept.status_code, kept.json()["fees"]) == (200, {"a\ufffdb": money})
    deep = {**settings, "fees": {"a": {**money, "more": nested(300)}}}
    refused = boss.call("PUT", "/settings", deep)
    assert (refused.status_code, "nested" in refused.json()["detail"]) == (400, True)


@given(st.binary(min_size=16, max_size=820), st.booleans(), st.sampled_from(["name", "created_at"]))
def test_every_cursor_of_the_document_means_a_place(raw: bytes, descending: bool, column: str) -> None:
    order = Order(column, descending)
    key, id_ = read_cursor(order, raw.hex())
    assert "\0" not in str(key)
    assert read_cursor(order, write_cursor(order, {column: key, "id": id_})) == (key, id_)


@given(st.text(max_size=60))
def test_a_text_has_a_vector_of_length_one_unless_it_has_no_word(text: str) -> None:
    length = sum(each * each for each in embed(text))
    assert abs(length - bool(words_of(text))) < 1e-6


@pytest.mark.parametrize("day", ["0000-01-01", "-001-01-01", "0000-12-31"])
def test_a_day_that_the_calendar_lacks_is_refused(person: Callable[..., Person], day: str) -> None:
    boss = person("boss", "administrator")
    asked: set[str] = set()
    for operation in CONTRACT.operations.values():
        names = {parameter.name for parameter in operation.parameters}
        if operation.method != "GET" or "{" in operation.path or not {"from", "to"} <= names:
            continue
        asked.add(operation.path)
        for name in ("from", "to"):
            days = {"from": "2026-01-01", "to": "2026-12-31", name: day}
            answer = boss.call("GET", operation.path, params=days)
            assert answer.status_code == 400, (operation.path, name, answer.text)
    assert {"/audit-log", "/reports/certifications"} <= asked
    for name in ("from", "to"):
        wanted = {"from": "2026-01-01", "to": "2026-12-31", name: day}
        report = {"kind": "audits", "format": "csv", "filter": wanted}
        assert boss.call("POST", "/reports", report).status_code == 400, name
    boss.made("/reports", {**report, "filter": {"from": "0001-01-01", "to": "9999-12-31"}}, 202)


def test_a_path_with_a_slash_too_many_is_not_sent_elsewhere(person: Callable[..., Person]) -> None:
    """A redirect would go to the request's Host header, which an attacker may have written."""
    owner = person("owner")
    for path in ("/companies/", "/auth/login/", "/health/live/", "/health/"):
        answer = owner.call("GET", path, headers={"Host": "evil.example"}, follow_redirects=False)
        assert (answer.status_code, answer.headers.get("Location")) == (404, None), path
