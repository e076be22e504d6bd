"""Rewrites schemas for API Gateway, which validates with JSON Schema draft 4 in the notation of OpenAPI 3.0.

A rewrite may only widen a schema: the model allows every value that the document allows, and only the backend checks
rules that the model cannot express. So ``oneOf`` becomes ``anyOf`` (wider branches could match twice), a nullable
schema loses its ``type``, and a read-only property is no longer required. (API Gateway's differences: "Amazon API
Gateway important notes for REST APIs", Developer Guide.)
"""

from collections.abc import Callable, Iterator
from typing import Final

from spot_planning.api.openapi.findings import Location, OpenApiError, Report, place
from spot_planning.api.openapi.parts import Parts
from spot_planning.api.openapi.patterns import is_draft_4_pattern
from spot_planning.api.openapi.values import Json, JsonObject, as_list, as_object, list_in

Refer = Callable[[str, Location], JsonObject | None]
"""Returns the reference to a model for a ``$ref`` and its location; None to cut a recursion."""

_TYPES: Final = frozenset({"array", "boolean", "integer", "number", "object", "string"})
_COUNTS: Final = ("maxItems", "maxLength", "maxProperties", "minItems", "minLength", "minProperties")
_FORMATS: Final = frozenset({"date-time", "email", "hostname", "ipv4", "ipv6", "uri"})
"""The formats of JSON Schema draft 4."""
_LISTS: Final = ("allOf", "anyOf", "oneOf")
_MAPS: Final = ("properties",)
_SINGLE: Final = ("additionalProperties", "items")
_REPORTED: Final = {
    "default": "API Gateway has no default values; the backend applies them",
    "discriminator": "API Gateway has no discriminator; the backend tells the variants apart",
    "example": "models carry no examples",
    "examples": "models carry no examples",
    "writeOnly": "writeOnly changes nothing in a request",
}
_DOCUMENTATION: Final = frozenset(
    {"$comment", "$id", "$schema", "$defs", "$anchor", "deprecated", "description", "externalDocs", "title", "xml"}
)
"""Keywords that are removed without a finding: they only describe, and do not validate."""
_HANDLED: Final = frozenset(
    {
        *_COUNTS, *_LISTS, *_MAPS, *_SINGLE, *_REPORTED, *_DOCUMENTATION, "$ref", "const", "enum", "exclusiveMaximum",
        "exclusiveMinimum", "format", "maximum", "minimum", "multipleOf", "nullable", "pattern", "patternProperties",
        "prefixItems", "readOnly", "required", "type", "uniqueItems",
    }
)  # fmt: skip


def subschemas(schema: Json, at: Location) -> Iterator[tuple[JsonObject, Location]]:
    """Yield a schema and all schemas inside it that a model keeps.

    Args:
        schema: The schema.
        at: Its location.

    Yields:
        Schemas that are objects, and their locations, in the order of sorted keys, beginning with `schema` itself.
    """
    if not isinstance(schema, dict):
        return
    yield schema, at
    for key in sorted(schema):
        value = schema[key]
        if key in _LISTS and isinstance(value, list):
            for index, item in enumerate(value):
                yield from subschemas(item, (*at, key, index))
        elif key in _MAPS and isinstance(value, dict):
            for name in sorted(value):
                yield from subschemas(value[name], (*at, key, name))
        elif key in _SINGLE:
            yield from subschemas(value, (*at, key))


class SchemaRewriter:
    """Rewrites the schemas of one model."""

    def __init__(self, report: Report, parts: Parts, refer: Refer, *, is_31: bool) -> None:
        self._report = report
        self._parts = parts
        self._refer = refer
        self._is_31 = is_31

    def rewrite(self, schema: Json, at: Location) -> JsonObject:
        """Rewrite a schema.

        Args:
            schema: An object, or a boolean (OpenAPI 3.1).
            at: Its location.

        Returns:
            A schema that allows at least all values that the given schema allows.

        Raises:
            OpenApiError: The value is not a schema.
        """
        if isinstance(schema, bool):
            if not schema:
                self._report.rewrite("boolean-schema", at, "the schema false is left to the backend")
            return {}
        given = as_object(schema, at)
        if isinstance(given.get("$ref"), str):
            return self._rewrite_reference(given, at)
        return self._rewrite_object(given, at)

    def _rewrite_reference(self, given: JsonObject, at: Location) -> JsonObject:
        referred = self._refer(str(given["$ref"]), at)
        if given.get("nullable") is True:
            # OpenAPI 3.0 ignores keys next to $ref, but the author wants null to be allowed.
            self._report.rewrite("nullable", at, "null is allowed, so the backend alone validates this part")
            return {}
        rest: JsonObject = {key: value for key, value in given.items() if key != "$ref"}
        if not self._is_31 or not rest:
            return referred or {}
        beside = self._rewrite_object(rest, at)
        both: list[Json] = [part for part in (referred, beside) if part]
        if not both:
            return {}
        return {"allOf": both} if len(both) > 1 else as_object(both[0], at)

    def _rewrite_object(self, given: JsonObject, at: Location) -> JsonObject:
        self._report_left_out(given, at)
        nullable = self._is_nullable(given)
        out: JsonObject = {}
        self._rewrite_type(given, at, out, nullable=nullable)
        self._rewrite_values(given, at, out, nullable=nullable)
        self._rewrite_numbers(given, at, out)
        self._rewrite_strings(given, at, out)
        self._rewrite_array(given, at, out)
        self._rewrite_properties(given, at, out)
        self._rewrite_combinations(given, at, out, nullable=nullable)
        return out

    def _report_left_out(self, given: JsonObject, at: Location) -> None:
        for key in sorted(given):
            if key in _REPORTED:
                self._report.rewrite(key, (*at, key), _REPORTED[key])
            elif key not in _HANDLED and not key.startswith("x-"):
                self._report.rewrite("keyword", (*at, key), f"{key} is left to the backend")

    @staticmethod
    def _is_nullable(given: JsonObject) -> bool:
        types = given.get("type")
        return given.get("nullable") is True or types == "null" or (isinstance(types, list) and "null" in types)

    def _rewrite_type(self, given: JsonObject, at: Location, out: JsonObject, *, nullable: bool) -> None:
        if "type" not in given:
            return
        value = given["type"]
        types = [name for name in (value if isinstance(value, list) else [value]) if name != "null"]
        if nullable:
            self._report.rewrite("nullable", at, "null is allowed, so the type is left to the backend")
        elif len(types) == 1 and _is_type(types[0]):
            out["type"] = types[0]
        elif types and all(_is_type(name) for name in types):
            self._report.rewrite(
                "type-list", (*at, "type"), "one type or none: the backend checks which of these it is"
            )
        else:
            raise OpenApiError(f"{value!r} is not a type; they are {', '.join(sorted(_TYPES))}", place((*at, "type")))

    def _rewrite_values(self, given: JsonObject, at: Location, out: JsonObject, *, nullable: bool) -> None:
        values = list_in(given, "enum", at) if "enum" in given else None
        if "const" in given:
            self._report.rewrite("const", (*at, "const"), "written as an enum of one value")
            values = [given["const"]]
        if values is None:
            return
        if not values:
            self._report.rewrite("keyword", (*at, "enum"), "an empty enum is left to the backend")
            return
        unique: list[Json] = []
        for value in [*values, None] if nullable else values:
            # 1 == True in Python, but not in JSON.
            if not any(value == other and isinstance(value, bool) == isinstance(other, bool) for other in unique):
                unique.append(value)
        out["enum"] = unique

    def _rewrite_numbers(self, given: JsonObject, at: Location, out: JsonObject) -> None:
        for bound, exclusive, choose in (("minimum", "exclusiveMinimum", max), ("maximum", "exclusiveMaximum", min)):
            limits = [limit for limit in (_number(given, bound, at), given.get(exclusive)) if limit is not None]
            if exclusive in given and given[exclusive] is not False:
                self._report.rewrite("exclusive-bound", (*at, exclusive), "the bound itself is left to the backend")
            numbers = [limit for limit in limits if isinstance(limit, int | float) and not isinstance(limit, bool)]
            if numbers:
                out[bound] = choose(numbers)
        multiple = _number(given, "multipleOf", at)
        if multiple is not None:
            out["multipleOf"] = multiple

    def _rewrite_strings(self, given: JsonObject, at: Location, out: JsonObject) -> None:
        for key in _COUNTS:
            count = _number(given, key, at)
            if count is not None:
                out[key] = count
        if isinstance(pattern := given.get("pattern"), str):
            if is_draft_4_pattern(pattern):
                out["pattern"] = pattern
            else:
                self._report.rewrite("pattern", (*at, "pattern"), "beyond JSON Schema draft 4, so left to the backend")
        if "format" not in given:
            return
        wanted, types = given["format"], given.get("type", "string")
        if (
            isinstance(wanted, str)
            and wanted in _FORMATS
            and "string" in (types if isinstance(types, list) else [types])
        ):
            out["format"] = wanted
        else:
            self._report.rewrite("format", (*at, "format"), f"the format {wanted} is left to the backend")

    def _rewrite_array(self, given: JsonObject, at: Location, out: JsonObject) -> None:
        if given.get("uniqueItems") is True:
            out["uniqueItems"] = True
        if "prefixItems" in given:
            self._report.rewrite("keyword", (*at, "prefixItems"), "prefixItems is left to the backend")
            out["items"] = {}
        elif isinstance(given.get("items"), list):
            self._report.rewrite("keyword", (*at, "items"), "a list of items is left to the backend")
            out["items"] = {}
        elif "items" in given:
            out["items"] = self.rewrite(given["items"], (*at, "items"))
        elif out.get("type") == "array":
            out["items"] = {}

    def _rewrite_properties(self, given: JsonObject, at: Location, out: JsonObject) -> None:
        if "properties" in given:
            properties = as_object(given["properties"], (*at, "properties"))
            out["properties"] = {
                name: self.rewrite(properties[name], (*at, "properties", name)) for name in sorted(properties)
            }
        if "required" in given:
            self._rewrite_required(given, at, out)
        if "patternProperties" in given:
            # Without the patterns, additionalProperties would refuse properties that the patterns allow.
            self._report.rewrite("keyword", (*at, "patternProperties"), "patternProperties is left to the backend")
        elif isinstance(additional := given.get("additionalProperties"), bool):
            if not additional:
                out["additionalProperties"] = False
        elif additional is not None and (inner := self.rewrite(additional, (*at, "additionalProperties"))):
            out["additionalProperties"] = inner

    def _rewrite_required(self, given: JsonObject, at: Location, out: JsonObject) -> None:
        names = {name for name in list_in(given, "required", at) if isinstance(name, str)}
        read_only = self._parts.read_only(at)
        for name in sorted(names & read_only):
            self._report.rewrite("read-only", (*at, "required"), f"{name} is read-only, so a request need not have it")
        for name in sorted(names - self._parts.declared(at)):
            self._report.warn("required", (*at, "required"), f"{name} is required, and no properties declare it")
        if names - read_only:
            out["required"] = list[Json](sorted(names - read_only))

    def _rewrite_combinations(self, given: JsonObject, at: Location, out: JsonObject, *, nullable: bool) -> None:
        if nullable:
            # A combination may refuse null, which this schema allows.
            return
        every: list[Json] = []
        for key in _LISTS:
            if key not in given:
                continue
            branches: list[Json] = [
                self.rewrite(branch, (*at, key, index)) for index, branch in enumerate(as_list(given[key], (*at, key)))
            ]
            if key == "allOf":
                every.extend(branch for branch in branches if branch)
                continue
            if key == "oneOf":
                self._report.rewrite("one-of", (*at, key), "written as anyOf; the backend checks that only one matches")
            if all(branches):
                every.append({"anyOf": branches} if len(branches) > 1 else branches[0])
        if (
            len(every) == 1
            and isinstance(only := every[0], dict)
            and "$ref" not in only
            and not only.keys() & out.keys()
        ):
            out.update(only)
        elif every:
            out["allOf"] = every


def _is_type(value: Json) -> bool:
    return isinstance(value, str) and value in _TYPES


def _number(given: JsonObject, key: str, at: Location) -> int | float | None:
    value = given.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise OpenApiError("must be a number", place((*at, key)))
    return value
