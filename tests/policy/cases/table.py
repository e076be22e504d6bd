"""Classes for the tables of cases: a row for each property that a rule checks, and single edge cases."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from tests.policy.nodes import ABSENT, REMOVED, UNKNOWN, Json, Node

V, U, OK = "violation", "undecided", "ok"

WRONG_TYPE = {"wrong": "type"}
NO_OBJECT = ("no object", V)
"""Wrong type for a row about an object: `WRONG_TYPE` is an object itself."""

LEAST_CASES = 5


class Kind(StrEnum):
    """A kind of case. Every rule's table has at least one case of each kind."""

    COMPLIANT = "compliant"
    ABSENT = "absent"
    INSECURE = "insecure"
    UNKNOWN = "unknown"
    WRONG_TYPE = "wrong type"


@dataclass(frozen=True)
class Change:
    """One change of the compliant stack, or a further resource if `node` is set."""

    resource: str
    path: str = ""
    value: Any = None
    node: Node | None = None


@dataclass(frozen=True)
class Case:
    """Changes of the compliant stack, with the expected verdict of a rule and the resource that it is about."""

    rule: str
    name: str
    changes: tuple[Change, ...]
    expected: str
    at: str
    kind: Kind | None
    config: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.rule}: {self.name}"


@dataclass(frozen=True)
class Row:
    """A property of the compliant stack, with the expected verdicts for absent, unknown, wrong and right values.

    Attributes:
        rule: The rule's id.
        resource: Name of the resource in the compliant stack.
        path: Path of the property.
        wrong: Values that violate the rule.
        right: Further values that comply with the rule.
        open: Further values for which the rule is undecided.
        absent: Verdict for an absent property.
        unknown: Verdict for an unknown property.
        wrong_type: A value of a wrong type, and the verdict for it.
        at: Resource that the verdict is about; empty for the changed resource.
        config: The rule's configuration.
    """

    rule: str
    resource: str
    path: str
    wrong: tuple[Any, ...] = ()
    right: tuple[Any, ...] = ()
    open: tuple[Any, ...] = ()
    absent: str = V
    unknown: str = U
    wrong_type: tuple[Any, str] = (WRONG_TYPE, V)
    at: str = ""
    config: dict[str, Any] = field(default_factory=dict)

    def cases(self) -> Iterator[Case]:
        yield self._case("absent", ABSENT, self.absent, Kind.ABSENT)
        yield self._case("unknown", UNKNOWN, self.unknown, Kind.UNKNOWN)
        yield self._case(f"wrong type {self.wrong_type[0]!r}", *self.wrong_type, Kind.WRONG_TYPE)
        for value in self.wrong:
            yield self._case(repr(value), value, V, Kind.INSECURE)
        for value in self.right:
            yield self._case(repr(value), value, OK, Kind.COMPLIANT)
        for value in self.open:
            yield self._case(repr(value), value, U, None)

    def _case(self, name: str, value: Any, expected: str, kind: Kind | None) -> Case:
        change = Change(self.resource, self.path, value)
        where = f"{self.resource}.{self.path}"
        return Case(self.rule, f"{where} {name}", (change,), expected, self.at or self.resource, kind, self.config)


@dataclass(frozen=True)
class Impossible:
    """A kind of case that a rule cannot have, and the reason in one phrase."""

    rule: str
    kind: Kind
    reason: str


def edge(rule: str, name: str, expected: str, at: str, *changes: Change, **config: Any) -> Case:
    """Make a single case; names in `config` are written with underscores."""
    named = {key.replace("_", "-"): value for key, value in config.items()}
    return Case(rule, name, changes, expected, at, _kind(changes, expected), named)


def compliant(rule: str) -> Case:
    """Make the case that every rule has: the compliant stack."""
    return edge(rule, "the compliant stack", OK, "")


def _kind(changes: tuple[Change, ...], expected: str) -> Kind | None:
    contents = [change.node.inputs if change.node else change.value for change in changes]
    if any(_has(content, UNKNOWN) for content in contents):
        return Kind.UNKNOWN
    if any(_has(content, WRONG_TYPE) for content in contents):
        return Kind.WRONG_TYPE
    if len(contents) == 1 and contents[0] in (ABSENT, REMOVED):
        return Kind.ABSENT
    return {V: Kind.INSECURE, OK: Kind.COMPLIANT}.get(expected)


def _has(content: Any, wanted: Any) -> bool:
    if isinstance(content, Json):
        return _has(content.content, wanted)
    children = content.values() if isinstance(content, dict) else content if isinstance(content, list) else ()
    return content is wanted or any(_has(child, wanted) for child in children)


def gaps(rule: str, cases: Iterable[Case], impossible: Iterable[Impossible]) -> list[str]:
    """Return what is wrong with a rule's table: too few cases, missing kinds, and wrong entries of impossible kinds."""
    own = [case for case in cases if case.rule == rule]
    reasons = {entry.kind: entry.reason for entry in impossible if entry.rule == rule}
    counted = Counter(case.kind for case in own)
    few = [f"{len(own)} cases; there must be {LEAST_CASES}"] if len(own) < LEAST_CASES else []
    return [
        *few,
        *(f"no case is {kind}" for kind in Kind if not counted[kind] and kind not in reasons),
        *(f"a case is {kind}, which is said to be impossible" for kind in reasons if counted[kind]),
        *(f"why no case is {kind} is not said" for kind, reason in reasons.items() if not reason),
        *(f"{case.name}: a wrong type passes" for case in own if case.kind is Kind.WRONG_TYPE and case.expected == OK),
    ]
