"""The way out of private subnets: NAT gateways, a regional NAT gateway, or a NAT instance."""

import json
from dataclasses import replace

import pytest

from tests.recording import Recording
from tests.unit.components.network.recorded import ARGS, KEY_ARN, build, default_routes


def names(recording: Recording, type_: str) -> list[str]:
    return sorted(r.name for r in recording.all(type_))


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
