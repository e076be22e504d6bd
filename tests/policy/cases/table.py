"""The form of the tables: one row a property that a rule is about, and edges that are their own cases."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from tests.policy.nodes import ABSENT, REMOVED, UNKNOWN, Json, Node

V, U, OK = "violation", "undecided", "ok"

WRONG_TYPE = {"wrong": "type"}
NO_OBJECT = ("no object", V)
"""For a row about an object, which the wrong type of the other rows is too."""

LEAST_CASES = 5


class Kind(StrEnum):
    """What every rule's table has at least one case of."""

    COMPLIANT = "compliant"
    ABSENT = "absent"
    INSECURE = "insecure"
    UNKNOWN = "unknown"
    WRONG_TYPE = "wrong type"


@dataclass(frozen=True)
class Change:
    """One change of the compliant stack; with `node`, a further resource."""

    resource: str
    path: str = ""
    value: Any = None
    node: Node | None = None


@dataclass(frozen=True)
class Case:
    """Changes of the compliant stack, and what a rule then says, and about which resource."""

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
    """A property of the compliant stack: what happens when it is absent, wrong, unknown, or of a wrong type.

    Attributes:
        rule: The rule's id.
        resource: In the compliant stack.
        path: Of the property.
        wrong: Values that violate the rule.
        right: Further values that keep it.
        open: Further values that leave it undecided.
        absent: What an absent property means.
        unknown: What an unknown one means.
        wrong_type: A value of a wrong type, and what it means.
        at: Which resource the verdict is about, when it is not the one that is changed.
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
    """A kind of case that a rule cannot have, and why: one phrase."""

    rule: str
    kind: Kind
    reason: str


def edge(rule: str, name: str, expected: str, at: str, *changes: Change, **config: Any) -> Case:
    """A case of its own; names in `config` are written with underscores."""
    named = {key.replace("_", "-"): value for key, value in config.items()}
    return Case(rule, name, changes, expected, at, _kind(changes, expected), named)


def compliant(rule: str) -> Case:
    """The case that every rule has: the stack that keeps them all."""
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
    """What is missing in a rule's table, or in what it says to be impossible."""
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
