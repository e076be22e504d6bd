"""The policy of a private bucket: TLS only for every principal, and the caller's own statements."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from spot_planning.iam.policy_documents import Document, Statement, document, source_conditions, statement

MINIMUM_TLS_VERSION = "1.2"

OWN_SIDS = ("DenyInsecureTransport", "DenyOutdatedTls", "ReceiveServerAccessLogs")
"""``Sid`` of each statement that a private bucket's policy may have of its own."""

LOAD_BALANCER_LOG_PREFIX = "load-balancer"
"""Prefix of the keys of load balancers' access logs."""

_BUCKET_ARN = re.compile(r"arn:[a-z-]+:s3:::[^/*]+")


def bucket_policy(bucket_arn: str, statements: Sequence[Mapping[str, Any]] = ()) -> Document:
    """Return the policy of a private bucket.

    It denies requests without TLS (Security Hub S3.5) and requests with a TLS version below 1.2 (Amazon S3 User Guide,
    "Bucket policy examples using condition keys", s3:TlsVersion). Both apply to every principal and action on the
    bucket and its objects.

    Args:
        bucket_arn: The bucket's ARN, such as ``arn:aws:s3:::documents-1a2b3c``.
        statements: Further statements, already checked with `statement_problems`. A `Resource` that is not an ARN is
            relative to the bucket: ``/*`` means all objects, ``/reports/*`` the objects with that prefix, the empty
            string the bucket itself.

    Returns:
        The policy document.

    Raises:
        ValueError: The ARN is not a bucket's; a statement allows everybody without a condition or has a `Resource`
            outside the bucket; or two statements share a `Sid`.
    """
    if not _BUCKET_ARN.fullmatch(bucket_arn):
        raise ValueError(f"bucket_arn={bucket_arn!r} is not the ARN of a bucket")
    both = [bucket_arn, f"{bucket_arn}/*"]
    return document(
        _deny("DenyInsecureTransport", both, {"Bool": {"aws:SecureTransport": "false"}}),
        _deny("DenyOutdatedTls", both, {"NumericLessThan": {"s3:TlsVersion": MINIMUM_TLS_VERSION}}),
        *(_in_bucket(bucket_arn, given) for given in statements),
    )


def access_log_delivery(account_id: str) -> Statement:
    """Return the statement that lets Amazon S3 deliver server access logs of this account's buckets to the bucket.

    Source: Amazon S3 User Guide, "Enabling Amazon S3 server access logging", bucket policy permissions.

    Args:
        account_id: The account whose buckets may deliver logs.
    """
    return statement(
        "ReceiveServerAccessLogs",
        ["s3:PutObject"],
        ["/*"],
        principal={"Service": "logging.s3.amazonaws.com"},
        conditions=source_conditions(account_id=account_id),
    )


def load_balancer_log_delivery(account_id: str) -> Statement:
    """Return the statement that lets Elastic Load Balancing deliver access logs of this account's load balancers.

    The same statement is right in every Region since September 2025 (Elastic Load Balancing User Guide, "Document
    history", bucket policies for access logs). The account is a part of the objects' keys.

    Source: User Guide for Application Load Balancers, "Enable access logs for your Application Load Balancer".

    Args:
        account_id: The account whose load balancers may deliver logs.
    """
    return statement(
        "ReceiveLoadBalancerLogs",
        ["s3:PutObject"],
        [f"/{LOAD_BALANCER_LOG_PREFIX}/AWSLogs/{account_id}/*"],
        principal={"Service": "logdelivery.elasticloadbalancing.amazonaws.com"},
    )


def _deny(sid: str, resources: Sequence[str], conditions: Mapping[str, Mapping[str, str]]) -> Statement:
    return statement(sid, ["s3:*"], resources, effect="Deny", principal="*", conditions=conditions)


def _in_bucket(bucket_arn: str, given: Mapping[str, Any]) -> Statement:
    name = f"statement {given['Sid']}" if "Sid" in given else "a statement without a Sid"
    if given["Effect"] == "Allow" and _is_everybody(given["Principal"]) and not given.get("Condition"):
        raise ValueError(f"{name} allows everybody; name a principal or give a Condition")
    resources: str | list[str] = given["Resource"]
    absolute = [
        resource if resource.startswith("arn:") else f"{bucket_arn}{resource}"
        for resource in ([resources] if isinstance(resources, str) else resources)
    ]
    strangers = [arn for arn in absolute if arn != bucket_arn and not arn.startswith(f"{bucket_arn}/")]
    if strangers:
        raise ValueError(f"{name} is about {', '.join(strangers)}, not about {bucket_arn}")
    return {**given, "Resource": sorted(set(absolute))}


def _is_everybody(principal: str | Mapping[str, Any]) -> bool:
    if isinstance(principal, str):
        return principal == "*"
    return any(who == "*" or (isinstance(who, list) and "*" in who) for who in principal.values())
