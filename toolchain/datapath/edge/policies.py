"""Evaluates whether a resource's policy allows a request, as AWS does for the policies of buckets and keys.

Sources: IAM User Guide, "Policy evaluation logic"; Amazon S3 User Guide, "The meaning of 'public'".
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from toolchain.iam_conditions import conditions_hold
from toolchain.iam_documents import covers, listed

ANYBODY = "*"


class Decision(StrEnum):
    """The result of a policy's evaluation."""

    ALLOWED = "allowed"
    DENIED = "denied"
    """A Deny statement matches."""
    SILENT = "silent"
    """No statement matches the request."""


@dataclass(frozen=True)
class Access:
    """A request to evaluate against a policy."""

    action: str
    """IAM action, such as ``s3:GetObject``."""
    resource: str
    """ARN of the resource."""
    service: str | None = None
    """The principal if an AWS service sends the request, such as ``cloudfront.amazonaws.com``; else None."""
    principal: str | None = None
    """The principal's ARN if a user or role sends the request. If both are None, the request is anonymous."""
    as_account: bool = True
    """Whether a statement for the principal's whole account matches the principal. An Allow for the account only
    delegates the decision to the account's IAM policies ("AWS JSON policy elements: Principal")."""
    context: Mapping[str, str] = field(default_factory=dict[str, str])
    """Condition keys of the request, such as ``aws:SourceArn``."""


def decision(policy: Mapping[str, Any] | None, access: Access) -> Decision:
    """Evaluate a policy for a request.

    Args:
        policy: The policy document; None if there is none.
        access: The request. A condition that is not supported, or whose value cannot be read, matches in a Deny
            statement and does not match in an Allow statement, so that nothing is allowed by mistake.
    """
    effects = {
        statement["Effect"] for statement in listed((policy or {}).get("Statement", ())) if _is_about(statement, access)
    }
    if "Deny" in effects:
        return Decision.DENIED
    return Decision.ALLOWED if "Allow" in effects else Decision.SILENT


def _is_about(statement: Mapping[str, Any], access: Access) -> bool:
    return (
        _principal_matches(statement, access)
        and covers(statement, "Action", access.action, fold=True)
        and covers(statement, "Resource", access.resource)
        and conditions_hold(statement.get("Condition", {}), access.context, unknown=statement["Effect"] == "Deny")
    )


def _principal_matches(statement: Mapping[str, Any], access: Access) -> bool:
    if "NotPrincipal" in statement:
        return not _is_named(statement["NotPrincipal"], access)
    return _is_named(statement.get("Principal", {}), access)


def _is_named(principal: Any, access: Access) -> bool:
    if principal == ANYBODY:
        return True
    if access.service is not None:
        return access.service in listed(principal.get("Service", ())) or ANYBODY in listed(principal.get("AWS", ()))
    named = listed(principal.get("AWS", ()))
    if ANYBODY in named:
        return True
    return access.principal is not None and any(_is_principal(name, access) for name in named)


def _is_principal(name: str, access: Access) -> bool:
    principal = access.principal or ""
    if not access.as_account:
        return name == principal
    account = principal.split(":")[4] if principal.count(":") >= 5 else ""  # noqa: PLR2004 - arn:aws:iam::ACCOUNT:...
    return name in {principal, account, f"arn:aws:iam::{account}:root"}
