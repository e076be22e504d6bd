"""Subnets with the same kind of routes."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from spot_planning.account import AVAILABILITY_ZONE, IPV4_RANGE
from spot_planning.declarations import arguments, matching, setting
from spot_planning.network.subnets import NetworkTier
from spot_planning.problems import Problem
from spot_platform.component import Component, Transform, check
from spot_platform.planned import planned


@arguments
class TierSubnetArgs:
    """One subnet of a `SubnetTier`."""

    letter: str = setting(allowed=matching("[a-z]", "a letter such as a"))
    """Letter of the subnet's zone, such as ``a``, which names the subnet in its tier."""
    availability_zone: str = setting(allowed=AVAILABILITY_ZONE)
    """The zone's name, such as ``us-east-1a``."""
    cidr_block: str = setting(allowed=IPV4_RANGE)
    """The IPv4 range in CIDR notation."""
    ipv6_cidr_block: pulumi.Input[str] | None = None
    """The IPv6 range, a /64 in CIDR notation; None for no IPv6."""
    assign_ipv6_address_on_creation: bool
    """Whether new network interfaces automatically get an IPv6 address."""


@arguments
class SubnetTierArgs:
    """Arguments of `SubnetTier`."""

    vpc_id: pulumi.Input[str]
    """The VPC."""
    tier: NetworkTier
    """Value of the subnets' ``Tier`` tag: ``public``, ``private`` or ``isolated``."""
    subnets: list[TierSubnetArgs]
    """The subnets, one for each zone."""
    route_table_per_zone: bool
    """Whether every zone has its own route table, so that zones can have different routes."""


@dataclass(frozen=True, kw_only=True)
class SubnetTierTransforms:
    """Changes to the arguments of `SubnetTier`'s resources."""

    subnet: Transform | None = None
    route_table: Transform | None = None
    route_table_association: Transform | None = None


@dataclass(frozen=True, kw_only=True)
class SubnetTierNodes:
    """The resources of `SubnetTier`. Keys are the letters of the zones; a shared route table is in every entry."""

    subnets: dict[str, aws.ec2.Subnet]
    route_tables: dict[str, aws.ec2.RouteTable]
    associations: dict[str, aws.ec2.RouteTableAssociation]


class SubnetTier(Component):
    """spot-platform:index:SubnetTier: subnets of a VPC with the same kind of routes, one for each zone.

    Makes: subnets that assign no public addresses, one route table for all or one for each zone, without routes, and
    the associations between them.

    Costs: nothing.

    Risks: a subnet whose range or zone changes is replaced, with everything in it.
    """

    subnet_ids: pulumi.Output[list[str]]
    """The subnets' ids, for resources that need no route.

    They do not wait for the route tables. The engine deletes in waves, by the length of the longest chain of
    dependencies; without this step a database, a cache and a distribution are in the same wave (docs/performance.md).
    """

    def __init__(
        self,
        name: str,
        args: SubnetTierArgs,
        opts: pulumi.ResourceOptions | None = None,
        *,
        transforms: SubnetTierTransforms | None = None,
    ) -> None:
        check(SubnetTier, name, args, (_zones_once,))
        super().__init__(name, opts)
        transforms = transforms or SubnetTierTransforms()

        def route_table(child: str) -> aws.ec2.RouteTable:
            return aws.ec2.RouteTable(
                child, vpc_id=args.vpc_id, tags={"Name": child}, opts=self.child(transforms.route_table)
            )

        shared = None if args.route_table_per_zone else route_table(name)
        tables = {s.letter: shared or route_table(f"{name}-{s.letter}") for s in args.subnets}
        # map_public_ip_on_launch is not set: its default is off, and no subnet needs it.
        subnets = {
            s.letter: aws.ec2.Subnet(
                f"{name}-{s.letter}",
                vpc_id=args.vpc_id,
                availability_zone=s.availability_zone,
                cidr_block=s.cidr_block,
                ipv6_cidr_block=s.ipv6_cidr_block,
                assign_ipv6_address_on_creation=s.assign_ipv6_address_on_creation,
                tags={"Name": f"{name}-{s.letter}", "Tier": args.tier},
                opts=self.child(transforms.subnet),
            )
            for s in args.subnets
        }
        associations = {
            letter: aws.ec2.RouteTableAssociation(
                f"{name}-{letter}",
                subnet_id=subnet.id,
                route_table_id=tables[letter].id,
                opts=self.child(transforms.route_table_association),
            )
            for letter, subnet in subnets.items()
        }

        self.nodes = SubnetTierNodes(subnets=subnets, route_tables=tables, associations=associations)
        self.subnet_ids = _listed([subnet.id for subnet in subnets.values()])
        self.finish()

    def ids_after(self, ready: Iterable[pulumi.Resource]) -> dict[str, pulumi.Output[str]]:
        """Return letter -> subnet id. An id is known when the subnet has its route table and `ready` exists.

        Resources in a subnet usually need the subnet's routes too, otherwise their first start fails. The dependency
        uses URNs, which a preview knows. With ids, a route that does not exist yet would make the subnet ids unknown,
        so that half of the stack would look replaced.
        """
        urns = [resource.urn for resource in ready]
        return {
            letter: pulumi.Output.all(subnet.id, self.nodes.associations[letter].urn, *urns).apply(lambda all_: all_[0])
            for letter, subnet in self.nodes.subnets.items()
        }

    def all_ids_after(self, ready: Iterable[pulumi.Resource]) -> pulumi.Output[list[str]]:
        """Return the ids of `ids_after` as a list. A first preview knows its length."""
        return _listed(list(self.ids_after(ready).values()))


def _listed(ids: list[pulumi.Output[str]]) -> pulumi.Output[list[str]]:
    def same(ids: list[str]) -> list[str]:
        return ids

    return planned(same, ids=ids)


def _zones_once(args: SubnetTierArgs) -> Iterator[Problem]:
    letters = [subnet.letter for subnet in args.subnets]
    for position, letter in enumerate(letters):
        if letter in letters[:position]:
            yield Problem(("subnets", position, "letter"), "is there twice")
