"""Properties of the subnet plan."""

import re
from ipaddress import IPv4Network, IPv6Network, collapse_addresses
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spot_planning.network.subnets import (
    SMALLEST_SUBNET_PREFIX_LENGTH,
    TIERS,
    ZonePlan,
    cidr_block_problem,
    ipv6_subnet,
    plan_subnets,
    zone_problems,
)
from tests.unit.planning.saying import lines

LETTERS = "abcdefgh"
PRIVATE_RANGES = [IPv4Network(n) for n in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")]


@st.composite
def vpcs(draw: st.DrawFn) -> tuple[str, list[str]]:
    """Draw a CIDR block, and as many zones as fit into it."""
    prefix = draw(st.integers(16, 25))
    outer = draw(st.sampled_from(PRIVATE_RANGES))
    index = draw(st.integers(0, (1 << (prefix - outer.prefixlen)) - 1))
    block = IPv4Network((int(outer.network_address) + (index << (32 - prefix)), prefix))
    letters = LETTERS[: min(8, 1 << (25 - prefix))]
    zones = draw(st.lists(st.sampled_from(letters), min_size=1, unique=True))
    region = draw(st.sampled_from(["us-east-1", "eu-west-3", "ap-southeast-2", "us-gov-west-1"]))
    return str(block), [f"{region}{letter}" for letter in zones]


def blocks(plan: tuple[ZonePlan, ...]) -> list[IPv4Network]:
    return [IPv4Network(subnet.cidr_block) for zone in plan for subnet in zone.subnets.values()]


@given(vpcs())
def test_subnets_lie_inside_the_vpc_and_apart(vpc: tuple[str, list[str]]) -> None:
    cidr_block, zones = vpc
    planned = blocks(plan_subnets(cidr_block, zones))
    assert len(planned) == 3 * len(zones)
    assert all(block.subnet_of(IPv4Network(cidr_block)) for block in planned)
    assert not [pair for pair in combinations(planned, 2) if pair[0].overlaps(pair[1])]


@given(vpcs())
def test_subnets_are_within_the_limits_of_aws(vpc: tuple[str, list[str]]) -> None:
    sizes = [block.prefixlen for block in blocks(plan_subnets(*vpc))]
    assert all(16 <= size <= SMALLEST_SUBNET_PREFIX_LENGTH for size in sizes)


@given(vpcs())
def test_private_subnets_are_the_largest(vpc: tuple[str, list[str]]) -> None:
    for zone in plan_subnets(*vpc):
        sizes = {tier: IPv4Network(subnet.cidr_block).num_addresses for tier, subnet in zone.subnets.items()}
        assert tuple(sizes) == TIERS
        assert sizes["private"] > max(sizes["public"], sizes["isolated"])


@given(vpcs())
def test_a_zone_has_the_same_subnets_whatever_the_other_zones_are(vpc: tuple[str, list[str]]) -> None:
    cidr_block, zones = vpc
    plan = plan_subnets(cidr_block, zones)
    assert [zone.zone for zone in plan] == sorted(zones)
    for zone in plan:
        assert plan_subnets(cidr_block, [zone.zone]) == (zone,)


@given(vpcs())
def test_a_quarter_of_the_vpc_stays_free(vpc: tuple[str, list[str]]) -> None:
    cidr_block, zones = vpc
    used = sum(block.num_addresses for block in collapse_addresses(blocks(plan_subnets(cidr_block, zones))))
    assert used <= IPv4Network(cidr_block).num_addresses * 3 // 4


@given(vpcs())
def test_ipv6_indexes_are_distinct_and_fit_a_56(vpc: tuple[str, list[str]]) -> None:
    indexes = [s.ipv6_index for z in plan_subnets(*vpc) for s in z.subnets.values() if s.ipv6_index is not None]
    assert len(set(indexes)) == len(indexes) == 2 * len(vpc[1])
    networks = {ipv6_subnet("2600:1f18:1234:5600::/56", index) for index in indexes}
    assert len(networks) == len(indexes)
    assert all(IPv6Network(n).subnet_of(IPv6Network("2600:1f18:1234:5600::/56")) for n in networks)


def test_isolated_subnets_have_no_ipv6() -> None:
    (zone,) = plan_subnets("10.0.0.0/16", ["us-east-1a"])
    assert zone.subnets["isolated"].ipv6_index is None


def test_the_plan_is_pinned() -> None:
    """A changed number here moves the subnets of existing stacks."""
    plan = plan_subnets("10.0.0.0/16", ["us-east-1a", "us-east-1f"])
    assert {z.letter: {t: (s.cidr_block, s.ipv6_index) for t, s in z.subnets.items()} for z in plan} == {
        "a": {"public": ("10.0.16.0/22", 1), "private": ("10.0.0.0/20", 0), "isolated": ("10.0.20.0/22", None)},
        "f": {"public": ("10.0.176.0/22", 41), "private": ("10.0.160.0/20", 40), "isolated": ("10.0.180.0/22", None)},
    }


def test_smallest_vpc() -> None:
    (zone,) = plan_subnets("10.0.0.0/25", ["us-east-1a"])
    assert {t: s.cidr_block for t, s in zone.subnets.items()} == {
        "public": "10.0.0.64/28",
        "private": "10.0.0.0/26",
        "isolated": "10.0.0.80/28",
    }


@pytest.mark.parametrize(
    ("cidr_block", "zones", "message"),
    [
        ("10.0.0.0/30", 1, "has a prefix length of 30; allowed are /16 to /25"),
        ("10.0.0.0/8", 1, "has a prefix length of 8; allowed are /16 to /25"),
        ("10.0.1.0/16", 1, "does not begin on its own boundary: write 10.0.0.0/16"),
        ("10.0.0.0", 1, "does not begin on its own boundary: write 10.0.0.0/32"),
        ("ten", 1, "is not an IPv4 range in CIDR notation, such as 10.0.0.0/16"),
        ("2600::/56", 1, "is not an IPv4 range in CIDR notation, such as 10.0.0.0/16"),
        (
            "8.8.0.0/16",
            1,
            (
                "is not private address space; allowed are blocks inside"
                " 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 100.64.0.0/10"
            ),
        ),
        (
            "10.0.0.0/24",
            3,
            "has room for 2 availability zones, not for 3: a /23 or larger is needed",
        ),
        (
            "10.0.0.0/25",
            2,
            "has room for 1 availability zone, not for 2: a /24 or larger is needed",
        ),
        (
            "10.0.0.0/16",
            9,
            "has room for 8 availability zones, not for 9: use fewer",
        ),
    ],
)
def test_wrong_block(cidr_block: str, zones: int, message: str) -> None:
    assert cidr_block_problem(cidr_block, zones) == message


@given(st.integers(16, 25), st.integers(1, 8))
def test_the_check_advises_a_size_that_it_accepts(prefix: int, zones: int) -> None:
    block = f"10.0.0.0/{prefix}"
    problem = cidr_block_problem(block, zones)
    if problem is not None:
        advised = problem.split("a /")[1].split(" ")[0]
        assert int(advised) < prefix
        assert cidr_block_problem(f"10.0.0.0/{advised}", zones) is None


@pytest.mark.parametrize(
    ("cidr_block", "zones", "line"),
    [
        (
            "10.0.0.0/24",
            ["us-east-1a", "us-east-1f"],
            "availability_zones[1] has no room in cidr_block=10.0.0.0/24, which holds the zones a to b",
        ),
        (
            "10.0.0.0/16",
            ["us-east-1a", "eu-west-1a"],
            "availability_zones[1] is of another Region than us-east-1a",
        ),
        ("10.0.0.0/16", ["us-east-1a", "us-east-1a"], "availability_zones[1] is there twice"),
        ("10.0.0.0/16", [], "availability_zones has no zones; at least 1 is needed"),
        (
            "10.0.0.0/16",
            ["us-west-2-lax-1a"],
            (
                "availability_zones[0] is not an availability zone, such as us-east-1a"
                " (Local Zones and Wavelength Zones lack the services that this platform is made of)"
            ),
        ),
    ],
)
def test_wrong_zones(cidr_block: str, zones: list[str], line: str) -> None:
    assert lines(zone_problems(cidr_block, zones)) == [line]
    with pytest.raises(ValueError, match="^" + re.escape(f"{cidr_block} for ")):
        plan_subnets(cidr_block, zones)


def test_ipv6_range_without_so_many_subnets() -> None:
    with pytest.raises(ValueError, match=r"ipv6_cidr_block=2600::/64 has no /64 number 1"):
        ipv6_subnet("2600::/64", 1)
