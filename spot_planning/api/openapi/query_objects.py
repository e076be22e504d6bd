"""Query parameters that are objects, and the names under which their values are sent."""

from dataclasses import dataclass
from typing import Final

from spot_planning.api.openapi.findings import Location
from spot_planning.api.openapi.parts import joined
from spot_planning.api.openapi.references import References
from spot_planning.api.openapi.values import Json, JsonObject, as_object

_OBJECT_KEYWORDS: Final = ("properties", "additionalProperties", "patternProperties", "minProperties", "required")
DEEP_OBJECT: Final = "deepObject"


@dataclass(frozen=True, slots=True)
class QueryObject:
    """A query parameter whose own name is never sent."""

    properties: tuple[tuple[str, Json, Location, bool], ...]
    """Name, schema, location and whether it is required, for each known parameter that is sent instead; empty for
    ``deepObject``, whose names have brackets."""


def query_object(parameter: JsonObject, at: Location, references: References) -> QueryObject | None:
    """Check whether a query parameter may be sent under names other than its own.

    With the style ``deepObject``, ``filter[state]=open`` is sent. An object with the default style ``form`` is sent as
    one parameter for each property, unless ``explode`` is false (OpenAPI Specification, "Style Examples").

    Args:
        parameter: A query parameter.
        at: Its location.
        references: The document's references.

    Returns:
        The parameters that are sent instead; None if the parameter's own name is sent.
    """
    if parameter.get("style") == DEEP_OBJECT:
        return QueryObject(())
    if parameter.get("style", "form") != "form" or parameter.get("explode", True) is not True:
        return None
    schema = parameter.get("schema")
    if not isinstance(schema, dict):
        return None
    parts = list(joined(schema, (*at, "schema"), references))
    if not any(_is_object(part) for part, _ in parts):
        return None
    needed: set[str] = set()
    found: dict[str, tuple[Json, Location]] = {}
    always = {location for _, location in joined(schema, (*at, "schema"), references, alternatives=False)}
    for part, location in parts:
        required = part.get("required")
        if location in always and isinstance(required, list):
            needed.update(name for name in required if isinstance(name, str))
        if isinstance(part.get("properties"), dict):
            here: Location = (*location, "properties")
            for name, declared in as_object(part["properties"], here).items():
                found.setdefault(name, (declared, (*here, name)))
    return QueryObject(
        tuple((name, declared, place, name in needed) for name, (declared, place) in sorted(found.items()))
    )


def _is_object(schema: JsonObject) -> bool:
    types = schema.get("type")
    return "object" in (types if isinstance(types, list) else [types]) or (
        types is None and any(key in schema for key in _OBJECT_KEYWORDS)
    )
