"""Import documents of single features: examples, options, validators, method settings and models."""

import json
from dataclasses import FrozenInstanceError
from typing import Any

import pytest

from spot_planning.api.openapi_import import ImportOptions, OpenApiError, Severity, option_problems
from spot_planning.documents import canonical_json
from spot_planning.problems import ArgumentError, place
from tests.golden_openapi import CASES, GOLDEN, as_golden, plan
from tests.openapi_options import open_options
from tests.unit.planning.api.openapi.small_documents import INTEGRATION, JSON_BODY, OK, REQUIRED_QUERY, build, codes


@pytest.mark.parametrize("name", sorted(CASES))
def test_golden(name: str) -> None:
    expected = json.loads((GOLDEN / f"{name}.expected.json").read_text(encoding="utf-8"))
    made = plan(name)
    assert json.loads(json.dumps(as_golden(made))) == expected
    assert made.body == canonical_json(expected["document"])


def test_the_example_has_111_operations() -> None:
    made = plan("example")
    assert sum(operation.source_path is not None for operation in made.operations) == 111
    assert "refusal" not in codes(made)


def test_integration_over_the_vpc_link_to_a_network_load_balancer() -> None:
    made = build({"/users/{id}": {"get": OK}}, open_options(integration_timeout_milliseconds=5000))
    assert made.document["paths"]["/users/{id}"]["get"][INTEGRATION] == {
        "type": "http_proxy",
        "httpMethod": "GET",
        "uri": "http://${stageVariables.backendHost}/users/{id}",
        "connectionType": "VPC_LINK",
        "connectionId": "${stageVariables.vpcLinkId}",
        "passthroughBehavior": "when_no_match",
        "timeoutInMillis": 5000,
        "requestParameters": {
            "integration.request.header.X-Forwarded-For": "context.identity.sourceIp",
            "integration.request.header.X-Forwarded-Host": "context.domainName",
            "integration.request.header.X-Forwarded-Proto": "'https'",
            "integration.request.header.X-Original-Proto": "'https'",
            "integration.request.header.X-Request-Id": "context.requestId",
            "integration.request.path.id": "method.request.path.id",
        },
    }


def test_integration_over_the_vpc_link_to_an_application_load_balancer() -> None:
    options = open_options(
        load_balancer_kind="application",
        integration_target="arn:lb",
        backend_host="api.internal:8443",
        backend_scheme="https",
    )
    integration = build({"/": {"get": OK}}, options).document["paths"]["/"]["get"][INTEGRATION]
    assert integration["integrationTarget"] == "arn:lb"
    assert integration["uri"] == "https://api.internal:8443/"


@pytest.mark.parametrize(
    ("arguments", "argument", "text"),
    [
        ({"load_balancer_kind": "classic"}, "load_balancer_kind", "allowed: network, application"),
        ({"load_balancer_kind": "application"}, "integration_target", "needed with a VPC link of version 2"),
        ({"integration_target": "arn"}, "integration_target", "is not allowed with a VPC link of version 1"),
        ({"vpc_link_version": 2}, "integration_target", "needed with a VPC link of version 2"),
        ({"vpc_link_version": 3}, "vpc_link_version", "is not allowed; allowed: 1, 2"),
        (
            {"load_balancer_kind": "application", "vpc_link_version": 1, "integration_target": "arn"},
            "vpc_link_version",
            "allowed: 2, or null",
        ),
        ({"integration_timeout_milliseconds": 49}, "integration_timeout_milliseconds", "allowed: 50 to 29000"),
        ({"integration_timeout_milliseconds": 29_001}, "integration_timeout_milliseconds", "allowed: 50 to 29000"),
        ({"cors_allowed_origins": ["*", "https://a.b"]}, "cors_allowed_origins", "allowed: * alone"),
        ({"cors_allow_credentials": True}, "cors_allow_credentials", "is not allowed with the origin *"),
        ({"cors_allowed_origins": ["https://a.b/"]}, "cors_allowed_origins[0]", "allowed: https://host"),
        ({"cors_allowed_origins": ["a.b"]}, "cors_allowed_origins[0]", "allowed: https://host"),
        ({"cors_allowed_origins": ["https://a.b", "https://a.b"]}, "cors_allowed_origins[1]", "is there twice"),
        ({"cors_allowed_headers": ["X Y"]}, "cors_allowed_headers[0]", "allowed: a header's name"),
        ({"cors_max_age_seconds": -1}, "cors_max_age_seconds", "allowed: 0 to 86400"),
        ({"base_path": "split"}, "base_path", "allowed: prepend, ignore"),
        ({"proxy": "all"}, "proxy", "allowed: none, fallback, only"),
        ({"backend_scheme": "ftp"}, "backend_scheme", "allowed: http, https"),
        ({"backend_host": "host/path"}, "backend_host", "allowed: a host"),
        ({"vpc_link_id": "${other.x}"}, "vpc_link_id", "allowed: a host"),
        ({"binary_media_types": ["png"]}, "binary_media_types[0]", "allowed: a media type"),
        ({"path_on_site": "/api", "cors_allowed_origins": []}, "api_key_required", "is not allowed with path_on_site"),
        (
            {"path_on_site": "/api", "api_key_required": True},
            "cors_allowed_origins",
            "is not allowed with path_on_site",
        ),
        ({"cors_allowed_origins": ("https://a.b",)}, "cors_allowed_origins", "expected a list"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_wrong_options(arguments: dict[str, Any], argument: str, text: str) -> None:
    options = open_options(**arguments)
    (problem,) = option_problems(options)
    assert place(problem.path) == argument
    assert text in problem.text
    with pytest.raises(ArgumentError, match=r"^ImportOptions 'import': ") as raised:
        build({"/x": {"get": OK}}, options)
    assert raised.value.argument == argument


def test_right_options_have_no_problems() -> None:
    assert list(option_problems(ImportOptions())) == []
    assert list(option_problems(ImportOptions(path_on_site="/api"))) == []


def test_options_do_not_change() -> None:
    with pytest.raises(FrozenInstanceError):
        open_options().proxy = "only"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        ({}, None),
        ({"parameters": [REQUIRED_QUERY]}, "params-only"),
        ({"parameters": [{**REQUIRED_QUERY, "required": False}]}, None),
        ({"parameters": [{**REQUIRED_QUERY, "allowEmptyValue": True}]}, None),
        ({"parameters": [{"name": "Authorization", "in": "header", "required": True, "schema": {}}]}, None),
        ({"requestBody": JSON_BODY}, "body-only"),
        ({"requestBody": {**JSON_BODY, "required": False}}, None),
        ({"requestBody": {"required": True, "content": {"text/csv": {"schema": {}}}}}, None),
        ({"requestBody": JSON_BODY, "parameters": [REQUIRED_QUERY]}, "all"),
        ({"requestBody": JSON_BODY, "x-amazon-apigateway-request-validator": "none"}, None),
        ({"x-amazon-apigateway-request-validator": "all"}, "all"),
        ({"x-amazon-apigateway-request-validator": "own"}, "own"),
    ],
    ids=lambda value: str(value)[:50],
)
def test_validators_fit_what_there_is_to_validate(operation: dict[str, Any], expected: str | None) -> None:
    own = {"own": {"validateRequestBody": False, "validateRequestParameters": False}}
    made = build({"/x": {"post": {**OK, **operation}}}, **{"x-amazon-apigateway-request-validators": own})
    assert made.document["paths"]["/x"]["post"].get("x-amazon-apigateway-request-validator") == expected


def test_an_unknown_validator_is_refused() -> None:
    with pytest.raises(OpenApiError, match="strict is none of all, body-only, none, params-only"):
        build({"/x": {"get": {**OK, "x-amazon-apigateway-request-validator": "strict"}}})


def test_a_body_of_get_is_left_out() -> None:
    made = build({"/x": {"get": {**OK, "requestBody": JSON_BODY}}})
    assert "requestBody" not in made.document["paths"]["/x"]["get"]
    assert codes(made) == ["request-body"]


def test_binary_media_types_come_from_requests_and_responses() -> None:
    operation = {
        "requestBody": {"content": {"multipart/form-data; boundary=x": {}, "application/json": {}, "text/plain": {}}},
        "responses": {
            "200": {
                "description": "",
                "content": {"image/*": {}, "application/problem+json": {}, "*/*": {}, "application/pdf": {}},
            }
        },
    }
    made = build({"/x": {"post": operation}})
    assert made.document["x-amazon-apigateway-binary-media-types"] == [
        "application/pdf",
        "image/*",
        "multipart/form-data",
    ]
    assert codes(made, Severity.WARNING) == ["binary-response", "binary-response"]


def test_method_settings() -> None:
    extension = {
        "throttlingRateLimit": 5,
        "throttlingBurstLimit": 10,
        "cachingEnabled": True,
        "cacheTtlInSeconds": 60,
        "cacheKeyParameters": ["method.request.path.userId", "method.request.querystring.q"],
    }
    operation = {**OK, "parameters": [REQUIRED_QUERY], "x-method-settings": extension}
    paths = {"/users/{userId}": {"get": operation}, "/users/{id}/x": {"get": OK}}
    made = build(paths, open_options(cache_size_gb=0.5))
    (settings,) = made.method_settings
    assert (settings.resource_path, settings.http_method) == ("/users/{id}", "GET")
    assert (settings.throttling_rate_limit, settings.throttling_burst_limit) == (5, 10)
    assert (settings.caching_enabled, settings.cache_ttl_in_seconds, settings.cache_data_encrypted) == (True, 60, True)
    integration = made.document["paths"]["/users/{id}"]["get"][INTEGRATION]
    assert integration["cacheKeyParameters"] == ["method.request.path.id", "method.request.querystring.q"]


@pytest.mark.parametrize(
    ("extension", "location"),
    [
        ({"rate": 1}, "x-method-settings.rate"),
        ({"throttlingRateLimit": -1}, "x-method-settings.throttlingRateLimit"),
        ({"throttlingRateLimit": True}, "x-method-settings.throttlingRateLimit"),
        ({"cacheTtlInSeconds": 3601}, "x-method-settings.cacheTtlInSeconds"),
        ({"cachingEnabled": "yes"}, "x-method-settings.cachingEnabled"),
        ({"cacheKeyParameters": ["method.request.querystring.q"]}, "x-method-settings.cacheKeyParameters[0]"),
    ],
)
def test_wrong_method_settings(extension: dict[str, Any], location: str) -> None:
    with pytest.raises(OpenApiError) as caught:
        build({"/x": {"get": {**OK, "x-method-settings": extension}}})
    assert caught.value.location == f"paths./x.get.{location}"


def test_all_refusals_are_told_at_once() -> None:
    with pytest.raises(OpenApiError, match=r"^paths\./a~b: .* \(and 2 more refusals\)$"):
        build({"/a~b": {"get": OK}, "/c": {"trace": OK}, "/d": {"get": {**OK, "security": [{"no": []}]}}})


def test_models_by_reference_into_the_middle_of_another_schema() -> None:
    components = {"schemas": {"A": {"type": "object", "properties": {"inner": {"type": "string", "maxLength": 3}}}}}
    body = {
        "required": True,
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/A/properties/inner"}}},
    }
    made = build({"/x": {"post": {**OK, "operationId": "make x", "requestBody": body}}}, components=components)
    assert made.document["components"]["schemas"] == {"MakeXRequest": {"type": "string", "maxLength": 3}}


def test_models_of_one_name_get_numbers() -> None:
    components = {"schemas": {"a-b": {"type": "string"}, "A.B": {"type": "number"}, "AB": {"type": "boolean"}}}
    branches = [{"$ref": f"#/components/schemas/{name}"} for name in components["schemas"]]
    body = {"required": True, "content": {"application/json": {"schema": {"anyOf": branches}}}}
    made = build({"/x": {"post": {**OK, "requestBody": body}}}, components=components)
    models = made.document["components"]["schemas"]
    types = {name: models[name]["type"] for name in ("AB", "AB2", "AB3")}
    assert types == {"AB": "boolean", "AB2": "number", "AB3": "string"}
    assert codes(made).count("model-name") == 2
