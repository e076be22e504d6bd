"""Differences between two schemas, seen by who writes the value (request) or reads it (response)."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Any, Final

from components.planning.documents import canonical_json
from components.planning.openapi.findings import Location
from components.planning.openapi.references import References
from components.planning.openapi.values import Json, JsonObject

Found = tuple[str, str, bool]
"""Where in the value (``.items[].name``), what changed, and whether it breaks."""

_UPPER: Final = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
_LOWER: Final = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
_EXACT: Final = ("format", "pattern", "multipleOf", "uniqueItems", "const", "readOnly", "writeOnly")
_COMBINED: Final = ("allOf", "anyOf", "oneOf", "not")


class Direction(StrEnum):
    """Who depends on the schema."""

    REQUEST = "request"
    """Clients write the value: narrower breaks them."""
    RESPONSE = "response"
    """Clients read the value: wider breaks them."""


class SchemaDiff:
    """Compares schemas of two documents."""

    def __init__(self, before: References, after: References) -> None:
        self._before = before
        self._after = after

    def compare(self, old: tuple[Any, Location], new: tuple[Any, Location], direction: Direction) -> Iterator[Found]:
        """Compare two schemas with all they refer to.

        Args:
            old: The schema, or None, and its place in the old document.
            new: The same of the new one.
            direction: Who depends on it.

        Yields:
            Differences.
        """
        yield from self._walk("", old, new, direction, frozenset())

    def _walk(
        self,
        where: str,
        old: tuple[Json, Location],
        new: tuple[Json, Location],
        direction: Direction,
        seen: frozenset[tuple[Location, Location]],
    ) -> Iterator[Found]:
        was, old_at = _resolved(self._before, old)
        now, new_at = _resolved(self._after, new)
        if (old_at, new_at) in seen:
            return
        seen |= {(old_at, new_at)}
        request = direction is Direction.REQUEST
        yield from _types(where, was, now, request=request)
        yield from _values(where, was, now, request=request)
        yield from _bounds(where, was, now, request=request)
        for key in _EXACT:
            if was.get(key) != now.get(key):
                removed = key not in now
                yield where, f"{key} {'removed' if removed else 'changed'}", not (removed and request)
        yield from self._properties(where, (was, old_at), (now, new_at), direction, seen)
        for key in ("items", "additionalProperties"):
            inner, outer = was.get(key), now.get(key)
            if isinstance(inner, dict) and isinstance(outer, dict):
                step = "[]" if key == "items" else ".*"
                yield from self._walk(where + step, (inner, (*old_at, key)), (outer, (*new_at, key)), direction, seen)
            elif key == "additionalProperties" and (inner is False) != (outer is False):
                narrower = outer is False
                yield where, f"further properties {'refused' if narrower else 'allowed'}", narrower is request
        yield from self._combinations(where, (was, old_at), (now, new_at), direction, seen)

    def _properties(
        self,
        where: str,
        old: tuple[JsonObject, Location],
        new: tuple[JsonObject, Location],
        direction: Direction,
        seen: frozenset[tuple[Location, Location]],
    ) -> Iterator[Found]:
        was, now = _object(old[0].get("properties")), _object(new[0].get("properties"))
        needed, needs = _names(old[0].get("required")), _names(new[0].get("required"))
        request = direction is Direction.REQUEST
        for name in sorted(was.keys() | now.keys() | needed | needs):
            here = f"{where}.{name}"
            if name in was and name not in now:
                yield here, "removed", not request or new[0].get("additionalProperties") is False
            elif name in now and name not in was:
                required = name in needs
                yield here, f"{'required ' if required else ''}property added", request and required
            else:
                if (name in needed) != (name in needs):
                    required = name in needs
                    yield here, f"became {'required' if required else 'optional'}", required is request
                if name in was:
                    at = ("properties", name)
                    yield from self._walk(
                        here, (was[name], (*old[1], *at)), (now[name], (*new[1], *at)), direction, seen
                    )

    def _combinations(
        self,
        where: str,
        old: tuple[JsonObject, Location],
        new: tuple[JsonObject, Location],
        direction: Direction,
        seen: frozenset[tuple[Location, Location]],
    ) -> Iterator[Found]:
        for key in _COMBINED:
            was, now = old[0].get(key), new[0].get(key)
            if isinstance(was, list) and isinstance(now, list) and len(was) == len(now):
                for index, (inner, outer) in enumerate(zip(was, now, strict=True)):
                    at = (key, index)
                    yield from self._walk(where, (inner, (*old[1], *at)), (outer, (*new[1], *at)), direction, seen)
            elif canonical_json(was) != canonical_json(now):
                yield where, f"{key} changed", not _widened(key, was, now, request=direction is Direction.REQUEST)


def _resolved(references: References, schema: tuple[Json, Location]) -> tuple[JsonObject, Location]:
    value, at = schema
    return references.resolve(value, at) if isinstance(value, dict) else ({}, at)


def _types(where: str, was: JsonObject, now: JsonObject, *, request: bool) -> Iterator[Found]:
    old, new = _type_names(was), _type_names(now)
    if old == new:
        return
    old_text, new_text = (" or ".join(sorted(names)) or "any" for names in (old, new))
    wider = not new or (bool(old) and old <= new)
    narrower = not old or (bool(new) and new <= old)
    yield where, f"type {old_text} became {new_text}", not (wider if request else narrower)


def _values(where: str, was: JsonObject, now: JsonObject, *, request: bool) -> Iterator[Found]:
    old, new = was.get("enum"), now.get("enum")
    if not isinstance(old, list) or not isinstance(new, list):
        if old != new:
            narrower = isinstance(new, list)
            yield where, f"enum {'added' if narrower else 'removed'}", narrower is request
        return
    before, after = ({canonical_json(value) for value in values} for values in (old, new))
    if before - after:
        yield where, f"values removed: {', '.join(sorted(before - after))}", request
    if after - before:
        yield where, f"values added: {', '.join(sorted(after - before))}", not request


def _bounds(where: str, was: JsonObject, now: JsonObject, *, request: bool) -> Iterator[Found]:
    for keys, upper in ((_UPPER, True), (_LOWER, False)):
        for key in keys:
            old, new = was.get(key), now.get(key)
            if old == new:
                continue
            if isinstance(old, int | float) and isinstance(new, int | float):
                narrower = (new < old) is upper
            else:
                narrower = new is not None and new is not False
            yield where, f"{key} {old} became {new}", narrower is request


def _widened(key: str, was: Json, now: Json, *, request: bool) -> bool:
    old, new = _branches(was), _branches(now)
    if key == "allOf":
        old, new = new, old
    if key == "not" or not old or not new:
        return (now is None) is request
    return old <= new if request else new <= old


def _branches(value: Json) -> set[str]:
    return {canonical_json(branch) for branch in value} if isinstance(value, list) else set()


def _object(value: Json) -> JsonObject:
    return value if isinstance(value, dict) else {}


def _names(value: Json) -> set[str]:
    return {str(name) for name in value} if isinstance(value, list) else set()


def _type_names(schema: JsonObject) -> set[str]:
    value = schema.get("type")
    names = (
        {str(name) for name in value} if isinstance(value, list) else {value} if isinstance(value, str) else set[str]()
    )
    return names | {"null"} if schema.get("nullable") is True and names else names
