"""Evaluates whether a resource's policy allows a request, as AWS does for the policies of buckets and keys.

Sources: IAM User Guide, "Policy evaluation logic", "IAM JSON policy elements: Condition operators"; Amazon S3 User
Guide, "The meaning of 'public'".
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from ipaddress import ip_address, ip_network
from typing import Any

from toolchain.iam_documents import covers, like, listed

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
        and _conditions_hold(statement.get("Condition", {}), access.context, unknown=statement["Effect"] == "Deny")
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


def _conditions_hold(conditions: Mapping[str, Mapping[str, Any]], context: Mapping[str, str], *, unknown: bool) -> bool:
    known = {key.lower(): value for key, value in context.items()}
    return all(
        _condition_holds(operator, [str(value) for value in listed(values)], known.get(key.lower()), unknown=unknown)
        for operator, keys in conditions.items()
        for key, values in keys.items()
    )


def _condition_holds(operator: str, values: list[str], actual: str | None, *, unknown: bool) -> bool:
    plain = operator.removeprefix("ForAnyValue:").removeprefix("ForAllValues:").lower()
    if plain == "null":
        return _flag(values[0]) == (actual is None)
    optional = plain.endswith("ifexists")
    plain = plain.removesuffix("ifexists")
    negated = plain.replace("not", "", 1) if "not" in plain else None
    compare = _OPERATORS.get(negated or plain)
    if compare is None:
        return unknown
    if actual is None:
        return optional or negated is not None or operator.startswith("ForAllValues:")
    try:
        holds = any(compare(actual, value) for value in values)
    except (ValueError, TypeError):  # such as a number that is none, or a date without a time zone
        return unknown
    return not holds if negated else holds


def _flag(value: str) -> bool:
    return value.strip().lower() == "true"


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


_OPERATORS: Mapping[str, Callable[[str, str], bool]] = {
    "stringequals": lambda actual, value: actual == value,
    "stringequalsignorecase": lambda actual, value: actual.lower() == value.lower(),
    "stringlike": lambda actual, value: like(value, actual),
    "arnequals": lambda actual, value: like(value, actual),
    "arnlike": lambda actual, value: like(value, actual),
    "bool": lambda actual, value: _flag(actual) == _flag(value),
    "numericequals": lambda actual, value: float(actual) == float(value),
    "numericlessthan": lambda actual, value: float(actual) < float(value),
    "numericlessthanequals": lambda actual, value: float(actual) <= float(value),
    "numericgreaterthan": lambda actual, value: float(actual) > float(value),
    "numericgreaterthanequals": lambda actual, value: float(actual) >= float(value),
    "dateequals": lambda actual, value: _moment(actual) == _moment(value),
    "datelessthan": lambda actual, value: _moment(actual) < _moment(value),
    "datelessthanequals": lambda actual, value: _moment(actual) <= _moment(value),
    "dategreaterthan": lambda actual, value: _moment(actual) > _moment(value),
    "dategreaterthanequals": lambda actual, value: _moment(actual) >= _moment(value),
    "ipaddress": lambda actual, value: ip_address(actual) in ip_network(value, strict=False),
}
