"""Checks subnets of an existing network."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

PRIVATE, ISOLATED = "existing_private_subnet", "existing_isolated_subnet"
"""Prefixes of the settings that name subnets; the suffix is ``_ids`` or ``_tags``."""


@dataclass(frozen=True, kw_only=True)
class ExistingSubnet:
    """A subnet as AWS describes it."""

    id: str
    vpc_id: str
    zone: str
    """The zone's name, such as ``us-east-1a``."""
    zone_id: str
    """The zone's id, such as ``use1-az4``."""
    ipv6: bool
    """Whether the subnet has an IPv6 range."""


def zones_left(zone_ids: Mapping[str, str], *, unsuitable: Collection[str], taken: Collection[str]) -> list[str]:
    """Return the zones in which a further subnet may be created.

    Args:
        zone_ids: The Region's zones for this account: name -> id.
        unsuitable: Ids of zones that cannot be used.
        taken: Names of the zones that already have a subnet.

    Returns:
        The names of the zones, sorted.
    """
    return sorted(name for name, zone_id in zone_ids.items() if zone_id not in unsuitable and name not in taken)


def subnet_problem(
    subnet: ExistingSubnet,
    *,
    vpc_id: str,
    zone_ids: Mapping[str, str],
    unsuitable: Collection[str],
    taken: Mapping[str, str],
) -> str | None:
    """Check the VPC and the zone of a subnet. Return the problem, or None.

    Args:
        subnet: The subnet.
        vpc_id: The VPC to which the subnet must belong.
        zone_ids: The Region's zones for this account, without Local Zones: name -> id.
        unsuitable: Ids of zones that cannot be used.
        taken: The subnets that were checked before: name of the zone -> subnet.
    """
    if subnet.vpc_id != vpc_id:
        return f"is of {subnet.vpc_id}, not of vpc.existing_id {vpc_id}"
    if subnet.zone in taken:
        return f"is in {subnet.zone}, as {taken[subnet.zone]} is; each must be in a zone of its own"
    if subnet.zone not in zone_ids:
        return f"is in {subnet.zone}, which is no availability zone; Local Zones lack what the platform is made of"
    if subnet.zone_id in unsuitable:
        return f"is in {subnet.zone} ({subnet.zone_id}), a zone without Fargate or VPC links"
    return None


def public_route_problem(route_table_id: str, gateway_ids: Sequence[str]) -> str | None:
    """Check that a subnet has no route to an internet gateway. Return the problem, or None.

    Args:
        route_table_id: The subnet's route table.
        gateway_ids: The gateways that are targets of its routes: ``local``, ``igw-...``, ``vgw-...``, ``vpce-...``.
    """
    way_in = next((gateway for gateway in gateway_ids if gateway.startswith("igw-")), None)
    if way_in is None:
        return None
    return f"is public: its route table {route_table_id} leads to the internet gateway {way_in}"
