import copy
import json
from typing import Any

import pulumi
import pytest

from spot_planning.api.private_api import UNKNOWN_INTEGRATION_TARGET
from spot_platform.api.domain import ApiDomainTransforms
from spot_platform.api.logs import ApiLoggingTransforms
from spot_platform.api.private_api import PrivateApi, PrivateApiArgs, PrivateApiTransforms
from spot_platform.api.usage_plan import UsagePlanTransforms
from spot_platform.api.vpc_link import ApiVpcLinkTransforms
from tests.recording import record
from tests.unit.planning.api.test_private_api import DOCUMENT

REST_API = "aws:apigateway/restApi:RestApi"
STAGE = "aws:apigateway/stage:Stage"
SAMPLING_RULE = "aws:xray/samplingRule:SamplingRule"
METHOD_SETTINGS = "aws:apigateway/methodSettings:MethodSettings"
LOAD_BALANCER = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/net/api/1"
CERTIFICATE = "arn:aws:acm:eu-west-1:123456789012:certificate/1"
WEB_ACL = "arn:aws:wafv2:eu-west-1:123456789012:regional/webacl/api/1"
KEY = "arn:aws:kms:eu-west-1:123456789012:key/1"
OUTPUTS = {
    STAGE: {
        "arn": "arn:aws:apigateway:eu-west-1::/restapis/api-id/stages/prod",
        "invokeUrl": "https://api-id.execute-api.eu-west-1.amazonaws.com/prod",
    },
    "aws:apigateway/domainName:DomainName": {
        "regionalDomainName": "d-1.execute-api.eu-west-1.amazonaws.com",
        "regionalZoneId": "ZLY8HYME6SFDD",
    },
}


def _args(**changes):
    return PrivateApiArgs(
        **{
            "document": DOCUMENT,
            "stage_name": "prod",
            "load_balancer_arn": pulumi.Output.from_input(LOAD_BALANCER),
            "load_balancer_dns_name": "lb.internal",
            "load_balancer_security_group_id": "sg-lb",
            "vpc_id": "vpc-1",
            "subnet_ids": ["subnet-1", "subnet-2"],
            "domain_name": "api.example.com",
            "certificate_arn": CERTIFICATE,
            "hosted_zone_id": "Z1",
            "web_acl_arn": WEB_ACL,
            "cors_allowed_origins": ["https://app.example.com"],
            "kms_key_arn": KEY,
            **changes,
        }
    )


def _recorded(transforms=None, preview=False, **changes):
    """Record the API. The arguments are made inside the program, because outputs belong to their event loop."""

    def program():
        api = PrivateApi("api", _args(**changes), transforms=transforms)
        return {
            "url": api.url,
            "rest_api_id": api.rest_api_id,
            "api_name": api.api_name,
            "stage_name": api.stage_name,
            "stage_arn": api.stage_arn,
            "access_log_group_name": api.access_log_group_name,
            "api_key_id": api.api_key_id,
        }

    recording = record(program, outputs=OUTPUTS, preview=preview)
    if not preview:
        assert recording.unknown_inputs() == []
    return recording


def test_the_api_is_imported_over_what_was_there_and_refuses_warnings():
    api = _recorded().one(REST_API).inputs

    assert api["putRestApiMode"] == "overwrite"
    assert api["failOnWarnings"] is True
    assert api["endpointConfiguration"] == {"types": "REGIONAL"}
    assert api["disableExecuteApiEndpoint"] is True
    assert api["minimumCompressionSize"] == "1024"
    document = json.loads(api["body"])
    assert document["x-amazon-apigateway-endpoint-configuration"] == {"disableExecuteApiEndpoint": True}
    assert "policy" not in api


def test_the_document_and_its_hash_are_known_before_anything_exists():
    recording = _recorded(preview=True)

    body = recording.one(REST_API).inputs["body"]
    assert "${stageVariables.vpcLinkId}" in body
    assert "${stageVariables.backendHost}" in body
    assert recording.one("Deployment").inputs["triggers"] == _recorded().one("Deployment").inputs["triggers"]


def test_a_change_of_the_document_makes_a_new_deployment_and_nothing_else_does():
    changed = copy.deepcopy(DOCUMENT)
    changed["paths"]["/orders/{id}"]["get"]["summary"] = "Read an order"

    first = _recorded().one("Deployment").inputs["triggers"]
    assert set(first) == {"document"}
    assert _recorded(document=changed).one("Deployment").inputs["triggers"] != first
    assert (
        _recorded(domain_name=None, certificate_arn=None, hosted_zone_id=None).one("Deployment").inputs["triggers"]
        != first
    )
    assert _recorded(xray=False, execution_log_level="INFO").one("Deployment").inputs["triggers"] == first


def test_a_deployment_is_replaced_before_the_old_one_goes():
    deployment = _recorded().one("Deployment")

    assert not deployment.delete_before_replace


def test_the_stage_knows_link_and_backend():
    recording = _recorded(listener_port=8080)

    stage = recording.one(STAGE).inputs
    assert stage["stageName"] == "prod"
    assert stage["variables"] == {"vpcLinkId": "api-id", "backendHost": "lb.internal:8080"}
    link = recording.one("aws:apigateway/vpcLink:VpcLink")
    assert link.inputs["targetArn"] == LOAD_BALANCER
    # The stage uses a new link before the old link is deleted. On destroy, the stage is deleted before the link.
    assert link.urn in recording.one(STAGE).dependencies
    assert recording.all("SecurityGroup") == []


def test_an_application_load_balancer_is_reached_through_a_link_of_version_2():
    arn = LOAD_BALANCER.replace("/net/", "/app/")
    recording = _recorded(load_balancer_kind="application", load_balancer_arn=arn, listener_port=8080)

    link = recording.one("aws:apigatewayv2/vpcLink:VpcLink").inputs
    assert link["subnetIds"] == ["subnet-1", "subnet-2"]
    assert link["securityGroupIds"] == ["api-id"]
    egress = recording.one("SecurityGroupEgressRule").inputs
    ingress = recording.one("SecurityGroupIngressRule").inputs
    assert (egress["securityGroupId"], egress["referencedSecurityGroupId"]) == ("api-id", "sg-lb")
    assert (ingress["securityGroupId"], ingress["referencedSecurityGroupId"]) == ("sg-lb", "api-id")
    for rule in (egress, ingress):
        assert (rule["ipProtocol"], rule["fromPort"], rule["toPort"]) == ("tcp", 8080, 8080)
    assert arn in recording.one(REST_API).inputs["body"]
    assert recording.all("aws:apigateway/vpcLink:VpcLink") == []


def test_requests_are_logged_as_json_and_traced():
    recording = _recorded()

    stage = recording.one(STAGE).inputs
    assert stage["xrayTracingEnabled"] is True
    settings = stage["accessLogSettings"]
    assert settings["destinationArn"].endswith("LogGroup/api-access")
    assert json.loads(settings["format"])["integrationLatency"] == "$context.integrationLatency"
    groups = {group.name: group.inputs for group in recording.all("LogGroup")}
    assert groups["api-execution"]["name"] == "API-Gateway-Execution-Logs_api-id/prod"
    assert {(g["retentionInDays"], g["kmsKeyId"]) for g in groups.values()} == {(30, KEY)}


def test_the_stage_has_a_rule_of_its_own_that_bounds_what_traces_cost():
    """X-Ray's default rule would record the first request of each second."""
    rule = _recorded().one(SAMPLING_RULE).inputs
    assert (rule["resourceArn"], rule["serviceType"]) == (OUTPUTS[STAGE]["arn"], "AWS::ApiGateway::Stage")
    assert {rule[key] for key in ("host", "httpMethod", "urlPath", "serviceName")} == {"*"}
    assert (rule["reservoirSize"], rule["fixedRate"]) == (0, 0.05)
    asked = _recorded(xray_traces_per_second=2, xray_sample_ratio=0.5).one(SAMPLING_RULE).inputs
    assert (asked["reservoirSize"], asked["fixedRate"]) == (2, 0.5)
    assert _recorded(xray=False).all(SAMPLING_RULE) == []


def test_refused_requests_are_counted_from_the_access_log():
    recording = _recorded()

    counted = recording.one("LogMetricFilter").inputs
    assert counted["logGroupName"] == "api-access"
    # The pattern reads this field of the log, which API Gateway writes as a string.
    assert json.loads(recording.one(STAGE).inputs["accessLogSettings"]["format"])["status"] == "$context.status"
    assert counted["pattern"] == '{ $.status = "429" }'
    metric = counted["metricTransformation"]
    assert (metric["namespace"], metric["name"], metric["value"]) == ("SpotPlatform/api-id", "Refusals", "1")


def test_a_stage_waits_for_its_log_groups_and_leaves_the_account_alone():
    recording = _recorded()

    assert {group.urn for group in recording.all("LogGroup")} <= recording.one(STAGE).dependencies
    assert recording.all("aws:apigateway/account:Account") == []
    assert recording.all("aws:iam/role:Role") == []


def test_without_execution_logs_there_is_no_group_for_them():
    recording = _recorded(execution_log_level="OFF")

    assert [group.name for group in recording.all("LogGroup")] == ["api-access"]
    assert {m.inputs["settings"]["loggingLevel"] for m in recording.all(METHOD_SETTINGS)} == {"OFF"}


@pytest.mark.parametrize("measured", [False, True])
def test_methods_are_measured_one_by_one_only_when_told_to(measured: bool):
    """With 111 operations, the metrics would cost more than everything else of the API."""
    recording = _recorded(detailed_metrics=True) if measured else _recorded()

    assert {m.inputs["settings"]["metricsEnabled"] for m in recording.all(METHOD_SETTINGS)} == {measured}


def test_every_method_is_logged_and_throttled_and_no_content_is_written_down():
    recording = _recorded()

    methods = {m.inputs["methodPath"]: m for m in recording.all(METHOD_SETTINGS)}
    assert set(methods) == {"*/*", "~1v1~1auth~1login/POST"}
    for method in methods.values():
        settings = method.inputs["settings"]
        assert settings["loggingLevel"] == "ERROR"
        assert settings["dataTraceEnabled"] is False
        assert settings["cachingEnabled"] is False
    everything, login = methods["*/*"], methods["~1v1~1auth~1login/POST"]
    assert everything.inputs["settings"]["throttlingRateLimit"] == 100
    assert everything.inputs["settings"]["throttlingBurstLimit"] == 200
    assert login.inputs["settings"]["throttlingRateLimit"] == 5
    assert login.inputs["settings"]["throttlingBurstLimit"] == 10
    assert everything.urn in login.dependencies


@pytest.mark.parametrize("version", [1, 2])
def test_a_link_of_either_version_reaches_a_network_load_balancer(version: int):
    recording = _recorded(vpc_link_version=version)
    kinds = {each.type for each in recording.resources if each.type.lower().endswith(":vpclink")}
    assert kinds == {f"aws:apigateway{'v2' if version == 2 else ''}/vpcLink:VpcLink"}
    body = recording.one("aws:apigateway/restApi:RestApi").inputs["body"]
    assert ("integrationTarget" in body) is (version == 2)
    assert UNKNOWN_INTEGRATION_TARGET not in body


def test_a_stage_has_a_cache_only_when_told_to():
    assert "cacheClusterEnabled" not in _recorded().one(STAGE).inputs
    stage = _recorded(cache_size_gb=118).one(STAGE)
    assert (stage.inputs["cacheClusterEnabled"], stage.inputs["cacheClusterSize"]) == (True, "118")


def test_headers_and_longer_timeouts_of_the_settings_reach_the_import():
    document = copy.deepcopy(DOCUMENT)
    (path, *_) = document["paths"]
    (method, *_) = [key for key in document["paths"][path] if key in {"get", "post", "put"}]
    document["paths"][path][method]["x-integration-settings"] = {"timeoutInMillis": 60_000}
    recording = _recorded(
        document=document, cors_allowed_headers=["X-Trace"], integration_timeout_quota_milliseconds=60_000
    )
    body = recording.one("aws:apigateway/restApi:RestApi").inputs["body"]
    assert "X-Trace" in body
    assert '"timeoutInMillis":60000' in body.replace(" ", "")


def test_settings_of_a_method_are_made_again_when_those_of_all_methods_change():
    """AWS overwrites a method's settings, and the provider sees no difference (terraform-provider-aws issue 41104)."""

    def trigger(**changes: Any) -> Any:
        (login,) = [each for each in _recorded(**changes).all(METHOD_SETTINGS) if each.inputs["methodPath"] != "*/*"]
        # The old settings are deleted first: a later delete would undo the new settings.
        assert login.request.deleteBeforeReplace
        return login.request.replacement_trigger

    first = trigger()
    assert first == trigger()
    for change in (
        {"throttle_rate_limit": 90},
        {"throttle_burst_limit": 300},
        {"execution_log_level": "INFO"},
        {"detailed_metrics": True},
    ):
        assert trigger(**change) != first, change


def test_each_key_has_limits_and_a_quota_and_its_value_stays_secret():
    recording = _recorded(throttle_rate_limit=50, throttle_burst_limit=60, quota_limit=70, quota_period="DAY")

    plan = recording.one("aws:apigateway/usagePlan:UsagePlan")
    assert plan.inputs["throttleSettings"] == {"rateLimit": 50, "burstLimit": 60}
    assert plan.inputs["quotaSettings"] == {"limit": 70, "period": "DAY"}
    assert plan.inputs["apiStages"] == [{"apiId": "api-id", "stage": "prod"}]
    assert recording.one(STAGE).urn in plan.dependencies
    key = recording.one("aws:apigateway/apiKey:ApiKey")
    assert "value" not in key.inputs
    assert "value" in key.request.additionalSecretOutputs
    connection = recording.one("UsagePlanKey")
    # Amazon API Gateway API Reference, "UsagePlanKey": value, "the value of a usage plan key".
    assert "value" in connection.request.additionalSecretOutputs
    assert connection.inputs == {
        "keyId": "api-id",
        "keyType": "API_KEY",
        "usagePlanId": "api-id",
    }


def test_visitors_who_share_the_key_of_a_page_share_no_quota_that_nobody_chose():
    assert "quotaSettings" not in _recorded().one("aws:apigateway/usagePlan:UsagePlan").inputs


def test_without_api_keys_there_is_no_usage_plan_and_nothing_asks_for_a_key():
    recording = _recorded(api_key_required=False)

    assert recording.all("aws:apigateway/usagePlan:UsagePlan") == []
    assert recording.result["api_key_id"] is None
    paths = json.loads(recording.one(REST_API).inputs["body"])["paths"]
    assert not any(operation.get("security") for item in paths.values() for operation in item.values())


def test_the_apis_own_name_has_modern_tls_and_both_address_families():
    recording = _recorded()

    domain = recording.one("aws:apigateway/domainName:DomainName").inputs
    assert domain["domainName"] == "api.example.com"
    assert domain["regionalCertificateArn"] == CERTIFICATE
    assert domain["securityPolicy"] == "SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09"
    assert domain["endpointAccessMode"] == "STRICT"
    assert domain["endpointConfiguration"] == {"types": "REGIONAL", "ipAddressType": "dualstack"}
    mapping = recording.one("BasePathMapping").inputs
    assert mapping == {"domainName": "api.example.com", "restApi": "api-id", "stageName": "prod"}
    records = {record_.inputs["type"]: record_.inputs for record_ in recording.all("aws:route53/record:Record")}
    assert set(records) == {"A", "AAAA"}
    for made in records.values():
        assert (made["name"], made["zoneId"]) == ("api.example.com", "Z1")
        (alias,) = made["aliases"]
        assert alias["name"] == "d-1.execute-api.eu-west-1.amazonaws.com"
        assert alias["zoneId"] == "ZLY8HYME6SFDD"


def test_cloudfront_calls_an_api_of_the_site_by_its_own_name_with_the_stage_in_the_path():
    recording = _recorded(path_on_site="/api", cors_allowed_origins=[])

    assert recording.one(REST_API).inputs["disableExecuteApiEndpoint"] is True
    mapping = recording.one("BasePathMapping").inputs
    assert mapping == {"domainName": "api.example.com", "restApi": "api-id", "stageName": "prod", "basePath": "prod"}
    assert recording.result["url"] == "https://api.example.com/prod"


def test_without_a_name_the_stages_url_is_the_apis():
    recording = _recorded(domain_name=None, certificate_arn=None, hosted_zone_id=None)

    assert recording.all("aws:apigateway/domainName:DomainName") == []
    assert recording.one(REST_API).inputs["disableExecuteApiEndpoint"] is False
    assert recording.result["url"] == "https://api-id.execute-api.eu-west-1.amazonaws.com/prod"


def test_the_web_acl_guards_the_stage():
    association = _recorded().one("WebAclAssociation").inputs

    assert association["webAclArn"] == WEB_ACL
    assert association["resourceArn"] == OUTPUTS[STAGE]["arn"]
    assert _recorded(web_acl_arn=None).all("WebAclAssociation") == []


@pytest.mark.parametrize("load_balancer_kind", ["network", "application"])
def test_an_import_leaves_nothing_for_the_provider_to_change_back(load_balancer_kind):
    """After PutRestApi, the provider restores each argument that the import has changed.

    API Gateway refuses these updates while the import is in progress. A TLS policy that is only in the import makes the
    import last 15 minutes (terraform-provider-aws issue 45905; ``resourceRestAPIWithBodyUpdateOperations`` in the
    provider's rest_api.go; Amazon API Gateway Developer Guide, "Security policies for REST APIs").
    """
    api = _recorded(load_balancer_kind=load_balancer_kind).one(REST_API).inputs
    body = json.loads(api["body"])

    assert api["name"] == body["info"]["title"]
    assert api["securityPolicy"] == body["x-amazon-apigateway-security-policy"]
    assert api["endpointAccessMode"] == body["x-amazon-apigateway-endpoint-access-mode"]
    assert (
        api["disableExecuteApiEndpoint"]
        == (body["x-amazon-apigateway-endpoint-configuration"]["disableExecuteApiEndpoint"])
    )
    assert api["minimumCompressionSize"] == str(body["x-amazon-apigateway-minimum-compression-size"])
    assert not {"description", "binaryMediaTypes", "apiKeySource", "policy"} & api.keys()


def test_the_backend_can_ask_for_a_certificate():
    recording = _recorded(client_certificate=True)

    assert recording.one("ClientCertificate").name == "api"
    assert recording.one(STAGE).inputs["clientCertificateId"] == "api-id"
    assert "clientCertificateId" not in _recorded().one(STAGE).inputs


def test_outputs():
    assert _recorded().result == {
        "url": "https://api.example.com",
        "rest_api_id": "api-id",
        "api_name": "spot-platform-test-api",
        "stage_name": "prod",
        "stage_arn": OUTPUTS[STAGE]["arn"],
        "access_log_group_name": "api-access",
        "api_key_id": "api-id",
    }


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"load_balancer_kind": "gateway"},
            r"^PrivateApi 'api': load_balancer_kind=gateway is not allowed; allowed: network",
        ),
        ({"throttle_rate_limit": 0}, r"^PrivateApi 'api': throttle_rate_limit=0 is not allowed; allowed: more than 0"),
        ({"certificate_arn": None}, r"^PrivateApi 'api': domain_name=api.example.com needs certificate_arn$"),
        ({"document": {"swagger": "2.0"}}, r"^PrivateApi 'api': swagger: Swagger 2.0 is not read"),
        (
            {"cors_allowed_origins": ["app.example.com"]},
            r"^PrivateApi 'api': cors_allowed_origins\[0\]=app.example.com",
        ),
    ],
)
def test_wrong_arguments_are_refused_before_anything_is_made(changes, message):
    def program():
        with pytest.raises(ValueError, match=message):
            PrivateApi("api", _args(**changes))

    assert record(program).resources == []


def test_transforms_reach_the_children():
    mine = {"tags": {"Name": "mine"}}
    recording = _recorded(
        client_certificate=True,
        transforms=PrivateApiTransforms(
            rest_api=mine,
            deployment={"description": "mine"},
            stage=mine,
            method_settings=lambda args: {**args, "region": "mine"},
            client_certificate=mine,
            web_acl_association={"region": "mine"},
            vpc_link=ApiVpcLinkTransforms(vpc_link=mine),
            logging=ApiLoggingTransforms(access_log_group=mine, refusals={"pattern": "mine"}, execution_log_group=mine),
            usage_plan=UsagePlanTransforms(usage_plan=mine, api_key=mine),
            domain=ApiDomainTransforms(domain_name=mine, record={"ttl": 5}),
            sampling_rule=mine,
        ),
    )

    for type_ in (REST_API, STAGE, SAMPLING_RULE, "ClientCertificate", "aws:apigateway/vpcLink:VpcLink", "ApiKey",
                  "aws:apigateway/usagePlan:UsagePlan", "aws:apigateway/domainName:DomainName"):  # fmt: skip
        assert recording.one(type_).inputs["tags"] == {"Name": "mine"}, type_
    assert {group.inputs["tags"]["Name"] for group in recording.all("LogGroup")} == {"mine"}
    assert recording.one("LogMetricFilter").inputs["pattern"] == "mine"
    assert recording.one("Deployment").inputs["description"] == "mine"
    assert {m.inputs["region"] for m in recording.all(METHOD_SETTINGS)} == {"mine"}
    assert recording.one("WebAclAssociation").inputs["region"] == "mine"
    assert {r.inputs["ttl"] for r in recording.all("aws:route53/record:Record")} == {5}


def test_names_of_resources_stay():
    """A changed name replaces the resource in every stack, unless it has an alias."""
    names = {(r.type.split(":")[-1], r.name) for r in _recorded().resources if r.custom}

    assert names == {
        ("ApiKey", "api"),
        ("BasePathMapping", "api"),
        ("Deployment", "api"),
        ("DomainName", "api"),
        ("LogGroup", "api-access"),
        ("LogGroup", "api-execution"),
        ("LogMetricFilter", "api-refusals"),
        ("MethodSettings", "api"),
        ("MethodSettings", "api-~1v1~1auth~1login/POST"),
        ("Record", "api-api.example.com-a"),
        ("Record", "api-api.example.com-aaaa"),
        ("RestApi", "api"),
        ("Stage", "api"),
        ("SamplingRule", "api"),
        ("UsagePlan", "api"),
        ("UsagePlanKey", "api"),
        ("VpcLink", "api"),
        ("WebAclAssociation", "api"),
    }
