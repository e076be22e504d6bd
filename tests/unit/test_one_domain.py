"""The whole program with the API below a path of the site (`api.path_on_site`)."""

import json

import pytest

from tests.program import STACKS, record_on_one_domain, record_stack, record_with_options
from tests.recording import Recording

pytestmark = pytest.mark.xdist_group("whole program")

DISTRIBUTION = "aws:cloudfront/distribution:Distribution"


@pytest.fixture(params=STACKS)
def stack(request: pytest.FixtureRequest) -> str:
    return request.param


def test_nothing_is_left_unknown_by_accident(stack: str) -> None:
    assert record_on_one_domain(stack).unknown_inputs() == []


def test_the_api_is_below_the_sites_name_and_nobody_is_told_of_a_key(stack: str) -> None:
    outputs = record_on_one_domain(stack).result
    assert outputs["api_url"] == f"{outputs['site_url']}/api"
    assert outputs["api_gateway_url"].startswith("https://")
    assert not outputs["api_gateway_url"].startswith(outputs["site_url"])
    assert outputs["api_key_id"] is None
    assert outputs["api_id"]


def test_the_key_is_in_the_distribution_alone_and_a_secret_there(stack: str) -> None:
    recording = record_on_one_domain(stack)
    site = recording.one(DISTRIBUTION)
    (header,) = site.inputs["origins"][1]["customHeaders"]

    assert header["name"] == "x-api-key"
    assert "origins" in site.secret_inputs
    assert header["value"]
    holders = [r.urn for r in recording.resources if header["value"] in json.dumps(r.inputs, default=str)]
    assert holders == [site.urn]
    assert header["value"] not in json.dumps(recording.outputs, default=str)


def test_cloudfront_calls_the_api_by_the_name_that_aws_gives_it(stack: str) -> None:
    recording = record_on_one_domain(stack)
    _, api = recording.one(DISTRIBUTION).inputs["origins"]

    assert api["domainName"].endswith(".execute-api.us-east-1.amazonaws.com")
    assert recording.one("RestApi").inputs["disableExecuteApiEndpoint"] is False
    assert recording.all("aws:apigateway/domainName:DomainName") == []
    longest = max(
        operation["x-amazon-apigateway-integration"]["timeoutInMillis"]
        for item in json.loads(recording.one("RestApi").inputs["body"])["paths"].values()
        for operation in item.values()
    )
    assert api["customOriginConfig"]["originReadTimeout"] * 1000 > longest


@pytest.mark.parametrize("named_stack", ["staging", "prod"])
def test_with_a_name_of_its_own_execute_api_is_closed_and_cloudfront_calls_that_name(named_stack: str) -> None:
    recording = record_with_options(named_stack, "application")
    name = record_stack(named_stack).one("aws:apigateway/domainName:DomainName").inputs["domainName"]
    _, api = recording.one(DISTRIBUTION).inputs["origins"]

    assert recording.unknown_inputs() == []
    assert api["domainName"] == recording.one("aws:apigateway/domainName:DomainName").inputs["domainName"] == name
    assert recording.one("RestApi").inputs["disableExecuteApiEndpoint"] is True
    assert recording.one("BasePathMapping").inputs["basePath"] == named_stack
    assert recording.result["api_url"] == f"{recording.result['site_url']}/api"
    assert recording.result["api_gateway_url"] == f"https://{name}/{named_stack}"
    # A name that CloudFront asks for too early is one that does not exist, for as long as resolvers remember it.
    waited_for = recording.one(DISTRIBUTION).property_dependencies["origins"]
    records = [record.urn for record in recording.all("aws:route53/record:Record") if record.inputs["name"] == name]
    assert len(records) == 2
    assert {recording.one("BasePathMapping").urn, *records} <= set(waited_for)


def test_every_operation_asks_for_the_key_and_there_is_no_cors(stack: str) -> None:
    recording = record_on_one_domain(stack, preview=True)
    body = json.loads(recording.one("RestApi").inputs["body"])
    operations = [(method, operation) for item in body["paths"].values() for method, operation in item.items()]

    assert len(operations) == 111
    keys = {
        name for name, scheme in body["components"]["securitySchemes"].items() if scheme["name"].lower() == "x-api-key"
    }
    assert all(keys & set(operation["security"][0]) for _, operation in operations)
    assert "options" not in {method for method, _ in operations}
    assert "Access-Control" not in recording.one("RestApi").inputs["body"]


def test_one_web_acl_guards_both() -> None:
    apart, joined = record_stack("prod"), record_on_one_domain("prod")

    assert [acl.inputs["scope"] for acl in apart.all("aws:wafv2/webAcl:WebAcl")] == ["REGIONAL", "CLOUDFRONT"]
    (acl,) = joined.all("aws:wafv2/webAcl:WebAcl")
    assert acl.inputs["scope"] == "CLOUDFRONT"
    assert {rule["name"] for rule in acl.inputs["rules"]} == {
        "ip-reputation",
        "rate-limit",
        "known-bad-inputs",
        "common",
        "sql-injection",
    }
    assert joined.all("WebAclAssociation") == []
    assert joined.one(DISTRIBUTION).inputs["webAclId"]


def test_no_certificate_and_no_record_are_made_for_the_api() -> None:
    apart, joined = record_stack("prod"), record_on_one_domain("prod")

    assert len(apart.all("aws:acm/certificate:Certificate")) == 2
    (certificate,) = joined.all("aws:acm/certificate:Certificate")
    assert certificate.inputs["domainName"] == "halalsphere.com"
    records = [record.inputs for record in joined.all("aws:route53/record:Record")]
    assert not [record for record in records if record.get("name", "").startswith("api.")]


def test_the_service_learns_its_path_and_that_no_other_origin_may_read() -> None:
    recording = record_on_one_domain("prod")
    definitions = [
        json.loads(task.inputs["containerDefinitions"])[0]
        for task in recording.all("aws:ecs/taskDefinition:TaskDefinition")
    ]
    environments = [{each["name"]: each["value"] for each in one["environment"]} for one in definitions]
    (service,) = [one for one in environments if "PATH_PREFIX" in one]

    assert service["PATH_PREFIX"] == "/api"
    assert "CORS_ALLOWED_ORIGINS" not in service


def test_pages_may_still_upload_to_the_buckets(stack: str) -> None:
    def origins(recording: Recording) -> list[list[str]]:
        found = recording.all("aws:s3/bucketCorsConfiguration:BucketCorsConfiguration")
        return [rule["allowedOrigins"] for each in found for rule in each.inputs["corsRules"]]

    def named(recording: Recording) -> list[list[str]]:
        return [[origin for origin in each if "cloudfront.net" not in origin] for each in origins(recording)]

    assert named(record_on_one_domain(stack)) == named(record_stack(stack))
    assert all(origins(record_on_one_domain(stack)))
