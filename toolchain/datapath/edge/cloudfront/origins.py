"""Where distributions get their objects from."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote

import httpx
from botocore.exceptions import BotoCoreError, ClientError

from toolchain.datapath.control_plane import ControlPlane
from toolchain.datapath.edge.cloudfront.model import Distribution, Origin
from toolchain.datapath.edge.endpoints import Endpoint
from toolchain.datapath.edge.forwarding import LoadBalancers
from toolchain.datapath.edge.messages import Request, Response
from toolchain.datapath.edge.policies import Access, Decision, decision
from toolchain.datapath.edge.s3.buckets import OVER_TLS, Bucket, Buckets, may_anybody
from toolchain.datapath.edge.s3.cors import cross_origin_headers
from toolchain.datapath.edge.s3.errors import StorageError, access_denied

SERVICE = "cloudfront.amazonaws.com"
OBJECT_LIMIT_BYTES = 100 * 1024 * 1024
"""A larger object is answered with 502: it would be held in memory."""
_NOT_FOR_VIEWERS = frozenset(
    {
        "connection", "content-length", "date", "server", "transfer-encoding", "x-amz-content-sha256", "x-amz-id-2",
        "x-amz-request-id", "x-amz-sdk-checksum-algorithm", "x-amzn-requestid",
    }
)  # fmt: skip
"""What CloudFront removes ("HTTP response headers that CloudFront removes or updates"), and the emulator's own."""

_CHECKSUM = "x-amz-checksum-"
"""Comes because boto3 asks for it; CloudFront does not."""
_OF_THE_EMULATOR = "access-control-"
"""The emulator lets every origin in; Amazon S3 does as the bucket's CORS configuration says."""


class OriginError(Exception):
    """An origin does not answer.

    Attributes:
        status: What viewers get: 502 or 504.
    """

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


class Origins:
    """Fetches from buckets, other parts of the edge, and load balancers.

    Args:
        control_plane: Where buckets and keys are.
        others: Who plays other services.
        balancers: Reaches load balancers.
    """

    def __init__(self, control_plane: ControlPlane, others: Sequence[Endpoint], balancers: LoadBalancers) -> None:
        self._control_plane = control_plane
        self._buckets = Buckets(control_plane)
        self._others = others
        self._balancers = balancers

    async def fetch(self, distribution: Distribution, origin: Origin, request: Request) -> Response:
        """Fetch from an origin.

        Args:
            distribution: For which distribution.
            origin: The origin.
            request: As the origin gets it, with ``If-None-Match`` when something is kept.

        Returns:
            Its answer, also when that is an error or 304.

        Raises:
            OriginError: It does not answer.
        """
        if origin.bucket is not None:
            try:
                return await self._from_bucket(distribution, origin, origin.bucket, request)
            except StorageError as refusal:
                return refusal.response
            except BotoCoreError as error:
                raise OriginError(502, f"the bucket {origin.bucket} cannot be reached: {error}") from None
        for other in self._others:
            if origin.domain_name in other.hosts():
                return await other.answer(request)
        try:
            response = await self._balancers.answer(origin.domain_name, request, origin.ports)
        except httpx.TimeoutException:
            raise OriginError(504, f"the origin {origin.domain_name} does not answer in time") from None
        except (httpx.HTTPError, ValueError) as error:
            raise OriginError(502, f"the origin {origin.domain_name} fails: {error}") from None
        if response is None:
            raise OriginError(502, f"CloudFront wasn't able to resolve the origin domain name {origin.domain_name}")
        return response

    async def _from_bucket(self, distribution: Distribution, origin: Origin, name: str, request: Request) -> Response:
        bucket = await self._buckets.get(name)
        key = unquote(request.path).removeprefix("/")
        if request.method not in {"GET", "HEAD"}:
            raise access_denied()
        if not _may(bucket, "s3:GetObject", key, distribution, origin):
            raise access_denied()
        arguments = {"Bucket": name, "Key": key}
        etag = request.header("if-none-match")
        try:
            if not key:
                raise access_denied()
            found = await self._control_plane.call(
                "s3", "get_object", **arguments, **({} if etag is None else {"IfNoneMatch": etag})
            )
        except ClientError as error:
            return self._failed(error, may_list=_may(bucket, "s3:ListBucket", "", distribution, origin))
        if int(found["ContentLength"]) > OBJECT_LIMIT_BYTES:
            raise OriginError(
                502, f"{key} has more than {OBJECT_LIMIT_BYTES} bytes, which the local stack does not serve"
            )
        if not await self._may_decrypt(found, distribution, origin):
            raise access_denied("The ciphertext refers to a key that this distribution may not use: see its policy.")
        body = await asyncio.to_thread(found["Body"].read)
        headers: Mapping[str, str] = found["ResponseMetadata"]["HTTPHeaders"]
        kept = tuple(
            (header, value)
            for header, value in headers.items()
            if header not in _NOT_FOR_VIEWERS and not header.startswith((_CHECKSUM, _OF_THE_EMULATOR))
        )
        return Response(200, (*kept, *cross_origin_headers(request, bucket.cors_rules), ("Server", "AmazonS3")), body)

    @staticmethod
    def _failed(error: ClientError, *, may_list: bool) -> Response:
        about = error.response
        status = about.get("ResponseMetadata", {}).get("HTTPStatusCode")
        if status == HTTPStatus.NOT_MODIFIED:
            return Response(304)
        if status == HTTPStatus.NOT_FOUND and not may_list:
            # Whoever may not list a bucket does not learn what is missing in it (GetObject, "Permissions").
            raise access_denied()
        said = about.get("Error", {})
        raise StorageError(status or 500, str(said.get("Code", "InternalError")), str(said.get("Message", "")))

    async def _may_decrypt(self, found: Mapping[str, Any], distribution: Distribution, origin: Origin) -> bool:
        key_arn = found.get("SSEKMSKeyId")
        if found.get("ServerSideEncryption") != "aws:kms" or not key_arn:
            return True
        try:
            answer = await self._control_plane.call("kms", "get_key_policy", KeyId=key_arn, PolicyName="default")
        except ClientError:
            return False
        access = Access("kms:Decrypt", key_arn, service=SERVICE, context=_context(distribution))
        return origin.signs_requests and decision(json.loads(answer["Policy"]), access) is Decision.ALLOWED


def _context(distribution: Distribution) -> dict[str, str]:
    return {
        **OVER_TLS,
        "aws:SourceArn": distribution.arn,
        "aws:SourceAccount": distribution.account,
    }


def _may(bucket: Bucket, action: str, key: str, distribution: Distribution, origin: Origin) -> bool:
    """Whether the bucket's policy lets the distribution; without an origin access control it asks as anybody."""
    if not origin.signs_requests:
        return may_anybody(bucket, action, key, OVER_TLS)
    access = Access(action, bucket.arn(key), service=SERVICE, context=_context(distribution))
    return decision(bucket.policy, access) is Decision.ALLOWED
