"""The drills' load, against a small service that runs in the test."""

import json
import re
import time

import httpx
import pytest

from tests.drills.load import Load
from tests.waiting import wait_until


class Service:
    """A service that stores rows. A test can replace its answers."""

    def __init__(self):
        self.rows = {}
        self.spoils = {}
        self.forgets = set()

    def __call__(self, request):
        path = request.url.path
        spoilt = next((answer for pattern, answer in self.spoils.items() if re.match(pattern, path)), None)
        if spoilt is not None and request.method == spoilt[0]:
            if isinstance(spoilt[1], Exception):
                raise spoilt[1]
            return spoilt[1]
        plain = {
            "/health": httpx.Response(200, json={"status": "ok", "release": "sha256:1"}),
            "/auth/register": httpx.Response(201, json={}),
            "/auth/login": httpx.Response(200, json={"accessToken": "token"}),
        }
        return plain[path] if path in plain else self.ingredients(request, path)

    def ingredients(self, request, path):
        if request.headers.get("authorization") != "Bearer token" or request.headers["x-api-key"] != "key":
            return httpx.Response(401)
        if request.method == "POST":
            row = {"id": f"{len(self.rows):08}-0000-0000-0000-000000000000", **json.loads(request.content)}
            self.rows[row["id"]] = row
            return httpx.Response(201, json=row)
        if path == "/ingredients":
            marker = request.url.params["q"]
            found = [row for row in self.rows.values() if marker in row["name"] and row["id"] not in self.forgets]
            begins = int(request.url.params.get("cursor", 0))
            more = begins + 2 < len(found)
            return httpx.Response(
                200, json={"items": found[begins : begins + 2], "nextCursor": str(begins + 2) if more else None}
            )
        row = self.rows.get(path.rpartition("/")[2])
        return httpx.Response(404) if row is None else httpx.Response(200, json=row)


def load_of(service):
    return Load("http://edge.test", "api.test", "key", 500.0, transport=httpx.MockTransport(service))


def asked(load, count):
    wait_until(lambda: load.tally.sent >= count, f"{count} requests")


def test_right_answers_are_none_that_are_lost():
    service = Service()
    with load_of(service) as load:
        asked(load, 200)
    assert load.tally.lost == []
    assert sum(len(seconds) for seconds in load.tally.seconds.values()) == load.tally.sent
    assert load.tally.written == set(service.rows)
    assert load.tally.releases["sha256:1"] > 10
    assert load.missing == set()


@pytest.mark.parametrize(
    ("pattern", "answer", "why"),
    [
        ("/health", ("GET", httpx.Response(503, text="down")), "GET /health: answered 503 instead of 200"),
        ("/health", ("GET", httpx.Response(200, text="<html>")), "GET /health: wrong answer: not ok"),
        ("/health", ("GET", httpx.ReadError("cut")), "GET /health: no answer: ReadError"),
        ("/ingredients/", ("GET", httpx.Response(404)), "GET /ingredients/{id}: answered 404 instead of 200"),
        (
            "/ingredients/",
            ("GET", httpx.Response(200, json={"name": "x"})),
            "GET /ingredients/{id}: wrong answer: another row",
        ),
        ("/ingredients$", ("POST", httpx.Response(429)), "POST /ingredients: answered 429 instead of 201"),
    ],
)
def test_each_wrong_answer_is_a_lost_request(pattern, answer, why):
    service = Service()
    with load_of(service) as load:
        asked(load, 20)
        before = len(load.tally.lost)
        service.spoils[pattern] = answer
        wait_until(lambda: len(load.tally.lost) >= 3, "lost requests")
        service.spoils.clear()
    assert before == 0
    assert {f"{each.what}: {each.why}" for each in load.tally.lost} == {why}
    assert load.missing == set()


def test_a_row_that_was_acknowledged_and_is_gone_is_missed():
    service = Service()
    with load_of(service) as load:
        asked(load, 50)
        service.forgets = {next(iter(service.rows))}
    assert load.missing == service.forgets


def test_a_service_that_does_not_answer_beforehand_shows_nothing():
    service = Service()
    service.spoils["/auth/register"] = ("POST", httpx.Response(502))
    with pytest.raises(AssertionError, match="before the drill"), load_of(service):
        time.sleep(0)
