"""A stack in a network that is there already, with the real AWS provider plugin and the emulator.

It takes several minutes, so the suite does not run it:

    EVERY_SWITCH=1 .venv/bin/python -m pytest tests/engine/test_emulator_existing_network.py
"""

import os
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests import emulated
from tests.aws_requests.check import assert_every_request_is_right
from tests.engine.life_cycle import WITH_THE_PLUGIN, EmulatedStack, emulated_stack
from toolchain.emulator.process import Emulator
from toolchain.emulator.recording import RECORD_TO

pytestmark = [
    *WITH_THE_PLUGIN,
    pytest.mark.timeout(3000),
    pytest.mark.skipif(os.environ.get("EVERY_SWITCH") != "1", reason="EVERY_SWITCH=1 runs it (several minutes)"),
]
ZONES = ("us-east-1b", "us-east-1c")
SERVICES = {"ec2", "ecs", "elasticache", "elasticloadbalancing", "rds"}
"""The services that put something into the network, by their names in signatures."""


@dataclass(frozen=True)
class ExistingNetwork:
    """Ids of a VPC and its subnets."""

    vpc: str
    private: list[str]
    isolated: list[str]


def make_network(ec2: Any) -> ExistingNetwork:
    """Create a VPC with private subnets, which have a tag and a route to a NAT gateway, and isolated subnets."""
    vpc = ec2.create_vpc(CidrBlock="10.7.0.0/16")["Vpc"]["VpcId"]
    ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})

    def subnet(number: int, zone: str, tier: str) -> str:
        tags = [{"ResourceType": "subnet", "Tags": [{"Key": "Tier", "Value": tier}]}]
        block = f"10.7.{number}.0/24"
        made = ec2.create_subnet(VpcId=vpc, CidrBlock=block, AvailabilityZone=zone, TagSpecifications=tags)
        return str(made["Subnet"]["SubnetId"])

    def table(subnets: list[str], **route: str) -> None:
        made = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
        ec2.create_route(RouteTableId=made, DestinationCidrBlock="0.0.0.0/0", **route)
        for each in subnets:
            ec2.associate_route_table(RouteTableId=made, SubnetId=each)

    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    public = subnet(0, ZONES[0], "public")
    table([public], GatewayId=gateway)
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    nat = ec2.create_nat_gateway(SubnetId=public, AllocationId=address)["NatGateway"]["NatGatewayId"]
    private = [subnet(10 + number, zone, "private") for number, zone in enumerate(ZONES)]
    table(private, NatGatewayId=nat)
    return ExistingNetwork(vpc, private, [subnet(20 + number, zone, "isolated") for number, zone in enumerate(ZONES)])


def content_of(ec2: Any, vpc: str) -> dict[str, list[str]]:
    """Return the ids of what a VPC contains, by kind."""
    here = [{"Name": "vpc-id", "Values": [vpc]}]
    found = {
        "subnets": [each["SubnetId"] for each in ec2.describe_subnets(Filters=here)["Subnets"]],
        "route tables": [each["RouteTableId"] for each in ec2.describe_route_tables(Filters=here)["RouteTables"]],
        "security groups": [each["GroupId"] for each in ec2.describe_security_groups(Filters=here)["SecurityGroups"]],
        "endpoints": [each["VpcEndpointId"] for each in ec2.describe_vpc_endpoints(Filters=here)["VpcEndpoints"]],
    }
    return {kind: sorted(ids) for kind, ids in found.items()}


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory, recording: Path) -> EmulatedStack:
    return emulated_stack(tmp_path_factory.mktemp("existing"), recording, {})


@pytest.fixture(scope="module")
def network(stack: EmulatedStack, recording: Path) -> Generator[ExistingNetwork]:
    emulator = Emulator(stack.checkout.root / ".platform" / "local")
    emulator.directory.mkdir(parents=True, mode=0o700)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(RECORD_TO, str(recording))
        endpoint = emulator.start()
    made = make_network(emulated.client(endpoint, "ec2"))
    stack.configure(
        {
            "vpc": {
                "existing_id": made.vpc,
                "existing_private_subnet_tags": {"Tier": "private"},
                "existing_isolated_subnet_ids": made.isolated,
            }
        }
    )
    yield made
    emulator.stop()


def test_a_stack_comes_into_a_network_and_leaves_it_as_it_was(
    stack: EmulatedStack, network: ExistingNetwork, recording: Path
) -> None:
    ec2 = stack.client("ec2")
    before = content_of(ec2, network.vpc)
    networks = {each["VpcId"] for each in ec2.describe_vpcs()["Vpcs"]}
    stack.run("up", "local", "--emulator")
    assert {each["VpcId"] for each in ec2.describe_vpcs()["Vpcs"]} == networks
    (balancer,) = stack.client("elbv2").describe_load_balancers()["LoadBalancers"]
    assert balancer["VpcId"] == network.vpc
    assert sorted(zone["SubnetId"] for zone in balancer["AvailabilityZones"]) == sorted(network.private)
    (group,) = [
        each
        for each in stack.client("rds").describe_db_subnet_groups()["DBSubnetGroups"]
        if each["VpcId"] == network.vpc
    ]
    assert sorted(each["SubnetIdentifier"] for each in group["Subnets"]) == sorted(network.isolated)
    during = content_of(ec2, network.vpc)
    assert {**during, "security groups": before["security groups"]} == before
    assert set(during["security groups"]) > set(before["security groups"])
    stack.assert_nothing_to_change()

    assert stack.destroy().returncode == 0
    assert content_of(ec2, network.vpc) == before
    assert_every_request_is_right(recording, SERVICES)
