"""Finds the schemas that together describe one value, and their declarations of its properties."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from spot_planning.api.openapi.findings import Location, OpenApiError, place
from spot_planning.api.openapi.references import References
from spot_planning.api.openapi.values import Json, JsonObject

_ALTERNATIVES: Final = ("anyOf", "oneOf")
_COMBINATIONS: Final = ("allOf", *_ALTERNATIVES)
_MOST_PARTS: Final = 500
"""Maximum number of schemas that ``allOf`` may join to one. A longer chain is not a reasonable model, and it would be
walked again for each of its links."""
_MOST_STEPS: Final = 2_000_000
"""Maximum number of parts that are visited for one document. GitHub's document, the largest so far, needs 887."""


@dataclass
class _Names:
    read_only: set[str] = field(default_factory=set[str])
    declared: set[str] = field(default_factory=set[str])


class Parts:
    """The properties that each schema and the schemas joined to it declare.

    A property may be required in one schema, and declared or read-only in another that ``allOf``, ``anyOf``, ``oneOf``
    or ``$ref`` joins to it, in either direction.
    """

    def __init__(self, references: References) -> None:
        self._references = references
        self._names: dict[Location, _Names] = {}
        self._steps = 0

    def add(self, schemas: Iterable[tuple[JsonObject, Location]]) -> None:
        """Record the properties that schemas and the schemas joined to them declare.

        Args:
            schemas: Schemas and their locations. They must be added before `read_only` or `declared` is called for
                them.

        Raises:
            OpenApiError: A reference has no target, or there are too many parts.
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
        """Return the read-only properties, which a request need not have, even if the schema at `at` requires them."""
        return frozenset(self._names[at].read_only) if at in self._names else frozenset()

    def declared(self, at: Location) -> frozenset[str]:
        """Return the properties that are declared for the value that the schema at `at` describes."""
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
    """Yield a schema and all schemas that combinations and references join to it.

    Args:
        schema: The schema.
        at: Its location.
        references: The document's references.
        alternatives: Whether to follow ``anyOf`` and ``oneOf`` too, of which only some branches apply to a value.

    Yields:
        Each schema that is an object, once, and its location.

    Raises:
        OpenApiError: A reference has no target, or a chain of ``allOf`` is too long.
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
    """Check whether a property, or a schema that is joined to it, is ``readOnly`` or ``writeOnly``.

    Args:
        schema: The property's schema.
        at: The schema's location.
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
