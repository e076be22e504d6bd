"""Documents: direct upload, registration, list, download and deletion, each allowed only to their owners."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.backend.api.conftest import Person, company

People = Callable[..., Person]
CONTENT = b"%PDF-1.7 halal"


def request_of(**changed: Any) -> dict[str, Any]:
    body = {"fileName": "../../slaughter records.pdf", "contentType": "application/pdf", "sizeBytes": len(CONTENT)}
    return {**body, "kind": "evidence", **changed}


def upload(who: Person, content: bytes = CONTENT, **changed: Any) -> tuple[str, int]:
    form = who.made("/documents/upload-urls", request_of(**changed))
    answer = who.client.post(urlsplit(form["url"]).path, data=form["fields"], files={"file": ("x", content)})
    return form["documentId"], answer.status_code


def test_a_document_goes_its_way(person: People) -> None:
    owner, stranger, auditor = person("owner"), person("stranger"), person("auditor", "auditor")
    made = owner.made("/companies", company())
    form = owner.made("/documents/upload-urls", request_of(title="Records"))
    prefix, name = form["fields"]["key"].rsplit("/", 1)
    assert prefix == f"companies/{made['id']}/evidence"
    assert name.endswith("-slaughter_records.pdf")
    document = f"/documents/{form['documentId']}"
    record = {"documentId": form["documentId"]}
    assert owner.call("POST", "/documents", record).status_code == 409
    assert owner.call("GET", document).status_code == 404
    sent = owner.client.post(urlsplit(form["url"]).path, data=form["fields"], files={"file": ("x", CONTENT)})
    assert sent.status_code == 204
    assert stranger.call("POST", "/documents", record).status_code == 404
    recorded = owner.made("/documents", record)
    assert (recorded["title"], recorded["sizeBytes"], recorded["companyId"]) == ("Records", len(CONTENT), made["id"])
    assert owner.made("/documents", record) == recorded
    assert owner.call("PATCH", document, {"title": "New"}).json()["title"] == "New"
    for who, items in ((owner, 1), (auditor, 1), (stranger, 0)):
        assert len(who.call("GET", "/documents", params={"kind": "evidence"}).json()["items"]) == items
    for path in (document, f"{document}/content", f"{document}/versions"):
        assert stranger.call("GET", path).status_code == 404
    link = auditor.call("GET", f"{document}/content").json()
    assert owner.client.get(link["url"]).content == CONTENT
    assert owner.call("GET", f"{document}/content", params={"version": 2}).status_code == 404
    assert [each["version"] for each in owner.call("GET", f"{document}/versions").json()] == [1]
    assert auditor.call("DELETE", document).status_code == 403
    assert owner.call("DELETE", document).status_code == 204
    assert owner.call("GET", document).status_code == 404
    assert owner.client.get(link["url"]).status_code == 403


def test_nobody_uploads_for_another_company_and_members_of_two_say_for_which(person: People) -> None:
    owner, other = person("owner"), person("other")
    theirs = other.made("/companies", company(1))["id"]
    assert owner.call("POST", "/documents/upload-urls", request_of(companyId=theirs)).status_code == 403
    own = owner.made("/documents/upload-urls", request_of())
    assert own["fields"]["key"].startswith(f"users/{owner.user_id}/evidence/")
    for number in (2, 3):
        last = owner.made("/companies", company(number))["id"]
    refused = owner.call("POST", "/documents/upload-urls", request_of())
    assert (refused.status_code, refused.json()["errors"][0]["path"]) == (422, "companyId")
    assert last in owner.made("/documents/upload-urls", request_of(companyId=last))["fields"]["key"]


@pytest.mark.parametrize(
    "changed", [{"contentType": "text/html"}, {"sizeBytes": 0}, {"sizeBytes": 500_000_001}, {"kind": "../x"}]
)
def test_types_and_sizes_have_limits(person: People, changed: dict[str, Any]) -> None:
    answer = person("owner").call("POST", "/documents/upload-urls", request_of(**changed))
    assert (answer.status_code, answer.json()["errors"][0]["path"]) == (400, next(iter(changed)))


def test_a_picture_is_a_small_image(person: People) -> None:
    user = person("user")
    pdf, _ = upload(user)
    image, status = upload(user, fileName="me.png", contentType="image/png")
    assert status == 204
    path = f"/users/{user.user_id}/avatar"
    assert user.call("PUT", path, {"documentId": pdf}).status_code == 400
    large, _ = upload(user, b"x" * 1_000_001, contentType="image/png", sizeBytes=1_000_001)
    assert user.call("PUT", path, {"documentId": large}).status_code == 413
    picture = user.call("PUT", path, {"documentId": image}).json()["avatarUrl"]
    assert user.client.get(picture).content == CONTENT


def test_a_certificate_of_a_supplier_holds_its_scan(person: People) -> None:
    user = person("user")
    supplier = user.made("/suppliers", {"name": "Mill", "country": "MY"})["id"]
    scan, _ = upload(user)
    path = f"/suppliers/{supplier}/certificates"
    assert user.call("POST", path, {"documentId": supplier, "issuer": "JAKIM"}).status_code == 404
    made = user.made(path, {"documentId": scan, "issuer": "JAKIM"})
    assert [each["id"] for each in user.call("GET", path).json()] == [made["id"]]
    assert user.call("DELETE", f"/documents/{scan}").status_code == 409


def test_who_was_added_to_a_company_does_not_give_it_files_without_saying_so(person: People) -> None:
    owner, added = person("owner"), person("added")
    company_id = owner.made("/companies", company())["id"]
    owner.made(f"/companies/{company_id}/members", {"email": added.email, "administrator": True})
    own, _ = upload(added)
    assert added.made("/documents", {"documentId": own}).get("companyId") is None
    assert owner.call("GET", f"/documents/{own}").status_code == 404
    theirs, _ = upload(added, companyId=company_id)
    assert added.made("/documents", {"documentId": theirs})["companyId"] == company_id
    assert owner.call("GET", f"/documents/{theirs}").status_code == 200


def test_who_left_a_company_leaves_its_documents_there(person: People) -> None:
    owner, member = person("owner"), person("member")
    company_id = owner.made("/companies", company())["id"]
    owner.made(f"/companies/{company_id}/members", {"email": member.email})
    document_id, _ = upload(member, companyId=company_id)
    waiting, _ = upload(member, companyId=company_id)
    member.made("/documents", {"documentId": document_id})
    assert owner.call("DELETE", f"/companies/{company_id}/members/{member.user_id}").status_code == 204
    path = f"/documents/{document_id}"
    for method, where, body in (
        ("GET", path, None),
        ("GET", f"{path}/content", None),
        ("PATCH", path, {"title": "Mine"}),
        ("DELETE", path, None),
        ("POST", "/documents", {"documentId": document_id}),
        ("POST", "/documents", {"documentId": waiting}),
    ):
        assert member.call(method, where, body).status_code == 404, (method, where)
    assert member.call("GET", "/documents").json()["items"] == []
    assert owner.call("GET", path).status_code == 200


def test_the_audited_company_does_not_touch_the_evidence(person: People, query: Callable[..., list[Any]]) -> None:
    owner, auditor, other = person("owner"), person("auditor", "auditor"), person("other", "auditor")
    company_id = owner.made("/companies", company())["id"]
    document_id, _ = upload(auditor)
    auditor.made("/documents", {"documentId": document_id})
    query(
        "UPDATE documents SET audit_id = gen_random_uuid(), company_id = $1::text::uuid WHERE id = $2::text::uuid",
        company_id,
        document_id,
    )
    path = f"/documents/{document_id}"
    assert owner.call("GET", path).status_code == 200
    assert owner.call("PATCH", path, {"title": "Nothing to see"}).status_code == 403
    assert owner.call("DELETE", path).status_code == 403
    query("UPDATE documents SET owner_id = $1::text::uuid", owner.user_id)
    assert owner.call("POST", "/documents", {"documentId": document_id}).status_code == 403
    assert auditor.call("PATCH", path, {"title": "Seen"}).status_code == 200
    assert other.call("DELETE", path).status_code == 204


@pytest.mark.parametrize("name", ["a/b.pdf", "a\\b.pdf", "x/"])
def test_the_random_id_stays_in_the_key_whatever_the_name(person: People, name: str) -> None:
    form = person("owner").made("/documents/upload-urls", request_of(fileName=name))
    assert f"-{form['documentId'].replace('-', '')[:12]}-" in form["fields"]["key"].rsplit("/", 1)[1]
