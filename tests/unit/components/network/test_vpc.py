"""Vpc as a whole: known inputs, outputs, refused arguments, transforms and URNs."""

from dataclasses import replace

import pulumi
import pytest

from spot_platform.network.egress import EgressTransforms
from spot_platform.network.flow_logs import VpcFlowLogsTransforms
from spot_platform.network.nat_instance import NatInstanceTransforms
from spot_platform.network.subnet_tier import SubnetTierTransforms
from spot_platform.network.vpc import Vpc, VpcTransforms
from spot_platform.network.vpc_endpoints import VpcEndpointsTransforms
from tests.recording import record
from tests.unit.components.network.recorded import ARGS, KEY_ARN, OUTPUTS, build


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
