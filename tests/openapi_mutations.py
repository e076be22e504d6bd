"""Hypothesis strategies for invalid OpenAPI documents: mistakes of people and generators, and attacks."""

import copy
from typing import Any

from hypothesis import strategies as st

from tests.openapi_documents import documents

_ODD: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    -1,
    1.5,
    10**30,
    "",
    "\x00",
    "#/components/schemas/Company",
    [],
    [None],
    [[]],
    {},
    {"": {}},
    {"$ref": "#/components/schemas/Company"},
    {"$ref": "#/paths"},
    {"$ref": "#"},
    {"$ref": ""},
    {"$ref": "#/none/~2"},
    {"$ref": 5},
    {"type": "object"},
    {"type": ["array", "null"]},
    {"readOnly": True, "allOf": [{}]},
)
_KEYS = (
    "$ref",
    "allOf",
    "anyOf",
    "components",
    "content",
    "default",
    "explode",
    "in",
    "items",
    "name",
    "not",
    "parameters",
    "properties",
    "required",
    "responses",
    "schema",
    "security",
    "servers",
    "style",
    "trace",
    "type",
    "x-amazon-apigateway-any-method",
    "x-amazon-apigateway-auth",
    "x-amazon-apigateway-binary-media-types",
    "x-amazon-apigateway-gateway-responses",
    "x-amazon-apigateway-integration",
    "x-amazon-apigateway-policy",
    "x-amazon-apigateway-request-validator",
    "x-amazon-apigateway-request-validators",
    "x-integration-settings",
    "x-method-settings",
    "{",
)


@st.composite
def damaged_documents(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a document and change one to four places: replace, remove, add or copy a value."""
    document = copy.deepcopy(draw(documents()))
    for _ in range(draw(st.integers(1, 4))):
        holder = _somewhere(draw, document)
        what = draw(st.sampled_from(["replace", "remove", "add", "copy"]))
        if isinstance(holder, list):
            _damage_list(draw, holder, what)
        elif what == "add" or not holder:
            holder[draw(st.sampled_from(_KEYS))] = copy.deepcopy(draw(st.sampled_from(_ODD)))
        else:
            key = draw(st.sampled_from(sorted(holder, key=str)))
            if what == "remove":
                del holder[key]
            elif what == "copy":
                holder[draw(st.sampled_from(_KEYS))] = copy.deepcopy(holder[key])
            else:
                holder[key] = copy.deepcopy(draw(st.sampled_from(_ODD)))
    return document


def _damage_list(draw: st.DrawFn, holder: list[Any], what: str) -> None:
    if what == "remove" and holder:
        holder.pop()
    elif what == "copy" and holder:
        holder.append(copy.deepcopy(holder[0]))
    else:
        holder.append(copy.deepcopy(draw(st.sampled_from(_ODD))))


def _somewhere(draw: st.DrawFn, document: dict[str, Any]) -> dict[str, Any] | list[Any]:
    """Draw an object or a list of the document, at any depth."""
    value: dict[str, Any] | list[Any] = document
    for _ in range(draw(st.integers(0, 10))):
        inner = [
            each for each in (value.values() if isinstance(value, dict) else value) if isinstance(each, dict | list)
        ]
        if not inner:
            break
        value = inner[draw(st.integers(0, len(inner) - 1))]
    return value
