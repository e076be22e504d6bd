"""The offline provider's answers to invokes."""

import json
import re
from typing import Any

import pytest
from pulumi.output import UNKNOWN

from toolchain.offline import model
from toolchain.offline.invokes import UnsupportedFunctionError, invoked
from toolchain.offline.structs import Secret
from toolchain.offline.values import created_outputs
from toolchain.offline.values.lookups import TABLE

ZONES = "aws:index/getAvailabilityZones:getAvailabilityZones"


@pytest.mark.parametrize(
    ("region", "arguments", "zones"),
    [
        ("eu-west-1", {"state": "available"}, ["eu-west-1a", "eu-west-1b", "eu-west-1c"]),
        ("us-east-1", {}, [f"us-east-1{letter}" for letter in "abcdef"]),
        ("us-west-2", {"excludeNames": ["us-west-2a"]}, ["us-west-2b", "us-west-2c", "us-west-2d"]),
        ("eu-west-1", {"excludeZoneIds": ["euw1-az3"]}, ["eu-west-1a", "eu-west-1b"]),
        ("eu-west-1", {"state": "unavailable"}, []),
        ("eu-west-1", {"filters": [{"name": "zone-type", "values": ["local-zone"]}]}, []),
        ("eu-west-1", {"filters": [{"name": "zone-name", "values": ["eu-west-1c"]}]}, ["eu-west-1c"]),
        ("eu-west-1", {"region": "sa-east-1"}, ["sa-east-1a", "sa-east-1b", "sa-east-1c"]),
        ("xx-nowhere-9", {}, ["xx-nowhere-9a", "xx-nowhere-9b", "xx-nowhere-9c"]),
    ],
)
def test_availability_zones(region: str, arguments: dict[str, Any], zones: list[str]) -> None:
    answer = invoked(ZONES, arguments, region)
    assert answer["names"] == zones
    assert len(answer["zoneIds"]) == len(zones)


def test_a_subnet_is_of_the_vpc_and_in_the_first_zone_that_is_asked_for() -> None:
    """A program that looks up its subnets one by one gets each of them in a different zone."""
    arguments = {
        "id": "subnet-0123456789abcdef0",
        "vpcId": "vpc-0123456789abcdef0",
        "filters": [{"name": "availability-zone", "values": ["us-east-1d", "us-east-1e"]}],
    }
    answer = invoked("aws:ec2/getSubnet:getSubnet", arguments, "us-east-1")
    assert (answer["id"], answer["vpcId"]) == (arguments["id"], arguments["vpcId"])
    assert (answer["availabilityZone"], answer["availabilityZoneId"]) == ("us-east-1d", "use1-az4")
    assert invoked("aws:ec2/getSubnet:getSubnet", {}, "eu-west-1")["availabilityZone"].startswith("eu-west-1")


def test_route_tables_lead_to_a_nat_gateway_and_not_to_the_internet() -> None:
    (table,) = invoked("aws:ec2/getRouteTables:getRouteTables", {"vpcId": "vpc-1"}, "eu-west-1")["ids"]
    routes = invoked("aws:ec2/getRouteTable:getRouteTable", {"routeTableId": table}, "eu-west-1")["routes"]
    assert [route["gatewayId"] for route in routes] == ["local", ""]
    assert routes[1]["natGatewayId"].startswith("nat-")
    assert len(routes[0]) == len(routes[1]) == 15


def test_a_regional_nat_gateway_has_addresses_of_aws_and_no_subnet() -> None:
    inputs = {"availabilityMode": "regional", "vpcId": "vpc-1"}
    kind = "aws:ec2/natGateway:NatGateway"
    _, outputs = created_outputs(kind, "urn:pulumi:x::y::aws:ec2/natGateway:NatGateway::z", inputs)
    (address,) = outputs["regionalNatGatewayAddresses"]
    assert address["publicIp"]
    assert (outputs["publicIp"], outputs["regionalNatGatewayAutoMode"]) == ("", "enabled")
    _, zonal = created_outputs(kind, "urn:pulumi:x::y::aws:ec2/natGateway:NatGateway::z", {"subnetId": "subnet-1"})
    assert zonal["publicIp"]
    assert (zonal["regionalNatGatewayAddresses"], zonal["availabilityMode"]) == ([], "zonal")


def test_identity_region_and_partition() -> None:
    identity = invoked("aws:index/getCallerIdentity:getCallerIdentity", {}, "eu-west-1")
    assert identity["accountId"] == "123456789012"
    assert re.fullmatch(r"arn:aws:sts::123456789012:assumed-role/\w+/\w+", identity["arn"])
    assert invoked("aws:index/getRegion:getRegion", {}, "eu-west-1")["name"] == "eu-west-1"
    partition = invoked("aws:index/getPartition:getPartition", {}, "cn-north-1")
    assert (partition["partition"], partition["dnsSuffix"]) == ("aws-cn", "amazonaws.com.cn")
    assert partition["reverseDnsPrefix"] == "cn.com.amazonaws"


ANSWERS: list[tuple[str, dict[str, Any], dict[str, str]]] = [
    (
        "aws:cloudfront/getCachePolicy:getCachePolicy",
        {"name": "Managed-CachingOptimized"},
        {"id": "658327ea-f89d-4fab-a63d-7e88639e58f6"},
    ),
    (
        "aws:cloudfront/getCachePolicy:getCachePolicy",
        {"id": "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"},
        {"name": "Managed-CachingDisabled"},
    ),
    (
        "aws:cloudfront/getOriginRequestPolicy:getOriginRequestPolicy",
        {"name": "Managed-AllViewerExceptHostHeader"},
        {"id": "b689b0a8-53d0-40ab-baf2-68738e2966ac"},
    ),
    (
        "aws:cloudfront/getResponseHeadersPolicy:getResponseHeadersPolicy",
        {"name": "Managed-SecurityHeadersPolicy"},
        {"id": "67f7725c-6f97-4210-82d7-5512b31e9d03"},
    ),
    ("aws:elb/getServiceAccount:getServiceAccount", {}, {"arn": "arn:aws:iam::156460612806:root"}),
    (
        "aws:ec2/getAmi:getAmi",
        {"owners": ["amazon"], "filters": [{"name": "name", "values": ["al2023-ami-2023*-arm64"]}]},
        {"id": "ami-[0-9a-f]{17}", "architecture": "arm64", "name": r"al2023-ami-2023.*-arm64"},
    ),
    (
        "aws:route53/getZone:getZone",
        {"name": "app.example.com"},
        {"zoneId": "Z[0-9A-Z]{20}", "name": r"app\.example\.com"},
    ),
    (
        "aws:index/getService:getService",
        {"serviceId": "s3"},
        {"reverseDnsName": r"com\.amazonaws\.eu-west-1\.s3"},
    ),
    ("aws:index/getArn:getArn", {"arn": "arn:aws:s3:::files/x"}, {"service": "s3", "resource": "files/x"}),
    (
        "aws:ssm/getParameter:getParameter",
        {"name": "/aws/service/ami-amazon-linux-latest/al2023"},
        {"arn": "arn:aws:ssm:eu-west-1:123456789012:parameter/aws/service/ami-amazon-linux-latest/al2023"},
    ),
    ("aws:kms/getAlias:getAlias", {"name": "alias/aws/s3"}, {"targetKeyArn": "arn:aws:kms:eu-west-1:.*:key/.*"}),
]


@pytest.mark.parametrize(("token", "arguments", "patterns"), ANSWERS)
def test_answers_have_awss_formats(token: str, arguments: dict[str, Any], patterns: dict[str, str]) -> None:
    answer = invoked(token, arguments, "eu-west-1")
    assert {
        name: answer[name] for name, pattern in patterns.items() if not re.fullmatch(pattern, str(answer[name]))
    } == {}


@pytest.mark.parametrize(
    ("token", "arguments", "result"),
    [
        ("aws:ssm/getParameter:getParameter", {"name": "/app/key"}, "value"),
        ("aws:secretsmanager/getRandomPassword:getRandomPassword", {}, "randomPassword"),
        ("aws:secretsmanager/getSecretVersion:getSecretVersion", {"secretId": "x"}, "secretString"),
        ("aws:ecr/getAuthorizationToken:getAuthorizationToken", {}, "password"),
        ("aws:ecr/getCredentials:getCredentials", {"registryId": "1"}, "authorizationToken"),
    ],
)
def test_what_is_secret_comes_as_a_secret(token: str, arguments: dict[str, Any], result: str) -> None:
    assert isinstance(invoked(token, arguments)[result], Secret)


def test_a_policy_document_is_put_together_as_iam_wants_it() -> None:
    arguments = {
        "sourcePolicyDocuments": ['{"Statement":{"Sid":"Old","Effect":"Deny","Action":"s3:*","Resource":"*"}}'],
        "statements": [
            {
                "sid": "Read",
                "actions": ["s3:GetObject", "s3:Abort"],
                "resources": ["arn:aws:s3:::files/*"],
                "principals": [{"type": "Service", "identifiers": ["ecs.amazonaws.com"]}],
                "conditions": [{"test": "Bool", "variable": "aws:SecureTransport", "values": ["true"]}],
            },
            {"actions": ["*"], "resources": ["*"], "principals": [{"type": "*", "identifiers": ["*"]}]},
        ],
    }
    answer = invoked("aws:iam/getPolicyDocument:getPolicyDocument", arguments)
    assert json.loads(answer["json"]) == json.loads(answer["minifiedJson"])
    assert json.loads(answer["json"]) == {
        "Version": "2012-10-17",
        "Statement": [
            {"Sid": "Old", "Effect": "Deny", "Action": "s3:*", "Resource": "*"},
            {
                "Sid": "Read",
                "Effect": "Allow",
                "Action": ["s3:Abort", "s3:GetObject"],
                "Resource": "arn:aws:s3:::files/*",
                "Principal": {"Service": "ecs.amazonaws.com"},
                "Condition": {"Bool": {"aws:SecureTransport": "true"}},
            },
            {"Effect": "Allow", "Action": "*", "Resource": "*", "Principal": "*"},
        ],
    }


def test_every_answer_has_the_results_that_aws_always_gives() -> None:
    for token, made in TABLE.items():
        function = model.function(token)
        assert function is not None, token
        assert set(made.outputs) - set(function.results) == set(), token
        required = {name for name, declared in function.arguments.items() if declared.required}
        answer = invoked(token, dict.fromkeys(required, "arn:aws:s3:eu-west-1:123456789012:x"))
        missing = [
            name for name, declared in function.results.items() if declared.required and answer.get(name) is None
        ]
        assert missing == [], token


def test_an_unknown_argument_makes_every_result_unknown() -> None:
    answer = invoked("aws:ssm/getParameter:getParameter", {"name": UNKNOWN})
    assert set(answer.values()) == {UNKNOWN}
    assert "value" in answer


def test_an_invoke_without_an_answer_says_so_and_what_to_do() -> None:
    with pytest.raises(UnsupportedFunctionError) as refusal:
        invoked("aws:athena/getNamedQuery:getNamedQuery", {"name": "x"})
    assert str(refusal.value) == (
        "the offline AWS provider does not answer aws:athena/getNamedQuery:getNamedQuery; look it up in AWS once and"
        " pass the value as configuration, or run with the real provider"
    )
