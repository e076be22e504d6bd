"""Fetches objects from the origins of distributions."""

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
"""Maximum size of an object, which is held in memory; a larger object gets status 502."""
_NOT_FOR_VIEWERS = frozenset(
    {
        "connection", "content-length", "date", "server", "transfer-encoding", "x-amz-content-sha256", "x-amz-id-2",
        "x-amz-request-id", "x-amz-sdk-checksum-algorithm", "x-amzn-requestid",
    }
)  # fmt: skip
"""Headers that CloudFront removes ("HTTP response headers that CloudFront removes or updates"), and the emulator's
own headers."""

_CHECKSUM = "x-amz-checksum-"
"""Prefix of headers that exist only because boto3 requests checksums; CloudFront does not request them."""
_OF_THE_EMULATOR = "access-control-"
"""Prefix of the emulator's CORS headers, which allow every origin; S3 follows the bucket's CORS configuration."""


class OriginError(Exception):
    """An origin does not respond.

    Attributes:
        status: HTTP status for the viewer: 502 or 504.
    """

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


class Origins:
    """Fetches objects from buckets, other parts of the edge, and load balancers.

    Args:
        control_plane: The emulator, with buckets and keys.
        others: Other parts whose endpoints can be custom origins.
        balancers: Forwards requests to load balancers.
    """

    def __init__(self, control_plane: ControlPlane, others: Sequence[Endpoint], balancers: LoadBalancers) -> None:
        self._control_plane = control_plane
        self._buckets = Buckets(control_plane)
        self._others = others
        self._balancers = balancers

    async def fetch(self, distribution: Distribution, origin: Origin, request: Request) -> Response:
        """Send a request to an origin.

        Args:
            distribution: Distribution that the origin belongs to.
            origin: The origin.
            request: The request for the origin, with ``If-None-Match`` if a cached object is revalidated.

        Returns:
            The origin's response, even if it is an error or 304.

        Raises:
            OriginError: The origin does not respond.
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
            # Without permission to list the bucket, a missing object gives 403 (GetObject, "Permissions").
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
    """Check whether the bucket's policy allows the distribution's request, anonymous without origin access control."""
    if not origin.signs_requests:
        return may_anybody(bucket, action, key, OVER_TLS)
    access = Access(action, bucket.arn(key), service=SERVICE, context=_context(distribution))
    return decision(bucket.policy, access) is Decision.ALLOWED
