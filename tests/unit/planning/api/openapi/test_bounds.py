"""Hostile documents take bounded time: the work grows linearly with the size of the document."""

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest

from spot_planning.api.openapi_import import (
    ImportQuotas,
    OpenApiError,
    build_import_document,
    compare_documents,
    specification_findings,
)
from tests.openapi_options import open_options
from tests.unit.planning.api.openapi.small_documents import OK, document

ROOMY = open_options(quotas=ImportQuotas(resources=10**6, import_bytes=10**9, documentation_parts=10**6))


def _body(schema: Any) -> dict[str, Any]:
    return {"required": True, "content": {"application/json": {"schema": schema}}}


def _reference(number: int) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/S{number}"}


def many_paths(size: int) -> dict[str, Any]:
    return document({f"/p{number}": {"get": OK} for number in range(size)})


def one_operation_id(size: int) -> dict[str, Any]:
    operation = {**OK, "operationId": "same", "requestBody": _body({"type": "object"})}
    return document({f"/p{number}": {"post": operation} for number in range(size)})


def many_unions(size: int) -> dict[str, Any]:
    """Return schemas that each are a union of two, with parts that all share."""
    schemas: dict[str, Any] = {
        f"S{number}": {"required": ["id"], "oneOf": [{"$ref": "#/components/schemas/Base"}, {"type": "string"}]}
        for number in range(size)
    }
    schemas["Base"] = {"allOf": [{"properties": {"id": {"allOf": [{"readOnly": True}]}}}]}
    paths = {f"/p{number}": {"post": {**OK, "requestBody": _body(_reference(number))}} for number in range(size)}
    return document(paths, components={"schemas": schemas})


def many_query_objects(size: int) -> dict[str, Any]:
    page = {"type": "object", "properties": {"page": {"type": "integer"}}}
    query = {"name": "q", "in": "query", "required": True, "schema": {"$ref": "#/components/schemas/Page"}}
    paths = {f"/p{number}": {"get": {**OK, "parameters": [query]}} for number in range(size)}
    return document(paths, components={"schemas": {"Page": page}})


def many_integrations(size: int) -> dict[str, Any]:
    shared = {"type": "mock", "requestTemplates": {"application/json": "{}"}}
    integration = {"x-amazon-apigateway-integration": {"$ref": "#/components/x-shared"}}
    paths = {f"/p{number}": {"get": {**OK, **integration}} for number in range(size)}
    return document(paths, components={"x-shared": shared})


def chained_parts(size: int) -> dict[str, Any]:
    schemas: dict[str, Any] = {
        f"S{number}": {"type": "object", "allOf": [_reference(number + 1)]} for number in range(size)
    }
    schemas[f"S{size}"] = {"type": "object", "properties": {"id": {"readOnly": True}}}
    return document({"/x": {"post": {**OK, "requestBody": _body(_reference(0))}}}, components={"schemas": schemas})


def shared_parts(size: int) -> dict[str, Any]:
    """Return schemas that each refer to the next one twice, so that 2 ** size paths lead to the last schema."""
    schemas: dict[str, Any] = {
        f"S{number}": {"type": "object", "properties": {"a": _reference(number + 1), "b": _reference(number + 1)}}
        for number in range(size)
    }
    schemas[f"S{size}"] = {"type": "string"}
    return document({"/x": {"post": {**OK, "requestBody": _body(_reference(0))}}}, components={"schemas": schemas})


def _lines(work: Callable[[], object]) -> int:
    """Count the executed lines of Python; the number does not depend on the machine's load."""
    counted = 0

    def note(_frame: FrameType, event: str, _argument: object) -> Any:
        nonlocal counted
        counted += event == "line"
        return note

    before = sys.gettrace()
    sys.settrace(note)
    try:
        work()
    finally:
        sys.settrace(before)
    return counted


@pytest.mark.parametrize(
    "make",
    [many_paths, one_operation_id, many_unions, many_query_objects, many_integrations],
    ids=lambda make: make.__name__,
)
def test_building_grows_with_the_size(make: Callable[[int], dict[str, Any]]) -> None:
    small, large = (make(size) for size in (50, 400))
    few, many = (_lines(lambda each=each: build_import_document(each, ROOMY)) for each in (small, large))
    assert 4 * few < many < 12 * few


def test_a_chain_of_parts_is_refused() -> None:
    assert "allOf" in str(build_import_document(chained_parts(200)).document)
    with pytest.raises(OpenApiError, match="more than 500 schemas are one") as caught:
        build_import_document(chained_parts(5_000))
    assert caught.value.location == "components.schemas.S0"


def test_comparing_takes_no_way_twice() -> None:
    assert compare_documents(shared_parts(60), shared_parts(60)) == ()


def test_comparing_a_long_chain_of_schemas() -> None:
    new = chained_parts(3000)
    new["components"]["schemas"]["S3000"] = {"type": "string"}
    (change, *_) = compare_documents(chained_parts(3000), new)
    assert change.message == "request body: type object became string"


@pytest.mark.parametrize(
    "path", ["/a" * 6000, "".join(f"/{{a{number}}}" for number in range(2000))], ids=["text", "variables"]
)
def test_a_path_that_no_request_can_name_is_refused(path: str) -> None:
    with pytest.raises(OpenApiError, match="10240") as caught:
        build_import_document(document({path: {"get": OK}}))
    assert len(str(caught.value)) < 500


def test_more_segments_than_any_api_has_are_refused() -> None:
    paths = {f"/{number}" + "/a" * 4000: {"get": OK} for number in range(300)}
    with pytest.raises(OpenApiError, match=r"^paths: 1200300 segments; at most 100000 are planned$"):
        build_import_document(document(paths))


def test_a_long_path_of_variables_of_one_name() -> None:
    with pytest.raises(OpenApiError, match="is used twice"):
        build_import_document(document({"/{a}" * 2500: {"get": OK}}))


def test_the_specification_check_tries_no_pattern_on_a_default() -> None:
    slow = {"type": "string", "pattern": "^(a+)+$", "default": "a" * 40 + "!"}
    named = {"type": "object", "patternProperties": {"^(a+)+$": {}}, "default": {"a" * 40 + "!": 1}}
    parameters = [{"name": name, "in": "query", "schema": schema} for name, schema in (("a", slow), ("b", named))]
    wrong = {"name": "c", "in": "query", "schema": {"type": "integer", "default": "text"}}
    made = document({"/x": {"get": {**OK, "parameters": [*parameters, wrong]}}})
    for version in ("3.0.3", "3.1.0"):
        findings = specification_findings({**made, "openapi": version})
        assert any("'text' is not of type 'integer'" in each.message for each in findings)
        assert not any("aaa" in each.message for each in findings)
