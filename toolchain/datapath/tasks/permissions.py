"""Whether IAM policies let a role do something: the part of IAM's evaluation that a task's two roles need.

Sources: AWS Identity and Access Management User Guide, "Policy evaluation logic", "IAM JSON policy elements reference"
and "Troubleshoot access denied error messages"; AWS Key Management Service Developer Guide, "Key policies in AWS KMS".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, cast

from toolchain.iam_documents import covers, like, listed

Document = Mapping[str, Any]
"""A policy as JSON has it."""

_NEGATED: Final = "Not"
_IF_EXISTS: Final = "IfExists"


@dataclass(frozen=True)
class Question:
    """May the principal do this?"""

    action: str
    """Such as ``secretsmanager:GetSecretValue``."""
    resource: str
    """ARN."""
    principal: str = ""
    """ARN of the role; needed for policies of resources."""
    context: Mapping[str, str] = field(default_factory=dict[str, str])
    """Condition keys and their values, such as ``{"kms:ViaService": "secretsmanager.us-east-1.amazonaws.com"}``."""


@dataclass(frozen=True)
class Policies:
    """The policies that count for a role."""

    identity: Sequence[Document] = ()
    """Inline and attached."""
    boundary: Document | None = None
    """The permissions boundary."""


class Refusal(StrEnum):
    """Why a request is refused, as AWS says it behind the request; ``{action}`` stands for the action."""

    DENIED_BY_IDENTITY = "with an explicit deny in an identity-based policy"
    DENIED_BY_BOUNDARY = "with an explicit deny in a permissions boundary"
    DENIED_BY_RESOURCE = "with an explicit deny in a resource-based policy"
    NOT_ALLOWED_BY_IDENTITY = "because no identity-based policy allows the {action} action"
    NOT_ALLOWED_BY_BOUNDARY = "because no permissions boundary allows the {action} action"

    @property
    def is_explicit(self) -> bool:
        """Whether a statement refuses, so that no other can allow."""
        return self.startswith("with an explicit deny")


def is_allowed(question: Question, policies: Policies, resource_policy: Document | None = None) -> bool:
    """Whether a request within one account is allowed: no Deny, and an Allow of the role's or the resource's policy.

    A statement with a condition that is not understood never allows, and always denies.

    Args:
        question: The request.
        policies: The role's.
        resource_policy: The policy of the resource, if it has one.
    """
    return refusal(question, policies, resource_policy) is None


def refusal(question: Question, policies: Policies, resource_policy: Document | None = None) -> Refusal | None:
    """Why a request within one account is refused; None when it is allowed.

    Args:
        question: As for `is_allowed`.
        policies: As for `is_allowed`.
        resource_policy: As for `is_allowed`.
    """
    boundary = policies.boundary
    denying = [(Refusal.DENIED_BY_IDENTITY, document) for document in policies.identity]
    denying += [] if boundary is None else [(Refusal.DENIED_BY_BOUNDARY, boundary)]
    denied = (why for why, document in denying if _says(document, "Deny", question, with_principal=False))
    why = next(denied, None)
    if why is not None:
        return why
    if resource_policy and _says(resource_policy, "Deny", question, with_principal=True):
        return Refusal.DENIED_BY_RESOURCE
    if resource_policy and _says(resource_policy, "Allow", question, with_principal=True):
        return None  # a boundary does not limit what a resource's policy gives to the role's own session
    if not any(_says(document, "Allow", question, with_principal=False) for document in policies.identity):
        return Refusal.NOT_ALLOWED_BY_IDENTITY
    bounded = boundary is None or _says(boundary, "Allow", question, with_principal=False)
    return None if bounded else Refusal.NOT_ALLOWED_BY_BOUNDARY


def may_use_key(question: Question, policies: Policies, key_policy: Document) -> bool:
    """Whether a key's policy, alone or by delegation to IAM, lets a role use the key.

    Args:
        question: The request; its resource is the key.
        policies: The role's.
        key_policy: The key's. IAM policies count only where it allows the account.
    """
    account = question.principal.split(":")[4]
    partition = question.principal.split(":")[1]
    root = Question(question.action, question.resource, f"arn:{partition}:iam::{account}:root", question.context)
    delegates = _says(key_policy, "Allow", root, with_principal=True)
    without_identity = is_allowed(question, Policies(), key_policy)
    return without_identity or (delegates and is_allowed(question, policies, _only_denials(key_policy)))


def _only_denials(document: Document) -> Document:
    return {"Statement": [statement for statement in _statements(document) if statement.get("Effect") == "Deny"]}


def _says(document: Document, effect: str, question: Question, *, with_principal: bool) -> bool:
    return any(
        statement.get("Effect") == effect
        and covers(statement, "Action", question.action, fold=True)
        and covers(statement, "Resource", question.resource)
        and (not with_principal or _is_for(statement, question.principal))
        and _holds(statement.get("Condition") or {}, question.context, unknown=effect == "Deny")
        for statement in _statements(document)
    )


def _statements(document: Document) -> list[Document]:
    return listed(document.get("Statement"))


def _is_for(statement: Document, principal: str) -> bool:
    if _NEGATED + "Principal" in statement:
        return not _names(statement[_NEGATED + "Principal"], principal)
    return _names(statement.get("Principal"), principal)


def _names(given: Any, principal: str) -> bool:
    named = listed(cast("Document", given).get("AWS")) if isinstance(given, Mapping) else listed(given)
    account = principal.split(":")[4] if principal.count(":") >= 5 else ""  # noqa: PLR2004 - fields of an ARN
    everyone = principal.endswith(":root") and account in named
    return "*" in named or principal in named or everyone


def _holds(conditions: Document, context: Mapping[str, str], *, unknown: bool) -> bool:
    """Whether all conditions hold; one that is not understood counts as ``unknown``."""
    values = {key.lower(): value for key, value in context.items()}
    return all(
        _condition(operator, key, listed(wanted), values, unknown=unknown)
        for operator, keys in conditions.items()
        for key, wanted in keys.items()
    )


def _condition(operator: str, key: str, wanted: list[Any], context: Mapping[str, str], *, unknown: bool) -> bool:
    plain = operator.removesuffix(_IF_EXISTS)
    value = context.get(key.lower())
    texts = [str(item).lower() if isinstance(item, bool) else str(item) for item in wanted]
    if plain not in _OPERATORS:
        return unknown
    if value is None:
        return True if operator.endswith(_IF_EXISTS) else unknown
    matches, is_negated = _OPERATORS[plain]
    return matches(texts, value) is not is_negated


def _equal(wanted: list[str], value: str) -> bool:
    return value in wanted


def _equal_in_any_case(wanted: list[str], value: str) -> bool:
    return value.lower() in {text.lower() for text in wanted}


def _alike(wanted: list[str], value: str) -> bool:
    return any(like(text, value) for text in wanted)


_OPERATORS: Final = {
    "StringEquals": (_equal, False),
    "StringNotEquals": (_equal, True),
    "StringEqualsIgnoreCase": (_equal_in_any_case, False),
    "StringNotEqualsIgnoreCase": (_equal_in_any_case, True),
    "StringLike": (_alike, False),
    "StringNotLike": (_alike, True),
    "ArnEquals": (_alike, False),
    "ArnNotEquals": (_alike, True),
    "ArnLike": (_alike, False),
    "ArnNotLike": (_alike, True),
    "Bool": (_equal_in_any_case, False),
}
