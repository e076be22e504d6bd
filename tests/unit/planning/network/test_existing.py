"""Requirements for the subnets of an existing network."""

from dataclasses import replace
from typing import Any

import pytest

from spot_planning.network.existing import ExistingSubnet, public_route_problem, subnet_problem, zones_left

ZONE_IDS = {"us-east-1a": "use1-az3", "us-east-1b": "use1-az1", "us-east-1c": "use1-az2"}
SUBNET = ExistingSubnet(id="subnet-1", vpc_id="vpc-1", zone="us-east-1b", zone_id="use1-az1", ipv6=False)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({}, None),
        ({"zone": "us-east-1c", "zone_id": "use1-az2"}, "is in us-east-1c, as subnet-0 is; each must be in a zone of its own"),
        ({"vpc_id": "vpc-2"}, "is of vpc-2, not of vpc.existing_id vpc-1"),
        ({"zone": "us-east-1a", "zone_id": "use1-az3"}, "is in us-east-1a (use1-az3), a zone without Fargate or VPC links"),
        (
            {"zone": "us-east-1-bos-1a", "zone_id": "use1-bos1-az1"},
            "is in us-east-1-bos-1a, which is no availability zone; Local Zones lack what the platform is made of",
        ),
    ],
)  # fmt: skip
def test_where_a_subnet_stands(change: dict[str, Any], problem: str | None) -> None:
    said = subnet_problem(
        replace(SUBNET, **change),
        vpc_id="vpc-1",
        unsuitable={"use1-az3"},
        zone_ids=ZONE_IDS,
        taken={"us-east-1c": "subnet-0"},
    )
    assert said == problem


def test_zones_that_are_taken_or_do_not_suit_are_not_left() -> None:
    assert zones_left(ZONE_IDS, unsuitable={"use1-az3"}, taken=[]) == ["us-east-1b", "us-east-1c"]
    assert zones_left(ZONE_IDS, unsuitable={"use1-az3"}, taken=["us-east-1b"]) == ["us-east-1c"]
    assert zones_left(ZONE_IDS, unsuitable={"use1-az3"}, taken=["us-east-1b", "us-east-1c"]) == []


@pytest.mark.parametrize("gateways", [[], ["local"], ["local", "vgw-1", "vpce-1"]])
def test_routes_that_lead_to_no_internet_gateway_are_private(gateways: list[str]) -> None:
    assert public_route_problem("rtb-1", gateways) is None


def test_a_route_to_an_internet_gateway_makes_a_subnet_public() -> None:
    said = public_route_problem("rtb-1", ["local", "igw-1"])
    assert said == "is public: its route table rtb-1 leads to the internet gateway igw-1"
