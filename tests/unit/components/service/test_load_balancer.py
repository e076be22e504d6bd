"""The registered resources of InternalLoadBalancer."""

from dataclasses import replace

import pulumi
import pytest

from spot_platform.service.load_balancer import (
    InternalLoadBalancer,
    InternalLoadBalancerArgs,
    InternalLoadBalancerTransforms,
)
from tests.recording import Recording, record

OUTPUTS = {
    "aws:lb/loadBalancer:LoadBalancer": {
        "arn": "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/net/api/1",
        "arnSuffix": "net/api/1",
        "dnsName": "api.elb.us-east-1.amazonaws.com",
        "zoneId": "Z1",
    }
}
ARGS = InternalLoadBalancerArgs(vpc_id="vpc-1", subnet_ids=["subnet-a", "subnet-b"])


def build(args: InternalLoadBalancerArgs = ARGS, transforms: InternalLoadBalancerTransforms | None = None) -> Recording:
    def program() -> dict[str, pulumi.Output]:
        load_balancer = InternalLoadBalancer("api", args, transforms=transforms)
        return {key: getattr(load_balancer, key) for key in InternalLoadBalancer.__annotations__}

    return record(program, outputs=OUTPUTS)


@pytest.mark.parametrize("kind", ["network", "application"])
def test_it_is_internal_in_all_zones_and_protected(kind: str) -> None:
    recording = build(replace(ARGS, kind=kind))
    assert recording.unknown_inputs() == []
    inputs = recording.one("LoadBalancer", "api").inputs
    assert inputs["loadBalancerType"] == kind
    assert inputs["internal"] is True
    assert inputs["subnets"] == ["subnet-a", "subnet-b"]
    assert inputs["enableCrossZoneLoadBalancing"] is True
    assert inputs["enableZonalShift"] is True
    assert inputs["enableDeletionProtection"] is True
    assert "accessLogs" not in inputs


@pytest.mark.parametrize("kind", ["network", "application"])
def test_its_security_group_is_there_from_the_start_and_without_rules(kind: str) -> None:
    recording = build(replace(ARGS, kind=kind))
    group = recording.one("SecurityGroup", "api").inputs
    assert recording.one("LoadBalancer").inputs["securityGroups"] == ["api-id"]
    assert group["vpcId"] == "vpc-1"
    assert "ingress" not in group
    assert "egress" not in group
    assert recording.all("SecurityGroupIngressRule") == recording.all("SecurityGroupEgressRule") == []


def test_network_load_balancer_lets_vpc_links_through() -> None:
    inputs = build().one("LoadBalancer").inputs
    assert inputs["enforceSecurityGroupInboundRulesOnPrivateLinkTraffic"] == "off"
    assert "dropInvalidHeaderFields" not in inputs
    assert "desyncMitigationMode" not in inputs


def test_application_load_balancer_looks_at_headers() -> None:
    inputs = build(replace(ARGS, kind="application")).one("LoadBalancer").inputs
    assert inputs["dropInvalidHeaderFields"] is True
    assert inputs["desyncMitigationMode"] == "defensive"
    assert "enforceSecurityGroupInboundRulesOnPrivateLinkTraffic" not in inputs


def test_deletion_protection_can_be_off() -> None:
    assert (
        build(replace(ARGS, deletion_protection=False)).one("LoadBalancer").inputs["enableDeletionProtection"] is False
    )


def test_access_logs() -> None:
    args = replace(ARGS, kind="application", access_logs_bucket="logs", access_logs_prefix="api")
    assert build(args).one("LoadBalancer").inputs["accessLogs"] == {"bucket": "logs", "prefix": "api", "enabled": True}


def test_outputs() -> None:
    assert build().result == {
        "arn": "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/net/api/1",
        "arn_suffix": "net/api/1",
        "dns_name": "api.elb.us-east-1.amazonaws.com",
        "zone_id": "Z1",
        "security_group_id": "api-id",
    }


def test_subnets_may_be_an_output() -> None:
    def program() -> None:
        InternalLoadBalancer("api", replace(ARGS, subnet_ids=pulumi.Output.from_input(["subnet-c"])))

    assert record(program, outputs=OUTPUTS).one("LoadBalancer").inputs["subnets"] == ["subnet-c"]


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (
            replace(ARGS, kind="gateway"),
            "InternalLoadBalancer 'api': kind=gateway is not allowed; allowed: network, application",
        ),
        (
            replace(ARGS, access_logs_prefix="api"),
            "InternalLoadBalancer 'api': access_logs_prefix=api needs access_logs_bucket",
        ),
    ],
)
def test_wrong_arguments_are_refused_before_any_resource(args: InternalLoadBalancerArgs, message: str) -> None:
    refused: list[str] = []

    def program() -> None:
        with pytest.raises(ValueError) as error:  # noqa: PT011 - the whole message is compared below
            InternalLoadBalancer("api", args)
        refused.append(str(error.value))

    assert record(program).resources == []
    assert refused == [message]


@pytest.mark.parametrize(("name", "prefix"), [("internal-a", "internal-"), ("internal", "internal-"), ("sg-a", "sg-")])
def test_a_name_that_aws_reserves_is_refused(name: str, prefix: str) -> None:
    line = f"InternalLoadBalancer '{name}': name begins with {prefix}, which AWS reserves; choose another name"

    def program() -> None:
        with pytest.raises(ValueError, match=f"^{line}$"):
            InternalLoadBalancer(name, ARGS)

    assert record(program).resources == []


def test_transforms_reach_children() -> None:
    transforms = InternalLoadBalancerTransforms(
        load_balancer={"idle_timeout": 40},
        security_group=lambda args: {**args, "description": f"{args['description']}!"},
    )
    recording = build(replace(ARGS, kind="application"), transforms)
    assert recording.one("LoadBalancer").inputs["idleTimeout"] == 40
    assert recording.one("SecurityGroup").inputs["description"] == "Internal application load balancer!"
