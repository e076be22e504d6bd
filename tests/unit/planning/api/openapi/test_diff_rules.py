"""Rules of the comparison that are not obvious."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from spot_planning.api.openapi_import import OpenApiError, compare_documents
from tests.unit.planning.api.openapi.small_documents import OK, document
from tests.unit.planning.api.openapi.test_diff import BASE


def _pairs(old: dict[str, Any], new: dict[str, Any]) -> list[tuple[str, bool]]:
    return [(each.message, each.breaking) for each in compare_documents(old, new)]


def _with(request: Any, response: Any, version: str = "3.1.0") -> dict[str, Any]:
    operation: dict[str, Any] = {
        "requestBody": {"content": {"application/json": {"schema": request}}},
        "responses": {"200": {"description": "", "content": {"application/json": {"schema": response}}}},
    }
    return {**document({"/x": {"post": operation}}), "openapi": version}


def _schemas(old: Any, new: Any) -> list[tuple[str, bool]]:
    """Return the changes of a schema in a request and then in a response: often only one of the two breaks clients."""
    return _pairs(_with(old, old), _with(new, new))


@pytest.mark.parametrize(
    ("old", "new", "in_request", "in_response"),
    [
        ({"type": "integer"}, {"type": "number"}, False, True),
        ({"type": "number"}, {"type": "integer"}, True, False),
        ({"type": "string"}, {"type": "string", "format": "uuid"}, True, False),
        ({"type": "string", "format": "uuid"}, {"type": "string"}, False, True),
        ({"type": "string"}, {"type": "string", "pattern": "a"}, True, False),
        ({"pattern": "a"}, {"pattern": "b"}, True, True),
        ({"maximum": 5}, {"exclusiveMaximum": 5}, True, False),
        ({"exclusiveMinimum": 5}, {"minimum": 5}, False, True),
        ({"type": "object"}, {"type": "object", "additionalProperties": {"type": "string"}}, True, False),
        ({"additionalProperties": {"type": "string"}}, {"additionalProperties": True}, False, True),
        ({"type": "array"}, {"type": "array", "items": {"type": "string"}}, True, False),
        ({"anyOf": [{"type": "string"}]}, {"anyOf": [{"type": "string"}, {"type": "null"}]}, False, True),
        ({"allOf": [{"minLength": 1}]}, {"allOf": [{"minLength": 1}, {"maxLength": 3}]}, True, False),
        ({"const": "a"}, {"enum": ["a", "b"]}, False, True),
        ({}, {"propertyNames": {"maxLength": 3}}, True, False),
        ({"dependentRequired": {"a": ["b"]}}, {"dependentRequired": {"a": ["c"]}}, True, True),
        ({"default": 1}, {"default": 2}, True, False),
        ({"properties": {"a": {}}}, {"properties": {"a": {}}, "required": ["a"]}, True, False),
        ({"properties": {"a": {"writeOnly": True}}}, {"properties": {}}, False, False),
        (True, False, True, False),
    ],
    ids=str,
)
def test_schemas(old: Any, new: Any, in_request: bool, in_response: bool) -> None:
    changes = _schemas(old, new)
    assert [(message.startswith("request"), breaking) for message, breaking in changes] == [
        (True, in_request),
        (False, in_response),
    ], changes


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"const": "a"}, {"enum": ["a"]}),
        ({"uniqueItems": False, "readOnly": False}, {}),
        ({"additionalProperties": True}, {}),
        ({"additionalProperties": {}}, {}),
        ({"oneOf": [{"type": "string"}, {"type": "null"}]}, {"oneOf": [{"type": "null"}, {"type": "string"}]}),
        ({"minimum": 5, "exclusiveMinimum": True}, {"exclusiveMinimum": 5}),
        ({"type": "string", "nullable": True}, {"type": ["null", "string"]}),
        ({"title": "a", "example": 1, "x-own": 1}, {"title": "b", "examples": [2], "description": "d"}),
        ({"required": ["a", "b"]}, {"required": ["b", "a"]}),
    ],
    ids=str,
)
def test_schemas_that_mean_the_same(old: Any, new: Any) -> None:
    assert _schemas(old, new) == []


def test_a_change_behind_a_branch_that_stayed() -> None:
    def made(kind: str, *more: Any) -> dict[str, Any]:
        parts = [{"$ref": "#/components/schemas/A"}, *more]
        return {**_with({"anyOf": parts}, {}), "components": {"schemas": {"A": {"type": kind}}}}

    assert ("request body: type string became boolean", True) in _pairs(
        made("string"), made("boolean", {"minLength": 1})
    )


def test_what_stands_beside_a_reference() -> None:
    def made(**beside: Any) -> dict[str, Any]:
        node = {"type": "object", "properties": {"next": {"$ref": "#/components/schemas/Node", **beside}}}
        return {**_with({"$ref": "#/components/schemas/Node"}, {}), "components": {"schemas": {"Node": node}}}

    assert _pairs(made(), made(description="d")) == []
    assert _pairs(made(), made(maxProperties=3)) == [("request body .next: maxProperties None became 3", True)]
    assert _pairs(made(maxProperties=3), made(maxProperties=3)) == []


def test_a_required_property_that_only_the_server_writes() -> None:
    old = {"type": "object", "properties": {"id": {"type": "string", "readOnly": True}}}
    assert _pairs(_with(old, {}), _with({**old, "required": ["id"]}, {})) == []


@pytest.mark.parametrize("combination", ["allOf", "anyOf"])
def test_a_required_property_that_only_the_server_writes_by_reference(combination: str) -> None:
    shared = {"components": {"schemas": {"Id": {"type": "string", "readOnly": True}}}}
    reference = {"$ref": "#/components/schemas/Id"}
    for declared in (reference, {combination: [reference]}):
        old = {"type": "object", "properties": {"id": declared}}
        before, after = _with(old, {}), _with({**old, "required": ["id"]}, {})
        assert _pairs({**before, **shared}, {**after, **shared}) == []


def _operation(change: Callable[[dict[str, Any]], Any], old: dict[str, Any] = BASE) -> list[tuple[str, bool]]:
    new = copy.deepcopy(old)
    change(new["paths"]["/things/{id}"]["put"])
    return _pairs(old, new)


def test_a_headers_name_has_no_case() -> None:
    old = copy.deepcopy(BASE)
    old["paths"]["/things/{id}"]["put"]["parameters"] = [{"name": "X-Tenant", "in": "header", "schema": {}}]
    assert _operation(lambda put: put["parameters"][0].update(name="x-tenant"), old) == []


def test_the_default_style_is_no_change() -> None:
    assert _operation(lambda put: put["parameters"][0].update(style="form", explode=True)) == []
    assert _operation(lambda put: put["parameters"][0].update(style="pipeDelimited")) == [
        ("query parameter q: style changed", True),
        ("query parameter q: explode changed", True),
    ]


def test_a_parameter_with_a_media_type() -> None:
    def content(kind: str) -> dict[str, Any]:
        return {"name": "q", "in": "query", "content": {"application/json": {"schema": {"type": kind}}}}

    old = copy.deepcopy(BASE)
    old["paths"]["/things/{id}"]["put"]["parameters"] = [content("object")]
    assert _operation(lambda put: put.update(parameters=[content("array")]), old) == [
        ("query parameter q: type object became array", True)
    ]


def test_headers_of_responses() -> None:
    old = copy.deepcopy(BASE)
    answer = old["paths"]["/things/{id}"]["put"]["responses"]["200"]
    answer["headers"] = {"Location": {"schema": {"type": "string"}}, "X-Total": {"schema": {"type": "integer"}}}

    def change(put: dict[str, Any]) -> None:
        put["responses"]["200"]["headers"] = {"location": {"schema": {"type": "boolean"}}, "X-New": {"schema": {}}}

    assert _operation(change, old) == [
        ("response 200 header location: type string became boolean", True),
        ("response 200: header x-new added", False),
        ("response 200: header x-total removed", True),
    ]


def test_a_scheme_of_one_name_that_asks_for_something_else() -> None:
    new = copy.deepcopy(BASE)
    new["components"]["securitySchemes"]["key"]["name"] = "X-Token"
    assert _pairs(BASE, new) == [("security scheme key changed", True)]


@pytest.mark.parametrize("other", ["/x/{id}.json", "/x/{id}/", "/x/{a}...{b}", "/x~y"])
def test_paths_that_a_gateway_serves_alike_are_not_one(other: str) -> None:
    (change,) = compare_documents(
        document({"/x/{id}": {"get": OK}, other: {"get": OK}}), document({"/x/{id}": {"get": OK}})
    )
    assert (change.kind, change.path, change.breaking) == ("removed", other, True)


def test_paths_that_differ_by_a_parameters_name_only() -> None:
    both = document({"/x/{a}": {"get": OK}, "/x/{b}": {"get": OK}})
    assert len(compare_documents(both, document({"/x/{a}": {"get": OK}}))) == 1
    assert compare_documents(both, both) == ()


def test_the_base_path_moves_every_operation() -> None:
    old = {**document({"/x": {"get": OK}}), "servers": [{"url": "https://a.example.com/v1"}]}
    new = {**old, "servers": [{"url": "https://b.example.com/v2"}, {"url": "https://a.example.com/v1"}]}
    (change,) = compare_documents(old, new)
    assert (change.http_method, change.path, change.message, change.breaking) == (
        "ANY",
        "/v2",
        "the base path /v1 became /v2",
        True,
    )
    assert compare_documents(old, {**old, "servers": [{"url": "https://c.example.com/v1/"}]}) == ()


@pytest.mark.parametrize("other", [{}, {"services": {}}, {"swagger": "2.0", "paths": {}}, {"openapi": "3.2.0"}])
def test_what_is_no_openapi_document_is_not_compared(other: dict[str, Any]) -> None:
    for pair in ((BASE, other), (other, BASE)):
        with pytest.raises(OpenApiError, match=r"Swagger|is not OpenAPI"):
            compare_documents(*pair)
