"""Determines which locations of a document the import reads.

A broken rule of the specification at any other location does not change the import, so it is not a reason to refuse a
document: many documents have such errors.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from spot_planning.api.openapi.findings import Location
from spot_planning.api.openapi.sources import METHODS

_ANY: Final = "*"
"""Matches every key or index that is not listed."""
_LEAF: Final = "leaf"
"""A value that is read as a whole."""


@dataclass(frozen=True)
class _Object:
    """One kind of object of the OpenAPI specification."""

    read: Mapping[str, str] = field(default_factory=dict[str, str])
    """Member that the import reads -> kind of object in it."""
    unread: frozenset[str] = frozenset()
    """Members of the specification that are not read."""
    strict: bool = True
    """Whether an unknown member may be the misspelt name of a member that the import reads."""


def _leaves(*names: str) -> dict[str, str]:
    return dict.fromkeys(names, _LEAF)


_OBJECTS: Final[Mapping[str, _Object]] = {
    "document": _Object(
        {"paths": "paths", "components": "components", "servers": "servers", **_leaves("openapi", "security")},
        frozenset({"externalDocs", "info", "jsonSchemaDialect", "tags", "webhooks"}),
    ),
    "servers": _Object({"0": "server"}, strict=False),
    "server": _Object({"variables": "variables", **_leaves("url")}, strict=False),
    "variables": _Object({_ANY: _LEAF}),
    "paths": _Object({_ANY: "path item"}),
    "path item": _Object(
        {"parameters": "parameters", **dict.fromkeys(METHODS, "operation")},
        frozenset({"description", "servers", "summary", "trace"}),
    ),
    "operation": _Object(
        {
            "parameters": "parameters",
            "requestBody": "request body",
            "responses": "responses",
            **_leaves("description", "operationId", "security", "summary", "tags"),
        },
        frozenset({"callbacks", "deprecated", "externalDocs", "servers"}),
    ),
    "parameters": _Object({_ANY: "parameter"}),
    "parameter": _Object(
        {
            "content": "content",
            "schema": "schema",
            **_leaves("allowEmptyValue", "description", "explode", "in", "name", "required", "style"),
        },
        frozenset({"allowReserved", "deprecated", "example", "examples"}),
    ),
    "request bodies": _Object({_ANY: "request body"}),
    "request body": _Object({"content": "content", **_leaves("description", "required")}),
    "content": _Object({_ANY: "media type"}),
    "media type": _Object({"schema": "schema"}, frozenset({"encoding", "example", "examples"})),
    # Only the status codes are read, so a wrong status code matters, but not the content of a response.
    "responses": _Object(),
    "components": _Object(
        {
            "parameters": "parameters",
            "pathItems": "paths",
            "requestBodies": "request bodies",
            "schemas": "schemas",
            "securitySchemes": "security schemes",
        },
        frozenset({"callbacks", "examples", "headers", "links", "responses"}),
    ),
    "security schemes": _Object({_ANY: "security scheme"}),
    "security scheme": _Object(_leaves("in", "name", "type"), strict=False),
    "schemas": _Object({_ANY: "schema"}),
    "schema": _Object(
        {
            **dict.fromkeys(("additionalProperties", "items", "not"), "schema"),
            **dict.fromkeys(("allOf", "anyOf", "oneOf", "properties"), "schemas"),
            _ANY: _LEAF,
        },
        frozenset({"deprecated", "description", "discriminator", "example", "externalDocs", "title", "xml"}),
    ),
}


def is_read(at: Location, *, exists: bool = True) -> bool:
    """Check whether the import reads the value at a location.

    Args:
        at: The location.
        exists: Whether the specification has this member; False for an unknown key.

    Returns:
        The result. It is also True for an unknown key in an object that the import reads: it may be a misspelt name.
    """
    if at[-1:] == ("$ref",):
        return True
    kind = "document"
    for index, step in enumerate(at):
        if kind == _LEAF:
            return True
        each = _OBJECTS[kind]
        is_last = index == len(at) - 1
        if is_last and not exists:
            return each.strict
        if str(step) in each.unread:
            return False
        following = each.read.get(str(step)) or each.read.get(_ANY)
        if following is None:
            return is_last and each.strict
        kind = following
    return True
