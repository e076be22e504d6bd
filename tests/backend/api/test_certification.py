"""The whole certification, from a draft to a certificate in the public register."""

import hashlib
import hmac
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any
from uuid import uuid4

import pytest

from service.settings import Settings
from tests.backend.api.conftest import ADDRESS, Person, company
from tests.backend.servers import Redis

People = Callable[..., Person]
WEBHOOK_SECRET = "a secret of the payment provider"


@pytest.fixture
def service_environment(service_environment: dict[str, str]) -> dict[str, str]:
    return {**service_environment, "PAYMENT_WEBHOOK_SECRET": WEBHOOK_SECRET}


class Case:
    """A company with a product, and the people who certify it."""

    def __init__(self, person: People) -> None:
        self.owner, self.stranger = person("owner"), person("stranger")
        self.auditor, self.scholar = person("auditor", "auditor"), person("scholar", "scholar")
        self.company = self.owner.made("/companies", company())
        facility = {"name": "Plant", "address": ADDRESS, "activities": ["baking"], "dedicatedHalal": True}
        self.facility = self.owner.made(f"/companies/{self.company['id']}/facilities", facility)
        self.product = self.owner.made("/products", {"companyId": self.company["id"], "name": "Bread", "category": "b"})
        self.flour = self.owner.made("/ingredients", {"name": "Flour", "origin": "plant"})
        path = f"/products/{self.product['id']}/ingredients/{self.flour['id']}"
        assert self.owner.call("PUT", path, {"percentage": 60}).status_code == 200

    def review(self) -> None:
        review = {"status": "halal", "reasoning": "Plant origin, no alcohol."}
        assert self.owner.call("POST", f"/ingredients/{self.flour['id']}/review", review).status_code == 403
        reviewed = self.auditor.made(f"/ingredients/{self.flour['id']}/review", review, 200)
        assert reviewed["status"] == "halal"
        assert reviewed["reviewedAt"]

    def draft(self) -> str:
        body = {"companyId": self.company["id"], "scheme": "food-processing", "productIds": [self.product["id"]]}
        return f"/certification-requests/{self.owner.made('/certification-requests', body)['id']}"

    def audited(self) -> str:
        path = self.draft()
        self.owner.made(f"{path}/submit", None, 200)
        audit = {
            "requestId": path.rsplit("/", 1)[1],
            "facilityId": self.facility["id"],
            "auditorIds": [self.auditor.user_id],
            "scheduledFor": "2026-12-01T09:00:00+08:00",
            "kind": "initial",
        }
        made = f"/audits/{self.auditor.made('/audits', audit)['id']}"
        self.auditor.made(f"{made}/start", None, 200)
        assert self.owner.call("GET", path).json()["status"] == "in-audit"
        conclusion = {"recommendation": "approve", "summary": "Everything was as it should be."}
        self.auditor.made(f"{made}/complete", conclusion, 200)
        assert self.auditor.call("POST", f"{made}/complete", conclusion).status_code == 409
        return path

    def certified(self) -> dict[str, Any]:
        return self.scholar.made(f"{self.audited()}/approve", {"validMonths": 12}, 200)


def test_a_request_becomes_a_certificate_that_anybody_verifies(person: People) -> None:
    case = Case(person)
    path = case.draft()
    refused = case.owner.call("POST", f"{path}/submit")
    assert (refused.status_code, "Flour" in refused.text) == (422, True)
    case.review()
    assert case.owner.call("PATCH", path, {"notes": "soon"}).json()["notes"] == "soon"
    for status, number in (("draft,submitted", 1), ("submitted", 0), ("", 1)):
        found = case.owner.call("GET", "/certification-requests", params={"status": status}).json()["items"]
        assert len(found) == number
    assert case.owner.call("GET", "/certification-requests", params={"status": "draft,x"}).status_code == 400
    assert case.scholar.call("POST", f"{path}/approve", {"validMonths": 12}).status_code == 409
    assert case.owner.call("POST", f"{path}/approve", {"validMonths": 12}).status_code == 403
    certificate = case.certified()
    year = date.fromisoformat(certificate["issuedAt"]).year
    assert (certificate["number"], certificate["status"]) == (f"HS-{year}-000001", "valid")
    assert case.owner.call("GET", f"/products/{case.product['id']}").json()["status"] == "approved"

    register = f"/certificates/verify/{certificate['number']}"
    told = case.owner.client.get(register)
    assert (told.status_code, told.json()["company"], told.json()["products"]) == (200, case.company["name"], ["Bread"])
    own = f"/certificates/{certificate['id']}"
    assert case.stranger.call("GET", own).status_code == 404
    pdf = case.owner.call("GET", f"{own}/pdf")
    assert (pdf.headers["Content-Type"], pdf.content[:5]) == ("application/pdf", b"%PDF-")
    assert case.owner.call("POST", f"{own}/renew").status_code == 409
    assert case.owner.call("DELETE", f"/companies/{case.company['id']}").status_code == 409
    assert case.owner.call("DELETE", f"/products/{case.product['id']}").status_code == 409

    suspended = case.auditor.made(f"{own}/suspend", {"reason": "pork was found"}, 200)
    assert suspended["suspension"] == {"reason": "pork was found"}
    assert case.owner.client.get(register).json()["status"] == "suspended"
    titles = [each["title"] for each in case.owner.call("GET", "/notifications").json()["items"]]
    assert titles[0] == f"Certificate {certificate['number']} is suspended"
    assert case.owner.call("POST", "/notifications/read-all").status_code == 204
    assert case.owner.call("GET", "/notifications", params={"unread": "true"}).json()["items"] == []
    assert case.owner.client.get("/certificates/verify/HS-2020-000001").status_code == 404


def test_a_certificate_is_issued_once_and_numbers_have_no_gaps(person: People) -> None:
    case = Case(person)
    case.review()
    paths = [case.audited() for _ in range(3)]
    with ThreadPoolExecutor(6) as pool:
        answers = list(
            pool.map(lambda path: case.scholar.call("POST", f"{path}/approve", {"validMonths": 6}), paths * 2)
        )
    assert sorted(answer.status_code for answer in answers) == [200] * 3 + [409] * 3
    numbers = sorted(answer.json()["number"][-6:] for answer in answers if answer.status_code == 200)
    assert numbers == ["000001", "000002", "000003"]


def test_an_open_major_finding_stands_against_a_certificate(person: People) -> None:
    case = Case(person)
    case.review()
    path = case.draft()
    case.owner.made(f"{path}/submit", None, 200)
    audit = {
        "requestId": path.rsplit("/", 1)[1],
        "facilityId": case.facility["id"],
        "auditorIds": [case.auditor.user_id],
        "scheduledFor": "2026-12-01T09:00:00Z",
        "kind": "initial",
    }
    assert case.owner.call("POST", "/audits", audit).status_code == 403
    assert case.auditor.call("POST", "/audits", {**audit, "auditorIds": [case.owner.user_id]}).status_code == 422
    made = f"/audits/{case.auditor.made('/audits', audit)['id']}"
    listed = case.owner.call("GET", "/audits", params={"from": "2026-12-01", "to": "2026-12-01"}).json()["items"]
    assert [f"/audits/{each['id']}" for each in listed] == [made]
    assert case.owner.call("GET", "/audits", params={"from": "2026-12-02"}).json()["items"] == []
    case.auditor.made(f"{made}/start", None, 200)
    finding = {"severity": "major", "description": "Lard is kept beside the flour."}
    assert case.owner.call("POST", f"{made}/findings", finding).status_code == 403
    found = f"{made}/findings/{case.auditor.made(f'{made}/findings', finding)['id']}"
    case.auditor.made(f"{made}/complete", {"recommendation": "reject", "summary": "Lard was found in store."}, 200)
    assert case.scholar.call("POST", f"{path}/approve", {"validMonths": 12}).status_code == 409
    assert case.owner.call("PATCH", found, {"status": "resolved"}).status_code == 403
    assert case.owner.call("PATCH", found, {"status": "answered", "answer": "Moved it"}).json()["status"] == "answered"
    assert case.stranger.call("PATCH", found, {"answer": "hm"}).status_code == 404
    assert case.auditor.call("PATCH", found, {"status": "resolved"}).json()["status"] == "resolved"
    assert case.scholar.call("POST", f"{path}/approve", {"validMonths": 12}).status_code == 200


def test_a_recipe_is_never_more_than_the_whole_also_at_the_same_time(person: People) -> None:
    case = Case(person)
    lines = f"/products/{case.product['id']}/ingredients"
    others = [case.owner.made("/ingredients", {"name": f"Spice {n}", "origin": "plant"})["id"] for n in range(4)]
    with ThreadPoolExecutor(4) as pool:
        put = [
            answer.status_code
            for answer in pool.map(lambda id_: case.owner.call("PUT", f"{lines}/{id_}", {"percentage": 15}), others)
        ]
    assert sorted(put) == [200, 200, 422, 422]
    recipe = case.owner.call("GET", lines).json()
    assert sum(each["percentage"] for each in recipe) == 90
    assert recipe[0] | {"supplierId": None} == {
        "ingredientId": case.flour["id"],
        "name": "Flour",
        "status": "unreviewed",
        "percentage": 60,
        "supplierId": None,
    }
    assert case.owner.call("DELETE", f"/ingredients/{case.flour['id']}").status_code == 409
    assert case.owner.call("DELETE", f"{lines}/{case.flour['id']}").status_code == 204
    assert case.owner.call("DELETE", f"{lines}/{case.flour['id']}").status_code == 404


def test_an_invoice_is_paid_once_whatever_comes_twice(person: People) -> None:
    case = Case(person)
    case.review()
    path = case.draft()
    invoice_id = case.owner.made(f"{path}/submit", None, 200)["invoiceId"]
    invoice = case.owner.call("GET", f"/invoices/{invoice_id}").json()
    assert (invoice["status"], invoice["total"]) == ("open", {"amount": "1250.00", "currency": "MYR"})
    assert case.owner.call("GET", f"/invoices/{invoice_id}/pdf").content.startswith(b"%PDF-")
    pay = {"invoiceId": invoice_id, "method": "card", "returnUrl": "https://app.example.com/paid"}
    assert case.owner.call("POST", "/payments", pay).status_code == 400
    key = {"Idempotency-Key": str(uuid4())}
    with ThreadPoolExecutor(5) as pool:
        answers = list(pool.map(lambda _: case.owner.call("POST", "/payments", pay, headers=key), range(5)))
    assert [answer.status_code for answer in answers] == [201] * 5
    [payment_id] = {answer.json()["id"] for answer in answers}

    def report(status: Any, secret: str = WEBHOOK_SECRET) -> int:
        raw = json.dumps({"paymentId": payment_id, "status": status}).encode()
        signature = hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()
        headers = {"Content-Type": "application/json", "X-Signature": signature}
        return case.owner.client.post("/payments/webhooks/stripe", content=raw, headers=headers).status_code

    assert report("succeeded", "another secret") == 401
    for wrong in (["succeeded"], {"is": "succeeded"}, 1, True, None):
        assert report(wrong) == 400, wrong
    assert case.owner.call("GET", f"/payments/{payment_id}").json()["status"] == "pending"
    assert [report("succeeded"), report("succeeded"), report("failed")] == [204, 204, 204]
    assert case.owner.call("GET", f"/payments/{payment_id}").json()["status"] == "succeeded"
    assert case.owner.call("GET", f"/invoices/{invoice_id}").json()["status"] == "paid"
    again = case.owner.call("POST", "/payments", pay, headers={"Idempotency-Key": str(uuid4())})
    assert again.status_code == 409
    boss = person("boss", "administrator")
    refund = {"amount": {"amount": "1250.01", "currency": "MYR"}, "reason": "too much"}
    assert case.owner.call("POST", f"/payments/{payment_id}/refund", refund).status_code == 403
    assert boss.call("POST", f"/payments/{payment_id}/refund", refund).status_code == 422
    refund["amount"]["amount"] = "1250.00"
    assert boss.call("POST", f"/payments/{payment_id}/refund", refund).json()["status"] == "refunded"


def test_the_search_is_cached_forgets_changes_and_goes_on_without_redis(
    person: People, query: Callable[..., list[Any]], redis_server: Redis, service_settings: Settings
) -> None:
    case = Case(person)
    case.review()
    certificate = case.certified()

    def search(who: Person, **parameters: str) -> list[str]:
        answer = who.call("GET", "/certificates", params=parameters)
        assert answer.status_code == 200, answer.text
        return [each["status"] for each in answer.json()["items"]]

    assert search(case.owner) == ["valid"]
    query("UPDATE certificates SET status = 'revoked'")
    assert search(case.owner) == ["valid"]
    assert search(case.stranger) == []
    assert search(case.auditor) == ["revoked"]
    query("UPDATE certificates SET status = 'valid'")
    case.auditor.made(f"/certificates/{certificate['id']}/suspend", {"reason": "to look again"}, 200)
    assert search(case.owner) == ["suspended"]
    assert search(case.owner, q="BREAD") == ["suspended"]
    assert search(case.owner, q=certificate["number"]) == ["suspended"]
    assert search(case.owner, q="cosmetics") == []
    assert search(case.owner, status="valid") == []
    redis_server.stop()
    try:
        query("UPDATE certificates SET status = 'revoked'")
        assert search(case.owner) == ["revoked"]
        login = {"email": case.owner.email, "password": "wrong"}
        answers = [case.owner.client.post("/auth/login", json=login).status_code for _ in range(12)]
        assert (answers[0], answers[-1]) == (401, 429)
    finally:
        redis_server.start()
    assert service_settings.redis_seconds < 1


def test_figures_and_reports_show_what_the_caller_sees(person: People) -> None:
    case = Case(person)
    case.review()
    certificate = case.certified()
    shown = case.owner.call("GET", "/reports/dashboard").json()
    assert shown == {"requestsByStatus": {"approved": 1}, "certificatesExpiringIn90Days": 0, "openFindings": 0}
    assert case.stranger.call("GET", "/reports/dashboard").json()["requestsByStatus"] == {}
    hidden = case.stranger.call("GET", "/reports/dashboard", params={"companyId": case.company["id"]})
    assert hidden.status_code == 403
    period = {"from": "0001-01-01", "to": "9999-12-31", "interval": "day"}
    steps = case.owner.call("GET", "/reports/certifications", params=period).json()
    assert [(step["submitted"], step["approved"], step["rejected"]) for step in steps] == [(1, 1, 0)]
    assert case.stranger.call("GET", "/reports/certifications", params=period).json() == []
    report = case.owner.made("/reports", {"kind": "certificates", "format": "csv"}, 202)
    assert report["status"] == "ready"
    download = case.owner.call("GET", f"/reports/{report['id']}/download")
    assert download.headers["Content-Type"].startswith("text/csv")
    assert certificate["number"] in download.text
    assert case.stranger.call("GET", f"/reports/{report['id']}/download").status_code == 404
    theirs = case.stranger.made("/reports", {"kind": "certificates", "format": "pdf"}, 202)
    assert b"%PDF-" in case.stranger.call("GET", f"/reports/{theirs['id']}/download").content
