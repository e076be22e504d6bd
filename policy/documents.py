"""Understands the documents inside properties: IAM policies and container definitions.

What a policy allows is decided as IAM decides it: wildcards are matched, ``NotAction`` is everything else,
a principal has several spellings, and a condition narrows only when it can.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final, cast

from policy.resources import ResourceView
from policy.values import UNKNOWN, UndecidableError, Value, WrongTypeError

NARROWING_KEYS: Final = frozenset(
    {
        "aws:principalaccount",
        "aws:principalarn",
        "aws:principalorgid",
        "aws:principalorgpaths",
        "aws:sourceaccount",
        "aws:sourcearn",
        "aws:sourceorgid",
        "aws:sourceowner",
        "aws:sourcevpc",
        "aws:sourcevpce",
        "aws:sourcevpcarn",
        "aws:vpcsourceip",
        "aws:userid",
        "kms:calleraccount",
        "s3:dataaccesspointaccount",
    }
)
"""Condition keys that bind an open principal to somebody in particular ("The meaning of public", S3 User
Guide; control KMS.5)."""

_NARROWING_OPERATORS: Final = re.compile(r"^(ForAnyValue:)?(String|Arn)(Equals|Like)$", re.IGNORECASE)
# IfExists lets a request without the key through, and so does ForAllValues.


@dataclass(frozen=True)
class Statement:
    """One statement of an IAM policy.

    Attributes:
        path: Where it stands, for messages.
        allows: Whether its effect is Allow.
        actions: Patterns such as ``s3:Get*``; empty with ``not_actions``.
        not_actions: What NotAction leaves out.
        resources: Patterns of ARNs; empty in a trust policy and with NotResource.
        not_resources: What NotResource leaves out.
        principals: Pairs such as ``("AWS", "*")`` or ``("Service", "ecs.amazonaws.com")``.
        not_principals: What NotPrincipal leaves out.
        conditions: Operator -> key in lower case -> values.
    """

    path: str
    allows: bool
    actions: tuple[str, ...]
    not_actions: tuple[str, ...]
    resources: tuple[str, ...]
    not_resources: tuple[str, ...]
    principals: tuple[tuple[str, str], ...]
    not_principals: tuple[tuple[str, str], ...]
    conditions: Mapping[str, Mapping[str, tuple[str, ...]]]

    def covers(self, action: str) -> bool:
        """Tell whether an action is among those of the statement.

        Args:
            action: One action, such as ``s3:GetObject``; a wildcard in it is matched as it is written.
        """
        if self.not_actions:
            return not any(matches(pattern, action) for pattern in self.not_actions)
        return any(matches(pattern, action) for pattern in self.actions)

    @property
    def every_resource(self) -> bool:
        """Whether it is about every resource of an account."""
        return "*" in self.resources or bool(self.not_resources)

    @property
    def every_principal(self) -> bool:
        """Whether it is about everybody: ``*`` on its own, under AWS, or by leaving somebody out."""
        everybody = any(identity == "*" and kind in {"*", "AWS"} for kind, identity in self.principals)
        return everybody or bool(self.not_principals)

    @property
    def narrowed(self) -> bool:
        """Whether a condition binds it to somebody in particular."""
        return any(
            key in NARROWING_KEYS and bool(values) and "*" not in values
            for operator, keys in self.conditions.items()
            if _NARROWING_OPERATORS.match(operator)
            for key, values in keys.items()
        )

    @property
    def public(self) -> bool:
        """Whether it allows something to anybody."""
        return self.allows and self.every_principal and not self.narrowed

    def refuses(self, operator: str, key: str, value: str) -> bool:
        """Tell whether it denies everybody what meets one condition and no other.

        Args:
            operator: Such as ``Bool``.
            key: Such as ``aws:SecureTransport``.
            value: Such as ``false``.
        """
        wanted = {operator.lower(): {key.lower(): (value,)}}
        given = {
            name.lower(): {k: tuple(v.lower() for v in vs) for k, vs in keys.items()}
            for name, keys in self.conditions.items()
        }
        return not self.allows and self.every_principal and given == wanted


@cache
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(re.escape(text).replace(r"\*", ".*").replace(r"\?", "."), re.IGNORECASE | re.DOTALL)


def matches(pattern: str, text: str) -> bool:
    """Match as IAM does: ``*`` and ``?``, without regard to case.

    Args:
        pattern: With wildcards.
        text: What it may match.
    """
    return _pattern(pattern).fullmatch(text) is not None


def statements(value: Value) -> list[Statement]:
    """Read an IAM policy document, as JSON or as data.

    Args:
        value: The property that holds it.

    Returns:
        Its statements; none when the property is absent.

    Raises:
        UndecidableError: The document, or a part of it, is unknown.
        WrongTypeError: It is no policy document.
    """
    document = value.document()
    if not document.present:
        return []
    content = document.content
    if not isinstance(content, dict):
        raise WrongTypeError(document, "a policy document")
    if _has_unknown(cast("object", content)):
        raise UndecidableError(value.path, value.urn)
    found = document.at("Statement")
    listed = found.items() if isinstance(found.content, list) else [found]
    return [_statement(item) for item in listed if item.present]


def _statement(item: Value) -> Statement:
    content = item.content
    if not isinstance(content, dict):
        raise WrongTypeError(item, "a statement")
    fields = cast("dict[str, object]", content)
    conditions = cast("dict[str, dict[str, object]]", fields.get("Condition") or {})
    return Statement(
        path=item.path,
        allows=fields.get("Effect") == "Allow",
        actions=_texts(fields.get("Action")),
        not_actions=_texts(fields.get("NotAction")),
        resources=_texts(fields.get("Resource")),
        not_resources=_texts(fields.get("NotResource")),
        principals=tuple(_principals(fields.get("Principal"))),
        not_principals=tuple(_principals(fields.get("NotPrincipal"))),
        conditions={
            operator: {key.lower(): _texts(given) for key, given in keys.items()}
            for operator, keys in conditions.items()
        },
    )


def _principals(content: object) -> Iterator[tuple[str, str]]:
    if isinstance(content, str):
        yield "*", content
    elif isinstance(content, dict):
        for kind, identities in cast("dict[str, object]", content).items():
            for identity in _texts(identities):
                yield kind, identity


def _texts(content: object) -> tuple[str, ...]:
    if content is None:
        return ()
    listed = cast("list[object]", content) if isinstance(content, list) else [content]
    return tuple(str(item).lower() if isinstance(item, bool) else str(item) for item in listed)


def _has_unknown(content: object) -> bool:
    if content is UNKNOWN:
        return True
    children: Iterable[object] = ()
    if isinstance(content, dict):
        children = cast("dict[str, object]", content).values()
    elif isinstance(content, list):
        children = cast("list[object]", content)
    return any(_has_unknown(child) for child in children)


def containers(task: ResourceView) -> list[Value]:
    """Read the containers of a task definition.

    Args:
        task: An ECS task definition.

    Returns:
        Each container's definition.

    Raises:
        UndecidableError: The definitions are unknown, as they are at the first preview of a stack.
        WrongTypeError: They are no JSON list.
    """
    return task.at("containerDefinitions").document().items()
