"""Checks policy statements that a caller gives, before any resource exists."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from spot_planning.declarations import Allowed, fits, matching
from spot_planning.problems import Path, Problem, listed

_ACTION = matching(r"\*|[A-Za-z0-9-]+:[A-Za-z0-9*?]+", "an action such as s3:GetObject, or *")
_PRINCIPAL = matching(r"\S+", "a principal such as arn:aws:iam::111122223333:root, or *")


@dataclass(frozen=True, kw_only=True)
class PolicyKind:
    """What the statements of a kind of policy may contain."""

    keys: tuple[str, ...]
    """The allowed keys."""
    alternatives: tuple[tuple[str, ...], ...]
    """Groups of keys, of which a statement has exactly one each."""
    resource: Allowed
    """Condition for an entry of ``Resource``."""


IDENTITY_POLICY = PolicyKind(
    keys=("Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition"),
    alternatives=(("Action", "NotAction"), ("Resource", "NotResource")),
    resource=matching(r"\*|arn:\S+", "an ARN, or *"),
)
"""The policy of a role (AWS IAM User Guide, "IAM JSON policy elements reference")."""

BUCKET_POLICY = PolicyKind(
    keys=("Sid", "Effect", "Principal", "Action", "NotAction", "Resource", "Condition"),
    alternatives=(("Principal",), ("Action", "NotAction"), ("Resource",)),
    resource=matching(r"|/\S*|arn:\S+", "an ARN of the bucket, or a path in the bucket such as /*"),
)
"""The policy of a `PrivateBucket`, whose resources may be relative to the bucket."""


def statement_problems(
    argument: str, statements: Sequence[Mapping[str, Any]], kind: PolicyKind, own_sids: Iterable[str] = ()
) -> Iterator[Problem]:
    """Check the statements that a caller gives. Outputs in them are not checked, because their values are not known.

    Args:
        argument: The name of the argument.
        statements: The statements, with IAM's own keys; ``Sid`` is optional.
        kind: The kind of policy.
        own_sids: ``Sid`` of each statement that the component adds to the policy.
    """
    own, sids = frozenset(own_sids), set[str]()
    for position, given in enumerate(statements):
        path: Path = (argument, position)
        for key in given:
            if key not in kind.keys:
                text = f"is not a key of a statement; allowed: {listed(kind.keys)}"
                yield Problem((*path, key), text, shows_value=False)
        for names in kind.alternatives:
            if sum(name in given for name in names) != 1:
                text = f"needs {' or '.join(names)}" + (", and not both" if len(names) > 1 else "")
                yield Problem(path, text, shows_value=False)
        yield from _value_problems(path, given, kind)
        sid = given.get("Sid")
        if isinstance(sid, str):
            if sid in own:
                yield Problem((*path, "Sid"), f"is not allowed; allowed: another than {listed(sorted(own))}")
            elif sid in sids:
                yield Problem((*path, "Sid"), "is there twice")
            sids.add(sid)


def _value_problems(path: Path, given: Mapping[str, Any], kind: PolicyKind) -> Iterator[Problem]:
    if "Effect" not in given:
        yield Problem(path, "needs Effect; allowed: Allow, Deny", shows_value=False)
    elif not _is_later(given["Effect"]) and given["Effect"] not in ("Allow", "Deny"):
        yield Problem((*path, "Effect"), "is not allowed; allowed: Allow, Deny")
    sid = given.get("Sid", "Statement")
    if not _is_later(sid) and not (isinstance(sid, str) and sid.isalnum() and sid.isascii()):
        yield Problem((*path, "Sid"), "is not allowed; allowed: letters and digits")
    limits = {"Action": _ACTION, "NotAction": _ACTION, "Resource": kind.resource, "NotResource": kind.resource}
    for key, allowed in limits.items():
        if key in given:
            yield from _text_problems((*path, key), given[key], allowed)
    if "Principal" in given:
        yield from _principal_problems((*path, "Principal"), given["Principal"])
    if "Condition" in given:
        yield from _condition_problems((*path, "Condition"), given["Condition"])


def _text_problems(path: Path, value: Any, allowed: Allowed) -> Iterator[Problem]:
    """Check a text, or a list of texts."""
    if isinstance(value, list | tuple):
        entries = cast("Sequence[Any]", value)
        if not entries:
            yield Problem(path, f"is empty; allowed: {allowed.text}", shows_value=False)
        for position, entry in enumerate(entries):
            yield from _one_text_problem((*path, position), entry, allowed)
    else:
        yield from _one_text_problem(path, value, allowed)


def _one_text_problem(path: Path, value: Any, allowed: Allowed) -> Iterator[Problem]:
    if not _is_later(value) and not (isinstance(value, str) and fits(allowed, value)):
        yield Problem(path, f"is not allowed; allowed: {allowed.text}")


def _principal_problems(path: Path, value: Any) -> Iterator[Problem]:
    kinds = ("AWS", "Service", "Federated", "CanonicalUser")
    if _is_later(value) or value == "*":
        return
    if not isinstance(value, Mapping) or not value:
        yield Problem(path, f"is not allowed; allowed: *, or a map with {listed(kinds)}")
        return
    for key, principals in cast("Mapping[str, Any]", value).items():
        if key not in kinds:
            text = f"is not a kind of principal; allowed: {listed(kinds)}"
            yield Problem((*path, key), text, shows_value=False)
        yield from _text_problems((*path, key), principals, _PRINCIPAL)


def _condition_problems(path: Path, value: Any) -> Iterator[Problem]:
    text = 'is not allowed; allowed: a map such as {"StringEquals": {"aws:SourceAccount": "111122223333"}}'
    if _is_later(value):
        return
    if not isinstance(value, Mapping):
        yield Problem(path, text)
        return
    for operator, keys in cast("Mapping[str, Any]", value).items():
        if not _is_later(keys) and not isinstance(keys, Mapping):
            yield Problem((*path, operator), text)


def _is_later(value: object) -> bool:
    """Check for a value that is known later: an Output, or something else to await."""
    return hasattr(value, "__await__") or "Output" in {base.__name__ for base in type(value).__mro__}
