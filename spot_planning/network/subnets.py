"""Divides a VPC's address range among availability zones.

A zone's subnets depend only on the VPC's address range and on the zone's own letter: adding, dropping or reordering
zones never moves the subnets of another zone. (A subnet that moves is replaced, with everything in it.)

The range is cut into equal slots, one for each letter from ``a`` on. Half of a slot is private, an eighth public, an
eighth isolated, and a quarter stays free for future use::

    |       private 1/2       | public 1/8 | isolated 1/8 |   free 1/4   |
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network

from spot_planning.account import AVAILABILITY_ZONE
from spot_planning.declarations import fits
from spot_planning.problems import Problem

MINIMUM_PREFIX_LENGTH = 16
"""The largest VPC that AWS allows ("VPC CIDR blocks", Amazon VPC User Guide)."""
MAXIMUM_PREFIX_LENGTH = 25
"""The smallest VPC in which one zone's subnets are not smaller than AWS allows."""
SMALLEST_SUBNET_PREFIX_LENGTH = 28
"""The smallest subnet that AWS allows ("Subnet CIDR blocks", Amazon VPC User Guide)."""

_PRIVATE_BITS = 1
_SMALL_BITS = 3
_PUBLIC_POSITION = 4
_ISOLATED_POSITION = 5
_MAXIMUM_SLOT_BITS = 3  # us-east-1, the region with the most zones, has six: a to f
_IPV6_INDEXES_PER_SLOT = 8

_ADDRESS_RANGES = tuple(
    IPv4Network(block) for block in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")
)


class NetworkTier(StrEnum):
    """A kind of subnet.

    Public: for resources with public addresses, which are only NAT. Private: connections to the internet, but none
    from it. Isolated: no connections to or from the internet.
    """

    PUBLIC = "public"
    PRIVATE = "private"
    ISOLATED = "isolated"


TIERS = tuple(NetworkTier)


@dataclass(frozen=True, kw_only=True)
class SubnetPlan:
    """One subnet."""

    cidr_block: str
    """The IPv4 range in CIDR notation."""
    ipv6_index: int | None
    """Index of the subnet's /64 in the VPC's /56 when IPv6 is on; None for a subnet that never has IPv6."""


@dataclass(frozen=True, kw_only=True)
class ZonePlan:
    """One availability zone."""

    zone: str
    """The zone's name, such as ``us-east-1a``."""
    letter: str
    """The zone's letter, such as ``a``, which is part of its resources' names."""
    subnets: dict[str, SubnetPlan]
    """The zone's subnets by tier."""


def cidr_block_problem(cidr_block: str, zone_count: int) -> str | None:
    """Check a VPC's address range. Return the problem and the allowed ranges, or None.

    Args:
        cidr_block: The range in CIDR notation, such as ``10.0.0.0/16``.
        zone_count: The number of availability zones, at least 1.
    """
    try:
        network = IPv4Network(cidr_block, strict=False)
    except ValueError:
        return "is not an IPv4 range in CIDR notation, such as 10.0.0.0/16"
    if str(network) != cidr_block:
        return f"does not begin on its own boundary: write {network}"
    if not MINIMUM_PREFIX_LENGTH <= network.prefixlen <= MAXIMUM_PREFIX_LENGTH:
        return (
            f"has a prefix length of {network.prefixlen}; allowed are /{MINIMUM_PREFIX_LENGTH} to "
            f"/{MAXIMUM_PREFIX_LENGTH}"
        )
    if not any(network.subnet_of(allowed) for allowed in _ADDRESS_RANGES):
        return f"is not private address space; allowed are blocks inside {', '.join(map(str, _ADDRESS_RANGES))}"
    slots = 1 << _slot_bits(network)
    if zone_count > slots:
        largest = MAXIMUM_PREFIX_LENGTH - (zone_count - 1).bit_length()
        advice = f"a /{largest} or larger is needed" if zone_count <= 1 << _MAXIMUM_SLOT_BITS else "use fewer"
        return f"has room for {_zones(slots)}, not for {zone_count}: {advice}"
    return None


def plan_subnets(cidr_block: str, availability_zones: list[str]) -> tuple[ZonePlan, ...]:
    """Plan the subnets of every zone.

    Args:
        cidr_block: The VPC's range in CIDR notation.
        availability_zones: Zone names of one region, in any order.

    Returns:
        One plan for each zone, in the order of the zones' names.

    Raises:
        ValueError: `zone_problems` or `cidr_block_problem` finds a problem.
    """
    problem = cidr_block_problem(cidr_block, len(availability_zones)) or next(
        (problem.text for problem in zone_problems(cidr_block, availability_zones)), None
    )
    if problem is not None:
        raise ValueError(f"{cidr_block} for {', '.join(availability_zones)}: {problem}")
    network = IPv4Network(cidr_block)
    slots = list(network.subnets(prefixlen_diff=_slot_bits(network)))
    return tuple(_plan_zone(zone, zone[-1], slots[_index(zone)], _index(zone)) for zone in sorted(availability_zones))


def zone_problems(cidr_block: str, availability_zones: list[str]) -> Iterator[Problem]:
    """Check the availability zones of a VPC.

    Args:
        cidr_block: The VPC's range, already checked.
        availability_zones: Zone names of one region, in any order.
    """
    if not availability_zones:
        yield Problem(("availability_zones",), "has no zones; at least 1 is needed", shows_value=False)
    network = IPv4Network(cidr_block)
    slots = 1 << _slot_bits(network)
    for position, zone in enumerate(availability_zones):
        path = ("availability_zones", position)
        if not fits(AVAILABILITY_ZONE, zone):
            yield Problem(
                path,
                "is not an availability zone, such as us-east-1a (Local Zones and Wavelength Zones lack the services "
                "that this platform is made of)",
            )
        elif zone in availability_zones[:position]:
            yield Problem(path, "is there twice")
        elif zone[:-1] != availability_zones[0][:-1]:
            yield Problem(path, f"is of another Region than {availability_zones[0]}")
        elif _index(zone) >= slots:
            last = chr(ord("a") + slots - 1)
            yield Problem(path, f"has no room in cidr_block={cidr_block}, which holds the zones a to {last}")


def zone_letters(cidr_block: str) -> str:
    """Return the letters of the zones for which an address range has room, such as ``abcd``.

    Args:
        cidr_block: The VPC's range, already checked.
    """
    return "".join(chr(ord("a") + index) for index in range(1 << _slot_bits(IPv4Network(cidr_block))))


def _index(zone: str) -> int:
    return ord(zone[-1]) - ord("a")


def ipv6_subnet(vpc_cidr_block: str, index: int) -> str:
    """Return the /64 of a subnet in the /56 that AWS assigns to a VPC.

    Args:
        vpc_cidr_block: The VPC's IPv6 range.
        index: The subnet's index in its plan.

    Returns:
        The subnet's range in CIDR notation.

    Raises:
        ValueError: The range is not an IPv6 range, or is too small for this index.
    """
    network = IPv6Network(vpc_cidr_block)
    size = 1 << (128 - 64)
    address = int(network.network_address) + index * size
    subnet = IPv6Network((address, 64))
    if not subnet.subnet_of(network):
        raise ValueError(f"ipv6_cidr_block={vpc_cidr_block} has no /64 number {index}")
    return str(subnet)


def _plan_zone(zone: str, letter: str, slot: IPv4Network, index: int) -> ZonePlan:
    eighths = list(slot.subnets(prefixlen_diff=_SMALL_BITS))
    half = next(slot.subnets(prefixlen_diff=_PRIVATE_BITS))
    first = index * _IPV6_INDEXES_PER_SLOT
    return ZonePlan(
        zone=zone,
        letter=letter,
        subnets={
            "public": SubnetPlan(cidr_block=str(eighths[_PUBLIC_POSITION]), ipv6_index=first + 1),
            "private": SubnetPlan(cidr_block=str(half), ipv6_index=first),
            "isolated": SubnetPlan(cidr_block=str(eighths[_ISOLATED_POSITION]), ipv6_index=None),
        },
    )


def _slot_bits(network: IPv4Network) -> int:
    return min(_MAXIMUM_SLOT_BITS, MAXIMUM_PREFIX_LENGTH - network.prefixlen)


def _zones(count: int) -> str:
    return f"{count} availability zone{'' if count == 1 else 's'}"
