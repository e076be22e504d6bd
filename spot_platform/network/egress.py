"""The egress of private subnets: NAT, routes and the egress-only internet gateway."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from spot_planning.account import IPV4_RANGE
from spot_planning.declarations import arguments, setting
from spot_planning.network.nat import plan_nat
from spot_planning.network.rules import EGRESS_RULES
from spot_planning.network.settings import EgressSettings, Nat
from spot_planning.problems import Problem
from spot_platform.component import Component, Transform, check
from spot_platform.network.nat_instance import NatInstance, NatInstanceArgs, NatInstanceTransforms


@arguments
class EgressArgs(EgressSettings):
    """Arguments of `Egress`. Zones are named by their letter."""

    vpc_id: pulumi.Input[str]
    """Id of the VPC. For ``nat="regional"`` it must be known only when the routes to the internet gateway exist."""
    public_subnet_ids: dict[str, pulumi.Input[str]]
    """The public subnet of every zone, with a route to the internet."""
    private_route_table_ids: dict[str, pulumi.Input[str]]
    """The private route table of every zone."""
    private_cidr_blocks: dict[str, str] = setting(each=IPV4_RANGE)
    """The address range of every zone's private subnet."""
    nat_instance_image_id: pulumi.Input[str] | None = None
    """The Amazon Linux 2023 image for arm64; needed for ``nat="instance"``."""
    kms_key_arn: pulumi.Input[str] | None = None
    """The KMS key of the NAT instance's volume."""


@dataclass(frozen=True, kw_only=True)
class EgressTransforms:
    """Changes to the arguments of `Egress`'s resources."""

    elastic_ip: Transform | None = None
    nat_gateway: Transform | None = None
    nat_instance: NatInstanceTransforms | None = None
    egress_only_internet_gateway: Transform | None = None
    route: Transform | None = None


@dataclass(frozen=True, kw_only=True)
class EgressNodes:
    """The resources of `Egress`. The keys of NAT gateways and addresses are the letters of their zones."""

    elastic_ips: dict[str, aws.ec2.Eip]
    nat_gateways: dict[str, aws.ec2.NatGateway]
    regional_nat_gateway: aws.ec2.NatGateway | None
    nat_instance: NatInstance | None
    routes: list[aws.ec2.Route]


class Egress(Component):
    """spot-platform:index:Egress: egress from a VPC's private subnets to the internet, without ingress.

    Makes: NAT gateways with their Elastic IP addresses or a NAT instance, an egress-only internet gateway with IPv6,
    and a default route in every private route table. Another value of `nat` changes routes in place and does not change
    subnets. ``single`` keeps the first zone's gateway of ``per-az``, with the same public address. A ``regional`` NAT
    gateway needs no public subnet and no Elastic IP address, and does not change when zones are added or removed.

    Costs: a NAT gateway 0.045 USD an hour (33 USD a month), 0.045 USD per GB and 0.005 USD an hour for its address; a
    regional NAT gateway the same for each of its zones; a NAT instance about 7.40 USD a month; an egress-only internet
    gateway nothing. Traffic to another zone's NAT costs 0.01 USD per GB each way.

    Risks: with ``single`` or ``instance`` the failure of one zone ends the egress of every zone; with ``none`` only
    services with a VPC endpoint are reachable. Open connections break when the route changes. A ``regional`` gateway
    expands to a new zone within up to an hour; until then that zone's traffic goes through another zone. AWS chooses
    its public addresses and changes them with zones and load, so do not use them in allow lists (Amazon VPC User Guide,
    "Regional NAT gateways for automatic multi-AZ expansion").
    """

    public_ip_addresses: pulumi.Output[list[str]]
    """The public IPv4 source addresses of the traffic, for allow lists of others."""

    def __init__(
        self,
        name: str,
        args: EgressArgs,
        opts: pulumi.ResourceOptions | None = None,
        *,
        transforms: EgressTransforms | None = None,
    ) -> None:
        check(Egress, name, args, EGRESS_RULES, _problems(args))
        exits = plan_nat(args.nat, list(args.private_route_table_ids))
        super().__init__(name, opts)
        transforms = transforms or EgressTransforms()

        elastic_ips: dict[str, aws.ec2.Eip] = {}
        nat_gateways: dict[str, aws.ec2.NatGateway] = {}
        regional: aws.ec2.NatGateway | None = None
        nat_instance: NatInstance | None = None
        if args.nat == Nat.REGIONAL:
            regional = aws.ec2.NatGateway(
                f"{name}-{Nat.REGIONAL}",
                availability_mode=Nat.REGIONAL.value,
                vpc_id=args.vpc_id,
                tags={"Name": f"{name}-{Nat.REGIONAL}"},
                opts=self.child(transforms.nat_gateway),
            )
        elif args.nat == Nat.INSTANCE and args.nat_instance_image_id is not None:
            nat_instance = NatInstance(
                f"{name}-instance",
                NatInstanceArgs(
                    vpc_id=args.vpc_id,
                    cidr_block=args.cidr_block,
                    client_cidr_blocks={f"private-{zone}": block for zone, block in args.private_cidr_blocks.items()},
                    subnet_id=args.public_subnet_ids[min(exits.values())],
                    image_id=args.nat_instance_image_id,
                    instance_type=args.nat_instance_type,
                    kms_key_arn=args.kms_key_arn,
                ),
                self.child(),
                transforms=transforms.nat_instance,
            )
        else:
            for zone in sorted(set(exits.values())):
                child = f"{name}-{zone}"
                elastic_ips[zone] = aws.ec2.Eip(
                    child, domain="vpc", tags={"Name": child}, opts=self.child(transforms.elastic_ip)
                )
                nat_gateways[zone] = aws.ec2.NatGateway(
                    child,
                    subnet_id=args.public_subnet_ids[zone],
                    allocation_id=elastic_ips[zone].id,
                    tags={"Name": child},
                    opts=self.child(transforms.nat_gateway),
                )
        gateways: dict[str, aws.ec2.NatGateway] = nat_gateways if regional is None else {Nat.REGIONAL: regional}
        routes = [
            aws.ec2.Route(
                f"{name}-{zone}-ipv4",
                route_table_id=args.private_route_table_ids[zone],
                destination_cidr_block="0.0.0.0/0",
                nat_gateway_id=gateways[exit_zone].id if exit_zone in gateways else None,
                network_interface_id=nat_instance.network_interface_id if nat_instance else None,
                opts=self.child(transforms.route),
            )
            for zone, exit_zone in exits.items()
        ]
        if args.ipv6:
            egress_only_gateway = aws.ec2.EgressOnlyInternetGateway(
                name,
                vpc_id=args.vpc_id,
                tags={"Name": name},
                opts=self.child(transforms.egress_only_internet_gateway),
            )
            routes += [
                aws.ec2.Route(
                    f"{name}-{zone}-ipv6",
                    route_table_id=route_table_id,
                    destination_ipv6_cidr_block="::/0",
                    egress_only_gateway_id=egress_only_gateway.id,
                    opts=self.child(transforms.route),
                )
                for zone, route_table_id in args.private_route_table_ids.items()
            ]

        self.nodes = EgressNodes(
            elastic_ips=elastic_ips,
            nat_gateways=nat_gateways,
            regional_nat_gateway=regional,
            nat_instance=nat_instance,
            routes=routes,
        )
        self.public_ip_addresses = (
            pulumi.Output.all(
                *(elastic_ip.public_ip for elastic_ip in elastic_ips.values()),
                *([nat_instance.public_ip_address] if nat_instance else []),
            )
            if regional is None
            else regional.regional_nat_gateway_addresses.apply(_public_addresses)
        )
        self.finish()


def _problems(args: EgressArgs) -> Iterator[Problem]:
    yield from image_of_the_instance(args.nat, args.nat_instance_image_id)
    if args.nat != Nat.REGIONAL:
        for zone in sorted(set(plan_nat(args.nat, list(args.private_route_table_ids)).values())):
            if zone not in args.public_subnet_ids:
                yield Problem(("public_subnet_ids",), f"has no entry for zone {zone}", shows_value=False)


def image_of_the_instance(nat: Nat, image_id: pulumi.Input[str] | None) -> Iterator[Problem]:
    """A NAT instance has an image."""
    if nat == Nat.INSTANCE and image_id is None:
        text = "is empty; nat=instance needs an Amazon Linux 2023 image for arm64"
        yield Problem(("nat_instance_image_id",), text, shows_value=False)


def _public_addresses(addresses: Sequence[aws.ec2.outputs.NatGatewayRegionalNatGatewayAddress] | None) -> list[str]:
    # An address that AWS is still allocating has no public IP yet.
    return sorted(address.public_ip for address in addresses or () if address.public_ip)
