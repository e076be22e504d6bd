"""Stores files in Amazon S3: pre-signed forms and links, descriptions, listings, deletion."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

import anyio
import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from service.storage.disposition import attachment
from service.storage.provider import (
    DOWNLOAD_SECONDS,
    UPLOAD_SECONDS,
    DownloadLink,
    FilePage,
    FileRule,
    StorageError,
    StoredFile,
    UploadForm,
)

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import ListObjectsV2RequestTypeDef

T = TypeVar("T")

CONNECT_SECONDS: Final = 1
READ_SECONDS: Final = 3
ATTEMPTS: Final = 2
CALL_SECONDS: Final = 6
"""Timeout of a call in seconds, including the wait for a free thread. A request may hold a connection of the database
during this time."""
PARALLEL_CALLS: Final = 8
"""Maximum number of calls to S3 at once, each in its own thread."""
_LIST_LIMIT: Final = 1000


class S3Storage:
    """Files in a bucket.

    boto3's client is safe to share between threads (boto3, "Clients", "Multithreading or multiprocessing with
    clients"). It uses the credentials of the task role and renews them.
    """

    def __init__(
        self, bucket: str, *, region: str, endpoint_url: str | None = None, encryption: str | None = None
    ) -> None:
        """Create a client, without sending a request.

        Args:
            bucket: Name of the bucket.
            region: Region of the bucket; signatures of version 4 name it.
            endpoint_url: Address to use instead of AWS's, for tests and the local stack; None for AWS.
            encryption: Encryption that every upload requests: ``AES256``, or the ARN of a KMS key. None for the
                bucket's own default encryption, which a request's header would override.

        Raises:
            ValueError: `encryption` has another value.
        """
        if encryption is not None and encryption != "AES256" and ":kms:" not in encryption:
            raise ValueError(f"encryption={encryption!r}; allowed are AES256 and the ARN of a KMS key")
        self._bucket: Final = bucket
        self._encryption: Final = _encryption_fields(encryption)
        self._limiter: Final = anyio.CapacityLimiter(PARALLEL_CALLS)
        self._client: Final[S3Client] = cast("Any", boto3).client(
            "s3",
            region_name=region,
            endpoint_url=endpoint_url,
            config=Config(
                signature_version="s3v4",
                connect_timeout=CONNECT_SECONDS,
                read_timeout=READ_SECONDS,
                retries={"total_max_attempts": ATTEMPTS, "mode": "standard"},
                max_pool_connections=PARALLEL_CALLS,
                s3={"addressing_style": "path" if endpoint_url else "virtual"},
            ),
        )

    async def upload_form(self, rule: FileRule) -> UploadForm:
        """See `Storage.upload_form`; the policy fixes key, type, exact size, metadata and encryption."""
        fields = {
            "Content-Type": rule.content_type,
            **{f"x-amz-meta-{name}": value for name, value in rule.metadata.items()},
            **self._encryption,
        }
        conditions: list[Any] = [{name: value} for name, value in fields.items()]
        conditions.append(["content-length-range", rule.size_bytes, rule.size_bytes])
        expires_at = datetime.now(UTC) + timedelta(seconds=UPLOAD_SECONDS)
        signed = await self._call(
            lambda: self._client.generate_presigned_post(
                self._bucket, rule.key, Fields=dict(fields), Conditions=conditions, ExpiresIn=UPLOAD_SECONDS
            )
        )
        return UploadForm(signed["url"], signed["fields"], expires_at)

    async def download_link(self, key: str, file_name: str) -> DownloadLink:
        """See `Storage.download_link`."""
        expires_at = datetime.now(UTC) + timedelta(seconds=DOWNLOAD_SECONDS)
        url = await self._call(
            lambda: self._client.generate_presigned_url(
                "get_object",
                Params={
                    "Bucket": self._bucket,
                    "Key": key,
                    "ResponseContentDisposition": attachment(file_name),
                },
                ExpiresIn=DOWNLOAD_SECONDS,
            )
        )
        return DownloadLink(url, expires_at)

    async def describe(self, key: str) -> StoredFile | None:
        """See `Storage.describe`."""
        try:
            answer = await self._call(lambda: self._client.head_object(Bucket=self._bucket, Key=key))
        except _MissingError:
            return None
        return StoredFile(
            key, answer["ContentLength"], answer.get("ContentType"), answer["Metadata"], answer["LastModified"]
        )

    async def list_files(self, prefix: str, token: str | None = None, limit: int = 100) -> FilePage:
        """See `Storage.list_files`."""
        query: ListObjectsV2RequestTypeDef = {
            "Bucket": self._bucket,
            "Prefix": prefix,
            "MaxKeys": min(limit, _LIST_LIMIT),
        }
        if token:
            query["ContinuationToken"] = token
        answer = await self._call(lambda: self._client.list_objects_v2(**query))
        files = [
            StoredFile(entry.get("Key", ""), entry.get("Size", 0), modified_at=entry.get("LastModified"))
            for entry in answer.get("Contents", [])
        ]
        return FilePage(files, answer.get("NextContinuationToken"))

    async def delete(self, key: str) -> None:
        """See `Storage.delete`."""
        await self._call(lambda: self._client.delete_object(Bucket=self._bucket, Key=key))

    async def close(self) -> None:
        """Close the connections."""
        await asyncio.to_thread(self._client.close)

    async def _call(self, call: Callable[[], T]) -> T:
        try:
            async with asyncio.timeout(CALL_SECONDS):
                return await anyio.to_thread.run_sync(call, limiter=self._limiter, abandon_on_cancel=True)
        except TimeoutError as error:
            raise StorageError(f"S3 did not answer within {CALL_SECONDS} seconds") from error
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "")
            if code in {"404", "NoSuchKey", "NotFound"}:
                raise _MissingError(code) from error
            raise StorageError(f"S3 answered {code}") from error
        except BotoCoreError as error:
            raise StorageError(f"S3 did not answer: {type(error).__name__}") from error


class _MissingError(StorageError):
    """The key does not exist."""


def _encryption_fields(encryption: str | None) -> dict[str, str]:
    if encryption is None:
        return {}
    if encryption == "AES256":
        return {"x-amz-server-side-encryption": "AES256"}
    return {"x-amz-server-side-encryption": "aws:kms", "x-amz-server-side-encryption-aws-kms-key-id": encryption}
