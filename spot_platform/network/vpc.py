"""The VPC."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from spot_planning.account import REGION
from spot_planning.declarations import arguments, setting, with_settings
from spot_planning.network.rules import RULES, room_for_zones
from spot_planning.network.settings import Nat, VpcSettings
from spot_planning.network.subnets import (
    TIERS,
    NetworkTier,
    SubnetPlan,
    ZonePlan,
    ipv6_subnet,
    plan_subnets,
    zone_problems,
)
from spot_planning.problems import Problem
from spot_platform.component import Component, Transform, check
from spot_platform.network.egress import Egress, EgressArgs, EgressTransforms, image_of_the_instance
from spot_platform.network.flow_logs import VpcFlowLogs, VpcFlowLogsArgs, VpcFlowLogsTransforms
from spot_platform.network.subnet_tier import SubnetTier, SubnetTierArgs, SubnetTierTransforms, TierSubnetArgs
from spot_platform.network.vpc_endpoints import VpcEndpoints, VpcEndpointsArgs, VpcEndpointsTransforms


@arguments
class VpcArgs(VpcSettings):
    """Arguments of `Vpc`."""

    availability_zones: list[str]
    """Names of the availability zones, such as ``us-east-1a``, in any order. Zones can be added and dropped later
    without touching the others."""
    region: str = setting(allowed=REGION)
    """The Region, such as ``us-east-1``."""
    nat_instance_image_id: pulumi.Input[str] | None = None
    """The Amazon Linux 2023 image for arm64; needed for ``nat="instance"``."""
    kms_key_arn: pulumi.Input[str] | None = None
    """The KMS key of the flow logs and of the NAT instance's volume."""


@dataclass(frozen=True, kw_only=True)
class VpcTransforms:
    """Changes to the arguments of `Vpc`'s resources."""

    vpc: Transform | None = None
    default_security_group: Transform | None = None
    internet_gateway: Transform | None = None
    subnet_tier: SubnetTierTransforms | None = None
    route: Transform | None = None
    egress: EgressTransforms | None = None
    endpoints: VpcEndpointsTransforms | None = None
    flow_logs: VpcFlowLogsTransforms | None = None


@dataclass(frozen=True, kw_only=True)
class VpcNodes:
    """The resources of `Vpc`."""

    vpc: aws.ec2.Vpc
    internet_gateway: aws.ec2.InternetGateway
    public: SubnetTier
    private: SubnetTier
    isolated: SubnetTier
    egress: Egress
    endpoints: VpcEndpoints
    flow_logs: VpcFlowLogs


class Vpc(Component):
    """spot-platform:index:Vpc: a VPC with public, private and isolated subnets in every zone.

    Makes: the VPC with its default security group emptied, an internet gateway, three subnets for each zone, route
    tables (one public, one private for each zone, one isolated without routes to the internet), NAT gateways or a NAT
    instance, gateway endpoints for S3 and DynamoDB, interface endpoints with their security group, an egress-only
    internet gateway (with IPv6), and flow logs. No subnet assigns public addresses.

    Costs: a NAT gateway 0.045 USD an hour (33 USD a month), 0.045 USD per GB and 0.005 USD an hour for its address; an
    interface endpoint 0.01 USD an hour and zone (7.30 USD a month) and 0.01 USD per GB; gateway endpoints and an
    egress-only internet gateway nothing; flow logs 0.50 USD per GB. With ``nat="none"``, up to four interface
    endpoints cost less than the NAT gateways that they replace.

    Risks: with ``single`` or ``instance`` the failure of one zone ends the egress of every zone. With ``none`` only
    services with an endpoint are reachable. A new ``cidr_block`` replaces the VPC, and subnet groups of databases and
    caches cannot move to the new VPC (terraform-provider-aws issue 16419): the toolchain's `up` refuses the change,
    plain Pulumi does not. Block Public Access (Security Hub EC2.172) is a setting of the account and Region, not of a
    VPC, and is not changed; neither is the default network ACL, because security groups protect every subnet.
    """

    vpc_id: pulumi.Output[str]
    """The VPC's id."""
    cidr_block: pulumi.Output[str]
    """The VPC's IPv4 range."""
    public_subnet_ids: pulumi.Output[list[str]]
    """Public subnets, one for each zone, sorted by zone name; for NAT and public load balancers."""
    private_subnet_ids: pulumi.Output[list[str]]
    """Private subnets, one for each zone, sorted by zone name. They are known when their routes and endpoints exist, so
    resources that need these can depend on the ids alone."""
    isolated_subnet_ids: pulumi.Output[list[str]]
    """Isolated subnets, one for each zone, sorted by zone name; for databases."""
    nat_public_ip_addresses: pulumi.Output[list[str]]
    """The public IPv4 source addresses of the traffic, for allow lists of others. The addresses of a regional NAT
    gateway change."""

    def __init__(
        self,
        name: str,
        args: VpcArgs,
        opts: pulumi.ResourceOptions | None = None,
        *,
        transforms: VpcTransforms | None = None,
    ) -> None:
        check(Vpc, name, args, RULES, _problems(args))
        zones = plan_subnets(args.cidr_block, args.availability_zones)
        super().__init__(name, opts)
        self._prefix = name
        self._transforms = transforms = transforms or VpcTransforms()

        vpc = self._vpc = aws.ec2.Vpc(
            name,
            cidr_block=args.cidr_block,
            # The private DNS names of interface endpoints need both.
            enable_dns_support=True,
            enable_dns_hostnames=True,
            assign_generated_ipv6_cidr_block=args.ipv6,
            tags={"Name": name},
            opts=self.child(transforms.vpc),
        )
        aws.ec2.DefaultSecurityGroup(
            f"{name}-default",
            vpc_id=vpc.id,
            tags={"Name": f"{name}-default-unused"},
            opts=self.child(transforms.default_security_group),
        )
        internet_gateway = aws.ec2.InternetGateway(
            name, vpc_id=vpc.id, tags={"Name": name}, opts=self.child(transforms.internet_gateway)
        )
        public, private, isolated = (self._tier(tier, zones, ipv6=args.ipv6) for tier in TIERS)
        public_routes = self._public_routes(public, internet_gateway, ipv6=args.ipv6)

        egress = Egress(
            f"{name}-nat",
            with_settings(EgressArgs, args)(
                vpc_id=self._id_after(public_routes) if args.nat == Nat.REGIONAL else vpc.id,
                public_subnet_ids={**public.ids_after(public_routes)},
                private_route_table_ids={letter: table.id for letter, table in private.nodes.route_tables.items()},
                private_cidr_blocks={zone.letter: zone.subnets[NetworkTier.PRIVATE].cidr_block for zone in zones},
                nat_instance_image_id=args.nat_instance_image_id,
                kms_key_arn=args.kms_key_arn,
            ),
            self.child(),
            transforms=transforms.egress,
        )
        endpoints = VpcEndpoints(
            f"{name}-endpoints",
            with_settings(VpcEndpointsArgs, args)(
                vpc_id=vpc.id,
                vpc_arn=vpc.arn,
                region=args.region,
                cidr_block=vpc.cidr_block,
                route_table_ids=_table_ids(public, private, isolated),
                subnet_ids=[subnet.id for subnet in private.nodes.subnets.values()],
            ),
            self.child(),
            transforms=transforms.endpoints,
        )
        flow_logs = VpcFlowLogs(
            f"{name}-flow-logs",
            with_settings(VpcFlowLogsArgs, args)(
                vpc_id=vpc.id,
                vpc_arn=vpc.arn,
                kms_key_arn=args.kms_key_arn,
            ),
            self.child(),
            transforms=transforms.flow_logs,
        )

        self.nodes = VpcNodes(
            vpc=vpc,
            internet_gateway=internet_gateway,
            public=public,
            private=private,
            isolated=isolated,
            egress=egress,
            endpoints=endpoints,
            flow_logs=flow_logs,
        )
        self.vpc_id = vpc.id
        self.cidr_block = vpc.cidr_block
        private_ready = [
            *egress.nodes.routes,
            *endpoints.nodes.gateway_endpoints.values(),
            *endpoints.nodes.interface_endpoints.values(),
        ]
        self.public_subnet_ids = public.all_ids_after(public_routes)
        self.private_subnet_ids = private.all_ids_after(private_ready)
        self.isolated_subnet_ids = isolated.subnet_ids
        self.nat_public_ip_addresses = egress.public_ip_addresses
        self.finish()

    def _tier(self, tier: NetworkTier, zones: tuple[ZonePlan, ...], *, ipv6: bool) -> SubnetTier:
        return SubnetTier(
            f"{self._prefix}-{tier}",
            SubnetTierArgs(
                vpc_id=self._vpc.id,
                tier=tier,
                subnets=[
                    TierSubnetArgs(
                        letter=zone.letter,
                        availability_zone=zone.zone,
                        cidr_block=zone.subnets[tier].cidr_block,
                        ipv6_cidr_block=self._ipv6_cidr_block(zone.subnets[tier]) if ipv6 else None,
                        assign_ipv6_address_on_creation=ipv6 and tier == NetworkTier.PRIVATE,
                    )
                    for zone in zones
                ],
                route_table_per_zone=tier == NetworkTier.PRIVATE,
            ),
            self.child(),
            transforms=self._transforms.subnet_tier,
        )

    def _id_after(self, ready: Sequence[pulumi.Resource]) -> pulumi.Output[str]:
        """Return the VPC's id, known when `ready` exists. It uses URNs as `SubnetTier.ids_after` does."""
        return pulumi.Output.all(self._vpc.id, *(resource.urn for resource in ready)).apply(lambda all_: all_[0])

    def _ipv6_cidr_block(self, plan: SubnetPlan) -> pulumi.Output[str] | None:
        index = plan.ipv6_index
        if index is None:
            return None
        return self._vpc.ipv6_cidr_block.apply(lambda block: ipv6_subnet(block, index))

    def _public_routes(
        self, public: SubnetTier, internet_gateway: aws.ec2.InternetGateway, *, ipv6: bool
    ) -> list[aws.ec2.Route]:
        table = next(iter(public.nodes.route_tables.values()))
        routes = [
            aws.ec2.Route(
                f"{self._prefix}-public-ipv4",
                route_table_id=table.id,
                destination_cidr_block="0.0.0.0/0",
                gateway_id=internet_gateway.id,
                opts=self.child(self._transforms.route),
            )
        ]
        if ipv6:
            routes.append(
                aws.ec2.Route(
                    f"{self._prefix}-public-ipv6",
                    route_table_id=table.id,
                    destination_ipv6_cidr_block="::/0",
                    gateway_id=internet_gateway.id,
                    opts=self.child(self._transforms.route),
                )
            )
        return routes


def _problems(args: VpcArgs) -> Iterator[Problem]:
    yield from room_for_zones(args, len(args.availability_zones))
    yield from zone_problems(args.cidr_block, args.availability_zones)
    for position, zone in enumerate(args.availability_zones):
        if zone[:-1] != args.region:
            yield Problem(("availability_zones", position), f"is not of region={args.region}")
    yield from image_of_the_instance(args.nat, args.nat_instance_image_id)


def _table_ids(*tiers: SubnetTier) -> list[pulumi.Input[str]]:
    tables = {table.pulumi_resource_name: table for tier in tiers for table in tier.nodes.route_tables.values()}
    return [table.id for table in tables.values()]
