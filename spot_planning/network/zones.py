"""Which availability zones a stack stands in."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

UNSUITABLE_ZONE_IDS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        # Amazon API Gateway Developer Guide, "Set up VPC links V2": use1-az1, 2, 4, 5 and 6 only.
        "us-east-1": frozenset({"use1-az3"}),
        # Amazon ECS Developer Guide, "Supported Regions for Amazon ECS on AWS Fargate": usw1-az1 and 3 only.
        "us-west-1": frozenset({"usw1-az2"}),
        # The same page: apne1-az1, 2 and 4 only.
        "ap-northeast-1": frozenset({"apne1-az3"}),
        # "Set up VPC links V2": ape1-az2 and 3 only.
        "ap-east-1": frozenset({"ape1-az1"}),
    }
)
"""Zones that lack what this platform is made of, by Region. An id is the same zone in every account; the letter of a
zone is not (AWS Regions and Availability Zones, "AZ IDs"). Read on 2026-11-29."""


def choose_zones(zone_ids: Mapping[str, str], *, region: str, letters: str, wanted: int) -> list[str]:
    """The zones of a stack that names none.

    The lowest ids that suit. AWS gives a new zone the next number, so that one more zone never moves what stands; when
    one goes that was not chosen, nothing moves either.

    Args:
        zone_ids: The Region's zones for this account: name to id, such as ``us-east-1a`` to ``use1-az6``.
        region: The Region.
        letters: The letters that the VPC's address range has room for.
        wanted: How many zones.

    Returns:
        Their names by id; fewer than wanted where no more suit.
    """
    unsuitable = UNSUITABLE_ZONE_IDS.get(region, frozenset[str]())
    suitable = [name for name, zone in zone_ids.items() if zone not in unsuitable and name[-1] in letters]
    return sorted(suitable, key=lambda name: (_number(zone_ids[name]), name))[:wanted]


def unknown_zones(named: Sequence[str], zone_ids: Mapping[str, str]) -> list[str]:
    """The zones that a stack names and the account has not.

    Args:
        named: Names of zones.
        zone_ids: The Region's zones for this account: name to id.
    """
    return [name for name in named if name not in zone_ids]


def _number(zone_id: str) -> int:
    digits = zone_id.rpartition("-az")[2]
    return int(digits) if digits.isdecimal() else 0
