"""Reads a bucket's policy, CORS rules and public access block, and evaluates them for requests."""

import asyncio
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from toolchain.datapath.control_plane import ControlPlane
from toolchain.datapath.edge.messages import Request
from toolchain.datapath.edge.policies import Access, Decision, decision
from toolchain.datapath.edge.s3.errors import StorageError
from toolchain.datapath.edge.s3.operations import NO_OPERATION, arn
from toolchain.datapath.edge.s3.signatures import query_pairs

FRESH_SECONDS = 1.0
"""How long a bucket's configuration is cached."""
BUCKETS_KEPT = 256
ACCOUNT_ROOT = "arn:aws:iam::123456789012:root"
"""Principal of all signed requests, except requests of a role's session."""
OVER_TLS: Mapping[str, str] = {"aws:SecureTransport": "true", "s3:TlsVersion": "1.3"}
"""Condition keys of a request over TLS."""

_CONDITION_HEADERS = (
    "x-amz-server-side-encryption",
    "x-amz-server-side-encryption-aws-kms-key-id",
    "x-amz-acl",
    "x-amz-storage-class",
)
_NO_SUBRESOURCE = frozenset(
    {"list-type", "prefix", "delimiter", "max-keys", "continuation-token", "start-after", "encoding-type", "marker"}
)


@dataclass(frozen=True)
class Bucket:
    """A bucket's configuration for access and CORS."""

    name: str
    policy: Mapping[str, Any] | None
    cors_rules: Sequence[Mapping[str, Any]]
    blocks_public_policies: bool
    """Whether RestrictPublicBuckets is on: then a policy's Allow for everybody has no effect."""

    def arn(self, key: str = "") -> str:
        """Return the ARN of the bucket, or of an object in it."""
        return arn(self.name, key)


def split_path(path: str) -> tuple[str, str]:
    """Return the bucket and the key of a path-style path, still encoded."""
    bucket, _, key = path.removeprefix("/").partition("/")
    return bucket, key


def action_of(method: str, key: str, query: str) -> str | None:
    """Return the action that an anonymous request needs; None if the operation is never anonymous here.

    Source: Amazon S3 User Guide, "Required permissions for Amazon S3 API operations".
    """
    subresources = {name for name, _ in query_pairs(query) if not name.lower().startswith(NO_OPERATION)}
    if key:
        if method in {"GET", "HEAD"}:
            reading = {frozenset[str](): "s3:GetObject", frozenset({"versionId"}): "s3:GetObjectVersion"}
            return reading.get(frozenset(subresources))
        return None if subresources else {"PUT": "s3:PutObject", "DELETE": "s3:DeleteObject"}.get(method)
    return "s3:ListBucket" if method in {"GET", "HEAD"} and subresources <= _NO_SUBRESOURCE else None


def context_of(request: Request) -> dict[str, str]:
    """Return the condition keys of a request. It counts as sent over TLS, as a viewer's request in AWS would be."""
    context = {**OVER_TLS, "aws:SourceIp": request.client_address}
    for name in _CONDITION_HEADERS:
        value = request.header(name)
        if value is not None:
            context[f"s3:{name}"] = value
    return context


def may_anybody(bucket: Bucket, action: str, key: str, context: Mapping[str, str]) -> bool:
    """Check whether a request without a signature is allowed."""
    access = Access(action, bucket.arn(key), context=context)
    return not bucket.blocks_public_policies and decision(bucket.policy, access) is Decision.ALLOWED


def is_refused_to_all(bucket: Bucket, action: str, key: str, context: Mapping[str, str]) -> bool:
    """Check whether the bucket's policy denies a request of the account's root."""
    access = Access(action, bucket.arn(key), principal=ACCOUNT_ROOT, context=context)
    return decision(bucket.policy, access) is Decision.DENIED


class Buckets:
    """Reads buckets' configuration, and caches it for `FRESH_SECONDS`.

    Args:
        control_plane: The emulator.
    """

    def __init__(self, control_plane: ControlPlane) -> None:
        self._control_plane = control_plane
        self._read: dict[str, tuple[float, Bucket]] = {}
        self._reading: dict[str, asyncio.Lock] = {}

    async def get(self, name: str) -> Bucket:
        """Read a bucket's configuration.

        Raises:
            StorageError: The bucket does not exist.
            botocore.exceptions.ClientError: The emulator refused.
        """
        # Of concurrent requests, only one reads.
        lock = self._reading.setdefault(name, asyncio.Lock())
        try:
            async with lock:
                known = self._read.get(name)
                if known is not None and time.monotonic() - known[0] < FRESH_SECONDS:
                    return known[1]
                return await self._fetched(name)
        finally:
            if not lock.locked():
                self._reading.pop(name, None)

    async def _fetched(self, name: str) -> Bucket:
        policy, cors, block = await asyncio.gather(
            self._get(name, "get_bucket_policy", "NoSuchBucketPolicy"),
            self._get(name, "get_bucket_cors", "NoSuchCORSConfiguration"),
            self._get(name, "get_public_access_block", "NoSuchPublicAccessBlockConfiguration"),
        )
        bucket = Bucket(
            name,
            json.loads(policy["Policy"]) if "Policy" in policy else None,
            cors.get("CORSRules", ()),
            bool(block.get("PublicAccessBlockConfiguration", {}).get("RestrictPublicBuckets")),
        )
        if len(self._read) >= BUCKETS_KEPT:
            self._read.clear()
        self._read[name] = (time.monotonic(), bucket)
        return bucket

    async def _get(self, name: str, operation: str, missing: str) -> dict[str, Any]:
        try:
            return await self._control_plane.call("s3", operation, Bucket=name)
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code")
            if code == missing:
                return {}
            if code == "NoSuchBucket":
                raise StorageError(404, "NoSuchBucket", "The specified bucket does not exist") from None
            raise
