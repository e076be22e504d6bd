"""Invalid requests and failures of the database have no harmful effect."""

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
from tests.backend.api.conftest import PASSWORD, Person, company
from tests.backend.conftest import TestDatabase
from tests.backend.servers import wait_until

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


def break_off(query: Callable[..., list[Any]], trigger: str, inserts: str) -> None:
    """Create a trigger that ends the connection of an insert."""
    query("""CREATE FUNCTION break_off() RETURNS trigger LANGUAGE plpgsql AS
             $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$""")
    query(f"CREATE {trigger} AFTER INSERT ON {inserts} FOR EACH ROW EXECUTE FUNCTION break_off()")


def test_a_change_whose_commit_breaks_off_does_not_ask_to_be_sent_again(
    person: Callable[..., Person], query: Callable[..., list[Any]]
) -> None:
    owner = person("owner")
    break_off(query, "CONSTRAINT TRIGGER at_commit", "companies DEFERRABLE INITIALLY DEFERRED")
    answer = owner.call("POST", "/companies", company())
    assert answer.status_code == 503, answer.text
    assert "Retry-After" not in answer.headers
    query("DROP TRIGGER at_commit ON companies")
    owner.made("/companies", company())


def test_a_sign_up_whose_commit_breaks_off_does_not_ask_to_be_sent_again(
    person: Callable[..., Person], query: Callable[..., list[Any]]
) -> None:
    user = person("owner")
    break_off(query, "CONSTRAINT TRIGGER at_commit", "users DEFERRABLE INITIALLY DEFERRED")
    registration = {"email": "new@example.com", "password": PASSWORD, "fullName": "New"}
    answer = user.client.post("/auth/register", json=registration)
    assert (answer.status_code, answer.headers.get("Retry-After")) == (503, None)


def test_a_change_that_breaks_off_before_its_commit_may_be_sent_again(
    person: Callable[..., Person], query: Callable[..., list[Any]]
) -> None:
    owner = person("owner")
    break_off(query, "TRIGGER at_once", "companies")
    answer = owner.call("POST", "/companies", company())
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")


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


def test_a_database_that_takes_no_changes_is_away_until_new_connections_find_one_that_does(
    person: Callable[..., Person], query: Callable[..., list[Any]], database: TestDatabase
) -> None:
    owner = person("owner")
    query(f"ALTER DATABASE {database.name} SET default_transaction_read_only = on")
    query("""SELECT pg_terminate_backend(pid) FROM pg_stat_activity
             WHERE datname = current_database() AND pid <> pg_backend_pid()""")
    wait_until(lambda: owner.call("GET", "/companies").status_code == 200, "connections of now", 10)
    answer = owner.call("POST", "/companies", company())
    assert (answer.status_code, answer.headers.get("Retry-After")) == (503, "1"), answer.text
    for _ in range(3):
        assert owner.call("GET", "/companies").status_code == 200
    database.execute("SET default_transaction_read_only = off", f"ALTER DATABASE {database.name} RESET ALL")
    # The service's connection was opened while the database was read-only, and so it stays read-only
    assert owner.call("POST", "/companies", company()).status_code == 503
    owner.made("/companies", company())


@pytest.mark.parametrize("code", ["53100", "3D000", "25006"])
def test_what_only_the_operator_can_mend_is_no_defect_of_the_service(
    person: Callable[..., Person], query: Callable[..., list[Any]], code: str
) -> None:
    """Examples: a full disk, a missing database, a read-only database."""
    owner = person("owner")
    query(f"""CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
              $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '{code}'; END $$""")
    query("CREATE TRIGGER refuse BEFORE INSERT ON companies FOR EACH ROW EXECUTE FUNCTION refuse()")
    answer = owner.call("POST", "/companies", company())
    assert (answer.status_code, answer.headers.get("Retry-After")) == (503, "1"), answer.text
