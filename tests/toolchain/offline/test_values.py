"""The outputs that the offline provider makes up for new, planned and updated resources."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pulumi.output import UNKNOWN

from toolchain.offline import model, package, values
from toolchain.offline.structs import Secret
from toolchain.offline.values import Place, created_outputs, planned_outputs, updated_outputs

REGION = "eu-west-1"
ACCOUNT = r"123456789012"
HEX17 = "[0-9a-f]{17}"
UUID = "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
LOAD_BALANCER = f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:loadbalancer/net/api-1234567/0123456789abcdef"

# token, inputs, {property or "id": pattern of the whole value}
FORMATS: list[tuple[str, dict[str, Any], dict[str, str]]] = [
    (
        "aws:ec2/vpc:Vpc",
        {"cidrBlock": "10.0.0.0/16"},
        {
            "id": f"vpc-{HEX17}",
            "arn": f"arn:aws:ec2:{REGION}:{ACCOUNT}:vpc/vpc-{HEX17}",
            "defaultSecurityGroupId": f"sg-{HEX17}",
            "mainRouteTableId": f"rtb-{HEX17}",
            "ownerId": ACCOUNT,
        },
    ),
    (
        "aws:ec2/subnet:Subnet",
        {"vpcId": "vpc-1", "availabilityZone": "eu-west-1b"},
        {"id": f"subnet-{HEX17}", "availabilityZoneId": "euw1-az2"},
    ),
    (
        "aws:ec2/eip:Eip",
        {},
        {"id": f"eipalloc-{HEX17}", "publicIp": r"198\.51\.100\.\d+", "allocationId": f"eipalloc-{HEX17}"},
    ),
    ("aws:ec2/natGateway:NatGateway", {"subnetId": "subnet-1"}, {"id": f"nat-{HEX17}"}),
    (
        "aws:ec2/vpcEndpoint:VpcEndpoint",
        {"vpcId": "vpc-1", "serviceName": f"com.amazonaws.{REGION}.s3"},
        {"id": f"vpce-{HEX17}", "prefixListId": "pl-[0-9a-f]{8}", "state": "available"},
    ),
    ("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", {}, {"id": f"sgr-{HEX17}"}),
    (
        "aws:lb/loadBalancer:LoadBalancer",
        {"name": "api-1234567", "loadBalancerType": "network"},
        {
            "id": f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:loadbalancer/net/api-1234567/[0-9a-f]{{16}}",
            "arnSuffix": "net/api-1234567/[0-9a-f]{16}",
            "dnsName": r"api-1234567-[0-9a-f]{16}\.elb\.eu-west-1\.amazonaws\.com",
            "zoneId": "Z2IFOLAFXWLO4F",
        },
    ),
    (
        "aws:lb/loadBalancer:LoadBalancer",
        {"name": "api-1234567", "internal": True},
        {
            "dnsName": r"internal-api-1234567-\d{10}\.eu-west-1\.elb\.amazonaws\.com",
            "zoneId": "Z32O12XQLNTSW2",
        },
    ),
    (
        "aws:lb/listener:Listener",
        {"loadBalancerArn": LOAD_BALANCER},
        {"arn": LOAD_BALANCER.replace(":loadbalancer/", ":listener/") + "/[0-9a-f]{16}"},
    ),
    (
        "aws:lb/targetGroup:TargetGroup",
        {"name": "api"},
        {"arn": rf"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:targetgroup/api/[0-9a-f]{{16}}"},
    ),
    (
        "aws:ecs/service:Service",
        {"name": "api", "cluster": f"arn:aws:ecs:{REGION}:{ACCOUNT}:cluster/main"},
        {"id": f"arn:aws:ecs:{REGION}:{ACCOUNT}:service/main/api"},
    ),
    (
        "aws:ecs/taskDefinition:TaskDefinition",
        {"family": "api", "containerDefinitions": "[]"},
        {
            "id": "api",
            "arn": rf"arn:aws:ecs:{REGION}:{ACCOUNT}:task-definition/api:\d+",
            "arnWithoutRevision": f"arn:aws:ecs:{REGION}:{ACCOUNT}:task-definition/api",
        },
    ),
    (
        "aws:iam/role:Role",
        {"name": "task", "assumeRolePolicy": "{}"},
        {"id": "task", "arn": f"arn:aws:iam::{ACCOUNT}:role/task", "uniqueId": "AROA[0-9A-Z]{17}"},
    ),
    (
        "aws:iam/openIdConnectProvider:OpenIdConnectProvider",
        {"url": "https://token.actions.githubusercontent.com", "clientIdLists": []},
        {"arn": rf"arn:aws:iam::{ACCOUNT}:oidc-provider/token\.actions\.githubusercontent\.com"},
    ),
    (
        "aws:s3/bucket:Bucket",
        {"bucket": "files-1234567"},
        {
            "id": "files-1234567",
            "arn": "arn:aws:s3:::files-1234567",
            "bucketRegionalDomainName": r"files-1234567\.s3\.eu-west-1\.amazonaws\.com",
            "hostedZoneId": "Z1BKCTXD74EZPE",
        },
    ),
    (
        "aws:s3/bucketVersioning:BucketVersioning",
        {"bucket": "files", "versioningConfiguration": {"status": "Enabled"}},
        {"id": "files"},
    ),
    (
        "aws:cloudfront/distribution:Distribution",
        {},
        {
            "id": "E[0-9A-Z]{13}",
            "arn": f"arn:aws:cloudfront::{ACCOUNT}:distribution/E[0-9A-Z]{{13}}",
            "domainName": r"d[0-9a-z]{13}\.cloudfront\.net",
            "hostedZoneId": "Z2FDTNDATAQYW2",
        },
    ),
    (
        "aws:acm/certificate:Certificate",
        {"domainName": "example.com", "validationMethod": "DNS"},
        {"id": f"arn:aws:acm:{REGION}:{ACCOUNT}:certificate/{UUID}"},
    ),
    ("aws:route53/zone:Zone", {"name": "example.com"}, {"id": "Z[0-9A-Z]{20}"}),
    (
        "aws:route53/record:Record",
        {"zoneId": "Z1", "name": "api.example.com.", "type": "A"},
        {"id": r"Z1_api\.example\.com_A", "fqdn": r"api\.example\.com"},
    ),
    (
        "aws:apigateway/restApi:RestApi",
        {"name": "api"},
        {
            "id": "[0-9a-z]{10}",
            "arn": f"arn:aws:apigateway:{REGION}::/restapis/[0-9a-z]{{10}}",
            "executionArn": f"arn:aws:execute-api:{REGION}:{ACCOUNT}:[0-9a-z]{{10}}",
        },
    ),
    (
        "aws:apigateway/stage:Stage",
        {"restApi": "abc", "deployment": "d", "stageName": "v1"},
        {
            "id": "ags-abc-v1",
            "invokeUrl": r"https://abc\.execute-api\.eu-west-1\.amazonaws\.com/v1",
            "arn": f"arn:aws:apigateway:{REGION}::/restapis/abc/stages/v1",
        },
    ),
    (
        "aws:apigateway/domainName:DomainName",
        {"domainName": "api.example.com"},
        {
            "regionalDomainName": r"d-[0-9a-z]{10}\.execute-api\.eu-west-1\.amazonaws\.com",
            "regionalZoneId": "ZLY8HYME6SFDD",
        },
    ),
    (
        "aws:wafv2/webAcl:WebAcl",
        {"name": "site", "scope": "REGIONAL"},
        {"id": UUID, "arn": f"arn:aws:wafv2:{REGION}:{ACCOUNT}:regional/webacl/site/{UUID}"},
    ),
    (
        "aws:rds/instance:Instance",
        {"identifier": "main", "engine": "postgres", "engineVersion": "16", "instanceClass": "x"},
        {
            "id": "db-[0-9A-Z]{26}",
            "arn": f"arn:aws:rds:{REGION}:{ACCOUNT}:db:main",
            "address": r"main\.[0-9a-z]{12}\.eu-west-1\.rds\.amazonaws\.com",
            "endpoint": r"main\.[0-9a-z]{12}\.eu-west-1\.rds\.amazonaws\.com:5432",
            "availabilityZone": "eu-west-1[abc]",
        },
    ),
    (
        "aws:elasticache/replicationGroup:ReplicationGroup",
        {"replicationGroupId": "cache", "engine": "valkey", "transitEncryptionEnabled": True},
        {
            "id": "cache",
            "primaryEndpointAddress": r"master\.cache\.[0-9a-z]{6}\.euw1\.cache\.amazonaws\.com",
            "readerEndpointAddress": r"replica\.cache\.[0-9a-z]{6}\.euw1\.cache\.amazonaws\.com",
            "configurationEndpointAddress": "",
        },
    ),
    (
        "aws:secretsmanager/secret:Secret",
        {"name": "app/jwt"},
        {"id": f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:app/jwt-[0-9a-z]{{6}}"},
    ),
    ("aws:kms/key:Key", {}, {"id": UUID, "arn": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{UUID}"}),
    (
        "aws:kms/alias:Alias",
        {"name": "alias/main", "targetKeyId": "abc"},
        {"targetKeyArn": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/abc"},
    ),
    ("aws:sns/topic:Topic", {"name": "alarms"}, {"id": f"arn:aws:sns:{REGION}:{ACCOUNT}:alarms"}),
    (
        "aws:sqs/queue:Queue",
        {"name": "jobs"},
        {"id": rf"https://sqs\.eu-west-1\.amazonaws\.com/{ACCOUNT}/jobs"},
    ),
    (
        "aws:ecr/repository:Repository",
        {"name": "api"},
        {"repositoryUrl": rf"{ACCOUNT}\.dkr\.ecr\.eu-west-1\.amazonaws\.com/api"},
    ),
    (
        "aws:cloudwatch/logGroup:LogGroup",
        {"name": "/ecs/api"},
        {"id": "/ecs/api", "arn": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/ecs/api"},
    ),
    (
        "aws:cloudwatch/eventRule:EventRule",
        {"name": "spot"},
        {"arn": f"arn:aws:events:{REGION}:{ACCOUNT}:rule/spot"},
    ),
    ("aws:backup/plan:Plan", {"name": "daily", "rules": []}, {"id": UUID}),
    (
        "aws:glue/job:Job",  # in no table
        {"name": "job", "roleArn": "x", "command": {}},
        {"id": "job", "arn": f"arn:aws:glue:{REGION}:{ACCOUNT}:job/job"},
    ),
]


@pytest.mark.parametrize(("token", "inputs", "patterns"), FORMATS, ids=[token for token, _, _ in FORMATS])
def test_ids_arns_and_host_names_have_awss_formats(
    token: str, inputs: dict[str, Any], patterns: dict[str, str]
) -> None:
    identifier, outputs = created_outputs(token, "x", inputs, REGION)
    found = {name: str(({**outputs, "id": identifier})[name]) for name in patterns}
    assert {name: text for name, text in found.items() if not re.fullmatch(patterns[name], text)} == {}


def sample(type_: model.Type) -> Any:
    match type_:
        case model.Scalar(kind="boolean"):
            return True
        case model.Scalar(kind="integer" | "number"):
            return 1
        case model.ListOf():
            return []
        case model.MapOf() | model.ObjectOf():
            return {}
        case _:
            return "arn:aws:service:eu-west-1:123456789012:kind/name"


def required_inputs(token: str) -> dict[str, Any]:
    resource = model.resource(token)
    assert resource is not None
    return {name: sample(declared.type) for name, declared in resource.inputs.items() if declared.required}


def test_every_resource_of_the_package_gets_an_id_and_every_output_that_aws_always_has() -> None:
    for token in package.resource_classes():
        resource = model.resource(token)
        assert resource is not None
        identifier, outputs = created_outputs(token, "x", required_inputs(token))
        assert identifier, token
        missing = [
            name for name, declared in resource.outputs.items() if declared.required and outputs.get(name) is None
        ]
        assert missing == [], token


def test_the_tables_name_no_type_and_no_property_that_the_package_does_not_have() -> None:
    for token, made in values.TABLE.items():
        resource = model.resource(token)
        assert resource is not None, token
        assert set(made.outputs) - set(resource.outputs) == set(), token


def test_a_plan_knows_the_inputs_and_nothing_that_aws_decides() -> None:
    planned = planned_outputs("aws:ec2/vpc:Vpc", {"cidrBlock": "10.0.0.0/16", "region": REGION, "__defaults": []})
    known = {name: value for name, value in planned.items() if value is not UNKNOWN}
    assert known == {"cidrBlock": "10.0.0.0/16", "region": REGION}
    assert {"arn", "mainRouteTableId", "ownerId"} <= set(planned)
    assert "instanceTenancy" not in planned  # optional and not set, so AWS may return nothing


def test_a_plan_keeps_unknown_inputs_unknown() -> None:
    assert planned_outputs("aws:ec2/subnet:Subnet", {"vpcId": UNKNOWN})["vpcId"] is UNKNOWN


VPC_URN = "urn:pulumi:prod::project::aws:ec2/vpc:Vpc::main"


def test_the_same_program_always_gets_the_same_answers() -> None:
    one = created_outputs("aws:ec2/vpc:Vpc", VPC_URN, {"cidrBlock": "10.0.0.0/16"})
    assert created_outputs("aws:ec2/vpc:Vpc", VPC_URN, {"cidrBlock": "10.0.0.0/16"}) == one


def test_a_replacement_gets_another_id_but_a_change_in_place_does_not() -> None:
    def identifier(**inputs: Any) -> str:
        return created_outputs("aws:ec2/vpc:Vpc", VPC_URN, inputs)[0]

    assert identifier(cidrBlock="10.0.0.0/16") != identifier(cidrBlock="10.1.0.0/16")
    assert identifier(cidrBlock="10.0.0.0/16") == identifier(cidrBlock="10.0.0.0/16", tags={"a": "b"})


def test_another_content_is_another_revision_of_a_task_definition() -> None:
    def arn(containers: str) -> str:
        inputs = {"family": "api", "containerDefinitions": containers}
        return created_outputs("aws:ecs/taskDefinition:TaskDefinition", "api", inputs)[1]["arn"]

    assert arn("[1]") != arn("[2]")


def test_a_certificate_has_a_validation_record_for_each_name_and_a_wildcard_shares_its_parents() -> None:
    inputs = {
        "domainName": "example.com",
        "subjectAlternativeNames": ["*.example.com", "api.example.com"],
        "validationMethod": "DNS",
    }
    options = created_outputs("aws:acm/certificate:Certificate", "x", inputs)[1]["domainValidationOptions"]
    assert [option["domainName"] for option in options] == ["example.com", "*.example.com", "api.example.com"]
    assert options[0]["resourceRecordName"] == options[1]["resourceRecordName"]
    assert re.fullmatch(r"_[0-9a-f]{32}\.api\.example\.com\.", options[2]["resourceRecordName"])
    assert re.fullmatch(r"_[0-9a-f]{32}\.[0-9a-z]{10}\.acm-validations\.aws\.", options[2]["resourceRecordValue"])


def test_a_master_password_that_rds_manages_is_in_a_secret_of_rds() -> None:
    inputs = {"engine": "postgres", "instanceClass": "x", "manageMasterUserPassword": True}
    (secret,) = created_outputs("aws:rds/instance:Instance", "x", inputs, REGION)[1]["masterUserSecrets"]
    assert re.fullmatch(
        rf"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:rds!db-{UUID}-[0-9a-z]{{6}}", secret["secretArn"]
    )


@pytest.mark.parametrize(
    ("inputs", "members"),
    [
        ({"numCacheClusters": 2}, ["cache-001", "cache-002"]),
        (
            {"numNodeGroups": 2, "replicasPerNodeGroup": 1},
            ["cache-0001-001", "cache-0001-002", "cache-0002-001", "cache-0002-002"],
        ),
    ],
)
def test_a_replication_group_names_its_members_as_elasticache_does(inputs: dict[str, Any], members: list[str]) -> None:
    inputs = {"replicationGroupId": "cache", **inputs}
    outputs = created_outputs("aws:elasticache/replicationGroup:ReplicationGroup", "x", inputs)[1]
    assert outputs["memberClusters"] == members
    assert bool(outputs["configurationEndpointAddress"]) != bool(outputs["primaryEndpointAddress"])


def test_secrets_stay_secret_and_make_secret_what_is_made_with_them() -> None:
    inputs = {"name": Secret("hidden"), "tags": {"Name": Secret("hidden")}}
    outputs = created_outputs("aws:sns/topic:Topic", "x", inputs)[1]
    assert outputs["name"] == Secret("hidden")
    assert outputs["tags"] == {"Name": Secret("hidden")}
    assert isinstance(outputs["arn"], Secret)
    assert "hidden" not in str({key: value for key, value in outputs.items() if not isinstance(value, Secret)}).replace(
        str({"Name": Secret("hidden")}), ""
    )


def test_the_region_of_a_resource_wins_over_the_providers() -> None:
    assert created_outputs("aws:sns/topic:Topic", "x", {"name": "t", "region": "sa-east-1"}, REGION)[1][
        "arn"
    ].startswith("arn:aws:sns:sa-east-1:")


def updated(token: str, old: dict[str, Any], new: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    urn = f"urn:pulumi:s::p::{token}::x"
    identifier, outputs = created_outputs(token, urn, old, REGION)
    after = updated_outputs(
        token, urn, identifier, old_inputs=old, old_outputs=outputs, inputs=new, place=Place(REGION)
    )
    return outputs, after


def test_an_update_changes_what_changed_and_nothing_else() -> None:
    before, after = updated(
        "aws:rds/instance:Instance",
        {"identifier": "main", "engine": "postgres", "instanceClass": "db.t4g.micro"},
        {"identifier": "main", "engine": "postgres", "instanceClass": "db.t4g.small"},
    )
    assert {name for name in after if after[name] != before.get(name)} == {"instanceClass"}


def test_an_update_moves_what_is_made_of_a_changed_input() -> None:
    before, after = updated(
        "aws:kms/alias:Alias",
        {"name": "alias/a", "targetKeyId": "old"},
        {"name": "alias/a", "targetKeyId": "new"},
    )
    assert (before["targetKeyArn"][-3:], after["targetKeyArn"][-3:]) == ("old", "new")


def test_an_update_to_an_unknown_input_makes_unknown_what_is_made_of_it_only() -> None:
    _, after = updated(
        "aws:kms/alias:Alias",
        {"name": "alias/a", "targetKeyId": "old"},
        {"name": "alias/a", "targetKeyId": UNKNOWN},
    )
    assert after["targetKeyArn"] is UNKNOWN
    assert after["arn"] == f"arn:aws:kms:{REGION}:{ACCOUNT}:alias/a"


@given(st.sampled_from(sorted(values.TABLE)), st.text("abcdefghijklmnop-", min_size=1, max_size=20))
def test_an_update_without_a_change_changes_nothing(token: str, name: str) -> None:
    inputs = required_inputs(token)
    urn = f"urn:pulumi:s::p::{token}::{name}"
    identifier, outputs = created_outputs(token, urn, inputs)
    assert (
        updated_outputs(token, urn, identifier, old_inputs=inputs, old_outputs=outputs, inputs=inputs, place=Place())
        == outputs
    )
