"""Converts the schemas of an OpenAPI 3.0 document to JSON Schema, and validates values with them."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, cast

import jsonschema_rs

Schema = dict[str, Any]

_REFERENCE: Final = "#/components/schemas/"
_HIDDEN: Final = "the value"
MAX_FAULTS: Final = 20
"""Maximum number of faults in one response."""


def _of_the_calendar(name: str) -> Callable[[str], bool]:
    """Return a check for a format that refuses the year 0 and earlier, as Python and PostgreSQL do not accept them."""
    is_valid = jsonschema_rs.Draft202012Validator({"format": name}, validate_formats=True).is_valid
    return lambda text: not text.startswith(("0000", "-")) and is_valid(text)


_FORMATS: Final = {name: _of_the_calendar(name) for name in ("date", "date-time")}


def as_json_schema(schema: Any) -> Any:
    """Convert the keywords of OpenAPI 3.0 (`nullable`, boolean `exclusiveMinimum`) to JSON Schema 2020-12.

    Args:
        schema: A schema, or any part of a schema.
    """
    if isinstance(schema, list):
        return [as_json_schema(each) for each in cast("list[Any]", schema)]
    if not isinstance(schema, dict):
        return schema
    given = cast("Schema", schema)
    made: Schema = {name: as_json_schema(value) for name, value in given.items() if name not in {"nullable", "example"}}
    for bound, limit in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        if made.get(bound) is True:
            made[bound] = made.pop(limit)
        elif made.get(bound) is False:
            del made[bound]
    if given.get("nullable") is True:
        return _nullable(made)
    return made


def _nullable(schema: Schema) -> Schema:
    if not isinstance(schema.get("type"), str):
        return {"anyOf": [schema, {"type": "null"}]}
    made = {**schema, "type": [schema["type"], "null"]}
    if "enum" in made:
        made["enum"] = [*made["enum"], None]
    return made


class Body:
    """A compiled schema of the document. It validates values, and removes properties that it does not name."""

    def __init__(self, schema: Schema, components: Mapping[str, Schema]) -> None:
        """Compile a schema.

        Args:
            schema: The schema in the document.
            components: The document's schemas by name.
        """
        self._components: Final = components
        used = {name: as_json_schema(components[name]) for name in _used(schema, components)}
        document = {**as_json_schema(schema), "components": {"schemas": used}}
        self._validator: Final = jsonschema_rs.Draft202012Validator(
            document, validate_formats=True, formats=_FORMATS, mask=_HIDDEN
        )
        self._shape: Final = _shape(schema, components)

    def faults(self, value: Any) -> list[tuple[str, str]]:
        """Return the path and the message of each fault of a value. No message contains the value."""
        if self._validator.is_valid(value):
            return []
        return [_fault(error) for error, _ in zip(self._validator.iter_errors(value), range(MAX_FAULTS), strict=False)]

    def named(self, value: Any) -> Any:
        """Return the value without properties that the schema does not name, so that clients cannot set these."""
        return _cut(value, self._shape)

    @property
    def properties(self) -> frozenset[str]:
        """Names of the object's properties, including those from `allOf`."""
        return frozenset(cast("Schema", self._shape)) if isinstance(self._shape, dict) else frozenset()


def _fault(error: jsonschema_rs.ValidationError) -> tuple[str, str]:
    path = [str(part) for part in error.instance_path]
    missing = getattr(error.kind, "property", None)
    if isinstance(missing, str):
        path.append(missing)
        return ".".join(path), "is missing"
    return ".".join(path), error.message


def resolve(schema: Schema, components: Mapping[str, Schema]) -> Schema:
    """Follow a reference to one of the document's schemas."""
    while "$ref" in schema:
        schema = components[str(schema["$ref"]).removeprefix(_REFERENCE)]
    return schema


def _used(schema: Any, components: Mapping[str, Schema]) -> set[str]:
    """Return the names of the schemas that a schema refers to, directly or indirectly."""
    found: set[str] = set()
    waiting = [schema]
    while waiting:
        each = waiting.pop()
        if isinstance(each, list):
            waiting += cast("list[Any]", each)
        elif isinstance(each, dict):
            values = cast("Schema", each)
            name = str(values.get("$ref", "")).removeprefix(_REFERENCE)
            if name and name not in found:
                found.add(name)
                waiting.append(components[name])
            waiting += values.values()
    return found


def _parts(schema: Schema, components: Mapping[str, Schema]) -> Iterator[Schema]:
    schema = resolve(schema, components)
    yield schema
    for each in schema.get("allOf", []):
        yield from _parts(each, components)


def _shape(schema: Schema, components: Mapping[str, Schema], seen: tuple[int, ...] = ()) -> Any:
    """Return what to keep of a value: None for everything, a dict of properties, or a list with the items' shape."""
    parts = list(_parts(schema, components))
    if id(parts[0]) in seen or any(part.get("additionalProperties") or "oneOf" in part for part in parts):
        return None
    seen = (*seen, id(parts[0]))
    if any("items" in part for part in parts):
        return [_shape(next(part["items"] for part in parts if "items" in part), components, seen)]
    properties = {name: each for part in parts for name, each in part.get("properties", {}).items()}
    return {name: _shape(each, components, seen) for name, each in properties.items()} or None


def _cut(value: Any, shape: Any) -> Any:
    if isinstance(shape, dict) and isinstance(value, dict):
        shapes = cast("dict[str, Any]", shape)
        given = cast("dict[str, Any]", value)
        return {name: _cut(each, shapes[name]) for name, each in given.items() if name in shapes}
    if isinstance(shape, list) and isinstance(value, list):
        return [_cut(each, cast("list[Any]", shape)[0]) for each in cast("list[Any]", value)]
    return value
