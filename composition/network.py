"""The network of the other parts: the stack's own, or an existing one."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

import spot_platform


@dataclass(frozen=True, kw_only=True)
class Network:
    """The ids of a network that the other parts need."""

    vpc_id: pulumi.Input[str]
    private_subnet_ids: pulumi.Input[list[str]]
    """Subnets for tasks and the load balancer, one in each zone, in the order of the zones' names."""
    isolated_subnet_ids: pulumi.Input[list[str]]
    """Subnets for the database and the cache, one in each zone, in the order of the zones' names."""
    nat_gateway_ids: Mapping[str, pulumi.Input[str]]
    """The NAT gateways to monitor, by the letter of their zone. The gateways of an existing network are not monitored,
    nor is a regional gateway: AWS gives it further addresses before its ports run out (NatGateway.autoScalingIps,
    Amazon EC2 API Reference)."""


def own_network(vpc: spot_platform.Vpc) -> Network:
    """Return the ids of the stack's own network."""
    gateways = vpc.nodes.egress.nodes.nat_gateways
    return Network(
        vpc_id=vpc.vpc_id,
        private_subnet_ids=vpc.private_subnet_ids,
        isolated_subnet_ids=vpc.isolated_subnet_ids,
        nat_gateway_ids={letter: gateway.id for letter, gateway in gateways.items()},
    )
