"""Rules across the settings of a network."""

from collections.abc import Iterator

from spot_planning.checking import Rule
from spot_planning.network.nat import is_arm64_instance_type
from spot_planning.network.settings import EgressSettings, Nat
from spot_planning.network.subnets import cidr_block_problem
from spot_planning.problems import Problem
from spot_planning.repetition import nothing_twice


def address_range(settings: EgressSettings) -> Iterator[Problem]:
    """The address range is valid for a VPC."""
    yield from room_for_zones(settings, 1)


def room_for_zones(settings: EgressSettings, zone_count: int) -> Iterator[Problem]:
    """The address range has room for the zones.

    Args:
        settings: The network's settings.
        zone_count: The number of availability zones.
    """
    problem = cidr_block_problem(settings.cidr_block, zone_count)
    if problem is not None:
        yield Problem(("cidr_block",), problem)


def nat_instance_type(settings: EgressSettings) -> Iterator[Problem]:
    """A NAT instance has an arm64 instance type, because its image is for arm64."""
    if settings.nat == Nat.INSTANCE and not is_arm64_instance_type(settings.nat_instance_type):
        yield Problem(
            ("nat_instance_type",),
            "is not an arm64 (Graviton) type, such as t4g.nano; the NAT instance's image is for arm64",
        )


EGRESS_RULES: tuple[Rule, ...] = (address_range, nat_instance_type)
ENDPOINT_RULES: tuple[Rule, ...] = (nothing_twice("interface_endpoints"),)
RULES: tuple[Rule, ...] = (*EGRESS_RULES, *ENDPOINT_RULES)
