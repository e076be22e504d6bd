"""Failures of the database have no harmful effect. The tests change definitions, so each has a database of its own."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.backend.api.conftest import PASSWORD, Person, company, make_tables
from tests.backend.conftest import TestDatabase, new_database
from tests.backend.servers import Postgres, wait_until


@pytest.fixture
def database(postgres: Postgres) -> TestDatabase:
    database = new_database(postgres)
    make_tables(database)
    return database


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
