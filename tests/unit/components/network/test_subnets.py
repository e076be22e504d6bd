"""The subnets of Vpc: their zones, sizes and addresses, their route tables, and IPv6."""

from dataclasses import replace
from ipaddress import IPv4Network, IPv6Network

from tests.unit.components.network.recorded import ARGS, build, default_routes


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


def test_private_subnets_hold_the_most_addresses() -> None:
    sizes: dict[str, int] = {}
    for subnet in build().all("Subnet"):
        tier = subnet.inputs["tags"]["Tier"]
        sizes[tier] = IPv4Network(subnet.inputs["cidrBlock"]).num_addresses
    assert sizes == {"public": 1024, "private": 4096, "isolated": 1024}
