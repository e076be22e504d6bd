import pytest

from toolchain.datapath.edge.messages import Request
from toolchain.datapath.edge.s3.buckets import Bucket, action_of, context_of, is_refused_to_all, may_anybody, split_path


@pytest.mark.parametrize(
    ("method", "key", "query", "action"),
    [
        ("GET", "k", "", "s3:GetObject"),
        ("HEAD", "k", "response-content-type=a&x-id=GetObject", "s3:GetObject"),
        ("GET", "k", "X-Amz-Signature=a&X-Amz-Expires=1", "s3:GetObject"),
        ("GET", "k", "versionId=1", "s3:GetObjectVersion"),
        ("GET", "k", "acl", None),
        ("PUT", "k", "", "s3:PutObject"),
        ("PUT", "k", "partNumber=1&uploadId=2", None),
        ("DELETE", "k", "", "s3:DeleteObject"),
        ("GET", "", "list-type=2&prefix=a", "s3:ListBucket"),
        ("GET", "", "policy", None),
        ("PUT", "", "", None),
        ("POST", "k", "", None),
    ],
)
def test_actions(method: str, key: str, query: str, action: str | None) -> None:
    assert action_of(method, key, query) == action


def test_who_may() -> None:
    reading = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"}
    plain = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:PutObject",
        "Resource": "arn:aws:s3:::b/*",
        "Condition": {"Null": {"s3:x-amz-server-side-encryption": "true"}},
    }
    bucket = Bucket("b", {"Statement": [reading, plain]}, (), blocks_public_policies=False)
    context = context_of(Request("PUT", "h", "/b/k"))
    assert may_anybody(bucket, "s3:GetObject", "k", context)
    assert not may_anybody(bucket, "s3:ListBucket", "", context)
    assert not may_anybody(Bucket("b", bucket.policy, (), blocks_public_policies=True), "s3:GetObject", "k", context)
    assert is_refused_to_all(bucket, "s3:PutObject", "k", context)
    sealed = context_of(Request("PUT", "h", "/b/k", headers=(("x-amz-server-side-encryption", "aws:kms"),)))
    assert not is_refused_to_all(bucket, "s3:PutObject", "k", sealed)


def test_paths() -> None:
    assert [split_path(path) for path in ("/", "/b", "/b/", "/b/k%2F/l")] == [
        ("", ""),
        ("b", ""),
        ("b", ""),
        ("b", "k%2F/l"),
    ]
