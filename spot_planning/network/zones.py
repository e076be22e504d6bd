"""Chooses the availability zones of a stack."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

ZONE_IDS_WITHOUT_FARGATE: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "us-west-1": frozenset({"usw1-az2"}),  # usw1-az1 and 3 only
        "ap-northeast-1": frozenset({"apne1-az3"}),  # apne1-az1, 2 and 4 only
    }
)
"""Zones without AWS Fargate, by Region (Amazon ECS Developer Guide, "Supported Regions for Amazon ECS on AWS Fargate").

A zone's id is the same in every account; its letter is not (AWS Regions and Availability Zones, "AZ IDs").
Read on 2026-11-29."""

ZONE_IDS_WITHOUT_VPC_LINKS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "us-east-1": frozenset({"use1-az3"}),  # use1-az1, 2, 4, 5 and 6 only
        "us-west-1": frozenset({"usw1-az2"}),  # usw1-az1 and 3 only
        "ca-central-1": frozenset({"cac1-az3", "cac1-az4"}),  # cac1-az1 and 2 only
        "eu-west-3": frozenset({"euw3-az2"}),  # euw3-az1 and 3 only
        "ap-east-1": frozenset({"ape1-az1"}),  # ape1-az2 and 3 only
        "ap-northeast-1": frozenset({"apne1-az3"}),  # apne1-az1, 2 and 4 only
        "ap-northeast-2": frozenset({"apne2-az4"}),  # apne2-az1, 2 and 3 only
    }
)
"""Zones without VPC links of version 2, by Region (Amazon API Gateway Developer Guide, "Set up VPC links V2"). Read on
2026-11-29."""

UNSUITABLE_ZONE_IDS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        region: ZONE_IDS_WITHOUT_FARGATE.get(region, frozenset()) | ZONE_IDS_WITHOUT_VPC_LINKS.get(region, frozenset())
        for region in sorted({*ZONE_IDS_WITHOUT_FARGATE, *ZONE_IDS_WITHOUT_VPC_LINKS})
    }
)
"""Zones without a service that this platform may need, by Region. They are never chosen automatically."""


def unsuitable_zone_ids(region: str, *, vpc_links: bool) -> frozenset[str]:
    """Return the zones of a Region in which a stack's tasks cannot run.

    Args:
        region: The Region.
        vpc_links: Whether the stack has a VPC link of version 2, which uses the same zones.
    """
    without_fargate = ZONE_IDS_WITHOUT_FARGATE.get(region, frozenset())
    return without_fargate | ZONE_IDS_WITHOUT_VPC_LINKS.get(region, frozenset()) if vpc_links else without_fargate


def choose_zones(zone_ids: Mapping[str, str], *, region: str, letters: str, wanted: int) -> list[str]:
    """Choose the zones of a stack whose settings name no zones.

    The suitable zones with the lowest ids are chosen. AWS gives a new zone the next number, so a new zone never changes
    the choice. If AWS removes a zone that was not chosen, the choice does not change either.

    Args:
        zone_ids: The Region's zones for this account: name -> id, such as ``us-east-1a`` -> ``use1-az6``.
        region: The Region.
        letters: The letters of the zones for which the VPC's address range has room.
        wanted: Number of zones.

    Returns:
        The names of the zones, sorted by id; fewer than `wanted` if there are not enough suitable zones.
    """
    unsuitable = UNSUITABLE_ZONE_IDS.get(region, frozenset[str]())
    suitable = [name for name, zone in zone_ids.items() if zone not in unsuitable and name[-1] in letters]
    return sorted(suitable, key=lambda name: (_number(zone_ids[name]), name))[:wanted]


def unknown_zones(named: Sequence[str], zone_ids: Mapping[str, str]) -> list[str]:
    """Return the named zones that the account does not have.

    Args:
        named: Names of zones.
        zone_ids: The Region's zones for this account: name -> id.
    """
    return [name for name in named if name not in zone_ids]


def _number(zone_id: str) -> int:
    digits = zone_id.rpartition("-az")[2]
    return int(digits) if digits.isdecimal() else 0
