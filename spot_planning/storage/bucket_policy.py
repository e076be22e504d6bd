"""What a bucket's own policy says: TLS only, whoever asks, and what a caller adds."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from spot_planning.iam.policy_documents import Document, Statement, document, source_conditions, statement

MINIMUM_TLS_VERSION = "1.2"

_BUCKET_ARN = re.compile(r"arn:[a-z-]+:s3:::[^/*]+")


def bucket_policy(bucket_arn: str, statements: Sequence[Mapping[str, Any]] = ()) -> Document:
    """The policy of a private bucket.

    Both denials hold for every principal and action on the bucket and its objects: requests without TLS (Security Hub
    S3.5) and requests with a TLS version below 1.2 (Amazon S3 User Guide, "Bucket policy examples using condition
    keys", s3:TlsVersion).

    Args:
        bucket_arn: The bucket's ARN, such as ``arn:aws:s3:::documents-1a2b3c``.
        statements: Further statements. A `Resource` that is no ARN is relative to the bucket: ``/*`` are all objects,
            ``/reports/*`` those of a prefix, the empty string is the bucket itself.

    Returns:
        The policy document.

    Raises:
        ValueError: If the ARN is not a bucket's, a statement has no `Resource`, allows everybody without a condition,
            or two statements share a `Sid`.
    """
    if not _BUCKET_ARN.fullmatch(bucket_arn):
        raise ValueError(f"bucket_arn={bucket_arn!r} is not the ARN of a bucket")
    both = [bucket_arn, f"{bucket_arn}/*"]
    return document(
        _deny("DenyInsecureTransport", both, {"Bool": {"aws:SecureTransport": "false"}}),
        _deny("DenyOutdatedTls", both, {"NumericLessThan": {"s3:TlsVersion": MINIMUM_TLS_VERSION}}),
        *(_in_bucket(bucket_arn, given) for given in statements),
    )


def check_policy_statements(statements: Sequence[Mapping[str, Any]]) -> None:
    """Refuse further statements that could never be part of a private bucket's policy.

    Only what is known before any resource exists is looked at; `bucket_policy` looks at the rest.

    Raises:
        ValueError: If a statement lacks one of the keys of a resource policy's statement.
    """
    for given in statements:
        missing = [key for key in ("Sid", "Effect", "Principal", "Action", "Resource") if key not in given]
        if missing:
            raise ValueError(f"extra_policy_statements: {given.get('Sid', 'a statement')} has no {', '.join(missing)}")


def access_log_delivery(account_id: str) -> Statement:
    """Lets Amazon S3 deliver the server access logs of this account's buckets into the bucket.

    Source: Amazon S3 User Guide, "Enabling Amazon S3 server access logging", bucket policy permissions.

    Args:
        account_id: The account whose buckets may log here.
    """
    return statement(
        "ReceiveServerAccessLogs",
        ["s3:PutObject"],
        ["/*"],
        principal={"Service": "logging.s3.amazonaws.com"},
        conditions=source_conditions(account_id=account_id),
    )


def _deny(sid: str, resources: Sequence[str], conditions: Mapping[str, Mapping[str, str]]) -> Statement:
    return statement(sid, ["s3:*"], resources, effect="Deny", principal="*", conditions=conditions)


def _in_bucket(bucket_arn: str, given: Mapping[str, Any]) -> Statement:
    check_policy_statements([given])
    if given["Effect"] == "Allow" and _is_everybody(given["Principal"]) and not given.get("Condition"):
        raise ValueError(f"statement {given['Sid']} allows everybody; name a principal or give a Condition")
    resources: str | list[str] = given["Resource"]
    absolute = [
        resource if resource.startswith("arn:") else f"{bucket_arn}{resource}"
        for resource in ([resources] if isinstance(resources, str) else resources)
    ]
    strangers = [arn for arn in absolute if arn != bucket_arn and not arn.startswith(f"{bucket_arn}/")]
    if strangers:
        raise ValueError(f"statement {given['Sid']} is about {', '.join(strangers)}, not about {bucket_arn}")
    return {**given, "Resource": sorted(set(absolute))}


def _is_everybody(principal: str | Mapping[str, Any]) -> bool:
    if isinstance(principal, str):
        return principal == "*"
    return any(who == "*" or (isinstance(who, list) and "*" in who) for who in principal.values())
