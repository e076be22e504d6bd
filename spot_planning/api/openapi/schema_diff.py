"""Compares two schemas from the view of clients, which send the value (request) or read it (response)."""

from collections import defaultdict
from collections.abc import Iterator
from enum import StrEnum
from typing import Any, Final

from spot_planning.api.openapi.findings import Location
from spot_planning.api.openapi.keyword_diff import is_narrower, keyword_changes
from spot_planning.api.openapi.names import location_key
from spot_planning.api.openapi.parts import is_marked
from spot_planning.api.openapi.references import References
from spot_planning.api.openapi.values import Json, JsonObject
from spot_planning.documents import canonical_json

Found = tuple[str, str, bool]
"""Path in the value (``.items[].name``), the change, and whether it breaks clients."""

_Schema = tuple[Json, Location]
_Object = tuple[JsonObject, Location]
_Inner = list[tuple[str, _Schema, _Schema]]
"""Schemas that are still to be compared: path in the value, the old schema, the new schema."""

_LISTS: Final = ("allOf", "anyOf", "oneOf")
_ANYTHING: Final[Location] = ("anything",)
_NOTES: Final = frozenset(
    {"$ref", "deprecated", "description", "example", "examples", "externalDocs", "summary", "title"}
)
"""Keys without a meaning for validation when they are next to a reference."""


class Direction(StrEnum):
    """How clients use the value of a schema."""

    REQUEST = "request"
    """Clients send the value, so a narrower schema breaks them."""
    RESPONSE = "response"
    """Clients read the value, so a wider schema breaks them."""


class SchemaDiff:
    """Compares schemas of two documents."""

    def __init__(self, before: References, after: References) -> None:
        self._before = before
        self._after = after

    def compare(self, old: tuple[Any, Location], new: tuple[Any, Location], direction: Direction) -> Iterator[Found]:
        """Compare two schemas, including all schemas that they refer to.

        Each pair of schemas is compared only once, at the first location where it is used.

        Args:
            old: The schema, or None, and its location in the old document.
            new: The schema, or None, and its location in the new document.
            direction: How clients use the value.

        Yields:
            The differences.
        """
        request = direction is Direction.REQUEST
        seen: set[tuple[Location, Location]] = set()
        stack: _Inner = [("", old, new)]
        while stack:
            where, was, now = stack.pop()
            before, after = _resolved(self._before, was), _resolved(self._after, now)
            if (before[1], after[1]) in seen:
                continue
            seen.add((before[1], after[1]))
            for message, breaking in keyword_changes(before[0], after[0], request=request):
                yield where, message, breaking
            inner: _Inner = []
            yield from self._properties(where, before, after, inner, request=request)
            yield from _further(where, before, after, inner, request=request)
            yield from _combinations(where, before, after, inner, request=request)
            stack.extend(reversed(inner))

    def _properties(self, where: str, old: _Object, new: _Object, inner: _Inner, *, request: bool) -> Iterator[Found]:
        was, now = _object(old[0].get("properties")), _object(new[0].get("properties"))
        needed = _required(old, self._before, request=request)
        needs = _required(new, self._after, request=request)
        for name in sorted(was.keys() | now.keys() | needed | needs):
            here, at = f"{where}.{name}", ("properties", name)
            if name in was and name not in now:
                if request:
                    missed = new[0].get("additionalProperties") is False
                else:
                    missed = not is_marked(was[name], (*old[1], *at), self._before, "writeOnly")
                yield here, "removed", missed
            elif name in now and name not in was:
                required = name in needs
                yield here, f"{'required ' if required else ''}property added", request and required
            else:
                if (name in needed) != (name in needs):
                    required = name in needs
                    yield here, f"became {'required' if required else 'optional'}", required is request
                if name in was:
                    inner.append((here, (was[name], (*old[1], *at)), (now[name], (*new[1], *at))))


def _further(where: str, old: _Object, new: _Object, inner: _Inner, *, request: bool) -> Iterator[Found]:
    """Compare ``items`` and ``additionalProperties``. Without a schema, everything is allowed."""
    for key, step in (("items", "[]"), ("additionalProperties", ".*")):
        was, now = _given(old, key), _given(new, key)
        if key == "additionalProperties" and (was[0] is False) != (now[0] is False):
            narrower = now[0] is False
            yield where, f"further properties {'refused' if narrower else 'allowed'}", narrower is request
        elif was[0] is not now[0]:
            inner.append((where + step, was, now))


def _given(schema: _Object, key: str) -> _Schema:
    value = schema[0].get(key, True)
    # All missing schemas have the same location, so that a schema that refers to itself is compared with it only once.
    return (True, _ANYTHING) if value is True else (value, (*schema[1], key))


def _combinations(where: str, old: _Object, new: _Object, inner: _Inner, *, request: bool) -> Iterator[Found]:
    for key in _LISTS:
        was, now = _branches(old, key), _branches(new, key)
        # Unchanged branches are paired whatever their order is, because their references' targets may have changed.
        pairs: list[tuple[_Schema, _Schema]] = []
        rest: list[_Schema] = []
        alike: defaultdict[str, list[_Schema]] = defaultdict(list)
        for branch in reversed(now):
            alike[canonical_json(branch[0])].append(branch)
        for branch in was:
            twins = alike[canonical_json(branch[0])]
            if twins:
                pairs.append((branch, twins.pop()))
            else:
                rest.append(branch)
        added = [branch for twins in alike.values() for branch in twins]
        added.sort(key=lambda branch: location_key(branch[1]))
        if len(rest) == len(added):
            pairs += zip(rest, added, strict=True)
        else:
            # A new branch of allOf narrows the schema. A new branch of anyOf or oneOf widens it, unless it is the
            # first.
            more = bool(added) and not rest
            fewer = bool(rest) and not added
            narrower = more if key == "allOf" or not was or not now else fewer
            yield where, f"{key} changed", narrower is request or not (more or fewer)
        inner.extend((where, *pair) for pair in pairs)
    was, now = old[0].get("not"), new[0].get("not")
    if canonical_json(was) != canonical_json(now):
        narrower = is_narrower(was, now)
        yield where, "not changed", narrower is None or narrower is request


def _branches(schema: _Object, key: str) -> list[_Schema]:
    value = schema[0].get(key)
    return [(branch, (*schema[1], key, index)) for index, branch in enumerate(value if isinstance(value, list) else ())]


def _resolved(references: References, schema: tuple[Json, Location]) -> _Object:
    value, at = schema
    if value is False:
        return {"not": {}}, at
    if not isinstance(value, dict):
        return {}, at
    target, target_at = references.resolve(value, at)
    beside = {key: item for key, item in value.items() if key not in _NOTES and not key.startswith("x-")}
    if target is value or not beside:
        return target, target_at
    # The location includes the keys next to the reference, to recognise a schema that refers to itself this way.
    return {**target, **beside}, (*target_at, f"with {canonical_json(beside)}")


def _required(schema: _Object, references: References, *, request: bool) -> set[str]:
    """Return the required properties, without read-only ones for a request and write-only ones for a response."""
    properties, names = _object(schema[0].get("properties")), schema[0].get("required")
    spared = "readOnly" if request else "writeOnly"
    found = {str(name) for name in names} if isinstance(names, list) else set[str]()
    return {
        name
        for name in found
        if not is_marked(properties.get(name), (*schema[1], "properties", name), references, spared)
    }


def _object(value: Json) -> JsonObject:
    return value if isinstance(value, dict) else {}
