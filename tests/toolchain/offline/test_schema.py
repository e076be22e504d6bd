"""Validation of inputs, arguments and configuration against pulumi-aws."""

from typing import Any

import pulumi
import pytest
from pulumi.output import UNKNOWN

from toolchain.offline.schema import check_arguments, check_inputs, check_provider
from toolchain.offline.structs import Secret

VPC = "aws:ec2/vpc:Vpc"
DISTRIBUTION = "aws:cloudfront/distribution:Distribution"
BEHAVIOR = {
    "allowedMethods": ["GET"],
    "cachedMethods": ["GET"],
    "targetOriginId": "site",
    "viewerProtocolPolicy": "https-only",
}
DISTRIBUTION_INPUTS = {
    "enabled": True,
    "origins": [{"domainName": "site.example.com", "originId": "site"}],
    "defaultCacheBehavior": BEHAVIOR,
    "restrictions": {"geoRestriction": {"restrictionType": "none"}},
    "viewerCertificate": {"cloudfrontDefaultCertificate": True},
}

WRONG: list[tuple[str, dict[str, Any], list[str]]] = [
    (VPC, {"cidrBlok": "10.0.0.0/16"}, ["cidrBlok: no such property; did you mean cidrBlock?"]),
    (VPC, {"cidr_block": "10.0.0.0/16"}, ["cidr_block: no such property; did you mean cidrBlock?"]),
    (VPC, {"enableDnsSupport": "maybe"}, ["enableDnsSupport: must be a boolean, not 'maybe'"]),
    (VPC, {"enableDnsSupport": ["true"]}, ["enableDnsSupport: must be a boolean, not a list"]),
    (VPC, {"enableDnsSupport": {}}, ["enableDnsSupport: must be a boolean, not an object"]),
    ("aws:lb/targetGroup:TargetGroup", {"port": "70000"}, ["port: must be from 1 to 65535, not '70000'"]),
    (VPC, {"cidrBlock": ["10.0.0.0/16"]}, ["cidrBlock: must be a string, not a list"]),
    (VPC, {"tags": "Name=main"}, ["tags: must be a map, not 'Name=main'"]),
    (VPC, {"tags": {"Name": {"is": "main"}}}, ["tags.Name: must be a string, not an object"]),
    (VPC, {"tags": {"a.b": []}}, ['tags["a.b"]: must be a string, not a list']),
    (VPC, {"instanceTenancy": "shared"}, ["instanceTenancy: must be one of default, dedicated, not 'shared'"]),
    ("aws:ec2/subnet:Subnet", {"cidrBlock": "10.0.0.0/24"}, ["vpcId: required, but missing"]),
    ("aws:ec2/subnet:Subnet", {"vpcId": None}, ["vpcId: required, but missing"]),
    (
        DISTRIBUTION,
        {**DISTRIBUTION_INPUTS, "origins": [{"domainNam": "x", "originId": "site"}]},
        [
            "origins[0].domainNam: no such property; did you mean domainName?",
            "origins[0].domainName: required, but missing",
        ],
    ),
    (
        DISTRIBUTION,
        {**DISTRIBUTION_INPUTS, "defaultCacheBehavior": {**BEHAVIOR, "viewerProtocolPolicy": "https"}},
        [
            (
                "defaultCacheBehavior.viewerProtocolPolicy: must be one of allow-all, https-only, redirect-to-https,"
                " not 'https'; did you mean https-only?"
            )
        ],
    ),
    (
        DISTRIBUTION,
        {**DISTRIBUTION_INPUTS, "restrictions": []},
        ["restrictions: must be an object, not a list"],
    ),
    (
        "aws:cloudwatch/logGroup:LogGroup",
        {"retentionInDays": 31},
        [
            (
                "retentionInDays: must be one of 0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731,"
                " 1096, 1827, 2192, 2557, 2922, 3288, 3653, not 31"
            )
        ],
    ),
    (
        "aws:rds/instance:Instance",
        {"instanceClass": "db.t4g.small", "backupRetentionPeriod": 36},
        ["backupRetentionPeriod: must be from 0 to 35, not 36"],
    ),
    (
        "aws:rds/instance:Instance",
        {"instanceClass": "db.t4g.small", "allocatedStorage": 20.5},
        ["allocatedStorage: must be an integer, not 20.5"],
    ),
    (
        "aws:ec2/instance:Instance",
        {"tenancy": "shared"},
        ["tenancy: must be one of default, dedicated, host, not 'shared'"],
    ),
    (
        "aws:iam/policy:Policy",
        {"policy": {"Version": "2012-10-17", "Statement": [{"Effect": "allow"}]}},
        ["policy.Statement[0].Effect: must be one of Allow, Deny, not 'allow'; did you mean Allow?"],
    ),
    (
        "aws:lambda/layerVersion:LayerVersion",
        {"layerName": "x", "code": "layer.zip"},
        ["code: must be an archive, not 'layer.zip'"],
    ),
    ("aws:ec2/vpcs:Vpc", {}, ["pulumi-aws has no resource type aws:ec2/vpcs:Vpc; did you mean aws:ec2/vpc:Vpc?"]),
]


@pytest.mark.parametrize(("token", "inputs", "failures"), WRONG)
def test_wrong_inputs_are_refused_by_path_value_and_what_is_allowed(
    token: str, inputs: dict[str, Any], failures: list[str]
) -> None:
    found = [str(failure) for failure in check_inputs(token, inputs)]
    assert [text for text in failures if text not in found] == [], found
    assert len([text for text in found if "required" not in text]) == len(
        [text for text in failures if "required" not in text]
    )


RIGHT: list[tuple[str, dict[str, Any]]] = [
    (VPC, {"cidrBlock": "10.0.0.0/16", "enableDnsSupport": True, "tags": {"Name": "main"}}),
    (VPC, {"enableDnsSupport": "true"}),
    (VPC, {"cidrBlock": UNKNOWN, "tags": UNKNOWN}),
    (VPC, {"cidrBlock": Secret("10.0.0.0/16"), "tags": {"Name": UNKNOWN}}),
    (VPC, {"cidrBlock": None, "__defaults": []}),
    (DISTRIBUTION, DISTRIBUTION_INPUTS),
    (DISTRIBUTION, {**DISTRIBUTION_INPUTS, "origins": UNKNOWN, "defaultCacheBehavior": UNKNOWN}),
    ("aws:rds/instance:Instance", {"instanceClass": "db.r99g.large", "allocatedStorage": "20"}),
    ("aws:ec2/instance:Instance", {"instanceType": "t99.nano", "tenancy": "host"}),
    ("aws:route53/record:Record", {"name": "x", "zoneId": "Z1", "type": "HTTPS"}),
    ("aws:lambda/layerVersion:LayerVersion", {"layerName": "x", "code": pulumi.FileArchive("layer")}),
    ("aws:iam/role:Role", {"assumeRolePolicy": '{"Version":"2012-10-17","Statement":[]}'}),
    ("aws:ssm/parameter:Parameter", {"type": "String", "value": 5}),
]


@pytest.mark.parametrize(("token", "inputs"), RIGHT)
def test_right_inputs_pass(token: str, inputs: dict[str, Any]) -> None:
    assert check_inputs(token, inputs) == []


def test_a_property_far_from_all_others_lists_what_is_allowed() -> None:
    (failure,) = check_inputs("aws:ec2/internetGateway:InternetGateway", {"zzz": 1})
    assert failure.reason == "no such property; allowed: region, tags, vpcId"


@pytest.mark.parametrize(
    ("token", "inputs"),
    [
        (VPC, {"enableDnsSupport": Secret("hunter2")}),
        (VPC, {"instanceTenancy": Secret("hunter2")}),
        ("aws:ec2/instance:Instance", {"tenancy": Secret("hunter2")}),
        (VPC, {"tags": Secret("hunter2")}),
    ],
)
def test_a_secret_never_gets_into_a_message(token: str, inputs: dict[str, Any]) -> None:
    assert "hunter2" not in " ".join(str(failure) for failure in check_inputs(token, inputs))


def test_a_secret_of_a_wrong_type_is_refused_all_the_same() -> None:
    (failure,) = check_inputs(VPC, {"enableDnsSupport": Secret("hunter2")})
    assert str(failure) == "enableDnsSupport: must be a boolean"


def test_arguments_of_invokes_are_checked_like_inputs() -> None:
    found = check_arguments("aws:ec2/getAmi:getAmi", {"mostRecent": "yes", "filters": [{"name": "name"}]})
    assert [str(failure) for failure in found] == [
        "mostRecent: must be a boolean, not 'yes'",
        "filters[0].values: required, but missing",
    ]
    assert [str(failure) for failure in check_arguments("aws:ssm/getParameter:getParameter", {})] == [
        "name: required, but missing"
    ]
    assert check_arguments("aws:index/getRegion:getRegion", {}) == []


def test_a_providers_configuration_is_checked() -> None:
    wrong = {"regoin": "eu-west-1", "defaultTags": {"tag": {}}}
    assert [str(failure) for failure in check_provider(wrong)] == [
        "regoin: no such property; did you mean region?",
        "defaultTags.tag: no such property; did you mean tags?",
    ]
