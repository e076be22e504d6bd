"""Presigned forms and links of S3, used like a browser does."""

import asyncio
import base64
import json
import socket
from typing import Any

import pytest
import requests

from service.storage.provider import FileRule, StorageError
from service.storage.s3 import S3Storage
from tests.backend.storage.conftest import BUCKET, REGION

CONTENT = b"%PDF-1.7 halal"
RULE = FileRule("companies/c/evidence/1-a.pdf", "application/pdf", len(CONTENT), {"document-id": "d"})


@pytest.fixture
def storage(s3: Any, s3_endpoint: str) -> S3Storage:
    return S3Storage(BUCKET, region=REGION, endpoint_url=s3_endpoint, encryption="AES256")


def upload(storage: S3Storage, rule: FileRule, content: bytes, **changed: str) -> requests.Response:
    form = asyncio.run(storage.upload_form(rule))
    return requests.post(form.url, data={**form.fields, **changed}, files={"file": content}, timeout=10)


def policy_of(storage: S3Storage, rule: FileRule) -> list[Any]:
    fields = asyncio.run(storage.upload_form(rule)).fields
    return json.loads(base64.b64decode(fields["policy"]))["conditions"]


def test_a_file_goes_up_is_described_listed_downloaded_and_deleted(storage: S3Storage) -> None:
    assert upload(storage, RULE, CONTENT).status_code == 204
    stored = asyncio.run(storage.describe(RULE.key))
    assert stored is not None
    assert (stored.size_bytes, stored.content_type) == (len(CONTENT), "application/pdf")
    assert dict(stored.metadata) == {"document-id": "d"}
    assert [file.key for file in asyncio.run(storage.list_files("companies/c/")).files] == [RULE.key]
    link = asyncio.run(storage.download_link(RULE.key, 'a"; x.pdf'))
    answer = requests.get(link.url, timeout=10)
    assert answer.content == CONTENT
    assert answer.headers["Content-Disposition"] == "attachment; filename=\"a_x.pdf\"; filename*=UTF-8''a_%3B%20x.pdf"
    asyncio.run(storage.delete(RULE.key))
    assert asyncio.run(storage.describe(RULE.key)) is None


def test_the_policy_fixes_key_type_size_metadata_and_encryption(storage: S3Storage) -> None:
    # moto accepts any upload; only S3 enforces a form's policy
    conditions = policy_of(storage, RULE)
    assert ["content-length-range", len(CONTENT), len(CONTENT)] in conditions
    for expected in (
        {"key": RULE.key},
        {"Content-Type": "application/pdf"},
        {"x-amz-meta-document-id": "d"},
        {"x-amz-server-side-encryption": "AES256"},
        {"bucket": BUCKET},
    ):
        assert expected in conditions


def test_encryption_is_asked_for_as_told(s3_endpoint: str) -> None:
    arn = "arn:aws:kms:eu-west-1:123456789012:key/k"
    own_key = S3Storage(BUCKET, region=REGION, endpoint_url=s3_endpoint, encryption=arn)
    assert {"x-amz-server-side-encryption-aws-kms-key-id": arn} in policy_of(own_key, RULE)
    default = S3Storage(BUCKET, region=REGION, endpoint_url=s3_endpoint)
    assert "encryption" not in str(policy_of(default, RULE))
    with pytest.raises(ValueError, match="encryption='none'"):
        S3Storage(BUCKET, region=REGION, encryption="none")


def test_pages_of_a_listing_hold_each_file_once(storage: S3Storage, s3: Any) -> None:
    keys = [f"companies/c/other/{number}" for number in range(5)]
    for key in keys:
        s3.put_object(Bucket=BUCKET, Key=key, Body=b"x")
    listed: list[str] = []
    token = None
    for _ in range(3):
        page = asyncio.run(storage.list_files("companies/c/other/", token, limit=2))
        listed += [file.key for file in page.files]
        token = page.next_token
    assert token is None
    assert listed == keys


def test_silence_of_s3_is_one_kind_of_error(s3: Any) -> None:
    storage = S3Storage(BUCKET, region=REGION, endpoint_url="http://127.0.0.1:9")
    with pytest.raises(StorageError, match="S3 did not answer: EndpointConnectionError"):
        asyncio.run(storage.describe("k"))


@pytest.mark.parametrize(("content_type", "size"), [("text/html", 1), ("image/png", 0), ("image/png", 500_000_001)])
def test_types_and_sizes_out_of_bounds_get_no_form(content_type: str, size: int) -> None:
    with pytest.raises(ValueError, match=r"allowed are"):
        FileRule("k", content_type, size)


def test_nobody_waits_long_for_an_s3_that_hangs(s3: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.storage.s3.CALL_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        storage = S3Storage(BUCKET, region=REGION, endpoint_url=f"http://127.0.0.1:{silent.getsockname()[1]}")
        with pytest.raises(StorageError, match=r"S3 did not answer within 0\.2 seconds"):
            asyncio.run(storage.describe("k"))
