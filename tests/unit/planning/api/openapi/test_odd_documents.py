"""Unusual but readable documents: built, or refused with the place, without a crash or a silent loss."""

from typing import Any

import pytest

from spot_planning.api.openapi_import import ImportOptions, OpenApiError, build_import_document, option_problems
from tests.unit.planning.api.openapi.small_documents import AUTHORIZER, INTEGRATION, OK, build, document, refused


def _model(schema: Any, version: str = "3.1.0") -> dict[str, Any]:
    body = {"required": True, "content": {"application/json": {"schema": schema}}}
    made = build_import_document({**document({"/x": {"post": {**OK, "requestBody": body}}}), "openapi": version})
    (model,) = made.document["components"]["schemas"].values()
    return model


@pytest.mark.parametrize(
    ("schema", "model"),
    [
        ({"type": ["string", "null"], "format": "date-time"}, {"format": "date-time"}),
        ({"type": ["string"], "format": "date-time"}, {"type": "string", "format": "date-time"}),
        ({"type": ["string", "integer"], "format": "email"}, {"format": "email"}),
        ({"type": ["integer", "null"], "format": "email"}, {}),
        ({"type": "string", "format": "date-time"}, {"type": "string", "format": "date-time"}),
    ],
)
def test_a_format_beside_a_list_of_types(schema: dict[str, Any], model: dict[str, Any]) -> None:
    assert _model(schema) == model


@pytest.mark.parametrize(
    ("change", "location"),
    [
        ({"info": {"title": "t", "version": "1", "description": "\ud800"}}, "info.description"),
        ({"paths": {"/x": {"get": {**OK, "summary": "a\udfff"}}}}, "paths./x.get.summary"),
        ({"components": {"schemas": {"\ud83d": {}}}}, "components.schemas"),
        ({"paths": {"/x": {"get": {**OK, "x-\udfff": 1}}}}, "paths./x.get"),
    ],
)
def test_half_a_surrogate_pair_is_refused_where_it_stands(change: dict[str, Any], location: str) -> None:
    with pytest.raises(OpenApiError, match="half of a surrogate pair") as caught:
        build_import_document({**document({"/x": {"get": OK}}), **change})
    assert caught.value.location == location


def test_a_number_beyond_what_json_readers_keep_is_refused() -> None:
    operation = {**OK, "x-method-settings": {"throttlingRateLimit": 10**400}}
    with pytest.raises(OpenApiError, match="too large") as caught:
        build({"/x": {"get": operation}})
    assert caught.value.location == "paths./x.get.x-method-settings.throttlingRateLimit"


@pytest.mark.parametrize("url", ["http://[x/y", "//[::1"])
def test_a_server_whose_url_is_none_is_refused(url: str) -> None:
    with pytest.raises(OpenApiError, match="is not a URL") as caught:
        build({"/x": {"get": OK}}, servers=[{"url": url}])
    assert caught.value.location == "servers[0].url"


@pytest.mark.parametrize("url", ["/{base}", "https://api.example.com/{base}/v1"])
def test_a_base_path_that_clients_would_resolve_is_refused(url: str) -> None:
    servers = [{"url": url, "variables": {"base": {"default": "../.."}}}]
    with pytest.raises(OpenApiError, match=r"the base path /\.\./\.\.(/v1)? has \. or \.\. as a segment") as caught:
        build({"/x": {"get": OK}}, servers=servers)
    assert caught.value.location == "servers[0].url"


@pytest.mark.parametrize("path", ["/..", "/a/./b", "/../../a"])
def test_a_path_that_clients_would_resolve_is_refused(path: str) -> None:
    with pytest.raises(OpenApiError, match=r"the segment \.{1,2} is in no request") as caught:
        build({path: {"get": OK}})
    assert caught.value.location == f"paths.{path}"


@pytest.mark.parametrize("url", ["api/v3", "./v1"])
def test_a_server_relative_to_the_document_is_told(url: str) -> None:
    made = build({"/x": {"get": OK}}, servers=[{"url": url}])
    assert list(made.document["paths"]) == ["/x"]
    assert ("warning", "base-path", "servers[0].url") in [
        (each.severity, each.code, each.location) for each in made.report
    ]


def test_servers_of_a_path_are_reported() -> None:
    made = build({"/x": {"servers": [{"url": "https://files.example.com"}], "get": OK}})
    assert [(each.code, each.location) for each in made.report] == [("servers", "paths./x.servers")]


BINARY = "x-amazon-apigateway-binary-media-types"
VALIDATOR = "x-amazon-apigateway-request-validator"


def test_binary_media_types_of_the_document_are_kept() -> None:
    made = build({"/x": {"get": OK}}, **{BINARY: ["image/png"]})
    assert made.document[BINARY] == ["image/png"]


def test_the_validator_of_the_whole_api_is_that_of_each_operation() -> None:
    made = build({"/x": {"get": OK, "put": {**OK, VALIDATOR: "none"}}}, **{VALIDATOR: "params-only"})
    assert made.document["paths"]["/x"]["get"][VALIDATOR] == "params-only"
    assert VALIDATOR not in made.document["paths"]["/x"]["put"]
    with pytest.raises(OpenApiError, match="strict is none of") as caught:
        build({"/x": {"get": OK}}, **{VALIDATOR: "strict"})
    assert caught.value.location == VALIDATOR


def test_iam_authorization_of_an_operation_is_kept() -> None:
    made = build({"/x": {"get": {**OK, "x-amazon-apigateway-auth": {"type": "AWS_IAM"}}}})
    assert made.document["paths"]["/x"]["get"]["x-amazon-apigateway-auth"] == {"type": "AWS_IAM"}


def test_extensions_of_the_whole_api_are_kept_or_reported() -> None:
    kept: dict[str, Any] = {
        "x-amazon-apigateway-api-key-source": "AUTHORIZER",
        "x-amazon-apigateway-minimum-compression-size": 1,
        "x-amazon-apigateway-endpoint-configuration": {"disableExecuteApiEndpoint": True},
    }
    made = build({"/x": {"get": OK}}, **kept, **{"x-amazon-apigateway-cors": {}, "x-own": 1})
    assert {key: made.document.get(key) for key in kept} == kept
    assert not made.document.keys() & {"x-amazon-apigateway-cors", "x-own"}
    assert [(each.code, each.location) for each in made.report] == [("extension", "x-amazon-apigateway-cors")]


def test_an_own_integration_follows_the_new_name_of_a_parameter() -> None:
    own = {
        "type": "http",
        "httpMethod": "GET",
        "uri": "http://h/u/{userId}",
        "requestParameters": {
            "integration.request.path.userId": "method.request.path.userId",
            "integration.request.header.X-User": "method.request.path.userId",
            "integration.request.header.X-Other": "method.request.header.userId",
        },
        "cacheKeyParameters": ["method.request.path.userId"],
    }
    made = build({"/u/{userId}": {"get": {**OK, INTEGRATION: own}}, "/u/{id}/z": {"get": OK}})
    integration = made.document["paths"]["/u/{id}"]["get"][INTEGRATION]
    assert integration["requestParameters"] == {
        "integration.request.path.id": "method.request.path.id",
        "integration.request.path.userId": "method.request.path.id",
        "integration.request.header.X-User": "method.request.path.id",
        "integration.request.header.X-Other": "method.request.header.userId",
    }
    assert integration["cacheKeyParameters"] == ["method.request.path.id"]


def test_a_single_path_that_is_refused_is_the_reason_given() -> None:
    with pytest.raises(OpenApiError, match="the segment a~b has characters"):
        build({"/a~b": {"get": OK}})


EXTERNAL = {"description": "", "content": {"application/json": {"schema": {"$ref": "errors.yaml#/E"}}}}


@pytest.mark.parametrize(
    ("paths", "components", "location"),
    [
        ({"/x": {"get": {"responses": {"default": EXTERNAL}}}}, {}, "paths./x.get.responses.default"),
        ({"/x": {"get": OK}}, {"responses": {"value": EXTERNAL}}, "components.responses.value"),
        ({"/x": {"get": OK}}, {"requestBodies": {"example": EXTERNAL}}, "components.requestBodies.example"),
    ],
)
def test_external_references_under_a_name_that_holds_data_elsewhere(
    paths: dict[str, Any], components: dict[str, Any], location: str
) -> None:
    with pytest.raises(OpenApiError, match="the external reference") as caught:
        build(paths, components=components)
    assert caught.value.location == f"{location}.content.application/json.schema"


def test_a_property_of_such_a_name_may_have_any_example() -> None:
    data = {"type": "object", "example": {"$ref": "errors.yaml"}}
    assert _model({"type": "object", "properties": {"responses": data, "properties": data}}) == {
        "type": "object",
        "properties": {"responses": {"type": "object"}, "properties": {"type": "object"}},
    }


def test_a_parameter_without_a_latin_letter() -> None:
    made = build({"/x/{名前}": {"get": OK}, "/y/{日}-{月}": {"get": OK}})
    assert sorted(made.document["paths"]) == ["/x/{parameter}", "/y/{parameter}"]


def test_what_is_no_media_type_is_not_binary() -> None:
    made = build({"/x": {"post": {**OK, "requestBody": {"content": {"a b/c'": {}, "": {}, "IMAGE/PNG; q=1": {}}}}}})
    assert made.document[BINARY] == ["image/png"]


@pytest.mark.parametrize(
    ("root", "location"),
    [
        ({f"{VALIDATOR}s": {"own": 5}}, f"{VALIDATOR}s.own"),
        ({"x-amazon-apigateway-gateway-responses": {"NOPE": 5}}, "x-amazon-apigateway-gateway-responses.NOPE"),
        (
            {"x-amazon-apigateway-gateway-responses": {"DEFAULT_4XX": {"responseParameters": "x"}}},
            "x-amazon-apigateway-gateway-responses.DEFAULT_4XX.responseParameters",
        ),
        (
            {"components": {"securitySchemes": {"a": {**AUTHORIZER, "x-amazon-apigateway-authorizer": 5}}}},
            "components.securitySchemes.a.x-amazon-apigateway-authorizer",
        ),
    ],
)
def test_extensions_of_the_wrong_shape_are_refused(root: dict[str, Any], location: str) -> None:
    with pytest.raises(OpenApiError, match="must be an object, not a") as caught:
        build({"/x": {"get": OK}}, **root)
    assert caught.value.location == location


def test_the_name_of_a_stage_variable_has_an_end() -> None:
    assert not list(option_problems(ImportOptions(vpc_link_id="${stageVariables." + "a" * 64 + "}")))
    assert list(option_problems(ImportOptions(vpc_link_id="${stageVariables." + "a" * 65 + "}")))


def test_what_stands_beside_the_reference_of_a_path_is_not_lost() -> None:
    shared = {"x-items": {"P": {"post": OK}}}
    query = {"name": "q", "in": "query", "required": True, "schema": {"type": "string"}}
    made = build({"/x": {"$ref": "#/x-items/P", "get": OK, "parameters": [query]}}, **shared)
    item = made.document["paths"]["/x"]
    assert sorted(item) == ["get", "options", "post"]
    assert [[each["name"] for each in item[method]["parameters"]] for method in ("get", "post")] == [["q"], ["q"]]
    assert refused({"/x": {"$ref": "#/x-items/P", "post": OK}}, **shared) == [("path-item", "paths./x.post")]
