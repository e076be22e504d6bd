"""Parses the documents inside properties: IAM policies and container definitions.

Policies are evaluated as IAM evaluates them: wildcards are matched, ``NotAction`` means all other actions, a principal
has several spellings, and only some conditions restrict a statement.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final, cast

from policy.iam.arns import NOBODYS, has_wildcard, matches, names_every
from policy.iam.conditions import NARROWING_KEYS, Conditions, bound_by, demanded, ranges
from policy.provider.container_members import canonical
from policy.resources import ResourceView
from policy.values import GIVEN_ONCE, UNKNOWN, TwiceError, UndecidableError, Value, WrongTypeError, some

_NOBODYS_SITE: Final = "https://site.invalid"
"""A site in a domain that nobody can own. A pattern that matches it matches every site."""


@dataclass(frozen=True)
class Statement:
    """One statement of an IAM policy.

    Attributes:
        path: The statement's path, for messages.
        allows: Whether its effect is Allow.
        actions: Patterns such as ``s3:Get*``; empty in a statement with NotAction.
        not_actions: The patterns of actions that NotAction excludes.
        resources: Patterns of ARNs; empty in a trust policy and with NotResource.
        not_resources: The patterns of ARNs that NotResource excludes.
        principals: Pairs such as ``("AWS", "*")`` or ``("Service", "ecs.amazonaws.com")``.
        not_principals: The principals that NotPrincipal excludes, as pairs too.
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
    conditions: Conditions

    def covers(self, action: str) -> bool:
        """Check whether the statement is about an action.

        Args:
            action: One action, such as ``s3:GetObject``. A wildcard in it counts as an ordinary character.
        """
        if self.not_actions:
            return not any(matches(pattern, action) for pattern in self.not_actions)
        return any(matches(pattern, action) for pattern in self.actions)

    def only(self, action: str) -> bool:
        """Check whether the statement names this action and no other."""
        return [named.lower() for named in self.actions] == [action.lower()]

    @property
    def every_action(self) -> bool:
        """Whether one of its patterns matches every action of every service."""
        return any(matches(pattern, f"{NOBODYS}:{NOBODYS}") for pattern in self.actions)

    def every_action_of(self, service: str) -> bool:
        """Check whether one of its patterns matches every action of a service.

        Args:
            service: The prefix of the service's actions, such as ``s3``.
        """
        return any(matches(pattern, f"{service}:{NOBODYS}") for pattern in self.actions)

    @property
    def every_resource(self) -> bool:
        """Whether it is about every resource of an account."""
        return self.every_resource_of("*:*")

    def every_resource_of(self, kind: str) -> bool:
        """Check whether it is about every resource of a kind, at least in one account or Region.

        Args:
            kind: The kind as `names_every` takes it, such as ``kms:key/*``.
        """
        return bool(self.not_resources) or any(names_every(pattern, kind) for pattern in self.resources)

    @property
    def everybody(self) -> bool:
        """Whether its principal is ``*``, alone or under AWS. AWS accepts no other wildcard there."""
        return any(has_wildcard(identity) and kind in {"*", "AWS"} for kind, identity in self.principals)

    @property
    def every_principal(self) -> bool:
        """Whether it is about everybody, or about everybody except the principals that NotPrincipal excludes."""
        return self.everybody or bool(self.not_principals)

    @property
    def restricted(self) -> bool:
        """Whether a condition restricts it to somebody in particular, or to narrow ranges of addresses."""
        return self.bound_by(NARROWING_KEYS.__contains__) or any(ranges(self.conditions))

    def bound_by(self, is_narrowing: Callable[[str], bool]) -> bool:
        """Check whether a condition restricts it by one of the keys that narrow.

        Args:
            is_narrowing: Decides whether a condition key, in lower case, is one that narrows.
        """
        return bound_by(self.conditions, is_narrowing)

    def bound_to(self, keys: Collection[str]) -> Iterator[tuple[str, str]]:
        """Read the values that its conditions allow for some keys.

        Args:
            keys: Condition keys in lower case.

        Yields:
            Pairs of one of the keys and a value that a request may have for it.
        """
        for key, values in demanded(self.conditions):
            if key in keys:
                yield from ((key, value) for value in values)

    @property
    def public(self) -> bool:
        """Whether it allows something to anybody."""
        return self.allows and self.every_principal and not self.restricted

    @property
    def refuses_plain_http(self) -> bool:
        """Whether it denies requests without TLS to everybody, with no further condition."""
        given = {
            operator.lower(): {key: tuple(map(str.lower, values)) for key, values in keys.items()}
            for operator, keys in self.conditions.items()
        }
        wanted = {"aws:securetransport": ("false",)}
        return not self.allows and self.everybody and given in ({"bool": wanted}, {"boolifexists": wanted})


def names_every_site(origins: Value) -> bool:
    """Check whether a list of origins has a pattern that matches every site."""
    return some(origins.items(), lambda item: matches(item.text() or "", _NOBODYS_SITE))


def statements(value: Value) -> Iterator[Statement]:
    """Read the statements of an IAM policy document, which may be JSON or data.

    A part that a preview does not know is read as the name of one particular thing. So a rule finds what is wrong for
    any such name. The error that the document is not fully known is raised only after the last statement.

    Args:
        value: The property that contains the document.

    Yields:
        The statements; none when the property is absent.

    Raises:
        UndecidableError: The document is unknown, or, after its last statement, a part of it is.
        WrongTypeError: The value is not a policy document.
    """
    if isinstance(value.content, str):
        read, problem = _read_once(value)
        yield from read
        if problem is not None:
            raise problem.with_traceback(None)
    else:
        yield from _read(value)


@lru_cache(maxsize=1024)
def _read_once(value: Value) -> tuple[tuple[Statement, ...], UndecidableError | WrongTypeError | None]:
    """Read a document in JSON once for the many rules that are about its statements.

    Returns:
        The statements before the first error, and that error; None if there is none.
    """
    read: list[Statement] = []
    try:
        for statement in _read(value):
            read.append(statement)  # noqa: PERF402 - what was read before an error counts
    except (UndecidableError, WrongTypeError) as error:
        return tuple(read), error
    return tuple(read), None


def _read(value: Value) -> Iterator[Statement]:
    document = value.document()
    if not document.present:
        return
    content = document.content
    if not isinstance(content, dict):
        raise WrongTypeError(document, "a policy document")
    found = document.at("Statement")
    if not found.present:
        raise WrongTypeError(document, "a policy document")
    listed = found.items() if isinstance(found.content, list) else [found]
    for item in listed:
        if item.present and item.content is not UNKNOWN:
            yield _statement(replace(item, content=_particular(item.content)))
    if _has_unknown(cast("object", content)):
        raise UndecidableError(value.path, value.urn)


ELEMENTS: Final = (
    "Action",
    "Condition",
    "Effect",
    "NotAction",
    "NotPrincipal",
    "NotResource",
    "Principal",
    "Resource",
    "Sid",
)
PRINCIPALS: Final = ("AWS", "CanonicalUser", "Federated", "Service")
"""``ELEMENTS`` are the names in a statement and ``PRINCIPALS`` those in its principal, in the only spelling that AWS
accepts ("IAM JSON policy elements reference")."""
_OF_THE_REQUEST: Final = re.compile(
    r"\$\{(?:aws:(?:requesttag/|referer|useragent|requestedregion)|s3:(?:prefix|requestobjecttag/))[^{}]*\}",
    re.IGNORECASE,
)
"""Variables to which the caller can give any value ("IAM policy elements: Variables and tags")."""
OUTPUT: Final = "\1output"
"""Stands for a name that a preview does not know. It is the name of one particular thing: only a pattern that matches
every name matches it."""


def _particular(content: object) -> object:
    if content is UNKNOWN:
        return OUTPUT
    if isinstance(content, dict):
        return {key: _particular(child) for key, child in cast("dict[str, object]", content).items()}
    if isinstance(content, list):
        return [_particular(child) for child in cast("list[object]", content)]
    return content


def _statement(item: Value) -> Statement:
    if not isinstance(item.content, dict):
        raise WrongTypeError(item, "a statement")
    _as_aws_writes(item, ELEMENTS)
    _as_aws_writes(item.at("Principal"), PRINCIPALS)
    effect = item.at("Effect")
    if effect.content == OUTPUT:
        raise UndecidableError(effect.path, effect.urn)
    if effect.content not in ("Allow", "Deny"):
        raise WrongTypeError(effect, "Allow or Deny")
    return Statement(
        path=item.path,
        allows=effect.content == "Allow",
        actions=_names(item.at("Action")),
        not_actions=_names(item.at("NotAction")),
        resources=tuple(_OF_THE_REQUEST.sub("*", name) for name in _names(item.at("Resource"))),
        not_resources=_names(item.at("NotResource")),
        principals=tuple(_principals(item.at("Principal"))),
        not_principals=tuple(_principals(item.at("NotPrincipal"))),
        conditions={operator: _in_lower_case(keys) for operator, keys in item.at("Condition").members().items()},
    )


def _as_aws_writes(value: Value, names: Collection[str]) -> None:
    """Refuse names in another case. AWS does not accept them, and here they would be read as absent."""
    written = {name.lower(): name for name in names}
    for name in cast("dict[str, object]", value.content) if isinstance(value.content, dict) else ():
        right = written.get(name.lower(), name)
        if name != right:
            raise WrongTypeError(value, f"what AWS takes: {name} is to be written {right}")


def _in_lower_case(keys: Value) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for name, given in keys.members().items():
        # The same key may stand there in another case too: keep the values of both.
        found[name.lower()] = (*found.get(name.lower(), ()), *_texts(given.content))
    return found


def _principals(value: Value) -> Iterator[tuple[str, str]]:
    if isinstance(value.content, str):
        yield "*", value.content
        return
    for kind, identities in value.members().items():
        for identity in _names(identities):
            yield kind, identity


def _names(value: Value) -> tuple[str, ...]:
    listed = _listed(value.content)
    if not all(isinstance(item, str) for item in listed):
        raise WrongTypeError(value, "a string, or a list of them")
    return tuple(map(str, listed))


def _texts(content: object) -> tuple[str, ...]:
    return tuple(str(item).lower() if isinstance(item, bool) else str(item) for item in _listed(content))


def _listed(content: object) -> list[object]:
    """Return the items of a list, or a single value as a list of one item."""
    if content is None:
        return []
    return cast("list[object]", content) if isinstance(content, list) else [content]


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
        WrongTypeError: The definitions are not a JSON list, or an object in them gives a name twice.
    """
    definitions = task.at("containerDefinitions").document()
    try:
        return replace(definitions, content=canonical(definitions.content)).items()
    except TwiceError:
        raise WrongTypeError(definitions, GIVEN_ONCE, quoted=False) from None
