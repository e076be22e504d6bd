"""An existing network: its look-ups, its checks, and that the stack does not change it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pulumi
import pytest

from composition import existing_network as module
from composition.existing_network import existing_network
from composition.network import Network
from configuration.sections import Vpc
from spot_planning.network.zones import unsuitable_zone_ids
from tests.program import record_program
from tests.recording import record
from tests.stack_files import stack_configuration

pytestmark = pytest.mark.xdist_group("whole program")

VPC, OTHER_VPC = "vpc-0123456789abcdef0", "vpc-0fedcba9876543210"
A, B, C = (f"subnet-0123456789abcde{letter}{letter}" for letter in "abc")
ZONE_IDS = {
    f"us-east-1{letter}": f"use1-az{number}" for letter, number in zip("abcdef", (1, 2, 3, 4, 5, 6), strict=True)
}
BY_ID = {"existing_id": VPC, "existing_private_subnet_ids": [B, A]}


@dataclass
class World:
    """AWS's answers: a VPC, its subnets as (VPC, zone, IPv6 range, tags), and the targets of their route tables."""

    subnets: dict[str, tuple[str, str, str, dict[str, str]]] = field(
        default_factory=lambda: {
            A: (VPC, "us-east-1a", "", {"Tier": "private"}),
            B: (VPC, "us-east-1b", "", {"Tier": "private"}),
            C: (VPC, "us-east-1c", "", {"Tier": "public"}),
        }
    )
    gateways: dict[str, list[str]] = field(default_factory=lambda: {"rtb-main": ["local", ""]})
    tables: dict[str, str] = field(default_factory=dict[str, str])
    """Subnet -> its own route table; the other subnets use the main route table."""
    dns: bool = True

    def get_vpc(self, *, id: str, opts: object) -> Any:  # noqa: A002 (as the package calls it)
        if id != VPC:
            raise Exception("no matching EC2 VPC found")  # noqa: TRY002 (as Pulumi does)
        return SimpleNamespace(id=id, enable_dns_support=self.dns, main_route_table_id="rtb-main")

    def get_subnets(self, *, filters: Sequence[Any], tags: dict[str, str], opts: object) -> Any:
        assert [(f.name, f.values) for f in filters] == [("vpc-id", [VPC])]
        return SimpleNamespace(
            ids=[name for name, (vpc, _, _, has) in self.subnets.items() if vpc == VPC and tags.items() <= has.items()]
        )

    def get_subnet(
        self,
        *,
        id: str,  # noqa: A002 (as the package calls it)
        opts: object,
        vpc_id: str | None = None,
        filters: Sequence[Any] = (),
    ) -> Any:
        vpc, zone, ipv6, _ = self.subnets.get(id, ("", "", "", {}))
        if not zone or vpc_id not in (None, vpc) or any(zone not in f.values for f in filters):
            raise Exception("no matching EC2 Subnet found")  # noqa: TRY002
        return SimpleNamespace(
            id=id, vpc_id=vpc, availability_zone=zone, availability_zone_id=ZONE_IDS[zone], ipv6_cidr_block=ipv6
        )

    def get_route_tables(self, *, vpc_id: str, filters: Sequence[Any], opts: object) -> Any:
        ((asked,),) = [f.values for f in filters if f.name == "association.subnet-id"]
        return SimpleNamespace(ids=[self.tables[asked]] if asked in self.tables else [])

    def get_route_table(self, *, route_table_id: str, opts: object) -> Any:
        return SimpleNamespace(routes=[SimpleNamespace(gateway_id=each) for each in self.gateways[route_table_id]])


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    world = World()
    for name in ("get_vpc", "get_subnet", "get_subnets", "get_route_table", "get_route_tables"):
        monkeypatch.setattr(module.aws.ec2, name, getattr(world, name))
    return world


def looked_up(**settings: Any) -> Network:
    found: list[Network] = []

    def program() -> None:
        vpc = Vpc(**settings)
        assert vpc.existing_id is not None
        found.append(
            existing_network(
                vpc,
                existing_id=vpc.existing_id,
                zone_ids=ZONE_IDS,
                unsuitable=unsuitable_zone_ids("us-east-1", vpc_links=True),
                look_up=pulumi.InvokeOptions(),
            )
        )

    assert record(program).resources == []
    return found[0]


def test_subnets_by_id_come_in_the_order_of_their_zones(world: World) -> None:
    network = looked_up(**BY_ID)
    assert (network.vpc_id, network.private_subnet_ids, network.nat_gateway_ids) == (VPC, [A, B], {})
    assert network.isolated_subnet_ids == [A, B]


def test_subnets_by_tag(world: World) -> None:
    world.subnets[C] = (OTHER_VPC, "us-east-1c", "", {"Tier": "private"})
    network = looked_up(existing_id=VPC, existing_private_subnet_tags={"Tier": "private"})
    assert network.private_subnet_ids == [A, B]


def test_the_database_may_have_subnets_of_its_own(world: World) -> None:
    network = looked_up(**BY_ID, existing_isolated_subnet_ids=[C, A])
    assert (network.private_subnet_ids, network.isolated_subnet_ids) == ([A, B], [A, C])


def refused(**settings: Any) -> str:
    with pytest.raises(pulumi.RunError) as error:
        looked_up(**settings)
    return str(error.value)


def test_a_network_that_is_not_there_is_said_in_one_line(world: World) -> None:
    assert refused(**{**BY_ID, "existing_id": OTHER_VPC}) == (
        f"spot-platform:vpc.existing_id: {OTHER_VPC} was not found: no matching EC2 VPC found"
    )


def test_a_network_without_dns_is_refused(world: World) -> None:
    world.dns = False
    assert "has no DNS resolution (enableDnsSupport)" in refused(**BY_ID)


def test_a_subnet_that_is_not_there_is_said_by_its_place(world: World) -> None:
    del world.subnets[A]
    assert refused(**BY_ID) == (
        f"spot-platform:vpc.existing_private_subnet_ids[1]: {A} was not found: no matching EC2 Subnet found"
    )


def test_a_subnet_of_another_network_is_refused(world: World) -> None:
    world.subnets[A] = (OTHER_VPC, "us-east-1a", "", {})
    assert refused(**BY_ID) == (
        f"spot-platform:vpc.existing_private_subnet_ids[1]: {A} is of {OTHER_VPC}, not of vpc.existing_id {VPC}"
    )


def test_two_subnets_of_one_zone_are_refused(world: World) -> None:
    world.subnets[A] = (VPC, "us-east-1b", "", {})
    assert refused(**BY_ID).endswith(f"{A} is in us-east-1b, as {B} is; each must be in a zone of its own")


def test_a_zone_without_fargate_is_refused(world: World) -> None:
    """The zone is use1-az3 (Amazon API Gateway Developer Guide, "Set up VPC links V2")."""
    message = refused(existing_id=VPC, existing_private_subnet_ids=[A, C])
    assert message.endswith(f"ids[1]: {C} is in us-east-1c (use1-az3), a zone without Fargate or VPC links")


def test_too_few_subnets_with_the_tags_are_refused(world: World) -> None:
    message = refused(existing_id=VPC, existing_private_subnet_tags={"Tier": "public"})
    assert message == (
        f"spot-platform:vpc.existing_private_subnet_tags: the tags Tier: public are on 1 of the subnets of {VPC}; at least 2 "
        "are needed, each in a zone of its own"
    )


def test_a_public_subnet_is_refused_by_its_own_route_table(world: World) -> None:
    world.tables[A] = "rtb-public"
    world.gateways["rtb-public"] = ["local", "igw-0a"]
    assert refused(**BY_ID).endswith(f"{A} is public: its route table rtb-public leads to the internet gateway igw-0a")


def test_a_public_subnet_is_refused_by_the_main_route_table(world: World) -> None:
    world.gateways["rtb-main"] = ["local", "igw-0a"]
    assert refused(**BY_ID).endswith(f"{B} is public: its route table rtb-main leads to the internet gateway igw-0a")


def test_ipv6_needs_subnets_that_have_it(world: World) -> None:
    assert refused(**BY_ID, ipv6=True).endswith(f"{B} has no IPv6 range, and vpc.ipv6 is on")


@pytest.mark.parametrize("preview", [False, True])
def test_the_program_stands_in_the_existing_network_and_makes_nothing_of_one(preview: bool) -> None:
    vpc = {**BY_ID, "existing_isolated_subnet_tags": {"Tier": "data"}}
    recording = record_program("prod", {**stack_configuration("prod"), "spot-platform:vpc": vpc}, preview=preview)
    made = {resource.type for resource in recording.resources}
    network = {"vpc:Vpc", "subnet:Subnet", "routeTable:RouteTable", "route:Route", "natGateway:NatGateway"}
    network |= {"internetGateway:InternetGateway", "vpcEndpoint:VpcEndpoint", "flowLog:FlowLog"}
    assert not made & {f"aws:ec2/{kind}" for kind in network}
    assert "spot-platform:index:Vpc" not in made
    # The offline provider puts the first subnet of the request into the first zone.
    balancer = recording.one("aws:lb/loadBalancer:LoadBalancer").inputs
    assert balancer["subnets"] == [B, A]
    groups = recording.all("aws:ec2/securityGroup:SecurityGroup")
    assert {group.inputs["vpcId"] for group in groups} == {VPC}
    database, cache = (
        recording.one("aws:rds/subnetGroup:SubnetGroup"),
        recording.one("aws:elasticache/subnetGroup:SubnetGroup"),
    )
    assert database.inputs["subnetIds"] == cache.inputs["subnetIds"]
    assert not {A, B} & set(database.inputs["subnetIds"])
    assert [alarm for alarm in recording.all("MetricAlarm") if alarm.inputs.get("namespace") == "AWS/NATGateway"] == []
