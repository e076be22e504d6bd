"""Imports into moto's API Gateway, read back and compared."""

from typing import Any

import boto3
import pytest
from moto import mock_aws
from moto.apigateway.models import APIGatewayBackend, Integration, RestAPI
from moto.apigateway.responses import APIGatewayResponse

from spot_planning.api.openapi_import import ImportOptions, build_import_document, read_document
from tests.openapi_options import open_options
from tests.openapi_readback import assert_equals_plan
from tests.unit.planning.api.openapi.test_reading import ROOT
from toolchain.emulator.patches_api_gateway import (
    import_mock_integrations,
    keep_imported_documents,
    read_security_policies_of_apis_back,
)

TARGET = "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/backend/1"
PATCHED = (
    (APIGatewayBackend, "_build_integration_args"),
    (APIGatewayBackend, "put_rest_api"),
    (Integration, "to_json"),
    (APIGatewayResponse, "create_rest_api"),
    (RestAPI, "apply_patch_operations"),
    (RestAPI, "to_dict"),
)


@pytest.fixture
def patched_moto(monkeypatch: pytest.MonkeyPatch) -> None:
    """moto with the emulator's patches, for one test."""
    for target, name in PATCHED:
        # setattr registers the original value, so that it is restored after the test.
        monkeypatch.setattr(target, name, getattr(target, name))
    import_mock_integrations()
    keep_imported_documents()
    read_security_policies_of_apis_back()


@mock_aws
@pytest.mark.usefixtures("patched_moto")
@pytest.mark.parametrize(
    "options",
    [
        open_options(api_key_required=True, cors_allowed_origins=["https://app.example.com"]),
        open_options(
            cors_allowed_origins=["https://a.example.com", "https://b.example.com"], cors_allow_credentials=True
        ),
        open_options(load_balancer_kind="application", integration_target=TARGET),
        open_options(cors_allowed_origins=[]),
        open_options(proxy="fallback"),
        open_options(proxy="only", api_key_required=True),
    ],
    ids=["one-origin", "many-origins", "application", "no-cors", "fallback", "only"],
)
def test_the_example_reads_back_as_planned(options: ImportOptions) -> None:
    document = read_document((ROOT / "examples" / "halalsphere-openapi.yaml").read_bytes())
    plan = build_import_document(document, options)
    client = boto3.client("apigateway", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
    api = client.create_rest_api(name="api")["id"]
    # With failOnWarnings moto uses openapi-spec-validator, for which the plus of {proxy+} is a part of the name.
    strict = options.proxy == "none"
    client.put_rest_api(restApiId=api, mode="overwrite", failOnWarnings=strict, body=plan.body.encode())

    keys = {
        "type",
        "httpMethod",
        "uri",
        "connectionType",
        "connectionId",
        "integrationTarget",
        "requestParameters",
        "timeoutInMillis",
        "requestTemplates",
        "passthroughBehavior",
    }
    assert_equals_plan(client, api, plan, keys=keys, everything=True)
    found = client.get_rest_api(restApiId=api)
    assert found["binaryMediaTypes"] == plan.document.get("x-amazon-apigateway-binary-media-types", [])
    planned = plan.document.get("x-amazon-apigateway-gateway-responses", {})
    assert _gateway_responses(client, api) == {kind: each["responseParameters"] for kind, each in planned.items()}


@mock_aws
@pytest.mark.usefixtures("patched_moto")
def test_an_api_keeps_the_security_policy_that_it_was_made_or_changed_with() -> None:
    client = boto3.client("apigateway", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
    given = {"securityPolicy": "SecurityPolicy_TLS13_1_3_2025_09", "endpointAccessMode": "STRICT"}
    made = client.create_rest_api(name="api", **given)
    assert made.items() >= given.items()
    basic = {"op": "replace", "path": "/endpointAccessMode", "value": "BASIC"}
    client.update_rest_api(restApiId=made["id"], patchOperations=[basic])
    found = client.get_rest_api(restApiId=made["id"])
    assert found.items() >= {**given, "endpointAccessMode": "BASIC", "name": "api"}.items()


def _gateway_responses(client: Any, rest_api_id: str) -> dict[str, dict[str, str]]:
    items = client.get_gateway_responses(restApiId=rest_api_id)["items"]
    return {item["responseType"]: item.get("responseParameters", {}) for item in items}


def test_the_patches_are_gone_after_a_test() -> None:
    assert {getattr(target, name).__module__ for target, name in PATCHED} <= {
        "moto.apigateway.models",
        "moto.apigateway.responses",
    }
