"""Parameters are decoded, mapped and encoded as in API Gateway."""

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolchain.datapath.edge.api_gateway.context import Context
from toolchain.datapath.edge.api_gateway.document import Integration, deployed_api
from toolchain.datapath.edge.api_gateway.gateway_responses import GatewayError
from toolchain.datapath.edge.api_gateway.integrations import Answer, compressed, outgoing, proxied
from toolchain.datapath.edge.api_gateway.mapping import Sources, json_path, parameters_of, query_parameters
from toolchain.datapath.edge.api_gateway.media_types import chosen_template, is_binary, media_type
from toolchain.datapath.edge.messages import Request, Response

TEXT = st.text(st.characters(codec="utf-8"), min_size=1)


def api_and_integration(document=None, **given):
    method = {"x-amazon-apigateway-integration": {"type": "http_proxy", "httpMethod": "ANY", **given}}
    api = deployed_api("api", {"document": {"paths": {"/": {"get": method}}, **(document or {})}})
    integration = api.methods["/"]["GET"].integration
    assert isinstance(integration, Integration)
    return api, integration


def sources(request, path=None, **stage_variables):
    return Sources(parameters_of(request, path or {}), Context({"apiId": "api"}), stage_variables)


def test_a_query_is_split_as_aws_splits_it():
    assert query_parameters("a=1&b=%20x+y;c&d=") == (("a", "1"), ("b", " x y"), ("c", ""), ("d", ""))
    assert query_parameters("") == ()


@given(st.lists(st.tuples(TEXT, TEXT)), TEXT)
def test_what_the_client_meant_reaches_the_backend(pairs, path_value):
    query = "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in pairs)
    request = Request("GET", "h", "/", query=query)
    api, integration = api_and_integration(
        uri="http://backend/x/{id}", requestParameters={"integration.request.path.id": "method.request.path.id"}
    )
    sent = outgoing(api, integration, request, sources(request, {"id": path_value}))
    path, _, sent_query = sent.target.partition("?")
    assert list(query_parameters(sent_query)) == pairs
    assert sent.target.isascii()
    assert path == f"/x/{quote(path_value, safe=chr(47) + ':@!$&' + chr(39) + '()*+,;=~')}"


@pytest.mark.parametrize(
    ("uri", "host", "port", "target"),
    [
        ("http://${stageVariables.host}/a", "backend", 80, "/a"),
        ("https://${stageVariables.host}", "backend", 443, "/"),
        ("http://${stageVariables.host}:8080/a?fixed=1", "backend", 8080, "/a?fixed=1&q=2"),
    ],
)
def test_a_uri_has_stage_variables(uri, host, port, target):
    request = Request("GET", "h", "/", query="q=2" if "fixed" in target else "")
    api, integration = api_and_integration(uri=uri)
    sent = outgoing(api, integration, request, sources(request, host="backend"))
    assert (sent.host, sent.port, sent.target) == (host, port, target)


@pytest.mark.parametrize("uri", ["ftp://h/", "http://${stageVariables.host}/", "http://h:x/", "/a"])
def test_a_uri_that_is_none_is_an_error_of_the_configuration(uri):
    request = Request("GET", "h", "/")
    api, integration = api_and_integration(uri=uri)
    with pytest.raises(GatewayError) as raised:
        outgoing(api, integration, request, sources(request))
    assert raised.value.kind == "API_CONFIGURATION_ERROR"


def test_headers_that_the_gateway_writes_cannot_be_mapped():
    request = Request("GET", "h", "/")
    api, integration = api_and_integration(
        uri="http://h/", requestParameters={"integration.request.header.Content-Length": "'1'"}
    )
    with pytest.raises(GatewayError):
        outgoing(api, integration, request, sources(request))


def test_forwarded_headers_without_a_mapping():
    request = Request("GET", "h", "/", headers=(("X-Forwarded-For", "1.1.1.1"),), client_address="2.2.2.2")
    api, integration = api_and_integration(uri="http://h/")
    headers = dict(outgoing(api, integration, request, sources(request)).headers)
    assert headers["X-Forwarded-For"] == "1.1.1.1, 2.2.2.2"
    assert (headers["X-Forwarded-Port"], headers["X-Forwarded-Proto"]) == ("443", "https")
    assert headers["Accept"] == "application/json"


def test_a_signature_of_aws_is_not_handed_on():
    api, integration = api_and_integration(uri="http://h/")
    for value, kept in (("AWS4-HMAC-SHA256 Credential=x", None), ("Bearer x", "Bearer x")):
        request = Request("GET", "h", "/", headers=(("Authorization", value),))
        assert dict(outgoing(api, integration, request, sources(request)).headers).get("Authorization") == kept


def test_an_integration_that_is_no_proxy_gets_mapped_parameters_only():
    request = Request("POST", "h", "/", query="q=1", headers=(("X-A", "1"), ("X-B", "2")), body=b'{"a": {"b": [7]}}')
    parameters = {
        "integration.request.header.A": "method.request.header.x-a",
        "integration.request.querystring.n": "method.request.body.a.b[0]",
        "integration.request.querystring.missing": "method.request.querystring.nothing",
    }
    api, integration = api_and_integration(type="http", uri="http://h/", requestParameters=parameters)
    sent = outgoing(api, integration, request, sources(request), b"made")
    assert (sent.target, sent.body) == ("/?n=7", b"made")
    assert dict(sent.headers)["A"] == "1"
    assert "X-B" not in dict(sent.headers)


def test_headers_of_a_response_are_remapped_or_dropped_as_the_table_says():
    api, integration = api_and_integration(uri="http://h/")
    headers = [
        ("Date", "d"),
        ("Server", "s"),
        ("Connection", "c"),
        ("Via", "v"),
        ("Set-Cookie", "a"),
        ("Set-Cookie", "b"),
    ]
    response = proxied(api, integration, Request("GET", "h", "/"), Answer(200, tuple(headers), b"x"))
    assert response.headers == (
        ("x-amzn-Remapped-Date", "d"),
        ("x-amzn-Remapped-Server", "s"),
        ("x-amzn-Remapped-Connection", "c"),
        ("Set-Cookie", "a"),
        ("Set-Cookie", "b"),
        ("Content-Type", "application/json"),
    )


def test_a_body_that_is_nested_too_deeply_has_no_parts():
    for body in (b"[" * 100_000, b'{"a":' * 100_000):
        request = Request("POST", "h", "/", body=body)
        sources = Sources(parameters_of(request, {}), Context({}), {})
        assert sources.value("method.request.body.a") is None


def test_json_paths():
    value = {"a": [{"b c": 1}], "d": None}
    assert json_path(value, "$.a[0]['b c']") == 1
    assert json_path(value, "a[3]") is None
    assert json_path(value, "$") == value
    assert json_path(value, "$.d.e") is None


def test_media_types():
    assert media_type("Text/HTML; charset=utf-8") == "text/html"
    assert media_type("image/webp,*/*;q=0.8") == "image/webp"
    assert media_type(None) == "application/json"
    assert is_binary("image/png", ["image/*"])
    assert is_binary("image/png", ["*/*"])
    assert not is_binary("*/*", ["image/png"])
    assert chosen_template({"a/b": "1", "c/d": "2"}, "c/d;q=1") == ("c/d", "2")
    assert chosen_template({"a/b": "1"}, None) == ("a/b", "1")
    assert chosen_template({}, None) is None


@pytest.mark.parametrize(
    ("asked", "encoding"),
    [
        ("br, gzip", "gzip"),
        ("gzip ; q=0.5", "gzip"),
        ("*", "gzip"),
        ("br", None),
        ("gzip;q=0", None),
        ("gzip;q=0.0", None),
        ("", None),
    ],
)
def test_a_response_is_compressed_for_who_takes_gzip(asked, encoding):
    api, _ = api_and_integration({"x-amazon-apigateway-minimum-compression-size": 1}, uri="http://h/")
    assert api.minimum_compression_bytes == 1
    request = Request("GET", "h", "/", headers=(("Accept-Encoding", asked),))
    assert compressed(api, request, Response(200, (), b"x" * 100)).header("Content-Encoding") == encoding
