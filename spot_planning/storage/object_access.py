"""What the service may do with its buckets."""

from collections.abc import Sequence

from spot_planning.iam.policy_documents import Statement, statement

READ_WRITE_ACTIONS = ("s3:AbortMultipartUpload", "s3:DeleteObject", "s3:GetObject", "s3:PutObject")
"""What the application does with its files. A deleted object stays as an old version, which it cannot delete."""

WRITE_ACTIONS = ("s3:AbortMultipartUpload", "s3:PutObject")
"""What the application does with its backups: whoever takes it over can neither read nor delete them."""

LIST_ACTIONS = ("s3:ListBucket",)


def object_access_statement(bucket: str, bucket_arn: str, account_id: str, *, read: bool) -> Statement:
    """Access to the objects of a bucket.

    Args:
        bucket: What the bucket is for, letters and digits (``Uploads``); the end of the statement's `Sid`.
        bucket_arn: ARN of the bucket.
        account_id: The account that owns the bucket; a bucket of the same name in another account, made after this one
            was destroyed, gets nothing.
        read: Whether objects may be read and deleted, or only written.

    Source: Amazon S3 User Guide, "Policy actions for Amazon S3"; "aws:ResourceAccount", IAM User Guide.
    """
    verb, actions = ("ReadWrite", READ_WRITE_ACTIONS) if read else ("Write", WRITE_ACTIONS)
    return statement(f"{verb}{bucket}", actions, [f"{bucket_arn}/*"], conditions=_owned_by(account_id))


def list_statement(bucket_arns: Sequence[str], account_id: str) -> Statement:
    """Listing of buckets, without which a missing object answers 403 instead of 404.

    Source: Amazon S3 API Reference, "GetObject", Permissions.

    Args:
        bucket_arns: ARNs of the buckets.
        account_id: The account that owns the buckets.
    """
    return statement("ListBuckets", LIST_ACTIONS, bucket_arns, conditions=_owned_by(account_id))


def key_statement(kms_key_arn: str) -> Statement:
    """Use of the buckets' KMS key through Amazon S3 only: reading, and writing with multipart uploads, needs both.

    Args:
        kms_key_arn: ARN of the key; its region is that of the buckets.

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
