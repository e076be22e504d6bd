"""Where the gateway cannot do what the document says: it is never more open or narrower without a finding."""

from typing import Any

import pytest

from spot_planning.api.openapi_import import Severity
from tests.openapi_options import open_options
from tests.unit.planning.api.openapi.small_documents import INTEGRATION, OK, SCHEMES, build, codes, refused

COMPONENTS = {"securitySchemes": SCHEMES}


@pytest.mark.parametrize("scheme", ["one", "iam"])
def test_a_proxy_for_all_paths_does_not_open_what_an_authorizer_guards(scheme: str) -> None:
    paths: dict[str, Any] = {"/open": {"get": OK}, "/x": {"get": {**OK, "security": [{scheme: []}]}}}
    options = open_options(proxy="only")
    assert refused(paths, options, components=COMPONENTS) == [("security", "paths./x.get.security")]
    guarded = {"/x": {"get": OK}}
    made = build(guarded, options, components=COMPONENTS, security=[{scheme: []}])
    assert {each.authorizer for each in made.operations if each.http_method == "ANY"} == {scheme}
    assert build({"/x": {"get": {**OK, "security": [{"bearer": []}]}}}, options, components=COMPONENTS)


def test_a_proxy_for_all_paths_asks_for_the_api_key() -> None:
    paths: dict[str, Any] = {"/x": {"get": {**OK, "security": [{"key": []}]}}}
    made = build(paths, open_options(proxy="only", api_key_required=True), components=COMPONENTS)
    assert {each.api_key_required for each in made.operations if each.http_method == "ANY"} == {True}


def test_a_preflight_that_asks_for_credentials_is_told() -> None:
    made = build({"/x": {"options": {**OK, "security": [{"one": []}]}}}, components=COMPONENTS)
    assert made.document["paths"]["/x"]["options"]["security"] == []
    assert [(each.code, each.location) for each in made.report if each.severity is Severity.WARNING] == [
        ("api-key", "components.securitySchemes.key"),
        ("open-operation", "paths./x.options"),
    ]


@pytest.mark.parametrize("name", ["it's", "X,Y", "X\r\nY", "Ü", ""])
def test_a_header_that_no_static_value_can_hold_is_not_in_the_preflight(name: str) -> None:
    header = {"name": name, "in": "header", "schema": {"type": "string"}}
    scheme = {"odd": {"type": "apiKey", "in": "header", "name": name}}
    made = build(
        {"/x": {"get": {**OK, "parameters": [header, {**header, "name": "X-A"}], "security": [{"odd": []}]}}},
        components={"securitySchemes": scheme},
    )
    answer = made.document["paths"]["/x"]["options"][INTEGRATION]["responses"]["default"]
    assert answer["responseParameters"]["method.response.header.Access-Control-Allow-Headers"] == "'X-A'"


def test_one_media_type_with_several_schemas_is_left_to_the_backend() -> None:
    content = {
        "application/json": {"schema": {"type": "object"}},
        "application/json; charset=utf-8": {"schema": {"type": "string"}},
        "application/merge-patch+json": {"schema": {"type": "object"}},
    }
    made = build({"/x": {"post": {**OK, "requestBody": {"required": True, "content": content}}}})
    out = made.document["paths"]["/x"]["post"]["requestBody"]["content"]
    assert out["application/json"] == {}
    assert out["application/merge-patch+json"] != {}
    at = "paths./x.post.requestBody.content.application/json"
    assert [(each.code, each.location) for each in made.report] == [
        ("request-body", at),
        ("request-body", f"{at}; charset=utf-8"),
    ]
    del content["application/merge-patch+json"]
    made = build({"/x": {"post": {**OK, "requestBody": {"required": True, "content": content}}}})
    assert "x-amazon-apigateway-request-validator" not in made.document["paths"]["/x"]["post"]


@pytest.mark.parametrize(
    "pattern",
    [
        "[",
        "a{2,1}",
        r"^\p{L}+$",
        r"^\P{Lu}$",
        "(?<!a)b",
        "(?<=a)b",
        "(?<year>[0-9]+)",
        r"\u{1F600}",
        "(?i)abc",
        r"\k<a>",
    ],
)
def test_a_pattern_beyond_draft_4_is_left_to_the_backend(pattern: str) -> None:
    body = {"required": True, "content": {"application/json": {"schema": {"type": "string", "pattern": pattern}}}}
    made = build({"/x": {"post": {**OK, "requestBody": body}}})
    assert made.document["components"]["schemas"] == {"PostXRequest": {"type": "string"}}
    assert codes(made) == ["pattern"]


@pytest.mark.parametrize(
    "pattern", [r"^[a-z0-9_\-]+\.(?:jpe?g|png)$", r"^(?!x)(?=a)\d{2,}\/\w$", r"^\u00fc$", r"^[^\s@]+$"]
)
def test_a_pattern_of_draft_4_is_kept(pattern: str) -> None:
    body = {"required": True, "content": {"application/json": {"schema": {"type": "string", "pattern": pattern}}}}
    made = build({"/x": {"post": {**OK, "requestBody": body}}})
    assert made.document["components"]["schemas"]["PostXRequest"]["pattern"] == pattern


@pytest.mark.parametrize("name", ["Host", "Expect", "via", "Content-MD5", "X-Forwarded-For", "x-request-id"])
def test_a_header_that_does_not_reach_the_backend_is_told(name: str) -> None:
    header = {"name": name, "in": "header", "schema": {"type": "string"}}
    made = build({"/x": {"get": {**OK, "parameters": [header]}}})
    assert [(each.severity, each.code, each.location) for each in made.report] == [
        ("warning", "header", "paths./x.get.parameters[0]")
    ]


def test_throttling_of_a_path_that_another_serves_is_not_lost() -> None:
    limited = {**OK, "x-method-settings": {"throttlingRateLimit": 5}}
    paths = {"/c/{base}...{head}": {"get": OK}, "/c/{basehead}": {"get": OK}}
    assert codes(build(paths), Severity.WARNING) == ["same-resource"]
    for path in paths:
        assert refused({**paths, path: {"get": limited}}) == [("same-resource", "paths./c/{base}...{head}.get")]
