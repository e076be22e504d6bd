"""Evaluates whether IAM policies allow a role's request: the part of IAM's evaluation that a task's two roles need.

Sources: AWS Identity and Access Management User Guide, "Policy evaluation logic", "IAM JSON policy elements reference"
and "Troubleshoot access denied error messages"; AWS Key Management Service Developer Guide, "Key policies in AWS KMS".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, cast

from toolchain.iam_conditions import conditions_hold
from toolchain.iam_documents import covers, listed

Document = Mapping[str, Any]
"""A policy document, decoded from JSON."""

_NEGATED: Final = "Not"


@dataclass(frozen=True)
class Question:
    """A request to evaluate: may the principal do the action on the resource?"""

    action: str
    """IAM action, such as ``secretsmanager:GetSecretValue``."""
    resource: str
    """ARN of the resource."""
    principal: str = ""
    """ARN of the role; needed only for resource-based policies."""
    context: Mapping[str, str] = field(default_factory=dict[str, str])
    """Condition keys and their values, such as ``{"kms:ViaService": "secretsmanager.us-east-1.amazonaws.com"}``."""


@dataclass(frozen=True)
class Policies:
    """The policies that apply to a role."""

    identity: Sequence[Document] = ()
    """Identity-based policies: inline and attached."""
    boundary: Document | None = None
    """The permissions boundary."""


class Refusal(StrEnum):
    """The reason of a refusal, as AWS's message ends; ``{action}`` is a placeholder for the action."""

    DENIED_BY_IDENTITY = "with an explicit deny in an identity-based policy"
    DENIED_BY_BOUNDARY = "with an explicit deny in a permissions boundary"
    DENIED_BY_RESOURCE = "with an explicit deny in a resource-based policy"
    NOT_ALLOWED_BY_IDENTITY = "because no identity-based policy allows the {action} action"
    NOT_ALLOWED_BY_BOUNDARY = "because no permissions boundary allows the {action} action"

    @property
    def is_explicit(self) -> bool:
        """Whether a Deny statement refuses the request, so that no other statement can allow it."""
        return self.startswith("with an explicit deny")


def is_allowed(question: Question, policies: Policies, resource_policy: Document | None = None) -> bool:
    """Check whether a request in one account is allowed: no Deny, and an Allow in the role's or the resource's policy.

    An unknown condition never makes an Allow match, and always makes a Deny match.

    Args:
        question: The request.
        policies: The role's policies.
        resource_policy: The resource's policy; None if it has none.
    """
    return refusal(question, policies, resource_policy) is None


def refusal(question: Question, policies: Policies, resource_policy: Document | None = None) -> Refusal | None:
    """Return the reason why a request in one account is refused; None if it is allowed.

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
        return None  # a boundary does not limit an Allow of a resource's policy for the role's session
    if not any(_says(document, "Allow", question, with_principal=False) for document in policies.identity):
        return Refusal.NOT_ALLOWED_BY_IDENTITY
    bounded = boundary is None or _says(boundary, "Allow", question, with_principal=False)
    return None if bounded else Refusal.NOT_ALLOWED_BY_BOUNDARY


def may_use_key(question: Question, policies: Policies, key_policy: Document) -> bool:
    """Check whether a role may use a key: by the key's policy, or by IAM policies if the key's policy allows that.

    Args:
        question: The request; its resource is the key.
        policies: The role's policies.
        key_policy: The key's policy. The role's policies count only if it allows the account's root.
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
        and conditions_hold(
            statement.get("Condition") or {}, question.context, unknown=effect == "Deny", absent_is_unknown=True
        )
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
