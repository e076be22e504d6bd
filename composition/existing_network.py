"""Looks up an existing network, and refuses an unsuitable one before any resource is created."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import NoReturn, TypeVar

import pulumi
import pulumi_aws as aws

from composition.network import Network
from composition.refusal import refusal
from configuration.sections import MINIMUM_ZONES, Vpc
from spot_planning.network.existing import (
    ISOLATED,
    PRIVATE,
    ExistingSubnet,
    public_route_problem,
    subnet_problem,
    zones_left,
)
from spot_planning.problems import listed

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class _Place:
    """The existing VPC, with what the lookups of its subnets need."""

    vpc: aws.ec2.AwaitableGetVpcResult
    settings: Vpc
    zone_ids: Mapping[str, str]
    unsuitable: frozenset[str]
    look_up: pulumi.InvokeOptions


def existing_network(
    settings: Vpc,
    *,
    existing_id: str,
    zone_ids: Mapping[str, str],
    unsuitable: frozenset[str],
    look_up: pulumi.InvokeOptions,
) -> Network:
    """Look up the network of `vpc.existing_id`; nothing in it is changed.

    Args:
        settings: The section `vpc`.
        existing_id: Id of the VPC.
        zone_ids: The Region's availability zones in this account: name -> id.
        unsuitable: Ids of the zones where tasks or VPC links cannot be placed.
        look_up: Options of the lookups, with the stack's provider.

    Raises:
        pulumi.RunError: The VPC or a subnet does not exist or is not suitable; the message has one line.
    """
    vpc = _found("existing_id", existing_id, lambda: aws.ec2.get_vpc(id=existing_id, opts=look_up))
    if not vpc.enable_dns_support:
        _refuse("existing_id", f"{existing_id} has no DNS resolution (enableDnsSupport), which names of AWS need")
    place = _Place(vpc=vpc, settings=settings, zone_ids=zone_ids, unsuitable=unsuitable, look_up=look_up)
    private = _subnets(place, PRIVATE, settings.existing_private_subnet_ids, settings.existing_private_subnet_tags)
    isolated_ids, isolated_tags = settings.existing_isolated_subnet_ids, settings.existing_isolated_subnet_tags
    return Network(
        vpc_id=vpc.id,
        private_subnet_ids=private,
        isolated_subnet_ids=_subnets(place, ISOLATED, isolated_ids, isolated_tags)
        if isolated_ids or isolated_tags
        else private,
        nat_gateway_ids={},
    )


def _subnets(place: _Place, kind: str, ids: Sequence[str], tags: Mapping[str, str]) -> list[str]:
    """Look up and check subnets; returns their ids in the order of their zones' names."""
    keys = {subnet_id: f"{kind}_ids[{position}]" for position, subnet_id in enumerate(ids)}
    if not ids:
        keys = dict.fromkeys(_tagged(place, f"{kind}_tags", tags), f"{kind}_tags")
    by_zone: dict[str, str] = {}
    # Some zones cannot have tasks or VPC links, but all can have databases and caches.
    unsuitable = place.unsuitable if kind == PRIVATE else frozenset[str]()
    for subnet_id, key in keys.items():
        subnet = _subnet(place, key, subnet_id, unsuitable=unsuitable, taken=by_zone)
        if place.settings.ipv6 and kind == PRIVATE and not subnet.ipv6:
            _refuse(key, f"{subnet_id} has no IPv6 range, and vpc.ipv6 is on")
        table_id, gateway_ids = _routes(place, key, subnet_id)
        public = public_route_problem(table_id, gateway_ids)
        if public is not None:
            _refuse(key, f"{subnet_id} {public}")
        by_zone[subnet.zone] = subnet_id
    return [subnet_id for _, subnet_id in sorted(by_zone.items())]


def _tagged(place: _Place, key: str, tags: Mapping[str, str]) -> list[str]:
    of_the_vpc = aws.ec2.GetSubnetsFilterArgs(name="vpc-id", values=[place.vpc.id])
    asked = listed(f"{name}: {value}" for name, value in sorted(tags.items()))
    found = _found(key, asked, lambda: aws.ec2.get_subnets(filters=[of_the_vpc], tags=dict(tags), opts=place.look_up))
    if len(found.ids) < MINIMUM_ZONES:
        what = f"the tags {asked} are on {len(found.ids)} of the subnets of {place.vpc.id}"
        _refuse(key, f"{what}; at least {MINIMUM_ZONES} are needed, each in a zone of its own")
    return sorted(found.ids)


def _subnet(
    place: _Place, key: str, subnet_id: str, *, unsuitable: Collection[str], taken: Mapping[str, str]
) -> ExistingSubnet:
    """Look up a subnet in this VPC and the allowed zones; if that fails, look it up anywhere to explain the error."""
    zones = zones_left(place.zone_ids, unsuitable=unsuitable, taken=taken)
    in_zones = aws.ec2.GetSubnetFilterArgs(name="availability-zone", values=zones)
    if zones:
        try:
            return _described(
                aws.ec2.get_subnet(id=subnet_id, vpc_id=place.vpc.id, filters=[in_zones], opts=place.look_up)
            )
        except Exception as error:  # noqa: BLE001 (Pulumi raises nothing narrower)
            pulumi.log.debug(f"{subnet_id}: {error}")
    subnet = _described(_found(key, subnet_id, lambda: aws.ec2.get_subnet(id=subnet_id, opts=place.look_up)))
    problem = subnet_problem(subnet, vpc_id=place.vpc.id, zone_ids=place.zone_ids, unsuitable=unsuitable, taken=taken)
    if problem is not None:
        _refuse(key, f"{subnet_id} {problem}")
    return subnet


def _described(found: aws.ec2.AwaitableGetSubnetResult) -> ExistingSubnet:
    return ExistingSubnet(
        id=found.id,
        vpc_id=found.vpc_id,
        zone=found.availability_zone,
        zone_id=found.availability_zone_id,
        ipv6=bool(found.ipv6_cidr_block),
    )


def _routes(place: _Place, key: str, subnet_id: str) -> tuple[str, list[str]]:
    """The subnet's route table, which is the VPC's main one where it has none of its own, and its routes' gateways."""
    of_subnet = aws.ec2.GetRouteTablesFilterArgs(name="association.subnet-id", values=[subnet_id])
    own = _found(
        key,
        subnet_id,
        lambda: aws.ec2.get_route_tables(vpc_id=place.vpc.id, filters=[of_subnet], opts=place.look_up),
    )
    table_id = next(iter(own.ids), place.vpc.main_route_table_id)
    table = _found(key, subnet_id, lambda: aws.ec2.get_route_table(route_table_id=table_id, opts=place.look_up))
    return table_id, [route.gateway_id for route in table.routes if route.gateway_id]


def _found(key: str, what: str, ask: Callable[[], T]) -> T:
    try:
        return ask()
    except Exception as error:  # Pulumi raises nothing narrower.
        raise refusal(f"vpc.{key}", f"{what} was not found: {' '.join(str(error).split())}") from error


def _refuse(key: str, text: str) -> NoReturn:
    raise refusal(f"vpc.{key}", text)
