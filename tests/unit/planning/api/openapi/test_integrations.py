"""Integrations of the import document, and the settings that a document has for them."""

import re
from dataclasses import replace
from typing import Any

import pytest

from tests.openapi_options import open_options
from tests.unit.planning.api.openapi.small_documents import INTEGRATION, OK, build, codes, refused

VALIDATOR = "x-amazon-apigateway-request-validator"


def test_every_extension_may_be_a_reference() -> None:
    shared = {
        "limits": {"throttlingRateLimit": 5},
        "timeout": {"timeoutInMillis": 1000},
        "auth": {"type": "AWS_IAM"},
        "validator": {"validateRequestBody": True, "validateRequestParameters": False},
        "answer": {"statusCode": "503"},
        "authorizer": {"type": "token"},
        "policy": {"Statement": []},
    }

    def refer(name: str) -> dict[str, str]:
        return {"$ref": f"#/components/x-shared/{name}"}

    operation = {
        **OK,
        "x-method-settings": refer("limits"),
        "x-integration-settings": refer("timeout"),
        "x-amazon-apigateway-auth": refer("auth"),
        "security": [{"own": []}],
    }
    scheme = {"type": "apiKey", "in": "header", "name": "A", "x-amazon-apigateway-authorizer": refer("authorizer")}
    made = build(
        {"/x": {"get": operation}},
        components={"x-shared": shared, "securitySchemes": {"own": scheme}},
        **{
            f"{VALIDATOR}s": {"own": refer("validator")},
            "x-amazon-apigateway-gateway-responses": {"THROTTLED": refer("answer")},
            "x-amazon-apigateway-policy": refer("policy"),
        },
    )
    assert "$ref" not in made.body
    assert made.method_settings[0].throttling_rate_limit == 5
    assert made.document["paths"]["/x"]["get"][INTEGRATION]["timeoutInMillis"] == 1000


@pytest.mark.parametrize(
    ("integration", "location"),
    [
        ({"$ref": "#/components/x-none"}, ""),
        ({"$ref": "other.yaml#/a"}, ""),
        ({"uri": "http://h/"}, ".type"),
        ({"type": "lambda"}, ".type"),
    ],
    ids=str,
)
def test_an_integration_that_is_none_is_refused_with_its_place(integration: dict[str, Any], location: str) -> None:
    place = f"paths./x.get.{INTEGRATION}{location}"
    with pytest.raises(ValueError, match=f"^{re.escape(place)}: "):
        build({"/x": {"get": {**OK, INTEGRATION: integration}}})


def test_references_of_an_extension_have_an_end() -> None:
    loop = {"x-loop": {"type": "mock", "again": {"$ref": "#/components/x-loop"}}}
    with pytest.raises(ValueError, match="leads back to itself"):
        build({"/x": {"get": {**OK, INTEGRATION: {"$ref": "#/components/x-loop"}}}}, components=loop)
    doubling = {
        f"x-{size}": {"a": {"$ref": f"#/components/x-{size + 1}"}, "b": {"$ref": f"#/components/x-{size + 1}"}}
        for size in range(40)
    }
    with pytest.raises(ValueError, match="more than 10000 values"):
        build({"/x": {"get": {**OK, INTEGRATION: {"$ref": "#/components/x-0"}}}}, components={**doubling, "x-40": {}})


def test_a_response_is_streamed_up_to_a_quarter_of_an_hour() -> None:
    """Streamed responses: 15 minutes, HTTP_PROXY or AWS_PROXY, no cache.

    Source: Amazon API Gateway Developer Guide, "Stream the integration response for your proxy integrations".
    """
    settings = "x-integration-settings"
    stream = {**OK, settings: {"responseTransferMode": "STREAM"}}
    made = build({"/x": {"get": stream}, "/y": {"get": OK}})
    integration = made.document["paths"]["/x"]["get"][INTEGRATION]
    assert (integration["responseTransferMode"], integration["timeoutInMillis"]) == ("STREAM", 900_000)
    assert "responseTransferMode" not in made.document["paths"]["/y"]["get"][INTEGRATION]
    cached = {**stream, "x-method-settings": {"cachingEnabled": True}}
    assert refused({"/x": {"get": cached}}, open_options(cache_size_gb=0.5)) == [
        ("caching", "paths./x.get.x-method-settings")
    ]
    lambda_call = {"type": "aws", "responseTransferMode": "STREAM"}
    assert refused({"/x": {"get": {**OK, INTEGRATION: lambda_call}}}) == [
        ("integration", f"paths./x.get.{INTEGRATION}.responseTransferMode")
    ]


@pytest.mark.parametrize("key", ["x-integration-settings", INTEGRATION])
@pytest.mark.parametrize(
    ("mode", "timeout", "quota", "is_allowed"),
    [
        ("BUFFERED", 29_000, 29_000, True),
        ("BUFFERED", 29_001, 29_000, False),
        ("BUFFERED", 60_000, 120_000, True),
        ("STREAM", 900_000, 29_000, True),
        ("STREAM", 900_001, 29_000, False),
        ("STREAM", 49, 29_000, False),
    ],
)
def test_timeouts_of_single_operations(key: str, mode: str, timeout: int, quota: int, is_allowed: bool) -> None:
    given = {"responseTransferMode": mode, "timeoutInMillis": timeout}
    value = {**given, "type": "http_proxy", "httpMethod": "GET", "uri": "http://h/"} if key == INTEGRATION else given
    paths = {"/x": {"get": {**OK, key: value}}}
    options = open_options(integration_timeout_quota_milliseconds=quota)
    if is_allowed:
        assert build(paths, options).document["paths"]["/x"]["get"][INTEGRATION]["timeoutInMillis"] == timeout
    else:
        assert refused(paths, options) == [("integration", f"paths./x.get.{key}.timeoutInMillis")]


def test_caching_without_a_cache_is_refused() -> None:
    """Without a cache of the stage the setting does nothing.

    Source: Amazon API Gateway Developer Guide, "Cache settings for REST APIs in API Gateway".
    """
    cached = {"/x": {"get": {**OK, "x-method-settings": {"cachingEnabled": True}}}}
    assert refused(cached) == [("caching", "paths./x.get.x-method-settings.cachingEnabled")]
    assert build(cached, open_options(cache_size_gb=0.5)).method_settings[0].caching_enabled


def test_a_link_of_version_2_names_its_load_balancer_of_either_kind() -> None:
    """An integration over version 2 provides the ARN of a network or an application load balancer.

    Source: Amazon API Gateway Developer Guide, "Set up a private integration".
    """
    for kind in ("network", "application"):
        options = open_options(load_balancer_kind=kind, vpc_link_version=2, integration_target="arn:lb")
        integration = build({"/x": {"get": OK}}, options).document["paths"]["/x"]["get"][INTEGRATION]
        assert integration["integrationTarget"] == "arn:lb"


def test_both_kinds_of_load_balancers_get_the_path_by_the_uri_and_no_stage() -> None:
    """API Gateway sends the stage with the path only if the URI contains no path (docs/openapi.md)."""
    parameter = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
    paths = {"/orders/{id}": {"get": {**OK, "parameters": [parameter]}}, "/": {"get": OK}}
    network = build(paths).document["paths"]
    options = open_options(load_balancer_kind="application", vpc_link_version=2, integration_target="arn:lb")
    application = build(paths, options).document["paths"]
    for path in paths:
        uri = application[path]["get"][INTEGRATION]["uri"]
        assert uri == network[path]["get"][INTEGRATION]["uri"]
        assert uri.endswith("}" + path)


def test_the_load_balancer_is_written_into_the_plan_once_it_exists() -> None:
    own = {"type": "http_proxy", "httpMethod": "GET", "uri": "http://h/", "integrationTarget": "arn:mine"}
    paths = {"/x": {"get": OK, "put": {**OK, INTEGRATION: own}}}
    options = open_options(load_balancer_kind="application", integration_target="arn:unknown")
    made = build(paths, options)
    assert made.body_to("arn:real") == build(paths, replace(options, integration_target="arn:real")).body
    assert made.body_to("arn:unknown") == made.body
    network = build(paths)
    assert network.body_to("arn:real") == network.body


def test_the_scheme_travels_in_a_header_that_a_load_balancer_leaves_alone() -> None:
    """An application load balancer writes X-Forwarded-Proto for its own listener (Elastic Load Balancing, "HTTP headers
    and Application Load Balancers"); the reference service reads X-Original-Proto first."""
    mapped = build({"/x": {"get": OK}}).document["paths"]["/x"]["get"][INTEGRATION]["requestParameters"]
    assert mapped["integration.request.header.X-Original-Proto"] == "'https'"
    sent = {"name": "X-Original-Proto", "in": "header", "schema": {"type": "string"}}
    assert codes(build({"/x": {"get": {**OK, "parameters": [sent]}}})) == ["header"]


# Operations that are open on purpose


def test_open_operations_are_listed_without_the_base_path() -> None:
    paths = {
        "/users/{userId}": {"get": {**OK, "security": []}},
        "/users/{id}/keys": {"get": OK},
        "/": {"get": {**OK, "security": []}},
    }
    made = build(paths, open_options(api_key_required=True), servers=[{"url": "https://a.example.com/v1"}])
    assert made.open_paths == ("/", "/users/{id}")
    found = [each for each in made.report if each.code == "open-operation"]
    assert {each.location for each in found} == {"paths./.get", "paths./users/{userId}.get"}
    # One message for all of them, and it names the key of the stack file.
    assert len({each.message for each in found}) == 1
    assert "policy.open_paths" in found[0].message
