"""The choice of a stack's zones, and that a stack keeps its zones."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spot_planning.network.subnets import zone_letters
from spot_planning.network.zones import UNSUITABLE_ZONE_IDS, choose_zones, unsuitable_zone_ids

US_EAST_1 = {
    "us-east-1a": "use1-az3",
    "us-east-1b": "use1-az6",
    "us-east-1c": "use1-az1",
    "us-east-1d": "use1-az2",
    "us-east-1e": "use1-az4",
    "us-east-1f": "use1-az5",
}
ALL = "abcdefgh"


def chosen(zone_ids: dict[str, str], wanted: int = 2, letters: str = ALL, region: str = "us-east-1") -> list[str]:
    return choose_zones(zone_ids, region=region, letters=letters, wanted=wanted)


def test_a_zone_without_fargate_or_vpc_links_is_passed_over_whatever_its_letter() -> None:
    """No list of "Set up VPC links V2" (Amazon API Gateway Developer Guide) has use1-az3."""
    assert chosen(US_EAST_1) == ["us-east-1c", "us-east-1d"]
    assert "us-east-1a" not in chosen(US_EAST_1, wanted=6)


@pytest.mark.parametrize(
    ("region", "unsuitable"),
    [
        ("us-east-1", {"use1-az3"}),
        ("us-west-1", {"usw1-az2"}),
        ("ap-northeast-1", {"apne1-az3"}),
        ("ap-east-1", {"ape1-az1"}),
        ("ap-northeast-2", {"apne2-az4"}),
        ("ca-central-1", {"cac1-az3", "cac1-az4"}),
        ("eu-west-3", {"euw3-az2"}),
    ],
)
def test_the_zones_that_aws_leaves_out(region: str, unsuitable: set[str]) -> None:
    """Amazon ECS Developer Guide, "Supported Regions for Amazon ECS on AWS Fargate"; "Set up VPC links V2"."""
    assert UNSUITABLE_ZONE_IDS[region] == unsuitable


@pytest.mark.parametrize(
    ("region", "without_links", "with_links"),
    [
        ("us-east-1", set(), {"use1-az3"}),
        ("us-west-1", {"usw1-az2"}, {"usw1-az2"}),
        ("eu-west-3", set(), {"euw3-az2"}),
        ("eu-west-1", set(), set()),
    ],
)
def test_a_zone_that_only_lacks_vpc_links_will_do_without_one(
    region: str, without_links: set[str], with_links: set[str]
) -> None:
    assert unsuitable_zone_ids(region, vpc_links=False) == without_links
    assert unsuitable_zone_ids(region, vpc_links=True) == with_links


@given(letters=st.permutations("abcdefgh"), wanted=st.integers(2, 4))
def test_one_more_zone_moves_nothing_and_one_less_only_what_stood_there(letters: list[str], wanted: int) -> None:
    zone_ids = {f"eu-west-1{letter}": f"euw1-az{number}" for number, letter in enumerate(letters[:5], start=1)}
    before = chosen(zone_ids, wanted, region="eu-west-1")
    assert len(before) == wanted
    more = {f"eu-west-1{letters[5]}": "euw1-az6", **zone_ids}
    assert chosen(more, wanted, region="eu-west-1") == before
    for lost in zone_ids:
        after = chosen({name: zone for name, zone in zone_ids.items() if name != lost}, wanted, region="eu-west-1")
        assert set(before) - {lost} <= set(after)
        assert lost in before or after == before


def test_ids_are_ordered_by_number() -> None:
    zone_ids = {"us-west-2a": "usw2-az10", "us-west-2b": "usw2-az2", "us-west-2c": "usw2-az1"}
    assert chosen(zone_ids, region="us-west-2") == ["us-west-2c", "us-west-2b"]


def test_a_small_network_has_room_for_the_first_letters_only() -> None:
    assert zone_letters("10.0.0.0/24") == "ab"
    assert zone_letters("10.0.0.0/16") == ALL
    assert chosen(US_EAST_1, letters="abc") == ["us-east-1c", "us-east-1b"]
    assert chosen(US_EAST_1, letters="ab") == ["us-east-1b"]
