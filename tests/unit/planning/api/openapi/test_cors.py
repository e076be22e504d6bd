"""CORS of the import document, and its proxies, which answer preflight requests for every path."""

import pytest

from spot_planning.api.openapi_import import ImportPlan
from tests.openapi_options import open_options
from tests.unit.planning.api.openapi.small_documents import INTEGRATION, JSON_BODY, OK, SCHEMES, build, refused


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
