"""Compares the files that a migration's journal calls done with the objects in the bucket."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from ops.storage.journal import Journal

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

PAGE_KEYS: Final = 1000
"""Number of keys in one response, S3's maximum (Amazon S3 API Reference, "ListObjectsV2")."""


def forget_missing(journal: Journal, client: "S3Client", bucket: str, prefix: str) -> int:
    """Mark files of the journal as pending again when their objects are gone, or have another size.

    This lists the bucket, with one request for a thousand objects. A listing contains no SHA-256, so an object that
    somebody replaced by another one of the same size is not noticed.

    Args:
        journal: A journal with a scan of the folder.
        client: A client of S3.
        bucket: Name of the bucket.
        prefix: The prefix of all keys of the migration.

    Returns:
        Number of files that are pending again.

    Raises:
        ClientError: S3 refuses to list the bucket.
        BotoCoreError: S3 does not answer.
    """
    files, _, pending, _ = journal.totals()
    if files == pending:
        return 0
    return journal.keep_found(_objects(client, bucket, prefix))


def _objects(client: "S3Client", bucket: str, prefix: str) -> Iterator[tuple[str, int]]:
    pages = client.get_paginator("list_objects_v2").paginate(
        Bucket=bucket, Prefix=prefix, PaginationConfig={"PageSize": PAGE_KEYS}
    )
    for page in pages:
        for entry in page.get("Contents", []):
            yield entry.get("Key", ""), entry.get("Size", -1)
