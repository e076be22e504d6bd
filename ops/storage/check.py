"""What the journal of a migration says is done, held against what the bucket has."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from ops.storage.journal import Journal
from ops.storage.run import bucket_errors

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

PAGE_KEYS: Final = 1000
"""Keys of one answer, the most that S3 gives (Amazon S3 API Reference, "ListObjectsV2")."""


def forget_missing(journal: Journal, client: "S3Client", bucket: str, prefix: str) -> int:
    """Let a journal forget that a file is done when its object is gone, or has another size.

    A listing tells it with one request for a thousand objects. It has no SHA-256: an object of the same size that
    somebody else put there since is not noticed.

    Args:
        journal: With a scan of the folder.
        client: A client of S3.
        bucket: Name of the bucket.
        prefix: Put before each key of the migration.

    Returns:
        How many files are to be moved again.

    Raises:
        ValueError: The bucket cannot be listed.
    """
    files, _, pending, _ = journal.totals()
    if files == pending:
        return 0
    with bucket_errors(bucket):
        return journal.keep_found(_objects(client, bucket, prefix))


def _objects(client: "S3Client", bucket: str, prefix: str) -> Iterator[tuple[str, int]]:
    pages = client.get_paginator("list_objects_v2").paginate(
        Bucket=bucket, Prefix=prefix, PaginationConfig={"PageSize": PAGE_KEYS}
    )
    for page in pages:
        for entry in page.get("Contents", []):
            yield entry.get("Key", ""), entry.get("Size", -1)
