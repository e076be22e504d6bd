"""Each rewrite of a schema, with a value that the schema must still allow."""

from typing import Any

import jsonschema
import pytest

from spot_planning.api.openapi_import import OpenApiError, build_import_document

TEXT = {"type": "string"}
NUMBER = {"type": "number"}
REF = {"$ref": "#/components/schemas/Text"}
RECORD = {"type": "object", "properties": {"id": {**TEXT, "readOnly": True}}}
RECORD_REF = {"$ref": "#/components/schemas/Record"}


def model_of(schema: Any, version: str) -> tuple[dict[str, Any], dict[str, Any], list[str]]:
    body = {"required": True, "content": {"application/json": {"schema": schema}}}
    plan = build_import_document(
        {
            "openapi": version,
            "info": {"title": "t", "version": "1"},
            "paths": {
                "/x": {"post": {"operationId": "root", "requestBody": body, "responses": {"200": {"description": ""}}}}
            },
            "components": {"schemas": {"Text": TEXT, "Record": RECORD}},
        }
    )
    models = plan.document["components"]["schemas"]
    return models["RootRequest"], models, sorted(each.code for each in plan.report)


@pytest.mark.parametrize(
    ("version", "schema", "model", "codes", "allowed"),
    [
        ("3.0.3", {**TEXT, "nullable": True, "maxLength": 3}, {"maxLength": 3}, ["nullable"], [None, "abc"]),
        ("3.0.3", {**TEXT, "nullable": True, "enum": ["a"]}, {"enum": ["a", None]}, ["nullable"], [None, "a"]),
        ("3.0.3", {"type": "object", "nullable": True, "allOf": [REF]}, {}, ["nullable"], [None]),
        ("3.0.3", {"nullable": True, "allOf": [{"type": "object", "required": ["a"]}]}, {}, [], [None]),
        (
            "3.0.3",
            {"type": "object", "properties": {"a": {**REF, "nullable": True}}},
            {"type": "object", "properties": {"a": {}}},
            ["nullable"],
            [{"a": None}],
        ),
        (
            "3.0.3",
            {"type": "object", "properties": {"a": {**REF, "maxLength": 1}}},
            {"type": "object", "properties": {"a": REF}},
            [],
            [{"a": "long"}],
        ),
        (
            "3.1.0",
            {"type": "object", "properties": {"a": {**REF, "maxLength": 1}}},
            {"type": "object", "properties": {"a": {"allOf": [REF, {"maxLength": 1}]}}},
            [],
            [{"a": "x"}],
        ),
        ("3.1.0", {"type": ["string", "null"]}, {}, ["nullable"], [None, "a"]),
        ("3.1.0", {"type": ["string", "integer"]}, {}, ["type-list"], [1, "a"]),
        ("3.1.0", {"type": ["string"]}, TEXT, [], ["a"]),
        ("3.1.0", {"type": "null"}, {}, ["nullable"], [None]),
        ("3.1.0", {"anyOf": [TEXT, {"type": "null"}]}, {}, ["nullable"], [None, "a"]),
        ("3.0.3", {"oneOf": [TEXT, {"enum": ["a", 1]}]}, {"anyOf": [TEXT, {"enum": ["a", 1]}]}, ["one-of"], ["b", 1]),
        # Both branches lose the part that distinguished them, so "exactly one" could never match again.
        (
            "3.0.3",
            {"oneOf": [{**TEXT, "format": "uuid"}, {**TEXT, "format": "byte"}]},
            {"anyOf": [TEXT, TEXT]},
            ["format", "format", "one-of"],
            ["a"],
        ),
        (
            "3.0.3",
            {"oneOf": [TEXT], "anyOf": [NUMBER, TEXT]},
            {"allOf": [{"anyOf": [NUMBER, TEXT]}, TEXT]},
            ["one-of"],
            ["a"],
        ),
        ("3.0.3", {"not": {"type": "string", "format": "uuid"}}, {}, ["keyword"], ["a", 1]),
        (
            "3.0.3",
            {**NUMBER, "minimum": 0, "exclusiveMinimum": True},
            {**NUMBER, "minimum": 0},
            ["exclusive-bound"],
            [0.1],
        ),
        ("3.0.3", {**NUMBER, "minimum": 0, "exclusiveMinimum": False}, {**NUMBER, "minimum": 0}, [], [0]),
        ("3.1.0", {**NUMBER, "minimum": 1, "exclusiveMinimum": 3}, {**NUMBER, "minimum": 3}, ["exclusive-bound"], [4]),
        ("3.1.0", {**NUMBER, "maximum": 9, "exclusiveMaximum": 3}, {**NUMBER, "maximum": 3}, ["exclusive-bound"], [2]),
        ("3.1.0", {"const": "a"}, {"enum": ["a"]}, ["const"], ["a"]),
        ("3.1.0", {"enum": [1, True, 1, "a"]}, {"enum": [1, True, "a"]}, [], [1, True, "a"]),
        (
            "3.1.0",
            {"type": "array", "prefixItems": [TEXT], "items": NUMBER},
            {"type": "array", "items": {}},
            ["keyword"],
            [["a", 1]],
        ),
        ("3.0.3", {"type": "array"}, {"type": "array", "items": {}}, [], [["a", 1]]),
        (
            "3.1.0",
            {"type": "object", "patternProperties": {"^x": {}}, "additionalProperties": False},
            {"type": "object"},
            ["keyword"],
            [{"xy": 1}],
        ),
        (
            "3.0.3",
            {"type": "object", "additionalProperties": False},
            {"type": "object", "additionalProperties": False},
            [],
            [{}],
        ),
        (
            "3.0.3",
            {"type": "object", "additionalProperties": TEXT},
            {"type": "object", "additionalProperties": TEXT},
            [],
            [{"a": "b"}],
        ),
        (
            "3.0.3",
            {"type": "object", "required": ["id"], "properties": {"id": {**TEXT, "readOnly": True}}},
            {"type": "object", "properties": {"id": TEXT}},
            ["read-only"],
            [{}],
        ),
        (
            "3.0.3",
            {"allOf": [{"required": ["id", "a"]}, {"properties": {"id": {"readOnly": True}}}]},
            {"allOf": [{"required": ["a"]}, {"properties": {"id": {}}}]},
            ["read-only", "required"],
            [{"a": 1}],
        ),
        (
            "3.0.3",
            {"allOf": [RECORD_REF, {"required": ["id", "a"]}]},
            {"allOf": [RECORD_REF, {"required": ["a"]}]},
            ["read-only", "required"],
            [{"a": 1}],
        ),
        (
            "3.0.3",
            {"type": "object", "required": ["id"], "properties": {"id": {**TEXT, "readOnly": False}}},
            {"type": "object", "required": ["id"], "properties": {"id": TEXT}},
            [],
            [{"id": "a"}],
        ),
        # A part of allOf is merged only if it overwrites nothing: "a" would be an additional property.
        (
            "3.0.3",
            {"properties": {"a": TEXT}, "additionalProperties": False, "allOf": [{"properties": {"b": TEXT}}]},
            {"properties": {"a": TEXT}, "additionalProperties": False, "allOf": [{"properties": {"b": TEXT}}]},
            [],
            [{"a": "x"}],
        ),
        ("3.0.3", {"type": "array", "uniqueItems": False}, {"type": "array", "items": {}}, [], [[1, 1]]),
        (
            "3.0.3",
            {"type": "array", "items": {}, "uniqueItems": True},
            {"type": "array", "items": {}, "uniqueItems": True},
            [],
            [[1]],
        ),
        ("3.0.3", {**NUMBER, "format": "date-time"}, NUMBER, ["format"], [1]),
        ("3.0.3", {"type": "object", "required": []}, {"type": "object"}, ["specification"], [{}]),
        (
            "3.1.0",
            {"type": "object", "properties": {"a": True, "b": False}},
            {"type": "object", "properties": {"a": {}, "b": {}}},
            ["boolean-schema"],
            [{"a": 1}],
        ),
        ("3.1.0", True, {}, [], [1]),
        ("3.0.3", {"type": "integer", "format": "int64"}, {"type": "integer"}, ["format"], [5]),
        (
            "3.0.3",
            {**TEXT, "format": "date-time", "pattern": "^2"},
            {**TEXT, "format": "date-time", "pattern": "^2"},
            [],
            ["2026-01-12T00:00:00Z"],
        ),
        (
            "3.0.3",
            {**TEXT, "default": "a", "example": "b", "title": "T", "x-y": 1, "xml": {}},
            TEXT,
            ["default", "example"],
            ["a"],
        ),
        (
            "3.1.0",
            {"if": TEXT, "then": {"maxLength": 3}, "unevaluatedProperties": False},
            {},
            ["keyword"] * 3,
            ["long enough"],
        ),
    ],
    ids=lambda value: str(value)[:60] if isinstance(value, dict) else "",
)
def test_rewrites(version: str, schema: Any, model: dict[str, Any], codes: list[str], allowed: list[Any]) -> None:
    made, models, found = model_of(schema, version)
    assert made == model
    assert found == codes
    validator = jsonschema.Draft4Validator({"allOf": [made], "components": {"schemas": models}})
    for value in allowed:
        validator.validate(value)


@pytest.mark.parametrize(
    ("schema", "place"),
    [
        ({"type": "file"}, ".type"),
        ({"type": {}}, ".type"),
        ({"type": []}, ".type"),
        ({"minLength": "3"}, ".minLength"),
        ({"properties": []}, ".properties"),
        ({"properties": {"a": 1}}, ".properties.a"),
        ({"allOf": {}}, ".allOf"),
        ({"enum": 1}, ".enum"),
        (["string"], ""),
    ],
    ids=str,
)
def test_what_is_no_schema_is_refused(schema: Any, place: str) -> None:
    with pytest.raises(OpenApiError) as caught:
        model_of(schema, "3.0.3")
    assert caught.value.location == f"paths./x.post.requestBody.content.application/json.schema{place}"


def test_mutual_recursion_is_cut_once() -> None:
    schemas = {
        "A": {"type": "object", "properties": {"b": {"$ref": "#/components/schemas/B"}}},
        "B": {
            "type": "object",
            "properties": {"a": {"$ref": "#/components/schemas/A"}, "self": {"$ref": "#/components/schemas/B"}},
        },
    }
    body = {"required": True, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/B"}}}}
    plan = build_import_document(
        {
            "openapi": "3.0.3",
            "info": {"title": "t", "version": "1"},
            "paths": {"/x": {"post": {"requestBody": body, "responses": {"200": {"description": ""}}}}},
            "components": {"schemas": schemas},
        }
    )
    assert plan.document["components"]["schemas"] == {
        "A": {"type": "object", "properties": {"b": {}}},
        "B": {"type": "object", "properties": {"a": {"$ref": "#/components/schemas/A"}, "self": {}}},
    }
    assert [each.code for each in plan.report] == ["recursive-schema", "recursive-schema"]


def test_a_long_chain_of_references_needs_no_stack() -> None:
    count = 5000
    schemas: dict[str, Any] = {
        f"S{index}": {"type": "object", "properties": {"next": {"$ref": f"#/components/schemas/S{index + 1}"}}}
        for index in range(count)
    }
    schemas[f"S{count}"] = TEXT
    chain = {f"R{index}": {"$ref": f"#/components/schemas/R{index + 1}"} for index in range(count)} | {
        f"R{count}": {"$ref": "#/components/schemas/S0"}
    }
    body = {"required": True, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/R0"}}}}
    plan = build_import_document(
        {
            "openapi": "3.0.3",
            "info": {"title": "t", "version": "1"},
            "paths": {"/x": {"post": {"requestBody": body, "responses": {"200": {"description": ""}}}}},
            "components": {"schemas": {**schemas, **chain}},
        }
    )
    assert len(plan.document["components"]["schemas"]) == count + 1
