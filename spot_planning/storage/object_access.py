"""IAM statements that give the service access to its buckets."""

from collections.abc import Sequence

from spot_planning.iam.policy_documents import Statement, statement

READ_WRITE_ACTIONS = ("s3:AbortMultipartUpload", "s3:DeleteObject", "s3:GetObject", "s3:PutObject")
"""The application's actions on its files. A deleted object stays as an old version, which the application cannot
delete."""

WRITE_ACTIONS = ("s3:AbortMultipartUpload", "s3:PutObject")
"""The application's actions on its backups: an attacker in the application can neither read nor delete them."""

LIST_ACTIONS = ("s3:ListBucket",)


def object_access_statement(bucket: str, bucket_arn: str, account_id: str, *, read: bool) -> Statement:
    """Return the statement that gives access to the objects of a bucket.

    Args:
        bucket: Purpose of the bucket, letters and digits (``Uploads``); the end of the statement's `Sid`.
        bucket_arn: ARN of the bucket.
        account_id: The account that owns the bucket. If this bucket is destroyed, the statement gives no access to a
            bucket of the same name in another account.
        read: Whether objects may be read and deleted, or only written.

    Source: Amazon S3 User Guide, "Policy actions for Amazon S3"; "aws:ResourceAccount", IAM User Guide.
    """
    verb, actions = ("ReadWrite", READ_WRITE_ACTIONS) if read else ("Write", WRITE_ACTIONS)
    return statement(f"{verb}{bucket}", actions, [f"{bucket_arn}/*"], conditions=_owned_by(account_id))


def list_statement(bucket_arns: Sequence[str], account_id: str) -> Statement:
    """Return the statement that allows listing buckets. Without it, S3 answers 403 instead of 404 for a missing object.

    Source: Amazon S3 API Reference, "GetObject", Permissions.

    Args:
        bucket_arns: ARNs of the buckets.
        account_id: The account that owns the buckets.
    """
    return statement("ListBuckets", LIST_ACTIONS, bucket_arns, conditions=_owned_by(account_id))


def key_statement(kms_key_arn: str) -> Statement:
    """Return the statement for the buckets' KMS key, through Amazon S3 only. Multipart uploads need both actions.

    Args:
        kms_key_arn: ARN of the key. The buckets are in its Region.

    Source: Amazon S3 User Guide, "Uploading a large object to Amazon S3 with encryption using an AWS KMS key";
        AWS KMS Developer Guide, "kms:ViaService".
    """
    region = kms_key_arn.split(":")[3]
    return statement(
        "UseKeyThroughS3",
        ["kms:Decrypt", "kms:GenerateDataKey"],
        [kms_key_arn],
        conditions={"StringEquals": {"kms:ViaService": f"s3.{region}.amazonaws.com"}},
    )


def _owned_by(account_id: str) -> dict[str, dict[str, str]]:
    return {"StringEquals": {"aws:ResourceAccount": account_id}}
