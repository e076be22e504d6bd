"""Companies, their members, and their access rights."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import pytest
import yaml
from starlette.testclient import TestClient

from tests.backend.api.conftest import ADDRESS, Person, company
from tests.backend.conftest import TestDatabase
from tests.backend.servers import ROOT

People = Callable[..., Person]


def test_a_company_is_seen_and_changed_by_its_own_people_only(person: People) -> None:
    owner, stranger, auditor = person("owner"), person("stranger"), person("auditor", "auditor")
    answer = owner.call("POST", "/companies", company())
    assert answer.status_code == 201
    made = answer.json()
    path = f"/companies/{made['id']}"
    assert answer.headers["Location"] == path
    assert (made["status"], made["address"]) == ("pending", ADDRESS)
    assert "company-admin" in owner.call("GET", "/auth/me").json()["roles"]

    assert owner.call("PATCH", path, {"website": "https://sari.example"}).json()["website"] == "https://sari.example"
    assert auditor.call("GET", path).json() == owner.call("GET", path).json()
    assert auditor.call("PATCH", path, {"name": "Mine"}).status_code == 403
    for method, body in (("GET", None), ("PATCH", {"name": "Mine"}), ("DELETE", None)):
        assert stranger.call(method, path, body).status_code == 404
    assert stranger.call("GET", "/companies").json()["items"] == []
    assert [each["id"] for each in auditor.call("GET", "/companies").json()["items"]] == [made["id"]]

    facility = {"name": "Plant", "address": ADDRESS, "activities": ["baking"], "dedicatedHalal": True}
    plant = owner.made(f"{path}/facilities", facility)
    assert stranger.call("GET", f"{path}/facilities").status_code == 404
    assert stranger.call("GET", f"{path}/facilities/{plant['id']}").status_code == 404
    product = {"companyId": made["id"], "name": "Bread", "category": "bakery"}
    assert stranger.call("POST", "/products", product).status_code == 403
    bread = owner.made("/products", {**product, "facilityId": plant["id"]})
    assert stranger.call("GET", f"/products/{bread['id']}").status_code == 404
    assert owner.call("DELETE", f"{path}/facilities/{plant['id']}").status_code == 409
    assert owner.call("DELETE", f"/products/{bread['id']}").status_code == 204
    assert owner.call("DELETE", f"{path}/facilities/{plant['id']}").status_code == 204

    assert owner.call("DELETE", path).status_code == 204
    assert owner.call("GET", path).status_code == 404
    owner.made("/companies", company())


def test_members_come_and_go_and_the_last_administrator_stays(person: People) -> None:
    owner, other = person("owner"), person("other")
    path = f"/companies/{owner.made('/companies', company())['id']}"
    assert owner.call("POST", f"{path}/members", {"email": "nobody@example.com"}).status_code == 404
    member = owner.made(f"{path}/members", {"email": "OTHER@example.com"})
    assert (member["userId"], member["administrator"]) == (other.user_id, False)
    assert owner.call("POST", f"{path}/members", {"email": other.email}).status_code == 409
    assert other.call("GET", path).status_code == 200
    assert other.call("PATCH", path, {"name": "Mine"}).status_code == 403
    assert other.call("POST", f"{path}/members", {"email": owner.email}).status_code == 403
    assert other.call("DELETE", f"{path}/members/{owner.user_id}").status_code == 403
    assert owner.call("DELETE", f"{path}/members/{owner.user_id}").status_code == 409
    assert owner.call("DELETE", f"/users/{owner.user_id}").status_code == 409
    first = owner.call("GET", f"{path}/members", params={"limit": 1}).json()
    second = owner.call("GET", f"{path}/members", params={"limit": 1, "cursor": first["nextCursor"]}).json()
    assert [each["userId"] for each in first["items"] + second["items"]] == [owner.user_id, other.user_id]
    assert second["nextCursor"] is None
    assert other.call("DELETE", f"{path}/members/{other.user_id}").status_code == 204
    assert other.call("GET", path).status_code == 404


def test_two_administrators_cannot_both_leave_at_once(person: People) -> None:
    people = [person("one"), person("two")]
    path = f"/companies/{people[0].made('/companies', company())['id']}"
    people[0].made(f"{path}/members", {"email": people[1].email, "administrator": True})
    with ThreadPoolExecutor(2) as pool:
        left = pool.map(lambda each: each.call("DELETE", f"{path}/members/{each.user_id}").status_code, people)
    assert sorted(left) == [204, 409]


def test_one_registration_is_one_company_also_when_many_ask_at_once(person: People) -> None:
    owner = person("owner")
    with ThreadPoolExecutor(6) as pool:
        statuses = list(pool.map(lambda _: owner.call("POST", "/companies", company()).status_code, range(6)))
    assert sorted(statuses) == [201] + [409] * 5


_WAITING = "SELECT pid FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"


@asynccontextmanager
async def while_it_is_deleted(
    database: TestDatabase, company_id: str, ask: Callable[[], Any]
) -> AsyncGenerator[tuple[Any, asyncio.Future[Any]]]:
    """Start a delete that is committed when the block ends, and a request that already waits for it."""
    async with database.connection() as other, other.transaction():
        await other.execute("SELECT FROM companies WHERE id = $1 FOR UPDATE", UUID(company_id))
        await other.execute("UPDATE companies SET deleted_at = now() WHERE id = $1", UUID(company_id))
        asked = asyncio.ensure_future(asyncio.to_thread(ask))
        while not asked.done() and not await other.fetchval(_WAITING):
            await asyncio.sleep(0.02)
        yield other, asked


@pytest.mark.parametrize("path", ["/products", "/certification-requests"])
def test_nothing_is_made_in_a_company_that_is_being_deleted(
    person: People, database: TestDatabase, query: Callable[..., list[Any]], path: str
) -> None:
    owner = person("owner")
    company_id = owner.made("/companies", company())["id"]
    product = {"companyId": company_id, "name": "Bread", "category": "bakery"}
    bread = owner.made("/products", product)["id"]
    certification = {"companyId": company_id, "scheme": "food-processing", "productIds": [bread]}
    body = {"/products": product, "/certification-requests": certification}[path]

    async def ask() -> Any:
        async with while_it_is_deleted(database, company_id, lambda: owner.call("POST", path, body)) as (_, asked):
            pass
        return await asked

    answer = asyncio.run(ask())
    assert answer.status_code == 403, answer.text
    assert [row["id"] for row in query("SELECT id FROM products")] == [UUID(bread)]
    assert query("SELECT id FROM certification_requests") == []


def test_a_statement_that_the_database_cancels_is_to_be_tried_again(person: People, database: TestDatabase) -> None:
    owner = person("owner")
    path = f"/companies/{owner.made('/companies', company())['id']}"
    company_id = path.rsplit("/", 1)[1]

    async def ask() -> Any:
        change = lambda: owner.call("PATCH", path, {"name": "Mine"})  # noqa: E731
        async with while_it_is_deleted(database, company_id, change) as (other, asked):
            await other.fetchval(f"SELECT pg_cancel_backend(pid) FROM ({_WAITING}) waiting")
            return await asked

    answer = asyncio.run(ask())
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")


@pytest.mark.parametrize("sort", ["createdAt", "-createdAt", "name", "-name"])
def test_pages_hold_every_entry_once_in_every_order(person: People, sort: str) -> None:
    owner = person("owner")
    names = ["b", "B", "é", "a", "a", "漢字", "~"]
    for number, name in enumerate(names):
        owner.made("/companies", company(number, name=name))
    seen: list[str] = []
    query: dict[str, Any] = {"sort": sort, "limit": 2}
    while True:
        page = owner.call("GET", "/companies", params=query).json()
        seen += [each["name"] for each in page["items"]]
        if page["nextCursor"] is None:
            break
        query["cursor"] = page["nextCursor"]
    by_name = sorted(names, key=str.encode)
    expected = {"createdAt": names, "-createdAt": names[::-1], "name": by_name, "-name": by_name[::-1]}
    assert seen == expected[sort]


def test_words_are_looked_for_as_they_stand(person: People) -> None:
    owner = person("owner")
    for number, name in enumerate(["100% halal", "100 halal", "under_score", "back\\slash"]):
        owner.made("/companies", company(number, name=name))
    found = {
        words: [each["name"] for each in owner.call("GET", "/companies", params={"q": words}).json()["items"]]
        for words in ("0% h", "r_s", "K\\S", "' OR 1=1 --", "%")
    }
    assert found == {
        "0% h": ["100% halal"],
        "r_s": ["under_score"],
        "K\\S": ["back\\slash"],
        "' OR 1=1 --": [],
        "%": ["100% halal"],
    }


def test_the_first_roles_are_given_by_administrators_only(person: People) -> None:
    boss, user = person("boss", "administrator"), person("user")
    roles = {"roles": ["auditor", "scholar"]}
    assert user.call("PUT", f"/users/{user.user_id}/roles", roles).status_code == 403
    assert user.call("GET", "/users").status_code == 403
    assert user.call("GET", f"/users/{boss.user_id}").status_code == 404
    assert boss.call("PUT", f"/users/{user.user_id}/roles", roles).json()["roles"] == roles["roles"]
    assert user.call("GET", f"/users/{user.user_id}").json()["roles"] == roles["roles"]
    assert [each["email"] for each in boss.call("GET", "/users", params={"role": "scholar"}).json()["items"]] == [
        user.email
    ]
    log = boss.call("GET", "/audit-log", params={"actorId": boss.user_id}).json()["items"]
    assert (log[0]["action"], log[0]["subject"]) == ("setUserRoles", f"user {user.user_id}")
    assert user.call("GET", "/audit-log").status_code == 403


def test_what_is_wrong_with_a_request_is_named(client: TestClient, person: People) -> None:
    owner = person("owner")
    body = {"name": "", "registrationNumber": 7, "country": "my", "address": {"city": "x"}, "status": "verified"}
    answer = owner.call("POST", "/companies", body)
    assert answer.status_code == 400
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert {each["path"] for each in answer.json()["errors"]} >= {
        "name",
        "registrationNumber",
        "country",
        "address.line1",
        "address.country",
    }
    for query, name in (
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=1&limit=2", "limit"),
        ("cursor=x", "cursor"),
    ):
        wrong = owner.call("GET", f"/companies?{query}")
        assert (wrong.status_code, wrong.json()["errors"][0]["path"]) == (400, name)
    secret = "a secret that is far too long" * 10
    login = client.post("/auth/login", json={"email": "a@example.com", "password": secret})
    assert login.status_code == 400
    assert secret not in login.text
    for content, kind in ((b"{", "application/json"), (b"{}", "text/plain"), (b"", "application/json")):
        wrong = client.post("/auth/login", content=content, headers={"Content-Type": kind})
        assert wrong.status_code == 400
    large = client.post("/auth/login", json={"email": "x" * 300_000, "password": "y"})
    assert (large.status_code, large.headers["Connection"]) == (400, "close")
    missing = client.get("/no/such/path")
    assert (missing.status_code, missing.json()["title"]) == (404, "Not Found")
    method = client.delete("/auth/login")
    assert (method.status_code, method.headers["Allow"]) == (405, "POST")


def test_nobody_sets_what_the_document_does_not_name(person: People) -> None:
    owner = person("owner")
    made = owner.made("/companies", {**company(), "status": "verified", "id": "1", "address": {**ADDRESS, "x": 1}})
    assert (made["status"], made["address"]) == ("pending", ADDRESS)
    product = {"companyId": made["id"], "name": "a\0b", "category": "c", "status": "approved"}
    kept = owner.made("/products", product)
    assert (kept["status"], kept["name"]) == ("draft", "a\ufffdb")


def test_the_document_that_is_served_is_the_one_that_the_platform_imports(client: TestClient) -> None:
    document = yaml.safe_load((ROOT / "examples" / "halalsphere-openapi.yaml").read_bytes())
    assert client.get("/openapi.json").json() == document
