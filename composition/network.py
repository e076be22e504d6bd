"""The network that the other parts stand in: the stack's own, or one that is there already."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

import spot_platform


@dataclass(frozen=True, kw_only=True)
class Network:
    """What the other parts need of a network."""

    vpc_id: pulumi.Input[str]
    private_subnet_ids: pulumi.Input[list[str]]
    """For tasks and the load balancer, one a zone, by the zone's name."""
    isolated_subnet_ids: pulumi.Input[list[str]]
    """For the database and the cache, one a zone, by the zone's name."""
    nat_gateway_ids: Mapping[str, pulumi.Input[str]]
    """The NAT gateways to watch, by the letter of their zone. Not those of others, and no regional one: AWS gives it
    further addresses before its ports run out (NatGateway.autoScalingIps, Amazon EC2 API Reference)."""


def own_network(vpc: spot_platform.Vpc) -> Network:
    """What the stack's own network hands on."""
    gateways = vpc.nodes.egress.nodes.nat_gateways
    return Network(
        vpc_id=vpc.vpc_id,
        private_subnet_ids=vpc.private_subnet_ids,
        isolated_subnet_ids=vpc.isolated_subnet_ids,
        nat_gateway_ids={letter: gateway.id for letter, gateway in gateways.items()},
    )
