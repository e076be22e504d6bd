"""Builds IAM policy documents as plain data."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from spot_planning.iam.service_principals import check_trust

POLICY_VERSION = "2012-10-17"

Statement = dict[str, Any]
"""One statement of a policy document, in IAM's own keys."""

Document = dict[str, Any]
"""A policy document, ready for ``canonical_json``."""

Conditions = Mapping[str, Mapping[str, str | Sequence[str]]]
"""Condition block: operator -> condition key -> value or values."""

_RANDOM_END = re.compile(r"-[A-Za-z0-9]{6}")


def statement(
    sid: str,
    actions: Sequence[str],
    resources: Sequence[str] | None = None,
    *,
    effect: str = "Allow",
    principal: Mapping[str, str | Sequence[str]] | str | None = None,
    conditions: Conditions | None = None,
) -> Statement:
    """Return one statement. Its lists are sorted and without repetition, so statements with equal meaning are equal.

    Args:
        sid: Purpose of the statement, letters and digits (``ReadNamedSecrets``).
        actions: Actions such as ``s3:GetObject``.
        resources: ARNs; None in a trust policy, which has no resource.
        effect: ``Allow`` or ``Deny``.
        principal: The principal, in a resource policy: ``{"Service": "sns.amazonaws.com"}``, or ``"*"`` in a deny.
        conditions: Condition block.

    Raises:
        ValueError: There are no actions, the list of resources is empty, or IAM would refuse the `sid`.
    """
    if not sid.isalnum() or not sid.isascii():
        raise ValueError(f"sid={sid!r} must be letters and digits only")
    if not actions:
        raise ValueError(f"statement {sid} has no actions")
    if resources is not None and not resources:
        raise ValueError(f"statement {sid} has no resources; leave the statement out instead")
    made: Statement = {"Sid": sid, "Effect": effect, "Action": sorted(set(actions))}
    if principal is not None:
        made["Principal"] = principal if isinstance(principal, str) else dict(principal)
    if resources is not None:
        made["Resource"] = sorted(set(resources))
    if conditions:
        made["Condition"] = {operator: dict(keys) for operator, keys in conditions.items()}
    return made


def document(*statements: Statement) -> Document:
    """Return a policy document with these statements, in this order.

    Raises:
        ValueError: There is no statement, or two statements have the same `Sid`.
    """
    if not statements:
        raise ValueError("a policy document needs a statement")
    sids = [made["Sid"] for made in statements if "Sid" in made]
    repeated = sorted({sid for sid in sids if sids.count(sid) > 1})
    if repeated:
        raise ValueError(f"statements share the Sid {', '.join(repeated)}")
    return {"Version": POLICY_VERSION, "Statement": list(statements)}


def assume_role_document(service: str, *, account_id: str | None = None, source_arn: str | None = None) -> Document:
    """Return a trust policy for one AWS service, with protection against the confused deputy problem.

    Args:
        service: The service principal, a key of `ROLE_SERVICES`: ``ecs-tasks.amazonaws.com``.
        account_id: The only account on whose behalf the service may act (``aws:SourceAccount``). None only
            for services that do not send the key, such as EC2 instance profiles.
        source_arn: Pattern for the resource on whose behalf the service may act (``aws:SourceArn``):
            ``arn:aws:ecs:us-east-1:123456789012:*``.

    Source: IAM User Guide, "The confused deputy problem"; for each service see `ROLE_SERVICES`.

    Raises:
        ValueError: The service is not in the table, or the conditions do not match the keys that it sends.
    """
    conditions = source_conditions(account_id=account_id, source_arn=source_arn)
    check_trust(service, frozenset(key for keys in conditions.values() for key in keys))
    return document(statement("AssumeRole", ["sts:AssumeRole"], principal={"Service": service}, conditions=conditions))


def source_conditions(*, account_id: str | None = None, source_arn: str | None = None) -> Conditions:
    """Return conditions that let a service principal act only for this account and, if given, this resource."""
    made: dict[str, dict[str, str]] = {}
    if account_id is not None:
        made["StringEquals"] = {"aws:SourceAccount": account_id}
    if source_arn is not None:
        made["ArnLike"] = {"aws:SourceArn": source_arn}
    return made


def deny_insecure_transport(resources: Sequence[str]) -> Statement:
    """Return the resource policy statement that denies requests without TLS (S3.5; also for SNS and SQS).

    Args:
        resources: ARNs of the resource and, for a bucket, of its objects.
    """
    return statement(
        "DenyInsecureTransport",
        ["*"],
        resources,
        effect="Deny",
        principal="*",
        conditions={"Bool": {"aws:SecureTransport": "false"}},
    )


def decrypt_through(service: str, key_arn: str, region: str) -> Statement:
    """Return a statement that allows decryption with one KMS key through one AWS service only.

    Args:
        service: Service prefix: ``secretsmanager``, ``s3``, ``ecr``.
        key_arn: ARN of the key.
        region: Region of the service's endpoint.

    Source: AWS KMS Developer Guide, "kms:ViaService".
    """
    return statement(
        f"DecryptThrough{service.capitalize()}",
        ["kms:Decrypt"],
        [key_arn],
        conditions={"StringEquals": {"kms:ViaService": f"{service}.{region}.amazonaws.com"}},
    )


def secret_arn(value_from: str) -> str:
    """Return the ARN of the secret in a container's ``valueFrom``, without JSON key, stage and version.

    Args:
        value_from: ``arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME``, also with ``:KEY:STAGE:VERSION``.

    Source: Amazon ECS Developer Guide, "Pass Secrets Manager secrets through Amazon ECS environment
        variables".
    """
    return ":".join(value_from.split(":")[:7])


def has_random_end(secret: str) -> bool:
    """Check whether a secret's name or ARN ends with the random suffix of ARNs: a hyphen and six letters or digits.

    If a secret's own name ends with such a suffix, it is mistaken for a complete ARN, by this function and by Secrets
    Manager (CreateSecret, AWS Secrets Manager API Reference, "Name").
    """
    return _RANDOM_END.fullmatch(secret[-7:]) is not None


def secret_resource(value_from: str) -> str:
    """Return the resource of an IAM statement for a secret: its ARN, with a pattern for a missing random suffix.

    Amazon ECS finds a secret without the suffix, but IAM compares with the complete ARN and would refuse. The pattern
    ``-*`` would also match all other secrets whose names begin with this name.

    Args:
        value_from: A container's ``valueFrom``, as for `secret_arn`.

    Source: AWS Secrets Manager User Guide, "Permissions policy examples", wildcards.
    """
    arn = secret_arn(value_from)
    return arn if has_random_end(arn) else f"{arn}-??????"
