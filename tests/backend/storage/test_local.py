"""Local storage behaves like S3, and verifies its signatures."""

import asyncio
import io
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from service.storage import local as local_module
from service.storage.local import LocalStorage
from service.storage.local_routes import local_routes
from service.storage.provider import FileRule, StorageError

CONTENT = b"%PDF-1.7 halal"
RULE = FileRule("companies/c/evidence/1-a.pdf", "application/pdf", len(CONTENT), {"document-id": "d"})


@pytest.fixture
def storage(tmp_path: Path) -> LocalStorage:
    return LocalStorage(tmp_path / "uploads", base_url="http://testserver", secret=b"s" * 32)


@pytest.fixture
def client(storage: LocalStorage) -> TestClient:
    return TestClient(Starlette(routes=local_routes(storage)))


def send(client: TestClient, storage: LocalStorage, content: bytes = CONTENT, **changed: str) -> int:
    form = asyncio.run(storage.upload_form(RULE))
    data = {**form.fields, **changed}
    return client.post(urlsplit(form.url).path, data=data, files={"file": ("x", content)}).status_code


def test_a_file_goes_up_is_described_listed_downloaded_and_deleted(client: TestClient, storage: LocalStorage) -> None:
    assert send(client, storage) == 204
    stored = asyncio.run(storage.describe(RULE.key))
    assert stored is not None
    assert (stored.size_bytes, stored.content_type) == (len(CONTENT), "application/pdf")
    assert stored.metadata == {"document-id": "d"}
    assert [file.key for file in asyncio.run(storage.list_files("companies/c/")).files] == [RULE.key]
    link = asyncio.run(storage.download_link(RULE.key, "Ä b.pdf"))
    answer = client.get(link.url)
    assert answer.content == CONTENT
    assert answer.headers["Content-Disposition"] == "attachment; filename=\"A_b.pdf\"; filename*=UTF-8''%C3%84%20b.pdf"
    asyncio.run(storage.delete(RULE.key))
    assert asyncio.run(storage.describe(RULE.key)) is None
    assert client.get(link.url).status_code == 403


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"signature": "0" * 64}, 403),
        ({"signature": "é"}, 403),
        ({"policy": "e30="}, 403),
        ({"key": "companies/other/evidence/1-a.pdf"}, 403),
        ({"Content-Type": "image/png"}, 403),
    ],
)
def test_a_changed_form_is_refused(
    client: TestClient, storage: LocalStorage, changed: dict[str, str], status: int
) -> None:
    assert send(client, storage, **changed) == status
    assert asyncio.run(storage.list_files("")).files == []


@pytest.mark.parametrize("content", [CONTENT + b"!", CONTENT[:-1]])
def test_a_file_of_another_size_is_refused_and_leaves_nothing(
    client: TestClient, storage: LocalStorage, tmp_path: Path, content: bytes
) -> None:
    assert send(client, storage, content) == 400
    assert [path for path in (tmp_path / "uploads").rglob("*") if path.is_file()] == []


def test_forms_and_links_expire(client: TestClient, storage: LocalStorage, monkeypatch: pytest.MonkeyPatch) -> None:
    assert send(client, storage) == 204
    monkeypatch.setattr(local_module, "UPLOAD_SECONDS", -1)
    monkeypatch.setattr(local_module, "DOWNLOAD_SECONDS", -1)
    assert send(client, storage) == 403
    assert client.get(asyncio.run(storage.download_link(RULE.key, "Ä b.pdf")).url).status_code == 403


def test_a_link_is_good_for_its_file_only(client: TestClient, storage: LocalStorage) -> None:
    assert send(client, storage) == 204
    link = asyncio.run(storage.download_link(RULE.key, "Ä b.pdf"))
    assert client.get(link.url.replace("1-a.pdf", "2-b.pdf")).status_code == 403
    assert client.get(link.url.split("&signature")[0]).status_code == 403


def test_a_form_larger_than_any_file_is_cut_off(
    client: TestClient, storage: LocalStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.storage.local_routes.MAX_FILE_BYTES", 1000)
    monkeypatch.setattr("service.storage.local_routes.FORM_BYTES", 1000)
    assert send(client, storage, b"x" * 100_000) == 413


@pytest.mark.parametrize("key", ["../x", "a/../../x", "/etc/passwd", "", "a/.hidden"])
def test_keys_never_lead_out_of_the_folder(storage: LocalStorage, key: str) -> None:
    for call in (storage.describe, storage.delete):
        with pytest.raises(StorageError, match="leads out of the folder"):
            asyncio.run(call(key))


def test_pages_of_a_listing_hold_each_file_once(storage: LocalStorage) -> None:
    keys = [f"companies/c/other/{number}" for number in range(5)]
    for key in keys:
        storage.store(FileRule(key, "image/png", 1), io.BytesIO(b"x"))
    listed: list[Any] = []
    token = None
    for _ in range(3):
        page = asyncio.run(storage.list_files("companies/c/other/", token, limit=2))
        listed += [file.key for file in page.files]
        token = page.next_token
    assert token is None
    assert listed == keys
