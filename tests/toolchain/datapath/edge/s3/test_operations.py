"""The permissions that requests need."""

import pytest

from toolchain.datapath.edge.messages import Request
from toolchain.datapath.edge.s3.errors import StorageError
from toolchain.datapath.edge.s3.operations import form_needed, needed

OBJECT, BUCKET = "arn:aws:s3:::b/k", "arn:aws:s3:::b"


def asked(method: str, key: str, query: str = "", *headers: tuple[str, str]) -> list[tuple[str, str]]:
    permissions = needed(Request(method, "h", f"/b/{key}", query, headers), "b", key)
    return [(each.action.removeprefix("s3:"), each.resource) for each in permissions]


@pytest.mark.parametrize(
    ("method", "query", "actions"),
    [
        ("GET", "", ["GetObject"]),
        ("HEAD", "X-Amz-Signature=a&response-content-type=b", ["GetObject"]),
        ("GET", "partNumber=1", ["GetObject"]),
        ("GET", "versionId=1", ["GetObjectVersion"]),
        ("GET", "acl&versionId=1", ["GetObjectVersionAcl"]),
        ("GET", "attributes", ["GetObject", "GetObjectAttributes"]),
        ("GET", "uploadId=1&max-parts=2", ["ListMultipartUploadParts"]),
        ("PUT", "x-id=PutObject", ["PutObject"]),
        ("PUT", "partNumber=1&uploadId=2", ["PutObject"]),
        ("PUT", "tagging", ["PutObjectTagging"]),
        ("POST", "uploads", ["PutObject"]),
        ("POST", "uploadId=1", ["PutObject"]),
        ("DELETE", "", ["DeleteObject"]),
        ("DELETE", "versionId=1", ["DeleteObjectVersion"]),
        ("DELETE", "uploadId=1", ["AbortMultipartUpload"]),
    ],
)
def test_objects(method: str, query: str, actions: list[str]) -> None:
    assert asked(method, "k", query) == [(action, OBJECT) for action in actions]


@pytest.mark.parametrize(
    ("method", "query", "action"),
    [
        ("GET", "list-type=2&prefix=a&delimiter=%2F", "ListBucket"),
        ("HEAD", "", "ListBucket"),
        ("GET", "uploads", "ListBucketMultipartUploads"),
        ("GET", "versions&prefix=a", "ListBucketVersions"),
        ("GET", "location", "GetBucketLocation"),
        ("PUT", "policy", "PutBucketPolicy"),
        ("DELETE", "", "DeleteBucket"),
    ],
)
def test_buckets(method: str, query: str, action: str) -> None:
    assert asked(method, "", query) == [(action, BUCKET)]


def test_the_list_of_all_buckets() -> None:
    assert [(each.action, each.resource) for each in needed(Request("GET", "h", "/"), "", "")] == [
        ("s3:ListAllMyBuckets", "*")
    ]


@pytest.mark.parametrize(
    ("method", "key", "query"),
    [("POST", "k", "select&select-type=2"), ("GET", "k", "torrent"), ("GET", "", "inventory"), ("PATCH", "k", "")],
)
def test_what_is_not_known_is_refused(method: str, key: str, query: str) -> None:
    with pytest.raises(StorageError, match="501 NotImplemented"):
        asked(method, key, query)


def test_headers_of_an_upload_need_more() -> None:
    assert asked("PUT", "k", "", ("x-amz-acl", "private"), ("x-amz-tagging", "a=b")) == [
        ("PutObject", OBJECT),
        ("PutObjectAcl", OBJECT),
        ("PutObjectTagging", OBJECT),
    ]
    source = ("x-amz-copy-source", "/other/a%20b/c?versionId=1")
    assert asked("PUT", "k", "", source)[1:] == [("GetObjectVersion", "arn:aws:s3:::other/a b/c")]
    assert asked("GET", "k", "", ("x-amz-acl", "private")) == [("GetObject", OBJECT)]


def test_forms() -> None:
    found = form_needed({"key": "k", "acl": "private", "tagging": "<Tagging/>"}, "b", "k")
    assert [each.action for each in found] == ["s3:PutObject", "s3:PutObjectAcl", "s3:PutObjectTagging"]
    assert {each.resource for each in found} == {OBJECT}
