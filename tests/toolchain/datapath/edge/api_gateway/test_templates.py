"""Mapping templates and mocks work as API Gateway's documentation says."""

import json

import pytest

from spot_planning.api.openapi.cors import origin_template
from toolchain.datapath.edge.api_gateway.context import Context
from toolchain.datapath.edge.api_gateway.document import deployed_api
from toolchain.datapath.edge.api_gateway.gateway_responses import GatewayError
from toolchain.datapath.edge.api_gateway.mapping import Sources, parameters_of
from toolchain.datapath.edge.api_gateway.templates import mock_answer, rendered, request_payload, transformed
from toolchain.datapath.edge.messages import Request

ORIGINS = ("https://one.example", "https://two.example")


def sources(request, path=None, **context):
    return Sources(parameters_of(request, path or {}), Context({"requestId": "r", **context}), {"host": "h"})


def mocked(integration, request, binary=()):
    item = {"options": {"x-amazon-apigateway-integration": {"type": "MOCK", **integration}}}
    api = deployed_api("api", {"document": {"paths": {"/": item}}, "binaryMediaTypes": list(binary)})
    found = api.methods["/"]["OPTIONS"].integration
    assert found is not None
    of = sources(request)
    return transformed(found, request, of, mock_answer(api, found, request, of))


def test_variables_and_functions():
    request = Request("POST", "h", "/", query="q=1%202", headers=(("X-One", "1"),), body=b'{"pets":[{"n":"a\'"}]}')
    template = (
        "$input.params('id')|$input.params('q')|$input.params('X-One')|$input.params('x-one')|"
        "$input.json('$.pets[0]')|$input.path('$.pets[0].n')|$util.escapeJavaScript($input.path('$.pets[0].n'))|"
        "$context.requestId|$stageVariables.host|$util.urlEncode('a b')|$util.base64Decode($util.base64Encode('x'))|"
        "#foreach($pet in $input.path('$.pets'))$pet.n#end|$input.params().path.id|$input.params('querystring').q"
    )
    found = rendered(template, sources(request, {"id": "7"}), request.body)
    # Names of headers are case-sensitive here.
    assert found == "7|1 2|1||{\"n\": \"a'\"}|a'|a\\'|r|h|a%20b|x|a'|7|1 2"


def test_a_mock_answers_with_static_headers():
    response = mocked(
        {
            "requestTemplates": {"application/json": '{"statusCode": 204}'},
            "responses": {
                "4\\d\\d": {"statusCode": "500"},
                "default": {"statusCode": "204", "responseParameters": {"method.response.header.X-A": "'a, b'"}},
            },
        },
        Request("OPTIONS", "h", "/"),
    )
    assert (response.status, response.header("X-A"), response.body) == (204, "a, b", b"")


def test_a_pattern_chooses_the_integration_response():
    response = mocked(
        {
            "requestTemplates": {"application/json": '{"statusCode": $input.params("status")}'},
            "responses": {"default": {"statusCode": "200"}, "4\\d\\d": {"statusCode": "418"}},
        },
        Request("OPTIONS", "h", "/", query="status=404"),
    )
    assert response.status == 418


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ((("Origin", ORIGINS[1]),), ORIGINS[1]),
        ((("origin", ORIGINS[1]),), ORIGINS[1]),
        ((("Origin", "https://evil.example"),), ORIGINS[0]),
        ((), ORIGINS[0]),
    ],
)
def test_a_template_overrides_a_header_of_the_response(headers, expected):
    response = mocked(
        {
            "requestTemplates": {"application/json": '{"statusCode": 204}'},
            "responses": {
                "default": {
                    "statusCode": "204",
                    "responseParameters": {"method.response.header.Access-Control-Allow-Origin": f"'{ORIGINS[0]}'"},
                    "responseTemplates": {"application/json": origin_template(ORIGINS)},
                }
            },
        },
        Request("OPTIONS", "h", "/", headers=headers),
    )
    assert [value for name, value in response.headers if name == "Access-Control-Allow-Origin"] == [expected]
    assert response.body.strip() == b""


def test_a_template_overrides_the_status():
    response = mocked(
        {
            "requestTemplates": {"application/json": '{"statusCode": 200}'},
            "responses": {
                "default": {
                    "statusCode": "200",
                    "responseTemplates": {"application/json": "#set($context.responseOverride.status = 302)x"},
                }
            },
        },
        Request("OPTIONS", "h", "/"),
    )
    assert (response.status, response.body) == (302, b"x")


@pytest.mark.parametrize(
    ("integration", "request_headers", "kind"),
    [
        ({"requestTemplates": {"application/json": "{}"}}, (), "API_CONFIGURATION_ERROR"),
        ({"requestTemplates": {"application/json": "#if("}}, (), "API_CONFIGURATION_ERROR"),
        ({"requestTemplates": {"application/json": '{"statusCode": 200}'}}, (), "API_CONFIGURATION_ERROR"),
        ({}, (("Content-Type", "text/plain"),), "API_CONFIGURATION_ERROR"),
        ({"passthroughBehavior": "NEVER"}, (), "UNSUPPORTED_MEDIA_TYPE"),
        (
            {"passthroughBehavior": "WHEN_NO_TEMPLATES", "requestTemplates": {"text/plain": ""}},
            (),
            "UNSUPPORTED_MEDIA_TYPE",
        ),
    ],
)
def test_a_mock_that_cannot_answer_is_an_error(integration, request_headers, kind):
    with pytest.raises(GatewayError) as raised:
        mocked(integration, Request("OPTIONS", "h", "/", headers=request_headers))
    assert raised.value.kind == kind


def test_a_mock_needs_text():
    integration = {
        "requestTemplates": {"application/json": '{"statusCode": 200}'},
        "responses": {"default": {"statusCode": "200"}},
    }
    with pytest.raises(GatewayError):
        mocked(integration, Request("OPTIONS", "h", "/"), binary=["*/*"])
    as_text = {**integration, "contentHandling": "CONVERT_TO_TEXT"}
    assert mocked(as_text, Request("OPTIONS", "h", "/"), binary=["*/*"]).status == 200


def test_an_integration_that_is_no_proxy_gets_what_its_template_makes():
    given = {
        "type": "http",
        "uri": "http://h/",
        "requestTemplates": {"application/json": '{"q": "$input.params(\'q\')"}'},
    }
    api = deployed_api("api", {"document": {"paths": {"/": {"post": {"x-amazon-apigateway-integration": given}}}}})
    integration = api.methods["/"]["POST"].integration
    assert integration is not None
    request = Request("POST", "h", "/", query="q=5", body=b"ignored")
    assert json.loads(request_payload(integration, request, sources(request))) == {"q": "5"}
    other = Request("POST", "h", "/", headers=(("Content-Type", "text/xml; charset=utf-8"),), body=b"<a/>")
    assert request_payload(integration, other, sources(other)) == b"<a/>"
