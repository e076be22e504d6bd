import copy
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spot_planning.api.openapi_import import OpenApiError
from spot_planning.api.private_api import (
    UNKNOWN_INTEGRATION_TARGET,
    backend_host,
    domain_problems,
    method_path,
    plan_private_api,
    redeployment_trigger,
    stage_problems,
)
from spot_planning.api.settings import PrivateApiSettings, SecurityPolicy

DOCUMENT = {
    "openapi": "3.0.3",
    "info": {"title": "Shop", "version": "1"},
    "servers": [{"url": "https://api.example.com/v1"}],
    "paths": {
        "/orders/{id}": {
            "get": {
                "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
                "responses": {"200": {"description": "An order"}},
            }
        },
        "/auth/login": {
            "post": {
                "security": [],
                "x-method-settings": {"throttlingRateLimit": 5, "throttlingBurstLimit": 10},
                "responses": {"200": {"description": "A token"}},
            }
        },
    },
}
POLICIES = list(SecurityPolicy)


def _plan(document=DOCUMENT, resource_policy=None, has_domain=True, **settings):
    return plan_private_api(
        document,
        PrivateApiSettings(**{"cors_allowed_origins": ["https://app.example.com"], **settings}),
        has_domain=has_domain,
        resource_policy=resource_policy,
    )


def test_the_document_carries_what_holds_for_the_api_as_a_whole():
    policy = {"Version": "2012-10-17", "Statement": []}
    document = json.loads(_plan(resource_policy=policy).body())

    assert document["x-amazon-apigateway-endpoint-configuration"] == {"disableExecuteApiEndpoint": True}
    assert document["x-amazon-apigateway-minimum-compression-size"] == 1024
    assert document["x-amazon-apigateway-security-policy"] == "SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09"
    assert document["x-amazon-apigateway-endpoint-access-mode"] == "STRICT"
    assert document["x-amazon-apigateway-policy"] == policy
    assert set(document["paths"]) == {"/v1/orders/{id}", "/v1/auth/login"}


def test_no_preflight_and_nothing_public_needs_an_api_key():
    paths = json.loads(_plan().body())["paths"]

    keyed = {(path, method): operation["security"] for path, item in paths.items() for method, operation in item.items()
             if operation.get("security")}  # fmt: skip
    assert set(keyed) == {("/v1/orders/{id}", "get")}
    assert all("options" in item for item in paths.values())


def test_a_method_with_limits_of_its_own_keeps_the_others_and_its_path_is_escaped():
    by_path = {limits.method_path: limits for limits in _plan().methods}

    assert list(by_path) == ["*/*", "~1v1~1auth~1login/POST"]
    everything, login = by_path.values()
    assert (everything.rate_limit, everything.burst_limit) == (100, 200)
    assert (login.rate_limit, login.burst_limit) == (5, 10)


def test_a_method_that_limits_only_its_rate_keeps_the_burst_of_all():
    document = copy.deepcopy(DOCUMENT)
    document["paths"]["/auth/login"]["post"]["x-method-settings"] = {"throttlingRateLimit": 5}

    assert _plan(document).methods[1].burst_limit == 200


@given(segments=st.lists(st.text("ab{}~+01", min_size=1, max_size=6), max_size=4))
def test_escaped_paths_have_one_slash_and_can_be_read_back(segments):
    path = "/" + "/".join(segments)
    escaped = method_path(path, "GET")

    assert escaped.count("/") == 1
    assert escaped.removesuffix("/GET").replace("~1", "/").replace("~0", "~") == path


@given(st.permutations(list(DOCUMENT["paths"])))
def test_the_order_of_the_document_triggers_no_deployment(order):
    document = {**DOCUMENT, "paths": {path: DOCUMENT["paths"][path] for path in order}}

    assert redeployment_trigger(_plan(document).body()) == redeployment_trigger(_plan().body())


@pytest.mark.parametrize(
    "settings",
    [
        {"has_domain": False},
        {"minimum_compression_bytes": 2048},
        {"security_policy": POLICIES[1]},
        {"endpoint_access_mode": "BASIC"},
        {"resource_policy": {"Version": "2012-10-17", "Statement": []}},
    ],
)
def test_whatever_takes_effect_with_a_deployment_triggers_one(settings):
    assert redeployment_trigger(_plan(**settings).body()) != redeployment_trigger(_plan().body())


def test_an_application_load_balancer_is_named_in_the_document():
    target = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/api/1"
    plan = _plan(load_balancer_kind="application")

    body = plan.body(target)
    assert target in body
    assert UNKNOWN_INTEGRATION_TARGET not in body


@pytest.mark.parametrize(("port", "host"), [(80, "lb.internal"), (8080, "lb.internal:8080"), (443, "lb.internal:443")])
def test_the_backends_port_is_named_unless_it_is_that_of_http(port, host):
    assert backend_host("lb.internal", port) == host


def test_what_api_gateway_would_refuse_is_refused():
    with pytest.raises(OpenApiError, match=r"^paths: there is no operation"):
        _plan({**DOCUMENT, "paths": {}})
    (problem,) = stage_problems("a/b")
    assert (problem.path, problem.text) == (
        ("stage_name",),
        "is not 1 to 128 letters, digits, hyphens and underscores",
    )


@pytest.mark.parametrize(
    ("extension", "value", "setting"),
    [
        ("endpoint-configuration", {"disableExecuteApiEndpoint": False}, '{"disableExecuteApiEndpoint":true}'),
        ("endpoint-configuration", {"vpcEndpointIds": ["vpce-1"]}, '{"disableExecuteApiEndpoint":true}'),
        ("endpoint-access-mode", "BASIC", '"STRICT"'),
        ("security-policy", "TLS_1_0", f'"{POLICIES[0]}"'),
        ("minimum-compression-size", 0, "1024"),
    ],
)
def test_a_document_that_asks_for_other_settings_is_refused(extension, value, setting):
    key = f"x-amazon-apigateway-{extension}"
    with pytest.raises(OpenApiError) as raised:
        _plan({**DOCUMENT, key: value})
    assert str(raised.value) == f"{key}: the API's settings say {setting}: say that or nothing"


def test_a_document_may_say_what_the_settings_say():
    same = json.loads(_plan().body())
    said = _plan().settings.extensions()
    assert len(said) == 4
    assert json.loads(_plan({**DOCUMENT, **said}).body()) == same
    assert json.loads(_plan({**DOCUMENT, "x-amazon-apigateway-endpoint-configuration": {}}).body()) == same


def test_a_document_brings_its_own_policy_only_where_the_settings_have_none():
    own, other = ({"Version": "2012-10-17", "Statement": [{"Sid": sid * 50}]} for sid in ("own", "other"))
    document = {**DOCUMENT, "x-amazon-apigateway-policy": own}
    assert json.loads(_plan(document).body())["x-amazon-apigateway-policy"] == own
    with pytest.raises(OpenApiError, match=r"^x-amazon-apigateway-policy: the API's settings say otherwise: "):
        _plan(document, other)


def test_required_keys_come_in_the_header():
    document = {**DOCUMENT, "x-amazon-apigateway-api-key-source": "AUTHORIZER"}
    with pytest.raises(OpenApiError) as raised:
        _plan(document)
    assert str(raised.value) == "x-amazon-apigateway-api-key-source: must be HEADER where the API requires a key"
    body = json.loads(_plan(document, api_key_required=False).body())
    assert body["x-amazon-apigateway-api-key-source"] == "AUTHORIZER"


@pytest.mark.parametrize(
    ("domain", "certificate", "zone", "argument"),
    [
        (None, "arn:1", None, "certificate_arn"),
        (None, None, "Z1", "hosted_zone_id"),
        ("api.example.com", None, "Z1", "domain_name"),
    ],
)
def test_name_certificate_and_zone_go_together(domain, certificate, zone, argument):
    (problem,) = domain_problems(domain, certificate, zone)
    assert problem.path == (argument,)


def test_a_certificate_that_may_turn_out_to_be_none_is_taken():
    assert not list(domain_problems(None, object(), object()))
    assert not list(domain_problems("api.example.com", object(), None))
