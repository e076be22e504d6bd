"""With pgvector the search tolerates typing errors; without pgvector it finds exact text."""

from collections.abc import Callable

import pytest

from tests.backend.api.conftest import Person, make_tables
from tests.backend.api.test_certification import Case
from tests.backend.conftest import TestDatabase, new_database
from tests.backend.servers import MASTER_PASSWORD, SUPERUSER, Postgres


@pytest.fixture
def database(postgres: Postgres) -> TestDatabase:
    return new_database(postgres)


@pytest.fixture
def with_vectors(request: pytest.FixtureRequest, database: TestDatabase) -> bool:
    if request.param:
        database.execute("CREATE EXTENSION vector", username=SUPERUSER, password=MASTER_PASSWORD)
    make_tables(database)
    return request.param


@pytest.mark.parametrize("with_vectors", [True, False], indirect=True)
def test_a_search_with_a_typing_error(with_vectors: bool, person: Callable[..., Person]) -> None:
    case = Case(person)
    case.review()
    number = case.certified()["number"]

    def search(words: str) -> list[str]:
        return [each["number"] for each in case.owner.call("GET", "/certificates", params={"q": words}).json()["items"]]

    assert search("sari food") == [number]
    assert search("Sary Fodds") == ([number] if with_vectors else [])
    assert search("cosmetics") == []
    assert case.stranger.call("GET", "/certificates", params={"q": "Sary Fodds"}).json()["items"] == []
