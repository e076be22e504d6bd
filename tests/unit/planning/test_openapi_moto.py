"""The import into an emulated API Gateway, read back."""

import boto3
import pytest
from moto import mock_aws

from components.planning.openapi_import import ImportOptions, build_import_document, read_document
from tests.moto_import import close_gaps, gateway_responses
from tests.openapi_readback import assert_equals_plan
from tests.unit.planning.test_openapi_reading import ROOT

TARGET = "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/backend/1"


@mock_aws
@pytest.mark.parametrize(
    "options",
    [
        ImportOptions(api_key_required=True, cors_allowed_origins=("https://app.example.com",)),
        ImportOptions(
            cors_allowed_origins=("https://a.example.com", "https://b.example.com"), cors_allow_credentials=True
        ),
        ImportOptions(connection="application", integration_target=TARGET),
        ImportOptions(cors_allowed_origins=()),
        ImportOptions(proxy="fallback"),
        ImportOptions(proxy="only", api_key_required=True),
    ],
    ids=["one-origin", "many-origins", "application", "no-cors", "fallback", "only"],
)
def test_the_example_reads_back_as_planned(options: ImportOptions, monkeypatch: pytest.MonkeyPatch) -> None:
    close_gaps(monkeypatch)
    document = read_document((ROOT / "examples" / "halalsphere-openapi.yaml").read_bytes())
    plan = build_import_document(document, options)
    client = boto3.client("apigateway", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
    api = client.create_rest_api(name="api")["id"]
    # On warnings moto asks openapi-spec-validator, which takes the plus of {proxy+} for a part of the name.
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
    assert gateway_responses(client, api) == {kind: each["responseParameters"] for kind, each in planned.items()}
