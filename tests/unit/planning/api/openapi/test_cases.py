"""Small documents like those in public bug reports about similar tools."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from typer.testing import CliRunner

from ops.openapi.commands import app
from spot_planning.api.openapi_import import (
    ImportOptions,
    ImportPlan,
    Severity,
    build_import_document,
    read_document,
    specification_findings,
)
from tests.openapi_options import open_options
from tests.unit.planning.api.openapi.small_documents import INTEGRATION, OK, build, codes

CASES = Path(__file__).parents[4] / "fixtures" / "openapi" / "cases"
VALIDATOR = "x-amazon-apigateway-request-validator"


def read(name: str) -> dict[str, Any]:
    (path,) = CASES.glob(f"{name}-*")
    return read_document(path.read_bytes())


def plan(name: str, options: ImportOptions | None = None) -> ImportPlan:
    return build_import_document(read(name), options)


def keys_asked_for(made: ImportPlan) -> dict[tuple[str, str], bool]:
    """Return for each method whether API Gateway requires an API key, from the import document."""
    schemes = made.document.get("components", {}).get("securitySchemes", {})
    keys = {
        name
        for name, scheme in schemes.items()
        if scheme["name"] == "x-api-key" and "x-amazon-apigateway-authtype" not in scheme
    }
    return {
        (path, "ANY" if key.startswith("x-") else key.upper()): any(
            keys & set(requirement) for requirement in operation.get("security", ())
        )
        for path, item in made.document["paths"].items()
        for key, operation in item.items()
    }


def planned_keys(made: ImportPlan) -> dict[tuple[str, str], bool]:
    return {(each.resource_path, each.http_method): each.api_key_required for each in made.operations}


# 01: names in the document that equal names of the planner


def test_a_scheme_of_the_planners_name_does_not_take_its_place() -> None:
    made = plan("01", open_options(api_key_required=True))
    assert keys_asked_for(made) == planned_keys(made)
    assert keys_asked_for(made) == {
        ("/dogs", "GET"): True,
        ("/dogs", "OPTIONS"): False,
        ("/dogs/{dogId}", "GET"): True,
        ("/dogs/{dogId}", "OPTIONS"): False,
    }
    assert made.document["components"]["securitySchemes"] == {
        "api_key2": {"type": "apiKey", "name": "x-api-key", "in": "header"}
    }


def test_a_validator_of_the_planners_name_does_not_take_its_place() -> None:
    lax = {"validateRequestBody": False, "validateRequestParameters": False}
    query = {"name": "q", "in": "query", "required": True, "schema": {"type": "string"}}
    paths = {"/x": {"get": {**OK, "parameters": [query]}, "put": {**OK, VALIDATOR: "params-only"}}}
    made = build(paths, **{f"{VALIDATOR}s": {"params-only": lax}})
    declared = made.document[f"{VALIDATOR}s"]
    chosen = made.document["paths"]["/x"]["get"][VALIDATOR]
    assert declared[chosen] == {"validateRequestBody": False, "validateRequestParameters": True}
    assert declared[made.document["paths"]["/x"]["put"][VALIDATOR]] == lax
    assert chosen == next(each.request_validator for each in made.operations if each.http_method == "GET")


# 02: query parameters by the names in the request


def test_a_required_object_is_not_demanded_under_a_name_that_is_never_sent() -> None:
    made = plan("02")
    declared = made.document["paths"]["/parcels"]["get"]["parameters"]
    assert [(each["name"], each["schema"]["type"], each.get("required")) for each in declared] == [
        ("page", "integer", None),
        ("size", "integer", None),
        ("sort", "array", None),
    ]
    assert VALIDATOR not in made.document["paths"]["/parcels"]["get"]
    assert [each.location for each in made.report if each.code == "parameter"] == [
        "paths./parcels.get.parameters[1]",
        "paths./parcels.get.parameters[0]",
    ]


OBJECT = {
    "type": "object",
    "required": ["page", "tags", "id"],
    "properties": {
        "page": {"type": "integer"},
        "tags": {"type": "array", "items": {"type": "string"}},
        "a b": {"type": "string"},
    },
}


@pytest.mark.parametrize(
    ("parameter", "names"),
    [
        ({"schema": OBJECT}, {"page": True, "tags": False}),
        ({"schema": OBJECT, "required": False}, {"page": False, "tags": False}),
        ({"schema": {"allOf": [OBJECT, {"properties": {"size": {}}}]}}, {"page": True, "size": False, "tags": False}),
        # A member of one alternative is optional.
        ({"schema": {"oneOf": [OBJECT, {"type": "string"}]}}, {"page": False, "tags": False}),
        ({"schema": {"anyOf": [OBJECT, {"type": "null"}]}}, {"page": False, "tags": False}),
        ({"schema": {"type": "object", "additionalProperties": {"type": "string"}}}, {}),
        ({"schema": OBJECT, "style": "deepObject"}, {}),
        ({"schema": {"type": "array", "items": OBJECT}, "style": "deepObject"}, {}),
        # These are sent under the parameter's own name.
        ({"schema": OBJECT, "explode": False}, {"q": True}),
        ({"schema": OBJECT, "style": "pipeDelimited"}, {"q": True}),
        ({"schema": {"type": "array", "items": {"type": "string"}}}, {"q": True}),
        ({"content": {"application/json": {"schema": OBJECT}}}, {"q": True}),
        ({"schema": {"type": "string"}}, {"q": True}),
    ],
    ids=str,
)
def test_query_parameters_are_declared_as_they_travel(parameter: dict[str, Any], names: dict[str, bool]) -> None:
    query = {"name": "q", "in": "query", "required": True, **parameter}
    made = build({"/x": {"get": {**OK, "parameters": [query]}}}, openapi="3.1.0")
    declared = made.document["paths"]["/x"]["get"].get("parameters", [])
    assert {each["name"]: each.get("required", False) for each in declared} == names


def test_a_property_does_not_hide_the_parameter_of_its_name() -> None:
    parameters = [
        {"name": "filter", "in": "query", "schema": OBJECT},
        {"name": "page", "in": "query", "required": True, "schema": {"type": "string"}},
    ]
    made = build({"/x": {"get": {**OK, "parameters": parameters}}})
    declared = made.document["paths"]["/x"]["get"]["parameters"]
    assert [(each["name"], each.get("required", False)) for each in declared] == [("page", True), ("tags", False)]


# 03: read-only properties are not required in a request


@pytest.mark.parametrize(
    ("name", "request_body"),
    [("03", {"amount": 5}), ("03k", {"name": "a"})],
)
def test_what_is_read_only_by_reference_is_not_required(name: str, request_body: dict[str, Any]) -> None:
    made = plan(name)
    (path,) = made.document["paths"]
    model = made.document["paths"][path]["post"]["requestBody"]["content"]["application/json"]["schema"]
    validator = jsonschema.Draft4Validator({"allOf": [model], "components": made.document["components"]})
    validator.validate(request_body)
    assert not validator.is_valid({})


READ_ONLY = {"id": {"type": "string", "readOnly": True}}


@pytest.mark.parametrize(
    "schema",
    [
        {"required": ["id"], "properties": {"id": {"oneOf": [{"type": "string"}, {"readOnly": True}]}}},
        {"required": ["id"], "allOf": [{"allOf": [{"properties": READ_ONLY}]}]},
        {"required": ["id"], "anyOf": [{"properties": READ_ONLY}, {"properties": {"id": {"type": "integer"}}}]},
        {"properties": READ_ONLY, "anyOf": [{"required": ["id"]}, {"required": ["name"], "properties": {"name": {}}}]},
        {"properties": READ_ONLY, "oneOf": [{"allOf": [{"required": ["id"]}]}]},
        {"allOf": [{"required": ["id"]}, {"oneOf": [{"properties": READ_ONLY}]}]},
    ],
    ids=str,
)
def test_read_only_anywhere_around_or_within(schema: dict[str, Any]) -> None:
    body = {"required": True, "content": {"application/json": {"schema": schema}}}
    made = build({"/x": {"post": {**OK, "requestBody": body}}})
    (model,) = made.document["components"]["schemas"].values()
    jsonschema.Draft4Validator(model).validate({})
    assert "read-only" in codes(made)


# 04e, 11a-c, 13: strict where the import depends on it


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("04e", "components.schemas.Item.properties.price.exclusiveMinimum"),
        ("13", "components.securitySchemes.JWT-auth.in"),
    ],
)
def test_what_generators_write_is_a_warning(name: str, place: str) -> None:
    result = CliRunner().invoke(app, ["check", str(next(CASES.glob(f"{name}-*"))), "--format", "json"])
    found = [each for each in json.loads(result.stdout)["findings"] if each["code"] == "specification"]
    assert {each["severity"] for each in found} == {"warning"}
    assert place in {each["location"] for each in found}


def test_a_schema_that_contains_itself_does_not_fail_the_validator() -> None:
    assert specification_findings(read("11a")) == ()
    assert CliRunner().invoke(app, ["check", str(next(CASES.glob("11a-*")))]).exit_code == 0


def test_a_default_that_its_schema_does_not_allow_is_a_warning_with_its_place() -> None:
    properties = "components.schemas.PatchedMail.properties"
    assert [(each.severity, each.location) for each in specification_findings(read("11b"))] == [
        (Severity.WARNING, f"{properties}.contact.default"),
        (Severity.WARNING, f"{properties}.model.default"),
    ]


def test_a_property_that_is_required_and_not_declared_is_a_warning_with_its_place() -> None:
    (found,) = [each for each in plan("11c").report if each.severity is Severity.WARNING]
    assert found.code == "required"
    assert found.location == "paths./m.post.requestBody.content.application/json.schema.required"
    assert found.message.startswith("call_id ")


def test_the_validators_failure_is_no_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_document: Any) -> Any:
        raise RecursionError("maximum recursion depth exceeded")

    monkeypatch.setattr("spot_planning.api.openapi.specification._errors", fail)
    (found,) = specification_findings(read("11b"))
    assert found.severity is Severity.WARNING
    assert "RecursionError" in found.message


def test_rules_beyond_the_meta_schema_have_places_through_references() -> None:
    item = {"$ref": "#/components/schemas/Item"}
    schemas = {"Item": {"type": "object", "properties": {"n": {"type": "integer", "default": "x"}}}}
    answer = {"200": {"description": "", "content": {"application/json": {"schema": item}}}}
    document = {
        "openapi": "3.0.3",
        "info": {"title": "t", "version": "1"},
        "paths": {
            "/a": {"get": {"operationId": "same", "responses": answer}},
            "/b": {"get": {"operationId": "same", "responses": answer}},
        },
        "components": {"schemas": schemas},
    }
    assert sorted(each.location for each in specification_findings(document)) == [
        "components.schemas.Item.properties.n.default",
        "paths./b.get",
    ]


# 09: one decision about API keys


@pytest.mark.parametrize("required", [False, True])
def test_an_api_key_of_the_application_is_the_backends_unless_the_gateway_has_keys(required: bool) -> None:
    made = plan("09", open_options(api_key_required=required))
    assert keys_asked_for(made) == planned_keys(made)
    assert keys_asked_for(made)["/reports", "GET"] is required
    found = [each.location for each in made.report if each.code == "api-key"]
    assert found == ([] if required else ["components.securitySchemes.ApiKeyAuth"])
    preflight = made.document["paths"]["/reports"]["options"][INTEGRATION]["responses"]["default"]
    allowed = preflight["responseParameters"]["method.response.header.Access-Control-Allow-Headers"]
    assert allowed.lower() == "'x-api-key'"


# 12: extensions by reference


def test_an_integration_by_reference_is_followed() -> None:
    made = plan("12")
    assert "$ref" not in json.dumps(made.document["paths"])
    integration = made.document["paths"]["/crates/{crateId}"]["get"][INTEGRATION]
    assert (integration["type"], integration["uri"]) == ("http_proxy", "https://old.example.net/crates/{crateId}")
    assert integration["requestParameters"]["integration.request.path.crateId"] == "method.request.path.crateId"


# 14: headers in a browser's preflight request


def test_authorization_is_in_the_preflight_though_openapi_says_it_is_no_parameter() -> None:
    options = open_options(cors_allowed_origins=["https://app.example.com"], cors_allowed_headers=["X-Trace"])
    made = plan("14", options)
    preflight = made.document["paths"]["/me"]["options"][INTEGRATION]["responses"]["default"]
    allowed = preflight["responseParameters"]["method.response.header.Access-Control-Allow-Headers"]
    assert allowed == "'authorization,X-Trace'"
