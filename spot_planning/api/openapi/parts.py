"""Which schemas together describe one value, and what they say about its properties."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from spot_planning.api.openapi.findings import Location, OpenApiError, place
from spot_planning.api.openapi.references import References
from spot_planning.api.openapi.values import Json, JsonObject

_ALTERNATIVES: Final = ("anyOf", "oneOf")
_COMBINATIONS: Final = ("allOf", *_ALTERNATIVES)
_MOST_PARTS: Final = 500
"""Schemas that ``allOf`` may join to one. A longer chain is no model of anything, and each of its links would walk all
of it."""
_MOST_STEPS: Final = 2_000_000
"""Parts that are visited for one document in all; GitHub's description, the largest seen, needs 887."""


@dataclass
class _Names:
    read_only: set[str] = field(default_factory=set[str])
    declared: set[str] = field(default_factory=set[str])


class Parts:
    """What each schema's combinations say about its properties.

    A property may be required in one schema, and declared or read-only in another that ``allOf``, ``anyOf``, ``oneOf``
    or ``$ref`` joins to it, in either direction.
    """

    def __init__(self, references: References) -> None:
        self._references = references
        self._names: dict[Location, _Names] = {}
        self._steps = 0

    def add(self, schemas: Iterable[tuple[JsonObject, Location]]) -> None:
        """Learn what schemas say about each other's properties.

        Args:
            schemas: Schemas and their places, before any of them is asked about.

        Raises:
            OpenApiError: For a reference that leads nowhere, or for more parts than are followed.
        """
        for schema, at in schemas:
            if not any(key in schema for key in (*_COMBINATIONS, "$ref")):
                self._learn(self._names.setdefault(at, _Names()), schema, at)
                continue
            parts = list(self._parts(schema, at))
            names = _Names()
            for part, location in parts:
                self._learn(names, part, location)
            for _, location in parts:
                own = self._names.setdefault(location, _Names())
                own.read_only |= names.read_only
                own.declared |= names.declared

    def read_only(self, at: Location) -> frozenset[str]:
        """Names of properties that a request need not have, though the schema at this place may require them."""
        return frozenset(self._names[at].read_only) if at in self._names else frozenset()

    def declared(self, at: Location) -> frozenset[str]:
        """Names of properties that are declared for the value that the schema at this place describes."""
        return frozenset(self._names[at].declared) if at in self._names else frozenset()

    def _learn(self, names: _Names, schema: JsonObject, at: Location) -> None:
        properties = schema.get("properties")
        for name, declared in (properties if isinstance(properties, dict) else {}).items():
            names.declared.add(name)
            if is_marked(declared, (*at, "properties", name), self._references, "readOnly"):
                names.read_only.add(name)

    def _parts(self, schema: JsonObject, at: Location) -> Iterator[tuple[JsonObject, Location]]:
        for part in joined(schema, at, self._references):
            self._steps += 1
            if self._steps > _MOST_STEPS:
                raise OpenApiError("its schemas are joined in more ways than are followed", "components.schemas")
            yield part


def joined(
    schema: JsonObject, at: Location, references: References, *, alternatives: bool = True
) -> Iterator[tuple[JsonObject, Location]]:
    """Go through a schema and all that combinations and references join to it.

    Args:
        schema: The schema.
        at: Its place.
        references: The document's references.
        alternatives: Follow ``anyOf`` and ``oneOf`` too, of which only some hold for a value.

    Yields:
        Each schema that is an object, once, and its place.

    Raises:
        OpenApiError: For a reference that leads nowhere, or a longer chain of ``allOf`` than is followed.
    """
    seen: set[Location] = set()
    certain = 0
    stack: list[tuple[Json, Location, bool]] = [(schema, at, True)]
    while stack:
        part, location, always = stack.pop()
        if location in seen or not isinstance(part, dict):
            continue
        seen.add(location)
        certain += always
        if certain > _MOST_PARTS:
            raise OpenApiError(f"more than {_MOST_PARTS} schemas are one by way of allOf and $ref", place(at))
        yield part, location
        if isinstance(reference := part.get("$ref"), str):
            stack.append((*references.target(reference, location), always))
        stack += [each for each in _branches(part, location, always=always) if alternatives or each[2]]


def is_marked(schema: Json, at: Location, references: References, flag: str) -> bool:
    """Whether a property is ``readOnly`` or ``writeOnly``: itself, or what is joined to it.

    Args:
        schema: The property's schema.
        at: Its place.
        references: The document's references.
        flag: ``readOnly`` or ``writeOnly``.
    """
    if not isinstance(schema, dict):
        return False
    if schema.get(flag) is True:
        return True
    if not any(key in schema for key in (*_COMBINATIONS, "$ref")):
        return False
    return any(part.get(flag) is True for part, _ in joined(schema, at, references))


def _branches(schema: Mapping[str, Json], at: Location, *, always: bool) -> Iterator[tuple[Json, Location, bool]]:
    for key in _COMBINATIONS:
        branches = schema.get(key)
        for index, branch in enumerate(branches if isinstance(branches, list) else ()):
            yield branch, (*at, key, index), always and key == "allOf"
