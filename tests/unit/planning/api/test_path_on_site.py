import json
from typing import Any

import pytest
import quickjs

from spot_planning.api.openapi.integrations import INTEGRATION
from spot_planning.api.path_on_site import api_request_function, read_timeout_seconds
from spot_planning.api.private_api import PrivateApiPlan, plan_private_api
from spot_planning.api.rules import RULES
from spot_planning.api.settings import PrivateApiSettings
from tests.unit.planning.api.test_private_api import DOCUMENT

ORIGINS = ["https://app.example.com"]


def planned(document: dict[str, Any] = DOCUMENT, *, has_domain: bool = False, **settings: Any) -> PrivateApiPlan:
    return plan_private_api(document, PrivateApiSettings(path_on_site="/api", **settings), has_domain=has_domain)


def operations(plan: PrivateApiPlan) -> dict[tuple[str, str], dict[str, Any]]:
    paths = json.loads(plan.body())["paths"]
    return {(path, method): operation for path, item in paths.items() for method, operation in item.items()}


def handled(path: str, uri: str, **headers: str) -> dict[str, Any]:
    """Run the function on a request in a JavaScript engine, and return the result."""
    event = {
        "viewer": {"ip": "2001:db8::7"},
        "request": {
            "method": "GET",
            "uri": uri,
            "querystring": {"page": {"value": "2"}},
            "headers": {name.replace("_", "-"): {"value": value} for name, value in headers.items()},
        },
    }
    context: Any = quickjs.Context()
    context.eval(api_request_function(path, "prod"))
    return json.loads(context.eval(f"JSON.stringify(handler({json.dumps(event)}))"))


def test_every_operation_asks_for_the_key_also_one_that_the_document_leaves_open():
    made = operations(planned())

    assert DOCUMENT["paths"]["/auth/login"]["post"]["security"] == []
    assert set(made) == {("/v1/orders/{id}", "get"), ("/v1/auth/login", "post")}
    assert all(operation["security"] == [{"api_key": []}] for operation in made.values())
    plan = planned()
    assert plan.imported.open_paths == ()
    assert not [finding for finding in plan.imported.report if finding.code == "open-operation"]


@pytest.mark.parametrize("proxy", ["fallback", "only"])
def test_what_the_document_does_not_name_asks_for_the_key_too(proxy: str):
    assert all(operation["security"] == [{"api_key": []}] for operation in operations(planned(proxy=proxy)).values())


def test_an_own_options_operation_is_no_preflight_and_asks_for_the_key():
    document = {**DOCUMENT, "paths": {"/orders": {"options": {"responses": {"200": {"description": "What goes"}}}}}}

    assert operations(planned(document))["/v1/orders", "options"]["security"] == [{"api_key": []}]


def test_there_is_no_cors_not_even_on_the_gateways_own_errors():
    document = json.loads(planned().body())

    assert not any(method == "options" for _, method in operations(planned()))
    assert "x-amazon-apigateway-gateway-responses" not in document


def test_the_service_is_told_the_viewers_address_and_not_cloudfronts():
    for operation in operations(planned()).values():
        mapped = operation[INTEGRATION]["requestParameters"]
        assert mapped["integration.request.header.X-Forwarded-For"] == "method.request.header.X-Viewer-Address"
        assert mapped["integration.request.header.X-Forwarded-Host"] == "method.request.header.X-Viewer-Host"
        declared = {each["name"]: each for each in operation["parameters"] if each["in"] == "header"}
        assert set(declared) == {"X-Viewer-Address", "X-Viewer-Host"}
        assert not any(each.get("required") for each in declared.values())


def test_a_document_that_names_such_a_header_itself_declares_it_once():
    document = json.loads(json.dumps(DOCUMENT))
    own = {"in": "header", "name": "X-Viewer-Address", "schema": {"type": "string"}}
    document["paths"]["/auth/login"]["post"]["parameters"] = [own]
    parameters = operations(planned(document))["/v1/auth/login", "post"]["parameters"]

    assert sorted(each["name"] for each in parameters) == ["X-Viewer-Address", "X-Viewer-Host"]


def test_an_integration_of_the_documents_own_is_left_as_it_is():
    document = json.loads(json.dumps(DOCUMENT))
    mock = {"type": "mock", "requestTemplates": {"application/json": '{"statusCode": 200}'}}
    document["paths"]["/auth/login"]["post"][INTEGRATION] = mock
    operation = operations(planned(document))["/v1/auth/login", "post"]

    assert operation["security"] == [{"api_key": []}]
    assert "parameters" not in operation


@pytest.mark.parametrize("has_domain", [True, False])
def test_execute_api_stays_open_only_where_cloudfront_has_no_other_name_to_call(has_domain: bool):
    document = json.loads(planned(has_domain=has_domain).body())

    assert document["x-amazon-apigateway-endpoint-configuration"] == {"disableExecuteApiEndpoint": has_domain}


def test_the_function_puts_the_stage_in_place_of_the_path_and_says_who_asks():
    request = handled("/api", "/api/v1/orders/a%2Fb", host="shop.example.com")

    assert request["uri"] == "/prod/v1/orders/a%2Fb"
    assert request["querystring"] == {"page": {"value": "2"}}
    assert request["headers"]["x-viewer-address"] == {"value": "2001:db8::7"}
    assert request["headers"]["x-viewer-host"] == {"value": "shop.example.com"}


def test_the_function_believes_no_viewer():
    forged = {"x_viewer_address": "10.0.0.1", "x_viewer_host": "evil.example", "host": "shop.example.com"}
    headers = handled("/api", "/api/", **forged)["headers"]

    assert headers["x-viewer-address"] == {"value": "2001:db8::7"}
    assert headers["x-viewer-host"] == {"value": "shop.example.com"}


@pytest.mark.parametrize(
    ("path", "uri", "left"),
    [("/api", "/api/", "/prod/"), ("/api", "/api/api/c", "/prod/api/c"), ("/a/b", "/a/b/c", "/prod/c")],
)
def test_the_path_is_taken_off_once_and_a_slash_remains(path: str, uri: str, left: str):
    assert handled(path, uri)["uri"] == left


def test_a_stream_is_not_longer_silent_than_cloudfront_waits():
    document = json.loads(json.dumps(DOCUMENT))
    document["paths"]["/auth/login"]["post"]["x-integration-settings"] = {"responseTransferMode": "STREAM"}
    (found,) = [each for each in planned(document).imported.report if each.code == "streaming"]

    assert found.location == "paths./auth/login.post.x-integration-settings.responseTransferMode"
    assert found.message == "CloudFront ends it at 34 s without a first byte, or between two packets"
    alone = plan_private_api(document, PrivateApiSettings(), has_domain=True)
    assert [each for each in alone.imported.report if each.code == "streaming"] == []


@pytest.mark.parametrize(("quota", "seconds"), [(29_000, 34), (60_000, 65), (114_001, 120)])
def test_cloudfront_waits_longer_than_api_gateway(quota: int, seconds: int):
    settings = PrivateApiSettings(path_on_site="/api", integration_timeout_quota_milliseconds=quota)

    assert read_timeout_seconds(settings) == seconds


def problems(**settings: Any) -> set[str]:
    made = PrivateApiSettings(path_on_site="/api", **settings)
    return {str(problem.path[0]) for rule in RULES for problem in rule(made)}


def test_settings_that_contradict_one_domain_are_refused():
    assert problems() == set()
    assert problems(api_key_required=False) == {"api_key_required"}
    assert problems(cors_allowed_origins=ORIGINS) == {"cors_allowed_origins"}
    assert problems(cors_allowed_headers=["X-Tenant"]) == {"cors_allowed_headers"}
    assert problems(cors_allow_credentials=True) == {"cors_allow_credentials"}
    assert problems(integration_timeout_quota_milliseconds=115_000) == set()
    assert problems(integration_timeout_quota_milliseconds=115_001) == {"integration_timeout_quota_milliseconds"}
