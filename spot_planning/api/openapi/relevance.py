"""Which places of a document the import reads.

A rule of the specification that is broken anywhere else changes nothing in the import, and so is no reason to refuse a
document: generators and people write such things all the time.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from spot_planning.api.openapi.findings import Location
from spot_planning.api.openapi.sources import METHODS

_ANY: Final = "*"
"""Stands for every key, or every index, that is not listed."""
_LEAF: Final = "leaf"
"""A value that is read with all that is in it."""


@dataclass(frozen=True)
class _Object:
    """One kind of object of the OpenAPI specification."""

    read: Mapping[str, str] = field(default_factory=dict[str, str])
    """Members that the import reads -> what kind of object each is."""
    unread: frozenset[str] = frozenset()
    """Members that exist and are not read."""
    strict: bool = True
    """Whether a member that does not exist may be a misspelt one that the import should have read."""


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
    # Only the status codes are read, so a key that is no status code matters, and what is in a response does not.
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
    """Whether the import reads what is at a place.

    Args:
        at: The place.
        exists: Whether the specification has such a member there; False for a key that it does not know.

    Returns:
        True also for a key that is unknown in an object that the import reads: it may be a misspelt one.
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
