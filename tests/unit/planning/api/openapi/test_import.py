"""Import documents of single features."""

import json
from dataclasses import FrozenInstanceError
from typing import Any

import pytest

from spot_planning.api.openapi_import import (
    ImportOptions,
    ImportPlan,
    ImportQuotas,
    OpenApiError,
    Severity,
    build_import_document,
    option_problems,
)
from spot_planning.documents import canonical_json
from spot_planning.problems import ArgumentError, place
from tests.golden_openapi import CASES, GOLDEN, as_golden, plan
from tests.openapi_options import open_options

INTEGRATION = "x-amazon-apigateway-integration"
OK = {"responses": {"200": {"description": "ok"}}}
JSON_BODY = {"required": True, "content": {"application/json": {"schema": {"type": "object"}}}}
REQUIRED_QUERY = {"name": "q", "in": "query", "required": True, "schema": {"type": "string"}}
AUTHORIZER = {
    "type": "apiKey",
    "in": "header",
    "name": "Authorization",
    "x-amazon-apigateway-authtype": "custom",
    "x-amazon-apigateway-authorizer": {"type": "token"},
}
SCHEMES = {
    "key": {"type": "apiKey", "in": "header", "name": "x-api-key"},
    "bearer": {"type": "http", "scheme": "bearer"},
    "query": {"type": "apiKey", "in": "query", "name": "token"},
    "custom": {"type": "apiKey", "in": "header", "name": "X-Token"},
    "one": AUTHORIZER,
    "two": AUTHORIZER,
    "iam": {"type": "apiKey", "in": "header", "name": "Authorization", "x-amazon-apigateway-authtype": "awsSigv4"},
}


def document(paths: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"openapi": "3.0.3", "info": {"title": "t", "version": "1"}, "paths": paths, **more}


def build(paths: dict[str, Any], options: ImportOptions | None = None, **more: Any) -> ImportPlan:
    return build_import_document(document(paths, **more), options or open_options())


def refused(paths: dict[str, Any], options: ImportOptions | None = None, **more: Any) -> list[tuple[str, str]]:
    with pytest.raises(OpenApiError) as caught:
        build(paths, options, **more)
    return [(each.code, each.location) for each in caught.value.findings if each.severity is Severity.REFUSAL]


def codes(made: ImportPlan, severity: Severity | None = None) -> list[str]:
    return [each.code for each in made.report if severity in {None, each.severity}]


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


def test_siblings_in_the_tree_share_one_variable_name() -> None:
    made = build({"/users/{userId}/posts/{id}": {"get": OK}, "/users/{id}": {"get": OK}, "/users/me": {"get": OK}})
    assert sorted(made.document["paths"]) == ["/users/me", "/users/{id}", "/users/{id}/posts/{id2}"]
    assert codes(made) == [
        "path-parameter-name",
        "path-parameter-name",
        "path-parameter",
        "path-parameter",
        "path-parameter",
    ]


@pytest.mark.parametrize(
    "path",
    ["no/slash", "/a//b", "/a~b", "/a b", "/ü", "/a/{", "/a/{}", "/{all+}/x", "/a%20b", "/a?b=c", "/{id}/{id}"],
)
def test_paths_that_cannot_be_resources(path: str) -> None:
    assert ("path", f"paths.{path}") in refused({path: {"get": OK}})


def test_a_greedy_parameter_beside_another_variable() -> None:
    assert {code for code, _ in refused({"/x/{id}": {"get": OK}, "/x/{rest+}": {"get": OK}})} == {"path"}


def test_paths_that_become_one_resource() -> None:
    assert refused(
        {"/x/{a}": {"get": {**OK, "security": []}}, "/x/{b}": {"get": {**OK, "parameters": [REQUIRED_QUERY]}}}
    ) == [("same-resource", "paths./x/{b}.get")]
    made = build({"/x": {"get": OK}, "/x/": {"post": OK}})
    assert set(made.document["paths"]["/x"]) == {"get", "post", "options"}


def test_paths_that_the_gateway_serves_alike_share_a_method() -> None:
    made = build({"/compare/{base}...{head}": {"get": OK}, "/compare/{basehead}": {"get": OK}})
    assert list(made.document["paths"]) == ["/compare/{baseHead}"]
    assert codes(made, Severity.WARNING) == ["same-resource"]
    assert {each.source_path for each in made.operations} == {"/compare/{base}...{head}", "/compare/{basehead}", None}


def test_trace_is_refused() -> None:
    assert refused({"/x": {"trace": OK}}) == [("method", "paths./x.trace")]


def test_reserved_paths_are_known() -> None:
    assert codes(build({"/ping": {"get": OK}})) == ["reserved-path"]


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


@pytest.mark.parametrize(
    ("root", "own", "forced", "key", "authorizer"),
    [
        (None, None, False, False, None),
        (None, None, True, True, None),
        ([{"key": []}], None, False, False, None),
        ([{"key": []}], None, True, True, None),
        ([{"key": []}], [], False, False, None),
        ([{"key": []}], [], True, False, None),
        ([{"key": []}], [{"bearer": []}], False, False, None),
        ([{"key": []}], [{"bearer": []}], True, True, None),
        ([{"key": []}, {"bearer": []}], None, False, False, None),
        ([{"key": []}, {"key": [], "bearer": []}], None, True, True, None),
        ([{"key": []}, {}], None, False, False, None),
        ([{"one": ["a"]}], None, False, False, "one"),
        ([{"one": [], "key": []}], None, False, False, "one"),
        ([{"one": [], "key": []}], None, True, True, "one"),
        ([{"iam": []}], None, False, False, "iam"),
        ([{"query": []}], None, False, False, None),
    ],
)
def test_security_is_pushed_down(root: Any, own: Any, forced: bool, key: bool, authorizer: str | None) -> None:
    operation = OK if own is None else {**OK, "security": own}
    more = {} if root is None else {"security": root}
    made = build(
        {"/x": {"get": operation}},
        open_options(api_key_required=forced),
        components={"securitySchemes": SCHEMES},
        **more,
    )
    planned = next(each for each in made.operations if each.http_method == "GET")
    assert (planned.api_key_required, planned.authorizer) == (key, authorizer)
    security = made.document["paths"]["/x"]["get"]["security"]
    assert [set(each) for each in security] == (
        [{*(["key"] if key else []), *([authorizer] if authorizer else [])}] if key or authorizer else []
    )
    assert "security" not in made.document
    assert "security" not in made.document["paths"]["/x"]["options"]
    # The import would warn about schemes that API Gateway cannot verify, and some imports fail on warnings.
    assert set(made.document.get("components", {}).get("securitySchemes", {})) == {
        name for each in security for name in each
    }


@pytest.mark.parametrize(
    "security", [[{"one": []}, {"two": []}], [{"one": [], "two": []}], [{"one": []}, {"key": []}], [{"one": []}, {}]]
)
def test_alternatives_to_an_authorizer_are_refused(security: Any) -> None:
    assert refused({"/x": {"get": {**OK, "security": security}}}, components={"securitySchemes": SCHEMES}) == [
        ("security", "paths./x.get.security")
    ]


def test_an_api_key_scheme_is_made_where_the_document_has_none() -> None:
    made = build({"/x": {"get": OK}}, open_options(api_key_required=True))
    assert made.document["components"]["securitySchemes"] == {
        "api_key": {"type": "apiKey", "name": "x-api-key", "in": "header"}
    }


def test_an_unknown_scheme_is_refused() -> None:
    assert refused({"/x": {"get": {**OK, "security": [{"missing": []}]}}}) == [("security", "paths./x.get.security[0]")]


def _preflight(made: ImportPlan, path: str = "/x") -> dict[str, str]:
    answer = made.document["paths"][path]["options"][INTEGRATION]["responses"]["default"]
    return {
        name.removeprefix("method.response.header."): value.strip("'")
        for name, value in answer["responseParameters"].items()
    }


def test_cors_names_the_methods_and_headers_that_the_path_has() -> None:
    item = {
        "get": {
            **OK,
            "parameters": [
                {"name": "X-Tenant", "in": "header", "schema": {}},
                {"name": "x-tenant", "in": "header", "schema": {}},
            ],
        },
        "delete": {**OK, "security": [{"custom": [], "bearer": []}]},
    }
    made = build(
        {"/x": item, "/y": {"post": {**OK, "requestBody": JSON_BODY}}, "/z": {"get": OK}},
        open_options(cors_allowed_headers=["X-Trace"]),
        components={"securitySchemes": SCHEMES},
    )
    assert _preflight(made)["Access-Control-Allow-Headers"] == "Authorization,X-Tenant,X-Token,X-Trace"
    assert _preflight(made)["Access-Control-Allow-Methods"] == "DELETE,GET,OPTIONS"
    assert _preflight(made, "/y")["Access-Control-Allow-Headers"] == "Content-Type,X-Trace"
    assert _preflight(made, "/z")["Access-Control-Allow-Methods"] == "GET,OPTIONS"


@pytest.mark.parametrize(("needed", "allowed"), [(True, "X-Api-Key,X-Trace"), (False, "X-Trace")])
def test_a_page_may_send_its_key_to_operations_that_need_none(needed: bool, allowed: str) -> None:
    """A page that has a key sends it with each call."""
    made = build(
        {"/health": {"get": {**OK, "security": []}}},
        open_options(api_key_required=needed, cors_allowed_headers=["X-Trace"]),
    )
    assert _preflight(made, "/health")["Access-Control-Allow-Headers"] == allowed


@pytest.mark.parametrize(
    ("origins", "credentials", "origin", "vary", "template", "on_errors"),
    [
        (("*",), False, "*", False, False, "'*'"),
        (("https://a.b",), False, "https://a.b", True, False, "'https://a.b'"),
        (("https://a.b",), True, "https://a.b", True, False, "'https://a.b'"),
        (("https://a.b", "https://c.d"), True, "https://a.b", True, True, "'*'"),
    ],
)
def test_cors_origins(
    origins: tuple[str, ...], credentials: bool, origin: str, vary: bool, template: bool, on_errors: str
) -> None:
    made = build(
        {"/x": {"get": OK}}, open_options(cors_allowed_origins=list(origins), cors_allow_credentials=credentials)
    )
    headers = _preflight(made)
    assert headers["Access-Control-Allow-Origin"] == origin
    assert ("Vary" in headers) is vary
    assert ("Access-Control-Allow-Credentials" in headers) is credentials
    answer = made.document["paths"]["/x"]["options"][INTEGRATION]["responses"]["default"]
    assert ("responseTemplates" in answer) is template
    for other in origins[1:]:
        assert f'$origin == "{other}"' in answer["responseTemplates"]["application/json"]
    for kind in ("DEFAULT_4XX", "DEFAULT_5XX"):
        on_error = made.document["x-amazon-apigateway-gateway-responses"][kind]["responseParameters"]
        assert on_error["gatewayresponse.header.Access-Control-Allow-Origin"] == on_errors
        # Browsers refuse credentials together with the origin *.
        assert ("gatewayresponse.header.Access-Control-Allow-Credentials" in on_error) is (
            credentials and on_errors != "'*'"
        )


def test_no_cors_at_all() -> None:
    made = build({"/x": {"get": OK}}, open_options(cors_allowed_origins=[]))
    assert list(made.document["paths"]["/x"]) == ["get"]
    assert "x-amazon-apigateway-gateway-responses" not in made.document


def test_an_own_options_operation_is_kept_and_needs_no_key() -> None:
    made = build({"/x": {"get": OK, "options": OK}}, open_options(api_key_required=True))
    assert made.document["paths"]["/x"]["options"][INTEGRATION]["type"] == "http_proxy"
    assert made.document["paths"]["/x"]["options"]["security"] == []
    assert [each.location for each in made.report if each.code == "own-options"] == ["paths./x.options"]


def test_everything_binary_turns_mocks_into_text() -> None:
    made = build({"/x": {"get": OK}}, open_options(binary_media_types=["*/*"]))
    assert made.document["paths"]["/x"]["options"][INTEGRATION]["contentHandling"] == "CONVERT_TO_TEXT"


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


def test_proxy_only() -> None:
    made = build({"/a~b": {"get": OK}}, open_options(proxy="only", api_key_required=True))
    operation = made.document["paths"]["/{proxy+}"]["x-amazon-apigateway-any-method"]
    assert operation[INTEGRATION]["uri"] == "http://${stageVariables.backendHost}/{proxy}"
    assert operation[INTEGRATION]["requestParameters"]["integration.request.path.proxy"] == "method.request.path.proxy"
    assert operation[INTEGRATION]["httpMethod"] == "ANY"
    assert operation["security"] == [{"api_key": []}]
    assert _preflight(made, "/{proxy+}")["Access-Control-Allow-Methods"] == "DELETE,GET,HEAD,OPTIONS,PATCH,POST,PUT"
    assert sorted(made.document["paths"]) == ["/", "/{proxy+}"]


def test_proxy_as_a_fallback() -> None:
    made = build({"/x": {"get": OK}, "/": {"get": OK}}, open_options(proxy="fallback"))
    assert sorted(made.document["paths"]) == ["/", "/x", "/{proxy+}"]
    assert sorted(made.document["paths"]["/"]) == ["get", "options"]
    assert refused({"/{id}": {"get": OK}}, open_options(proxy="fallback")) == [("proxy", "paths")]


@pytest.mark.parametrize(
    ("servers", "base_path", "expected"),
    [
        ([{"url": "https://a.b/v1/"}], "prepend", "/v1/x"),
        ([{"url": "https://a.b/v1"}], "ignore", "/x"),
        ([{"url": "https://a.b"}], "prepend", "/x"),
        ([{"url": "/api"}, {"url": "/other"}], "prepend", "/api/x"),
        (
            [{"url": "https://{h}/{v}", "variables": {"h": {"default": "a.b"}, "v": {"default": "v3"}}}],
            "prepend",
            "/v3/x",
        ),
    ],
)
def test_base_paths(servers: Any, base_path: str, expected: str) -> None:
    made = build({"/x": {"get": OK}}, open_options(base_path=base_path), servers=servers)
    assert list(made.document["paths"]) == [expected]
    assert "servers" not in made.document
    assert made.document["paths"][expected]["get"][INTEGRATION]["uri"].endswith(f"backendHost}}{expected}")


def test_over_the_quota_of_resources_is_refused_and_near_it_warned_of() -> None:
    paths = {f"/p{index}": {"get": OK} for index in range(300)}
    assert refused(paths) == [("resources", "paths")]
    assert codes(build({path: paths[path] for path in list(paths)[:299]})) == ["resources"]
    assert codes(build({path: paths[path] for path in list(paths)[:238]})) == []
    assert build(paths, open_options(quotas=ImportQuotas(resources=400))).usage.resources == 301


def test_segments_are_counted_not_paths() -> None:
    assert build({"/a/b/c/{d}": {"get": OK}, "/a/b": {"get": OK}}).usage.resources == 5


def test_over_the_import_size_descriptions_go_first() -> None:
    operation = {**OK, "description": "d" * 3000, "parameters": [{**REQUIRED_QUERY, "description": "p" * 3000}]}
    paths = {"/x": {"get": operation}}
    small = build(paths, open_options(quotas=ImportQuotas(import_bytes=3000)))
    assert codes(small)[:2] == ["documentation", "documentation"]
    assert "description" not in small.document["paths"]["/x"]["get"]
    half = build(paths, open_options(quotas=ImportQuotas(import_bytes=6000)))
    assert half.document["paths"]["/x"]["get"]["description"] == "d" * 3000
    assert refused(paths, open_options(quotas=ImportQuotas(import_bytes=1000))) == [("import-size", "document")]


def test_over_the_documentation_parts_descriptions_go() -> None:
    made = build(
        {"/x": {"get": {**OK, "summary": "s", "parameters": [{**REQUIRED_QUERY, "description": "p"}]}}},
        open_options(quotas=ImportQuotas(documentation_parts=2)),
    )
    assert made.usage.documentation_parts == 2
    assert made.document["paths"]["/x"]["get"]["summary"] == "s"


def test_a_model_that_is_too_large_is_left_to_the_backend() -> None:
    schema = {"type": "object", "properties": {f"property{index}": {"type": "string"} for index in range(50)}}
    body = {"required": True, "content": {"application/json": {"schema": schema}}}
    made = build({"/x": {"post": {**OK, "requestBody": body}}}, open_options(quotas=ImportQuotas(model_bytes=500)))
    assert made.document["components"]["schemas"] == {"PostXRequest": {"type": "object"}}
    assert codes(made) == ["model-size"]


def test_other_quotas() -> None:
    assert refused(
        {"/x": {"get": {**OK, "security": [{"one": []}]}}},
        open_options(quotas=ImportQuotas(authorizers=0)),
        components={"securitySchemes": SCHEMES},
    ) == [("authorizers", "components.securitySchemes")]
    assert refused({"/x": {"get": OK}}, **{"x-amazon-apigateway-policy": {"Statement": ["x" * 9000]}}) == [
        ("length", "x-amazon-apigateway-policy")
    ]


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
