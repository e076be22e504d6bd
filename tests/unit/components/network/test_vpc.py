"""The registered resources of Vpc."""

import json
from dataclasses import replace
from ipaddress import IPv4Network, IPv6Network
from typing import Any

import pulumi
import pytest

from spot_platform.network.egress import EgressTransforms
from spot_platform.network.flow_logs import VpcFlowLogsTransforms
from spot_platform.network.nat_instance import NatInstanceTransforms
from spot_platform.network.subnet_tier import SubnetTierTransforms
from spot_platform.network.vpc import Vpc, VpcArgs, VpcTransforms
from spot_platform.network.vpc_endpoints import VpcEndpointsTransforms
from tests.program import record_as_aws
from tests.recording import Recording, record

VPC_ARN = "arn:aws:ec2:us-east-1:123456789012:vpc/vpc-0a1b"
LOG_GROUP_ARN = "arn:aws:logs:us-east-1:123456789012:log-group:main-flow-logs"
KEY_ARN = "arn:aws:kms:us-east-1:123456789012:key/k"
OUTPUTS = {
    "aws:ec2/vpc:Vpc": {"arn": VPC_ARN, "ipv6CidrBlock": "2600:1f18:1234:5600::/56"},
    "aws:cloudwatch/logGroup:LogGroup": {"arn": LOG_GROUP_ARN},
    "aws:ec2/instance:Instance": {"primaryNetworkInterfaceId": "eni-nat"},
    "aws:ec2/eip:Eip": {"publicIp": "198.51.100.2"},
}
ARGS = VpcArgs(availability_zones=["us-east-1a", "us-east-1b"], region="us-east-1")


def build(
    args: VpcArgs = ARGS,
    transforms: VpcTransforms | None = None,
    *,
    preview: bool = False,
    outputs: dict[str, dict[str, Any]] | None = None,
) -> Recording:
    def program() -> dict[str, pulumi.Output]:
        vpc = Vpc("main", args, transforms=transforms)
        return {key: getattr(vpc, key) for key in Vpc.__annotations__}

    return record(program, outputs={**OUTPUTS, **(outputs or {})}, preview=preview)


def names(recording: Recording, type_: str) -> list[str]:
    return sorted(r.name for r in recording.all(type_))


def default_routes(recording: Recording) -> dict[str, dict[str, str]]:
    return {r.name: r.inputs for r in recording.all("aws:ec2/route:Route")}


def test_every_input_is_known() -> None:
    args = replace(ARGS, ipv6=True, interface_endpoints=["ecr.api"], kms_key_arn=KEY_ARN)
    assert build(args).unknown_inputs() == []


def test_vpc_resolves_private_dns_names() -> None:
    vpc = build().one("aws:ec2/vpc:Vpc", "main").inputs
    assert vpc["enableDnsHostnames"] is True
    assert vpc["enableDnsSupport"] is True
    assert vpc["cidrBlock"] == "10.0.0.0/16"


def test_default_security_group_is_emptied() -> None:
    inputs = build().one("DefaultSecurityGroup").inputs
    assert inputs["vpcId"] == "main-id"
    assert not inputs.get("ingress")
    assert not inputs.get("egress")


def test_three_subnets_a_zone_none_with_public_addresses() -> None:
    subnets = {s.name: s.inputs for s in build().all("Subnet")}
    assert {name: (s["availabilityZone"], s["cidrBlock"]) for name, s in subnets.items()} == {
        "main-public-a": ("us-east-1a", "10.0.16.0/22"),
        "main-public-b": ("us-east-1b", "10.0.48.0/22"),
        "main-private-a": ("us-east-1a", "10.0.0.0/20"),
        "main-private-b": ("us-east-1b", "10.0.32.0/20"),
        "main-isolated-a": ("us-east-1a", "10.0.20.0/22"),
        "main-isolated-b": ("us-east-1b", "10.0.52.0/22"),
    }
    assert not any(s.get("mapPublicIpOnLaunch") for s in subnets.values())


def test_another_zone_leaves_the_others_alone() -> None:
    before = {s.urn: s.inputs for s in build().all("Subnet")}
    zones = ["us-east-1c", "us-east-1b", "us-east-1a"]
    after = {s.urn: s.inputs for s in build(replace(ARGS, availability_zones=zones)).all("Subnet")}
    assert len(after) == len(before) + 3
    assert before.items() <= after.items()


def test_route_tables_are_shared_except_by_private_subnets() -> None:
    tables = {a.name: a.inputs["routeTableId"] for a in build().all("RouteTableAssociation")}
    assert tables == {
        "main-public-a": "main-public-id",
        "main-public-b": "main-public-id",
        "main-private-a": "main-private-a-id",
        "main-private-b": "main-private-b-id",
        "main-isolated-a": "main-isolated-id",
        "main-isolated-b": "main-isolated-id",
    }


def test_isolated_subnets_have_no_route() -> None:
    routes = default_routes(build(replace(ARGS, ipv6=True)))
    assert routes
    assert not [r for r in routes.values() if r["routeTableId"] == "main-isolated-id"]


def test_routes_are_resources_of_their_own() -> None:
    assert not any(table.inputs.get("routes") for table in build().all("RouteTable"))


@pytest.mark.parametrize(
    ("nat", "gateways", "exits"),
    [
        ("per-az", ["main-nat-a", "main-nat-b"], {"a": "main-nat-a-id", "b": "main-nat-b-id"}),
        ("single", ["main-nat-a"], {"a": "main-nat-a-id", "b": "main-nat-a-id"}),
        ("none", [], {}),
    ],
)
def test_nat_gateways(nat: str, gateways: list[str], exits: dict[str, str]) -> None:
    recording = build(replace(ARGS, nat=nat))
    assert names(recording, "NatGateway") == gateways
    assert names(recording, "Eip") == gateways
    assert names(recording, "Instance") == []
    routes = {k: v for k, v in default_routes(recording).items() if k.startswith("main-nat-")}
    assert {k: v["natGatewayId"] for k, v in routes.items()} == {f"main-nat-{k}-ipv4": v for k, v in exits.items()}
    assert all(r["destinationCidrBlock"] == "0.0.0.0/0" for r in routes.values())
    for gateway in recording.all("NatGateway"):
        assert gateway.inputs["subnetId"] == gateway.name.replace("nat", "public") + "-id"
        assert gateway.inputs["allocationId"] == f"{gateway.name}-id"
        assert recording.one("Route", "main-public-ipv4").urn in gateway.dependencies


def test_regional_nat_gateway_is_one_for_all_zones_without_a_subnet_or_an_address() -> None:
    """Amazon VPC User Guide, "Regional NAT gateways for automatic multi-AZ expansion"; AWS allocates the addresses."""
    addresses = [{"publicIp": "198.51.100.9"}, {"publicIp": ""}, {"publicIp": "198.51.100.3"}]
    regional = {"aws:ec2/natGateway:NatGateway": {"regionalNatGatewayAddresses": addresses}}
    recording = build(replace(ARGS, nat="regional"), outputs=regional)
    gateway = recording.one("NatGateway")
    assert gateway.name == "main-nat-regional"
    assert gateway.inputs == {
        "availabilityMode": "regional",
        "vpcId": "main-id",
        "tags": {"Name": "main-nat-regional"},
    }
    # AWS refuses the NAT gateway without an attached internet gateway
    assert recording.one("Route", "main-public-ipv4").urn in gateway.dependencies
    assert names(recording, "Eip") == []
    routes = {k: v for k, v in default_routes(recording).items() if k.startswith("main-nat-")}
    assert {k: (v["routeTableId"], v["natGatewayId"]) for k, v in routes.items()} == {
        "main-nat-a-ipv4": ("main-private-a-id", "main-nat-regional-id"),
        "main-nat-b-ipv4": ("main-private-b-id", "main-nat-regional-id"),
    }
    assert recording.result["nat_public_ip_addresses"] == ["198.51.100.3", "198.51.100.9"]


def test_one_more_zone_leaves_the_regional_gateway_alone() -> None:
    args = replace(ARGS, nat="regional")
    before = build(args).one("NatGateway")
    after = build(replace(args, availability_zones=["us-east-1a", "us-east-1b", "us-east-1c"])).one("NatGateway")
    assert (after.urn, after.inputs) == (before.urn, before.inputs)


def test_choice_of_nat_does_not_touch_subnets_or_route_tables() -> None:
    def fixed(nat: str) -> dict[str, dict[str, object]]:
        recording = build(replace(ARGS, nat=nat, nat_instance_image_id="ami-1"))
        types = ("Subnet", "RouteTable", "RouteTableAssociation")
        return {r.urn: r.inputs for type_ in types for r in recording.all(type_)}

    first = fixed("per-az")
    assert first
    assert all(fixed(nat) == first for nat in ("regional", "single", "instance", "none"))


def test_nat_instance() -> None:
    recording = build(replace(ARGS, nat="instance", nat_instance_image_id="ami-1", kms_key_arn=KEY_ARN))
    assert names(recording, "NatGateway") == []
    instance = recording.one("Instance", "main-nat-instance")
    inputs = instance.inputs
    assert inputs["ami"] == "ami-1"
    assert instance.ignore_changes == ("ami",)
    assert inputs["instanceType"] == "t4g.nano"
    assert inputs["subnetId"] == "main-public-a-id"
    assert inputs["sourceDestCheck"] is False
    assert inputs["metadataOptions"]["httpTokens"] == "required"
    assert inputs["rootBlockDevice"] == {"volumeType": "gp3", "volumeSize": 8, "encrypted": True, "kmsKeyId": KEY_ARN}
    assert inputs["maintenanceOptions"] == {"autoRecovery": "default"}
    assert inputs["userDataReplaceOnChange"] is True
    assert "masquerade" in inputs["userData"]
    assert "keyName" not in inputs
    assert "associatePublicIpAddress" not in inputs
    assert recording.one("Eip").inputs["instance"] == "main-nat-instance-id"
    routes = [r for r in default_routes(recording).values() if "networkInterfaceId" in r]
    assert {r["routeTableId"] for r in routes} == {"main-private-a-id", "main-private-b-id"}
    assert {r["networkInterfaceId"] for r in routes} == {"eni-nat"}
    assert recording.result["nat_public_ip_addresses"] == ["198.51.100.2"]


def test_nat_instance_admits_private_subnets_only() -> None:
    recording = build(replace(ARGS, nat="instance", nat_instance_image_id="ami-1"))
    rules = [r.inputs for r in recording.all("SecurityGroupIngressRule")]
    assert {r["securityGroupId"] for r in rules} == {"main-nat-instance-id"}
    assert {r["cidrIpv4"] for r in rules} == {"10.0.0.0/20", "10.0.32.0/20"}
    assert not any(r.get("ingress") or r.get("egress") for r in (s.inputs for s in recording.all("SecurityGroup")))


def test_nat_instance_is_managed_without_ssh_and_reads_no_parameters() -> None:
    recording = build(replace(ARGS, nat="instance", nat_instance_image_id="ami-1"))
    policy = json.loads(recording.one("RolePolicy", "main-nat-instance-session-manager").inputs["policy"])
    actions = [action for statement in policy["Statement"] for action in statement["Action"]]
    assert "ssm:UpdateInstanceInformation" in actions
    assert not [a for a in actions if "Get" in a or "*" in a]
    assert recording.one("Instance").inputs["iamInstanceProfile"] == "main-nat-instance"


def test_gateway_endpoints_reach_every_subnet() -> None:
    endpoints = build().all("VpcEndpoint")
    assert {e.inputs["serviceName"] for e in endpoints} == {
        "com.amazonaws.us-east-1.s3",
        "com.amazonaws.us-east-1.dynamodb",
    }
    for endpoint in endpoints:
        assert endpoint.inputs["vpcEndpointType"] == "Gateway"
        assert sorted(endpoint.inputs["routeTableIds"]) == [
            "main-isolated-id",
            "main-private-a-id",
            "main-private-b-id",
            "main-public-id",
        ]


def test_gateway_endpoints_lead_to_what_is_the_accounts_own_and_what_tasks_need() -> None:
    """Amazon ECR User Guide, "Amazon ECR interface VPC endpoints", Minimum Amazon S3 Bucket Permissions for Amazon ECR.

    Without access to the bucket with the image layers, no task starts. Without a condition on the account, the buckets
    of all accounts are reachable.
    """
    policies = {
        endpoint.name: {s["Sid"]: s for s in json.loads(endpoint.inputs["policy"])["Statement"]}
        for endpoint in build().all("VpcEndpoint")
    }
    own = {"StringEquals": {"aws:ResourceAccount": "123456789012"}}
    assert policies["main-endpoints-dynamodb"].keys() == {"ReachOwnResources"}
    s3 = policies["main-endpoints-s3"]
    assert s3.keys() == {"ReachOwnResources", "FetchImageLayers", "FetchPackages"}
    assert s3["ReachOwnResources"]["Condition"] == own
    assert policies["main-endpoints-dynamodb"]["ReachOwnResources"]["Condition"] == own
    assert s3["FetchImageLayers"]["Resource"] == ["arn:aws:s3:::prod-us-east-1-starport-layer-bucket/*"]
    assert s3["FetchPackages"]["Resource"] == ["arn:aws:s3:::al2023-repos-us-east-1-de612dc2/*"]
    assert {s3[sid]["Action"][0] for sid in ("FetchImageLayers", "FetchPackages")} == {"s3:GetObject"}


def test_interface_endpoints() -> None:
    recording = build(replace(ARGS, interface_endpoints=["ecr.api", "logs"]))
    endpoints = {e.name: e.inputs for e in recording.all("VpcEndpoint") if e.inputs["vpcEndpointType"] == "Interface"}
    assert {n: e["serviceName"] for n, e in endpoints.items()} == {
        "main-endpoints-ecr-api": "com.amazonaws.us-east-1.ecr.api",
        "main-endpoints-logs": "com.amazonaws.us-east-1.logs",
    }
    for endpoint in endpoints.values():
        assert endpoint["privateDnsEnabled"] is True
        assert endpoint["subnetIds"] == ["main-private-a-id", "main-private-b-id"]
        assert endpoint["securityGroupIds"] == ["main-endpoints-id"]
    rule = recording.one("SecurityGroupIngressRule").inputs
    assert (rule["ipProtocol"], rule["fromPort"], rule["toPort"]) == ("tcp", 443, 443)
    assert rule["cidrIpv4"] == "10.0.0.0/16"
    assert recording.all("SecurityGroupEgressRule") == []


def test_interface_endpoints_let_the_accounts_own_principals_through() -> None:
    recording = build(replace(ARGS, interface_endpoints=["ecr.api", "ecr.dkr", "email-smtp"]))
    policies = {e.name: e.inputs["policy"] for e in recording.all("VpcEndpoint") if "policy" in e.inputs}
    own = {"StringEquals": {"aws:PrincipalAccount": "123456789012"}}
    for name in ("main-endpoints-ecr-api", "main-endpoints-ecr-dkr"):
        (statement,) = json.loads(policies[name])["Statement"]
        assert statement["Condition"] == own
    assert recording.one("VpcEndpoint", "main-endpoints-email-smtp").inputs["vpcEndpointType"] == "Interface"
    assert "main-endpoints-email-smtp" not in policies


def test_without_interface_endpoints_there_is_no_security_group() -> None:
    assert build().all("SecurityGroup") == []


def test_flow_logs() -> None:
    recording = build(replace(ARGS, flow_log_retention_days=90, kms_key_arn=KEY_ARN))
    flow_log = recording.one("FlowLog")
    assert flow_log.inputs["vpcId"] == "main-id"
    assert flow_log.inputs["trafficType"] == "ALL"
    assert flow_log.inputs["logDestination"] == LOG_GROUP_ARN
    assert recording.one("RolePolicy").urn in flow_log.dependencies
    log_group = recording.one("LogGroup").inputs
    assert log_group["retentionInDays"] == 90
    assert log_group["kmsKeyId"] == KEY_ARN


def test_flow_logs_go_to_a_bucket_of_their_own_when_told() -> None:
    args = replace(ARGS, flow_log_destination="s3", flow_log_retention_days=90, kms_key_arn=KEY_ARN)
    recording = record_as_aws(lambda: Vpc("main", args) and None)
    assert recording.unknown_inputs() == []
    flow_log = recording.one("FlowLog", "main-flow-logs-s3")
    bucket = recording.one("aws:s3/bucket:Bucket")
    assert flow_log.inputs["logDestinationType"] == "s3"
    assert flow_log.inputs["logDestination"] == f"arn:aws:s3:::{recording.one('BucketPolicy').inputs['bucket']}"
    assert "iamRoleArn" not in flow_log.inputs
    assert recording.one("BucketPolicy").urn in flow_log.dependencies
    assert bucket.inputs["forceDestroy"] is False
    (rule,) = recording.one("BucketLifecycleConfiguration").inputs["rules"]
    assert rule["expiration"] == {"days": 90}
    assert recording.all("LogGroup") == recording.all("aws:iam/role:Role") == []


def test_only_flow_logs_of_the_account_reach_their_bucket() -> None:
    """Amazon VPC User Guide, "Amazon S3 bucket permissions for flow logs"."""
    recording = record_as_aws(lambda: Vpc("main", replace(ARGS, flow_log_destination="s3")) and None)
    statements = {s["Sid"]: s for s in json.loads(recording.one("BucketPolicy").inputs["policy"])["Statement"]}
    bucket = f"arn:aws:s3:::{recording.one('BucketPolicy').inputs['bucket']}"
    of_the_account = {"aws:SourceArn": "arn:aws:logs:us-east-1:123456789012:*"}
    write, check = statements["ReceiveDeliveredLogs"], statements["CheckOwnership"]
    assert write["Principal"] == check["Principal"] == {"Service": "delivery.logs.amazonaws.com"}
    assert write["Resource"] == [f"{bucket}/AWSLogs/123456789012/*"]
    assert (check["Action"], check["Resource"]) == (["s3:GetBucketAcl"], [bucket])
    for statement in (write, check):
        assert statement["Condition"]["StringEquals"]["aws:SourceAccount"] == "123456789012"
        assert statement["Condition"]["ArnLike"] == of_the_account


def test_flow_logs_role_is_for_this_account_and_this_log_group() -> None:
    recording = build()
    (trust,) = json.loads(recording.one("Role").inputs["assumeRolePolicy"])["Statement"]
    assert trust["Principal"] == {"Service": "vpc-flow-logs.amazonaws.com"}
    assert trust["Condition"] == {
        "StringEquals": {"aws:SourceAccount": "123456789012"},
        "ArnLike": {"aws:SourceArn": "arn:aws:ec2:us-east-1:123456789012:vpc-flow-log/*"},
    }
    write, find = json.loads(recording.one("RolePolicy").inputs["policy"])["Statement"]
    assert write["Resource"] == [LOG_GROUP_ARN, f"{LOG_GROUP_ARN}:*"]
    assert "logs:CreateLogGroup" not in write["Action"]
    assert find["Action"] == ["logs:DescribeLogGroups"]
    assert find["Resource"] == ["arn:aws:logs:us-east-1:123456789012:log-group:*"]


def test_ipv6_leaves_but_does_not_enter_private_subnets() -> None:
    recording = build(replace(ARGS, ipv6=True))
    assert recording.one("aws:ec2/vpc:Vpc").inputs["assignGeneratedIpv6CidrBlock"] is True
    subnets = {s.name: s.inputs for s in recording.all("Subnet")}
    blocks = [IPv6Network(s["ipv6CidrBlock"]) for n, s in subnets.items() if "isolated" not in n]
    assert len(set(blocks)) == 4
    assert all(block.prefixlen == 64 for block in blocks)
    assert not [n for n, s in subnets.items() if "isolated" in n and "ipv6CidrBlock" in s]
    assert {n for n, s in subnets.items() if s["assignIpv6AddressOnCreation"]} == {"main-private-a", "main-private-b"}
    routes = [r for r in default_routes(recording).values() if r.get("destinationIpv6CidrBlock") == "::/0"]
    assert {r["routeTableId"]: r.get("egressOnlyGatewayId", r.get("gatewayId")) for r in routes} == {
        "main-public-id": "main-id",
        "main-private-a-id": "main-nat-id",
        "main-private-b-id": "main-nat-id",
    }
    assert [r["gatewayId"] for r in routes if "gatewayId" in r] == ["main-id"]


def test_without_ipv6_there_is_none() -> None:
    recording = build()
    assert recording.all("EgressOnlyInternetGateway") == []
    assert not [r for r in default_routes(recording).values() if "destinationIpv6CidrBlock" in r]
    assert not [s for s in recording.all("Subnet") if "ipv6CidrBlock" in s.inputs]


def test_outputs() -> None:
    assert build().result == {
        "vpc_id": "main-id",
        "cidr_block": "10.0.0.0/16",
        "public_subnet_ids": ["main-public-a-id", "main-public-b-id"],
        "private_subnet_ids": ["main-private-a-id", "main-private-b-id"],
        "isolated_subnet_ids": ["main-isolated-a-id", "main-isolated-b-id"],
        "nat_public_ip_addresses": ["198.51.100.2", "198.51.100.2"],
    }


def test_what_stands_in_private_subnets_waits_for_their_way_out() -> None:
    def program() -> None:
        vpc = Vpc("main", replace(ARGS, interface_endpoints=["logs"]))
        for tier in ("private", "isolated"):
            Consumer(tier, getattr(vpc, f"{tier}_subnet_ids"))

    recording = record(program, outputs=OUTPUTS)
    routes = {recording.one("Route", f"main-nat-{letter}-ipv4").urn for letter in "ab"}
    endpoints = {e.urn for e in recording.all("VpcEndpoint")}
    private = recording.one("Consumer", "private").property_dependencies["subnetIds"]
    isolated = recording.one("Consumer", "isolated").property_dependencies["subnetIds"]
    assert routes | endpoints <= private
    assert not (routes | endpoints) & isolated
    assert {recording.one("Subnet", f"main-isolated-{letter}").urn for letter in "ab"} <= isolated


class Consumer(pulumi.CustomResource):
    def __init__(self, name: str, subnet_ids: pulumi.Input[list[str]]) -> None:
        super().__init__("test:index:Consumer", name, {"subnetIds": subnet_ids})


ENDPOINT = "a service as in com.amazonaws.<region>.<service>, such as ecr.api; s3, dynamodb always have a free gateway endpoint"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"cidr_block": "10.0.0.0/30"},
            "Vpc 'main': cidr_block=10.0.0.0/30 has a prefix length of 30; allowed are /16 to /25",
        ),
        (
            {"cidr_block": "10.0.0.0/25"},
            "Vpc 'main': cidr_block=10.0.0.0/25 has room for 1 availability zone, not for 2: a /24 or larger is needed",
        ),
        (
            {"nat": "gateway"},
            "Vpc 'main': nat=gateway is not allowed; allowed: per-az, regional, single, instance, none",
        ),
        (
            {"nat": "instance"},
            "Vpc 'main': nat_instance_image_id is empty; nat=instance needs an Amazon Linux 2023 image for arm64",
        ),
        (
            {"nat": "instance", "nat_instance_image_id": "ami-1", "nat_instance_type": "t3.nano"},
            (
                "Vpc 'main': nat_instance_type=t3.nano is not an arm64 (Graviton) type, such as t4g.nano;"
                " the NAT instance's image is for arm64"
            ),
        ),
        (
            {"availability_zones": ["us-east-1a", "us-east-1a"]},
            "Vpc 'main': availability_zones[1]=us-east-1a is there twice",
        ),
        ({"region": "us-west-2"}, "Vpc 'main': availability_zones[0]=us-east-1a is not of region=us-west-2"),
        (
            {"interface_endpoints": ["com.amazonaws.us-east-1.logs"]},
            ("Vpc 'main': interface_endpoints[0]=com.amazonaws.us-east-1.logs is not allowed; allowed: " + ENDPOINT),
        ),
        (
            {"interface_endpoints": ["s3"]},
            "Vpc 'main': interface_endpoints[0]=s3 is not allowed; allowed: " + ENDPOINT,
        ),
        (
            {"interface_endpoints": ["logs", "logs"]},
            "Vpc 'main': interface_endpoints[1]=logs is there twice",
        ),
        (
            {"interface_endpoints": ["ECR"]},
            "Vpc 'main': interface_endpoints[0]=ECR is not allowed; allowed: " + ENDPOINT,
        ),
    ],
)
def test_wrong_arguments_are_refused_before_any_resource(change: dict[str, object], message: str) -> None:
    refused: list[str] = []

    def program() -> None:
        with pytest.raises(ValueError) as error:  # noqa: PT011 - the whole message is compared below
            Vpc("main", replace(ARGS, **change))
        refused.append(str(error.value))

    recording = record(program)
    assert refused == [message]
    assert recording.resources == []


def test_retention_is_refused_with_the_periods_that_exist() -> None:
    with pytest.raises(
        ValueError, match=r"^Vpc 'main': flow_log_retention_days=31 is not allowed; allowed: 1, 3, 5, .*, 3653$"
    ):
        Vpc("main", replace(ARGS, flow_log_retention_days=31))


def test_transforms_reach_every_kind_of_child() -> None:
    mark = {"tags": {"marked": "yes"}}
    transforms = VpcTransforms(
        vpc=mark,
        default_security_group=mark,
        internet_gateway=mark,
        subnet_tier=SubnetTierTransforms(subnet=mark, route_table=mark, route_table_association={"region": "marked"}),
        route={"region": "marked"},
        egress=EgressTransforms(
            elastic_ip=mark,
            nat_gateway=mark,
            nat_instance=NatInstanceTransforms(
                instance=mark,
                elastic_ip=mark,
                security_group=mark,
                security_group_rule=mark,
                role=mark,
                role_policy={"name": "marked"},
                instance_profile=mark,
            ),
            egress_only_internet_gateway=mark,
            route={"region": "marked"},
        ),
        endpoints=VpcEndpointsTransforms(
            gateway_endpoint=mark, interface_endpoint=mark, security_group=mark, security_group_rule=mark
        ),
        flow_logs=VpcFlowLogsTransforms(flow_log=mark, log_group=mark, role=mark, role_policy={"name": "marked"}),
    )
    full = replace(ARGS, ipv6=True, interface_endpoints=["logs"])
    for args in (full, replace(full, nat="instance", nat_instance_image_id="ami-1")):
        made = [r for r in build(args, transforms).resources if r.custom]
        assert made
        unmarked = [
            r.name
            for r in made
            if "marked" not in (r.inputs.get("region"), r.inputs.get("name")) and r.inputs.get("tags") != mark["tags"]
        ]
        assert unmarked == []


def test_urns_are_pinned() -> None:
    """A changed name or parent replaces a subnet and everything in it. Such a change needs an alias."""
    recording = build(replace(ARGS, availability_zones=["us-east-1a"]))
    parents = {r.urn: r for r in recording.resources}
    chains = sorted(
        f"{parents[r.parent].type.split(':')[-1]}/{parents[r.parent].name}: {r.type} {r.name}"
        for r in recording.resources
        if r.parent in parents
    )
    assert chains == [
        "Egress/main-nat: aws:ec2/eip:Eip main-nat-a",
        "Egress/main-nat: aws:ec2/natGateway:NatGateway main-nat-a",
        "Egress/main-nat: aws:ec2/route:Route main-nat-a-ipv4",
        "SubnetTier/main-isolated: aws:ec2/routeTable:RouteTable main-isolated",
        "SubnetTier/main-isolated: aws:ec2/routeTableAssociation:RouteTableAssociation main-isolated-a",
        "SubnetTier/main-isolated: aws:ec2/subnet:Subnet main-isolated-a",
        "SubnetTier/main-private: aws:ec2/routeTable:RouteTable main-private-a",
        "SubnetTier/main-private: aws:ec2/routeTableAssociation:RouteTableAssociation main-private-a",
        "SubnetTier/main-private: aws:ec2/subnet:Subnet main-private-a",
        "SubnetTier/main-public: aws:ec2/routeTable:RouteTable main-public",
        "SubnetTier/main-public: aws:ec2/routeTableAssociation:RouteTableAssociation main-public-a",
        "SubnetTier/main-public: aws:ec2/subnet:Subnet main-public-a",
        "Vpc/main: aws:ec2/defaultSecurityGroup:DefaultSecurityGroup main-default",
        "Vpc/main: aws:ec2/internetGateway:InternetGateway main",
        "Vpc/main: aws:ec2/route:Route main-public-ipv4",
        "Vpc/main: aws:ec2/vpc:Vpc main",
        "Vpc/main: spot-platform:index:Egress main-nat",
        "Vpc/main: spot-platform:index:SubnetTier main-isolated",
        "Vpc/main: spot-platform:index:SubnetTier main-private",
        "Vpc/main: spot-platform:index:SubnetTier main-public",
        "Vpc/main: spot-platform:index:VpcEndpoints main-endpoints",
        "Vpc/main: spot-platform:index:VpcFlowLogs main-flow-logs",
        "VpcEndpoints/main-endpoints: aws:ec2/vpcEndpoint:VpcEndpoint main-endpoints-dynamodb",
        "VpcEndpoints/main-endpoints: aws:ec2/vpcEndpoint:VpcEndpoint main-endpoints-s3",
        "VpcFlowLogs/main-flow-logs: aws:cloudwatch/logGroup:LogGroup main-flow-logs",
        "VpcFlowLogs/main-flow-logs: aws:ec2/flowLog:FlowLog main-flow-logs",
        "VpcFlowLogs/main-flow-logs: aws:iam/role:Role main-flow-logs",
        "VpcFlowLogs/main-flow-logs: aws:iam/rolePolicy:RolePolicy main-flow-logs-write",
    ]


def test_private_subnets_hold_the_most_addresses() -> None:
    sizes: dict[str, int] = {}
    for subnet in build().all("Subnet"):
        tier = subnet.inputs["tags"]["Tier"]
        sizes[tier] = IPv4Network(subnet.inputs["cidrBlock"]).num_addresses
    assert sizes == {"public": 1024, "private": 4096, "isolated": 1024}
