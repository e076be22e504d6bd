"""Parses and checks signatures of requests to Amazon S3.

Source: Amazon S3 API Reference, "Authenticating Requests: AWS Signature Version 4".
"""

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from urllib.parse import quote, unquote

from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.compat import HTTPHeaders
from botocore.credentials import Credentials

from toolchain.datapath.edge.messages import Request
from toolchain.datapath.edge.s3.errors import StorageError, access_denied

ALGORITHM = "AWS4-HMAC-SHA256"
LONGEST_SECONDS = 7 * 24 * 3600
"""Maximum validity of a pre-signed URL."""
SKEW = timedelta(minutes=15)
"""Maximum difference between a signed request's time and the server's."""
_UNSIGNED = "UNSIGNED-PAYLOAD"
_HEADER = re.compile(
    r"AWS4-HMAC-SHA256\s+Credential=(?P<credential>[^,\s]+),\s*SignedHeaders=(?P<headers>[^,\s]+),\s*Signature=(?P<signature>\w+)"
)
_SCOPE_PARTS = 5


@dataclass(frozen=True)
class Signature:
    """The signature in a request, with its parameters."""

    access_key: str
    day: str
    region: str
    signed_headers: tuple[str, ...]
    value: str
    signed_at: datetime
    expires_seconds: int | None
    """Validity of a pre-signed URL; None for a signature in a header or a form."""


def query_pairs(query: str) -> list[tuple[str, str]]:
    """Return the decoded names and values of a query string; a plus sign stays a plus sign, as in S3."""
    pairs = (pair.partition("=") for pair in query.split("&") if pair)
    return [(unquote(name), unquote(value)) for name, _, value in pairs]


def signature_of(request: Request) -> Signature | None:
    """Return the signature in a request's header or query; None if it has none.

    Raises:
        StorageError: The signature is malformed, or of a version that S3 no longer accepts.
    """
    query = dict(query_pairs(request.query))
    authorization = request.header("authorization")
    if authorization is not None:
        return _in_header(request, authorization)
    if "X-Amz-Algorithm" in query or "X-Amz-Signature" in query:
        return _in_query(query)
    if "Signature" in query and "AWSAccessKeyId" in query:
        raise _old_version()
    return None


def _old_version() -> StorageError:
    message = "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256."
    return StorageError(400, "InvalidRequest", message)


def _in_header(request: Request, authorization: str) -> Signature:
    if not authorization.startswith(ALGORITHM):
        raise _old_version()
    found = _HEADER.fullmatch(authorization.strip())
    if found is None:
        raise StorageError(400, "AuthorizationHeaderMalformed", "The authorization header is malformed.")
    key, day, region = _scope(found["credential"], "AuthorizationHeaderMalformed")
    signed_at = moment(request.header("x-amz-date") or "", "AccessDenied")
    return Signature(key, day, region, tuple(found["headers"].split(";")), found["signature"], signed_at, None)


def _in_query(query: Mapping[str, str]) -> Signature:
    code = "AuthorizationQueryParametersError"
    needed = (
        "X-Amz-Algorithm",
        "X-Amz-Credential",
        "X-Amz-Signature",
        "X-Amz-Date",
        "X-Amz-SignedHeaders",
        "X-Amz-Expires",
    )
    if any(not query.get(name) for name in needed):
        raise StorageError(
            400, code, "Query-string authentication version 4 requires the " + ", ".join(needed) + " parameters."
        )
    if query["X-Amz-Algorithm"] != ALGORITHM:
        raise StorageError(400, code, f'X-Amz-Algorithm only supports "{ALGORITHM}"')
    if not query["X-Amz-Expires"].isdigit():
        raise StorageError(400, code, "X-Amz-Expires should be a number")
    seconds = int(query["X-Amz-Expires"])
    if seconds > LONGEST_SECONDS:
        raise StorageError(
            400,
            code,
            "X-Amz-Expires must be less than a week (in seconds)",
        )
    key, day, region = _scope(query["X-Amz-Credential"], code)
    headers = tuple(query["X-Amz-SignedHeaders"].split(";"))
    return Signature(key, day, region, headers, query["X-Amz-Signature"], moment(query["X-Amz-Date"], code), seconds)


def _scope(credential: str, code: str) -> tuple[str, str, str]:
    parts = credential.rsplit("/", _SCOPE_PARTS - 1)
    if len(parts) != _SCOPE_PARTS or parts[3:] != ["s3", "aws4_request"]:
        raise StorageError(
            400, code, 'the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/s3/aws4_request".'
        )
    return parts[0], parts[1], parts[2]


def moment(text: str, code: str) -> datetime:
    """Parse a time such as ``20260102T030405Z``.

    Raises:
        StorageError: The text is malformed; the error has the given code.
    """
    try:
        return datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        raise StorageError(
            400 if code != "AccessDenied" else 403,
            code,
            "X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"",
        ) from None


def check_time(signature: Signature, now: datetime) -> None:
    """Check that a signature is valid now.

    Raises:
        StorageError: The signature is expired or not valid yet.
    """
    if signature.expires_seconds is None:
        if abs(now - signature.signed_at) > SKEW:
            raise StorageError(
                403,
                "RequestTimeTooSkewed",
                "The difference between the request time and the current time is too large.",
            )
        return
    if now > signature.signed_at + timedelta(seconds=signature.expires_seconds):
        raise access_denied("Request has expired")
    if signature.signed_at > now + SKEW:
        raise access_denied("Request is not valid yet")


def check_signature(request: Request, signature: Signature, secret: str) -> None:
    """Check that a request was signed with the given secret.

    Raises:
        StorageError: The signature is wrong, or the body is not the signed body.
    """
    expected = _expected(request, signature, secret)
    if not hmac.compare_digest(expected, signature.value):
        raise signature_mismatch()
    if signature.expires_seconds is None:
        _check_body(request)


def signature_mismatch() -> StorageError:
    """Make the error for a wrong signature."""
    message = "The request signature we calculated does not match the signature you provided."
    return StorageError(403, "SignatureDoesNotMatch", message)


def _check_body(request: Request) -> None:
    said = request.header("x-amz-content-sha256") or _UNSIGNED
    # In a body of signed chunks (STREAMING-...), the header is not the hash of the body.
    if said == _UNSIGNED or said.startswith("STREAMING-"):
        return
    if hashlib.sha256(request.body).hexdigest() != said.lower():
        message = "The provided 'x-amz-content-sha256' header does not match what was computed."
        raise StorageError(400, "XAmzContentSHA256Mismatch", message)


def _expected(request: Request, signature: Signature, secret: str) -> str:
    parameters = [(name, value) for name, value in query_pairs(request.query) if name != "X-Amz-Signature"]
    signed = cast("Any", AWSRequest)(
        method=request.method,
        url=f"https://{request.host}{quote(unquote(request.path), safe='/-_.~')}",
        headers=dict(request.headers),
        params=parameters,
    )
    signed.context["timestamp"] = signature.signed_at.strftime("%Y%m%dT%H%M%SZ")
    verifier = _Verifier(request, signature, secret)
    text: str = verifier.string_to_sign(signed, verifier.canonical_request(signed))
    return verifier.signature(text, signed)


class _Verifier(S3SigV4Auth):
    """Signs the headers that the given signature lists as signed."""

    def __init__(self, request: Request, signature: Signature, secret: str) -> None:
        super().__init__(Credentials(signature.access_key, secret), "s3", signature.region)
        self._request = request
        self._signature_given = signature

    def headers_to_sign(self, request: Any) -> HTTPHeaders:  # noqa: ARG002 - botocore's own signature
        covered = HTTPHeaders()
        for name, value in self._request.headers:
            if name.lower() in self._signature_given.signed_headers:
                covered[name.lower()] = value
        return covered

    def payload(self, request: Any) -> str:  # noqa: ARG002 - botocore's own signature
        return self._request.header("x-amz-content-sha256") or _UNSIGNED


def signing_key_signature(text: str, secret: str, day: str, region: str) -> str:
    """Return the signature of a text, such as a form's policy (Amazon S3 API Reference, "Calculating a Signature").

    Args:
        text: Text to sign.
        secret: The secret access key.
        day: Date in the credential, as ``YYYYMMDD``.
        region: Region in the credential.
    """
    key = f"AWS4{secret}".encode()
    for part in (day, region, "s3", "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
