"""Documents that violate the specification: the finding has the place and the reason in one line."""

import re
import subprocess
import sys
from typing import Any

import pytest

from spot_planning.api.openapi_import import OpenApiError, Severity, build_import_document
from tests.unit.planning.api.openapi.test_reading import ROOT

BODY = "requestBody.content.application/json.schema"


def _document(version: str, operation: dict[str, Any], root: dict[str, Any]) -> dict[str, Any]:
    post = {"responses": {"200": {"description": "ok"}}, **operation}
    return {
        "openapi": version,
        "info": {"title": "t", "version": "1"},
        "paths": {"/x/{id}": {"post": post}},
        **root,
    }


def _body(schema: Any) -> dict[str, Any]:
    return {"requestBody": {"content": {"application/json": {"schema": schema}}}}


def _findings(version: str, operation: dict[str, Any], root: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Run the whole build, and return severity, place and message of the meta-schema's findings."""
    try:
        findings = build_import_document(_document(version, operation, root)).report
    except OpenApiError as error:
        findings = error.findings
    return [(each.severity.value, each.location, each.message) for each in findings if each.code == "specification"]


def test_the_error_is_one_line_that_begins_with_the_place() -> None:
    message = "paths./x/{id}.post.tagz: not known here"
    with pytest.raises(OpenApiError, match=f"^{re.escape(message)}$"):
        build_import_document(_document("3.0.3", {"tagz": []}, {}))


@pytest.mark.parametrize(
    ("operation", "place", "message"),
    [
        ({"parameterz": []}, ".parameterz", "not known here"),
        ({"responses": {"default": {"description": ""}, "2000": {"description": ""}}}, ".responses.2000", "not known"),
        (_body({"properties": {"a": {"pattern": 5}}}), f".{BODY}.properties.a.pattern", '5 is not of type "string"'),
        (
            {"parameters": [{"name": "q", "in": "query", "schema": {}, "style": "matrix"}]},
            ".parameters[0].style",
            '"matrix" is not ',
        ),
    ],
    ids=lambda value: str(value)[:60],
)
@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
def test_operations(version: str, operation: dict[str, Any], place: str, message: str) -> None:
    ((severity, location, found),) = _findings(version, operation, {})
    assert (severity, location) == ("refusal", f"paths./x/{{id}}.post{place}")
    assert message in found


@pytest.mark.parametrize(
    ("operation", "place", "message"),
    [
        ({"externalDocs": {"url": 5}}, ".externalDocs.url", '5 is not of type "string"'),
        ({"deprecated": "yes"}, ".deprecated", '"yes" is not of type "boolean"'),
        ({"responses": {"200": {}}}, ".responses.200", '"description" is a required property'),
        ({"requestBody": {}}, ".requestBody", '"content" is a required property'),
        (
            {"parameters": [{"name": "id", "in": "path", "schema": {}}]},
            ".parameters[0]",
            '"required" is a required property',
        ),
        ({"parameters": [{"name": "q", "in": "query"}]}, ".parameters[0]", '"schema" is a required property'),
        ({"callbacks": {"done": []}}, ".callbacks.done", 'a list is not of type "object"'),
        ({"responses": {"200": {"description": "", "bodyy": {}}}}, ".responses.200.bodyy", "not known here"),
        (
            {"responses": {"200": {"description": "", "headers": {"X-A": {"name": "X-A", "in": "header"}}}}},
            ".responses.200.headers.X-A.in",
            "not known here",
        ),
    ],
    ids=lambda value: str(value)[:60],
)
@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
def test_what_an_operation_does_without(version: str, operation: dict[str, Any], place: str, message: str) -> None:
    found = _findings(version, operation, {})
    assert {severity for severity, _, _ in found} == {"warning"}
    assert any(location == f"paths./x/{{id}}.post{place}" and message in text for _, location, text in found)


@pytest.mark.parametrize(
    ("root", "place", "message"),
    [
        ({"info": {"title": "t"}}, "info", '"version" is a required property'),
        ({"tags": [{"name": "a"}, {}]}, "tags[1]", '"name" is a required property'),
        ({"info": {"title": "t", "version": "1", "contact": {"name": 5}}}, "info.contact.name", "5 is not of type"),
        ({"externalDocs": {}}, "externalDocs", '"url" is a required property'),
        (
            # NestJS writes this member.
            {"components": {"securitySchemes": {"a": {"type": "http", "scheme": "bearer", "in": "header"}}}},
            "components.securitySchemes.a.in",
            "not known here",
        ),
        (
            {"components": {"securitySchemes": {"a": {"type": "oauth2"}}}},
            "components.securitySchemes.a",
            '"flows" is a required property',
        ),
        ({"components": {"responses": {"A": {}}}}, "components.responses.A", '"description" is a required property'),
    ],
    ids=lambda value: str(value)[:60],
)
@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
def test_what_a_document_does_without(version: str, root: dict[str, Any], place: str, message: str) -> None:
    found = _findings(version, {}, root)
    assert {severity for severity, _, _ in found} == {"warning"}
    assert any(location == place and message in text for _, location, text in found)


@pytest.mark.parametrize(
    ("root", "place", "message"),
    [
        ({"foo": 1}, "foo", "not known here"),
        ({"servers": [{"url": "/", "variables": {"a": {}}}]}, "servers[0].variables.a", '"default" is a required'),
        ({"components": {"schemas": {"A": {"required": "a"}}}}, "components.schemas.A.required", '"a" is not of type'),
        (
            {"components": {"schemas": {"A": {"allOf": [{"oneOf": [{"type": "strng"}]}]}}}},
            "components.schemas.A.allOf[0].oneOf[0].type",
            '"strng" is not one of',
        ),
        (
            {"components": {"securitySchemes": {"a": {"type": "basic"}}}},
            "components.securitySchemes.a.type",
            '"basic" is not one of',
        ),
        ({"components": {"responses": {"A": {"$ref": 5}}}}, "components.responses.A.$ref", '5 is not of type "string"'),
    ],
    ids=lambda value: str(value)[:60],
)
@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
def test_the_rest_of_the_document(version: str, root: dict[str, Any], place: str, message: str) -> None:
    ((severity, location, found),) = _findings(version, {}, root)
    assert (severity, location) == ("refusal", place)
    assert message in found


def test_the_kinds_of_a_choice_are_told_together() -> None:
    # The meta-schema of 3.0 has a branch for each kind of scheme.
    root = {"components": {"securitySchemes": {"a": {"type": "basic"}}}}
    ((_, _, message),) = _findings("3.0.3", {}, root)
    assert message == '"basic" is not one of apiKey, http, oauth2, openIdConnect'


@pytest.mark.parametrize(
    ("version", "schema", "place"),
    [
        ("3.0.3", {"const": 1}, ".const"),
        ("3.0.3", {"properties": {"a": {"examples": ["b"]}}}, ".properties.a.examples"),
        ("3.0.3", {"required": []}, ".required"),
        ("3.0.3", {"required": ["a", "a"]}, ".required"),
        ("3.1.0", {"type": ["string", "string"]}, ".type"),
        ("3.1.0", {"properties": {"a": {"examples": {"one": {}}}}}, ".properties.a.examples"),
        ("3.1.0", {"title": 5}, ".title"),
    ],
    ids=str,
)
def test_what_no_import_depends_on_is_a_warning(version: str, schema: Any, place: str) -> None:
    ((severity, location, _),) = _findings(version, _body(schema), {})
    assert (severity, location) == ("warning", f"paths./x/{{id}}.post.{BODY}{place}")


@pytest.mark.parametrize(
    ("schema", "model"),
    [
        ({"type": "number", "exclusiveMinimum": 0}, {"type": "number", "minimum": 0}),
        ({"type": "integer", "exclusiveMaximum": 9.5}, {"type": "integer", "maximum": 9.5}),
        ({"type": ["string", "null"]}, {}),
        ({"type": "null"}, {}),
        ({"type": "object", "properties": {"a": True}}, {"type": "object", "properties": {"a": {}}}),
        ({"type": "array", "items": False}, {"type": "array", "items": {}}),
        ({"allOf": [True, {"type": "string"}]}, {"type": "string"}),
    ],
    ids=str,
)
def test_what_3_1_says_in_a_document_of_3_0_is_a_warning(schema: Any, model: Any) -> None:
    operation = {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}
    made = build_import_document(_document("3.0.3", operation, {}))
    assert list(made.document["components"]["schemas"].values()) == [model]
    assert {each.severity for each in made.report if each.code == "specification"} == {Severity.WARNING}


def test_names_that_only_the_specification_minds() -> None:
    ((severity, location, _),) = _findings("3.1.0", {}, {"components": {"schemas": {"Über": {}}}})
    assert (severity, location) == ("warning", "components.schemas")


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
def test_the_planners_own_message_stands_alone(version: str) -> None:
    document = _document(version, {}, {"paths": {"no/slash": {"get": {"responses": {}}}}})
    with pytest.raises(OpenApiError) as caught:
        build_import_document(document)
    assert [each.code for each in caught.value.findings if each.severity is Severity.REFUSAL] == ["path"]


@pytest.mark.parametrize("value", [10**399, -(10**399), 1e308, "\0"], ids=lambda value: repr(value)[:8])
@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
def test_odd_values(version: str, value: Any) -> None:
    assert _findings(version, {}, {"x-a": value}) == []
    assert [place for _, place, _ in _findings(version, {"deprecated": value}, {})] == ["paths./x/{id}.post.deprecated"]


def test_more_findings_than_anybody_reads() -> None:
    operation = {f"wrong{index}": index for index in range(20)}
    paths = {f"/{index}": {"get": {"responses": {"200": {}}, **operation}} for index in range(200)}
    found = _findings("3.0.3", {}, {"paths": paths})
    assert 100 <= len(found) <= 100 * 21


def test_a_build_does_not_import_the_slow_validator() -> None:
    code = (
        "import sys; from spot_planning.api.openapi_import import build_import_document as build;"
        "build({'openapi': sys.argv[1], 'info': {'title': 't', 'version': '1'},"
        " 'paths': {'/x': {'get': {'responses': {'200': {'description': ''}}}}}});"
        "print(*(name for name in sys.modules if name in {'openapi_spec_validator', 'openapi_schema_validator',"
        " 'jsonschema'}))"
    )
    for version in ("3.0.3", "3.1.0"):
        command = [sys.executable, "-c", code, version]
        result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        assert not result.stdout.strip()
