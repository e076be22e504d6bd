from datetime import UTC, datetime, timedelta
from urllib.parse import quote, urlsplit

import pytest
from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given
from hypothesis import strategies as st

from toolchain.datapath.edge.messages import Request
from toolchain.datapath.edge.s3.errors import StorageError
from toolchain.datapath.edge.s3.signatures import check_signature, check_time, signature_of

SECRET = "secret"
keys = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=12)


def signed(
    signer: type, key: str, parameters: dict[str, str], method: str = "GET", body: bytes = b"", **options: int
) -> Request:
    query = "&".join(f"{quote(name, safe='-_.~')}={quote(value, safe='-_.~')}" for name, value in parameters.items())
    url = f"http://127.0.0.1:8600/bucket/{quote(key, safe='/-_.~')}" + (f"?{query}" if query else "")
    request = AWSRequest(method, url, headers={"Host": "127.0.0.1:8600"}, data=body)
    signer(Credentials("key", SECRET), "s3", "us-east-1", **options).add_auth(request)
    parts = urlsplit(request.url)
    headers = tuple((name.lower(), value) for name, value in request.headers.items())
    return Request(method, "127.0.0.1:8600", parts.path, parts.query, headers, body)


def code(request: Request, secret: str = SECRET) -> str | None:
    try:
        signature = signature_of(request)
        assert signature is not None
        check_time(signature, datetime.now(UTC))
        check_signature(request, signature, secret)
    except StorageError as refusal:
        return refusal.code
    return None


@given(keys, st.dictionaries(keys, keys, max_size=3))
def test_what_botocore_signs_is_taken_and_nothing_else(key: str, parameters: dict[str, str]) -> None:
    for request in (
        signed(S3SigV4QueryAuth, key, parameters, expires=60),
        signed(S3SigV4Auth, key, parameters, "PUT", b"body"),
    ):
        assert code(request) is None
        assert code(request, "another") == "SignatureDoesNotMatch"
        for changed in (
            Request(request.method, request.host, f"{request.path}x", request.query, request.headers, request.body),
            Request("DELETE", request.host, request.path, request.query, request.headers, request.body),
            Request(
                request.method,
                request.host,
                request.path,
                f"{request.query}&versionId=1",
                request.headers,
                request.body,
            ),
            request.with_headers(("host", "127.0.0.1:9999"), without=("host",)),
        ):
            assert code(changed) == "SignatureDoesNotMatch"


def test_the_body_is_the_one_that_was_signed() -> None:
    request = signed(S3SigV4Auth, "a", {}, "PUT", b"body")
    changed = Request("PUT", request.host, request.path, request.query, request.headers, b"other")
    assert code(changed) == "XAmzContentSHA256Mismatch"


def test_times() -> None:
    link = signature_of(signed(S3SigV4QueryAuth, "a", {}, expires=60))
    header = signature_of(signed(S3SigV4Auth, "a", {}))
    assert link is not None
    assert header is not None
    for signature, seconds, expected in (
        (link, 59, None),
        (link, 61, "AccessDenied"),
        (link, -3600, "AccessDenied"),
        (header, 890, None),
        (header, 910, "RequestTimeTooSkewed"),
    ):
        try:
            check_time(signature, signature.signed_at + timedelta(seconds=seconds))
            found = None
        except StorageError as refusal:
            found = refusal.code
        assert found == expected


@pytest.mark.parametrize(
    ("headers", "query", "expected"),
    [
        ((), "", None),
        ((("authorization", "AWS key:sig"),), "", "InvalidRequest"),
        ((("authorization", "AWS4-HMAC-SHA256 nonsense"),), "", "AuthorizationHeaderMalformed"),
        ((), "X-Amz-Algorithm=AWS4-HMAC-SHA256", "AuthorizationQueryParametersError"),
        ((), "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=k/20260101/us-east-1/sqs/aws4_request&X-Amz-Date=20260101T000000Z&X-Amz-Expires=60&X-Amz-SignedHeaders=host&X-Amz-Signature=0", "AuthorizationQueryParametersError"),
        ((), "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=k/20260101/us-east-1/s3/aws4_request&X-Amz-Date=yesterday&X-Amz-Expires=60&X-Amz-SignedHeaders=host&X-Amz-Signature=0", "AuthorizationQueryParametersError"),
        ((), "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=k/20260101/us-east-1/s3/aws4_request&X-Amz-Date=20260101T000000Z&X-Amz-Expires=604801&X-Amz-SignedHeaders=host&X-Amz-Signature=0", "AuthorizationQueryParametersError"),
    ],
)  # fmt: skip
def test_what_is_no_signature(headers: tuple[tuple[str, str], ...], query: str, expected: str | None) -> None:
    request = Request("GET", "h", "/b/k", query, headers)
    if expected is None:
        assert signature_of(request) is None
        return
    with pytest.raises(StorageError) as refused:
        signature_of(request)
    assert refused.value.code == expected
