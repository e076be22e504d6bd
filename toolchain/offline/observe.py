"""Finds defaults, closed lists and ranges with checks of the real provider plugin, which need no credentials.

The package's types are ``str`` even if the provider has a closed list, and they do not contain defaults or ranges. But
the provider's check of inputs returns the defaults, and its error messages contain the lists and the ranges. So each
property of each resource is checked once with an invalid value.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from . import structs
from .immutable import referred_type

DEPTH = 4
"""How deep nested types are followed. Deeper, the types of wafv2 repeat themselves thousands of times."""

LONGEST_LIST = 30
"""Longer lists are not stored, because AWS extends them often (instance types, engines, runtimes)."""

RESOURCE_NAME = "observed"

_WRONG: dict[str, Any] = {"string": "no-such-value", "integer": -987654, "number": -987654}
_ALLOWED = re.compile(r"expected \S+ to be one of \[(.*?)\], got", re.DOTALL)
_RANGE = re.compile(r"expected \S+ to be in the range \((-?[\d.]+) - (-?[\d.]+)\), got")
_TERRAFORM_NAME = re.compile(r"expected (?:\S+\.)?([a-z]\w*?)(?:\.\d+)? to be ")
_STATED_PATH = re.compile(rf"Examine values at '{RESOURCE_NAME}\.([^']*)'")
_INDEX = re.compile(r"\[\d+\]")
_QUOTED = re.compile(r'"([^"]*)"')


@dataclass
class Observed:
    """The observed facts about one resource type, by path."""

    defaults: dict[str, Any] = field(default_factory=dict)
    allowed: dict[str, list[Any]] = field(default_factory=dict)
    ranges: dict[str, list[float]] = field(default_factory=dict)

    def as_table(self) -> dict[str, Any]:
        """Return the facts as a row of the table: sorted, and without empty parts."""
        return {
            name: dict(sorted(facts_.items()))
            for name, facts_ in (
                ("allowed", self.allowed),
                ("defaults", self.defaults),
                ("ranges", self.ranges),
            )
            if facts_
        }


@dataclass(frozen=True)
class Place:
    """A property of a resource or of one of its nested types.

    Attributes:
        keys: The keys from the resource to the property.
        lists: For each key, whether its value is a list.
        type: The property's Pulumi type; ``object`` for a nested type.
    """

    keys: tuple[str, ...]
    lists: tuple[bool, ...]
    type: str

    @property
    def path(self) -> str:
        """The keys, joined with dots."""
        return ".".join(self.keys)

    def holding(self, value: Any) -> dict[str, Any]:
        """Return inputs that contain only this value, at this place."""
        for key, is_list in zip(reversed(self.keys), reversed(self.lists), strict=True):
            value = {key: [value] if is_list else value}
        return value


def places(
    schema: dict[str, Any],
    properties: dict[str, Any],
    above: Place | None = None,
    inside: tuple[str, ...] = (),
) -> Iterator[Place]:
    """Yield every property of a resource, including nested ones down to `DEPTH`.

    Args:
        schema: The provider's Pulumi schema.
        properties: The properties in the schema: of the resource or a nested type.
        above: The place that contains the properties; None for the resource itself.
        inside: The tokens of the nested types on the way here, which are not followed again.
    """
    for name, declared in properties.items():
        is_list = "items" in declared
        nested = referred_type(declared)
        is_object = nested is not None and "properties" in schema["types"].get(nested, {})
        place = Place(
            keys=(*(above.keys if above else ()), name),
            lists=(*(above.lists if above else ()), is_list),
            type="object" if is_object else (declared.get("items") or declared).get("type", "string"),
        )
        yield place
        if nested is not None and is_object and nested not in inside and len(place.keys) < DEPTH:
            yield from places(schema, schema["types"][nested]["properties"], place, (*inside, nested))


def observe(
    check: Callable[[str, dict[str, Any]], tuple[dict[str, Any], list[str]]], token: str, schema: dict[str, Any]
) -> Observed:
    """Find the defaults, closed lists and ranges of one resource type.

    Args:
        check: Checks inputs of a type, as `RealPlugin.check` does: returns the inputs with defaults, and the messages.
        token: The resource type.
        schema: The provider's Pulumi schema.
    """
    observed = Observed()
    _note_defaults(observed.defaults, check(token, {})[0], "")
    for place in places(schema, schema["resources"][token].get("inputProperties", {})):
        if place.type == "object":
            _note_defaults(observed.defaults, check(token, place.holding({}))[0], "")
        elif place.type in _WRONG:
            complaints = [
                reason for reason in check(token, place.holding(_WRONG[place.type]))[1] if _is_about(reason, place)
            ]
            if len(complaints) == 1:  # several messages are alternatives, for example a list of values or a pattern
                _note_complaint(observed, place, complaints[0])
    return observed


def _is_about(reason: str, place: Place) -> bool:
    """Check whether a message is about a place.

    For a nested property, the provider names a random sibling in "Examine values at". Terraform's name at the beginning
    of the message is the right one.
    """
    stated = _STATED_PATH.search(_INDEX.sub("", reason))
    if stated is None:
        return False
    if stated[1] == place.path:
        return True
    named = _TERRAFORM_NAME.match(reason)
    parent, _, name = place.path.rpartition(".")
    return named is not None and stated[1].rpartition(".")[0] == parent and _camel_case(named[1]) == name


def _camel_case(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)


def _note_defaults(defaults: dict[str, Any], value: Any, path: str) -> None:
    if structs.is_list(value):
        for item in value:
            _note_defaults(defaults, item, path)
    elif structs.is_map(value):
        for key, item in value.items():
            where = f"{path}.{key}" if path else key
            if key in value.get("__defaults", ()) and not _is_made_up(item):
                defaults[where] = item
            _note_defaults(defaults, item, where)


def _is_made_up(value: Any) -> bool:
    """Check whether the default is an automatic name, not a constant."""
    return RESOURCE_NAME in str(value)


def _note_complaint(observed: Observed, place: Place, reason: str) -> None:
    if listed := _ALLOWED.search(reason):
        values: list[Any] = _QUOTED.findall(listed[1]) or [int(n) for n in listed[1].split() if n.isdigit()]
        if values and len(values) <= LONGEST_LIST:
            observed.allowed[place.path] = values
    if span := _RANGE.search(reason):
        observed.ranges[place.path] = [float(span[1]), float(span[2])]
