"""Changes of a document that break clients, and changes that do not."""

import copy
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from spot_planning.api.openapi_import import Change, compare_documents, read_document
from tests.examples_count import examples
from tests.openapi_documents import documents
from tests.unit.planning.api.openapi.test_reading import ROOT


def _schema(own_name: str) -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["name"],
        "properties": {
            "name": {"type": "string", "maxLength": 10},
            "kind": {"type": "string", "enum": ["a", "b"]},
            "count": {"type": "integer", "minimum": 1},
            "children": {"type": "array", "items": {"$ref": f"#/components/schemas/{own_name}"}},
        },
    }


BASE: dict[str, Any] = {
    "openapi": "3.0.3",
    "info": {"title": "t", "version": "1"},
    "security": [{"key": []}],
    "paths": {
        "/things/{id}": {
            "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
            "put": {
                "summary": "Put",
                "parameters": [{"name": "q", "in": "query", "schema": {"type": "string"}}],
                "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}},
                "responses": {
                    "200": {
                        "description": "",
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Answer"}}},
                    },
                    "404": {"description": ""},
                },
            },
        }
    },
    "components": {
        "schemas": {"Thing": _schema("Thing"), "Answer": _schema("Answer")},
        "securitySchemes": {
            "key": {"type": "apiKey", "in": "header", "name": "x-api-key"},
            "bearer": {"type": "http", "scheme": "bearer"},
        },
    },
}


def _put(document: dict[str, Any]) -> dict[str, Any]:
    return document["paths"]["/things/{id}"]["put"]


def _thing(document: dict[str, Any], model: str = "Thing") -> dict[str, Any]:
    return document["components"]["schemas"][model]


def _changed(change: Callable[[dict[str, Any]], Any]) -> list[tuple[str, bool]]:
    new = copy.deepcopy(BASE)
    change(new)
    return [(each.message, each.breaking) for each in compare_documents(BASE, new)]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda d: _put(d).update(summary="Other", tags=["x"]), [("documentation changed: summary, tags", False)]),
        (lambda d: _put(d).update({"x-own": 1}), [("extensions changed: x-own", False)]),
        (lambda d: _put(d)["parameters"].pop(), [("query parameter q removed", True)]),
        (lambda d: _put(d)["parameters"][0].update(required=True), [("query parameter q became required", True)]),
        (
            lambda d: _put(d)["parameters"].append({"name": "n", "in": "header", "schema": {}}),
            [("header parameter n added", False)],
        ),
        (
            lambda d: _put(d)["parameters"].append({"name": "n", "in": "query", "required": True, "schema": {}}),
            [("required query parameter n added", True)],
        ),
        (
            lambda d: _put(d)["parameters"][0]["schema"].update(type="integer"),
            [("query parameter q: type string became integer", True)],
        ),
        (lambda d: _put(d)["requestBody"].update(required=True), [("request body became required", True)]),
        (lambda d: _put(d)["responses"].pop("404"), [("response 404 removed", False)]),
        (lambda d: _put(d)["responses"].pop("200"), [("response 200 removed", True)]),
        (lambda d: _put(d)["responses"]["200"]["content"].clear(), [("response 200: application/json removed", True)]),
        (lambda d: _thing(d)["required"].append("kind"), [("request body .kind: became required", True)]),
        (lambda d: _thing(d)["required"].clear(), [("request body .name: became optional", False)]),
        (lambda d: _thing(d)["properties"].update(new={}), [("request body .new: property added", False)]),
        (
            lambda d: _thing(d)["properties"]["kind"]["enum"].remove("b"),
            [('request body .kind: values removed: "b"', True)],
        ),
        (
            lambda d: _thing(d)["properties"]["kind"]["enum"].append("c"),
            [('request body .kind: values added: "c"', False)],
        ),
        (
            lambda d: _thing(d)["properties"]["name"].update(maxLength=5),
            [("request body .name: maxLength 10 became 5", True)],
        ),
        (
            lambda d: _thing(d)["properties"]["name"].update(maxLength=50),
            [("request body .name: maxLength 10 became 50", False)],
        ),
        (
            lambda d: _thing(d)["properties"]["count"].update(minimum=2),
            [("request body .count: minimum 1 became 2", True)],
        ),
        (
            lambda d: _thing(d)["properties"]["count"].update(type="number"),
            [("request body .count: type integer became number", False)],
        ),
        (
            lambda d: _thing(d)["properties"]["name"].update(nullable=True),
            [("request body .name: type string became null or string", False)],
        ),
        (
            lambda d: _thing(d)["properties"]["name"].update(pattern="^a"),
            [("request body .name: pattern changed", True)],
        ),
        (lambda d: _thing(d).update(additionalProperties=False), [("request body: further properties refused", True)]),
        (lambda d: _thing(d, "Answer")["properties"].pop("kind"), [("response 200 .kind: removed", True)]),
        (lambda d: _thing(d, "Answer")["required"].clear(), [("response 200 .name: became optional", True)]),
        (
            lambda d: _thing(d, "Answer")["properties"]["kind"]["enum"].append("c"),
            [('response 200 .kind: values added: "c"', True)],
        ),
        (
            lambda d: _thing(d, "Answer")["properties"]["name"].update(nullable=True),
            [("response 200 .name: type string became null or string", True)],
        ),
        (lambda d: _thing(d, "Answer")["properties"].update(new={}), [("response 200 .new: property added", False)]),
        (lambda d: _put(d).update(security=[]), [("security became wider", False)]),
        (lambda d: _put(d).update(security=[{"key": []}, {"bearer": []}]), [("security became wider", False)]),
        (lambda d: _put(d).update(security=[{"key": [], "bearer": []}]), [("security became stricter", True)]),
        (lambda d: _put(d).update(security=[{"bearer": []}]), [("security became stricter", True)]),
        (lambda d: d["paths"].update({"/new": {"get": {"responses": {}}}}), [("operation added", False)]),
        (lambda d: d["paths"]["/things/{id}"].pop("put"), [("operation removed", True)]),
    ],
    ids=range(34),
)
def test_changes(change: Callable[[dict[str, Any]], Any], expected: list[tuple[str, bool]]) -> None:
    assert _changed(change) == expected


def test_the_name_of_a_path_parameter_is_no_change() -> None:
    new = copy.deepcopy(BASE)
    item = new["paths"].pop("/things/{id}")
    item["parameters"][0]["name"] = "thingId"
    new["paths"]["/things/{thingId}"] = item
    assert compare_documents(BASE, new) == ()


def test_an_open_operation_that_asks_for_a_key_breaks() -> None:
    old = copy.deepcopy(BASE)
    _put(old)["security"] = []
    assert [(each.message, each.breaking) for each in compare_documents(old, BASE)] == [
        ("security became stricter", True)
    ]


@given(documents())
@settings(
    max_examples=examples(40), deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
def test_a_document_does_not_differ_from_itself(document: dict[str, Any]) -> None:
    assert compare_documents(document, copy.deepcopy(document)) == ()


def test_the_example_without_an_operation() -> None:
    old = read_document((ROOT / "examples" / "halalsphere-openapi.yaml").read_bytes())
    new = copy.deepcopy(old)
    del new["paths"]["/companies/{companyId}"]["delete"]
    (change,) = compare_documents(old, new)
    assert isinstance(change, Change)
    assert (change.kind, change.http_method, change.path, change.breaking) == (
        "removed",
        "DELETE",
        "/companies/{companyId}",
        True,
    )
