"""The form of the tables: one row a property that a rule is about, and edges that are their own cases."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.policy.nodes import ABSENT, UNKNOWN, Node

V, U, OK = "violation", "undecided", "ok"

WRONG_TYPE = {"wrong": "type"}


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
    absent: str = V
    unknown: str = U
    wrong_type: tuple[Any, str] = (WRONG_TYPE, V)
    at: str = ""
    config: dict[str, Any] = field(default_factory=dict)

    def cases(self) -> Iterator[Case]:
        yield self._case("absent", ABSENT, self.absent)
        yield self._case("unknown", UNKNOWN, self.unknown)
        yield self._case(f"wrong type {self.wrong_type[0]!r}", *self.wrong_type)
        for value in self.wrong:
            yield self._case(repr(value), value, V)
        for value in self.right:
            yield self._case(repr(value), value, OK)

    def _case(self, name: str, value: Any, expected: str) -> Case:
        change = Change(self.resource, self.path, value)
        where = f"{self.resource}.{self.path}"
        return Case(self.rule, f"{where} {name}", (change,), expected, self.at or self.resource, self.config)


def edge(rule: str, name: str, expected: str, at: str, *changes: Change, **config: Any) -> Case:
    """A case of its own; names in `config` are written with underscores."""
    return Case(rule, name, changes, expected, at, {key.replace("_", "-"): value for key, value in config.items()})
