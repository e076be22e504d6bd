from hypothesis import given
from hypothesis import strategies as st

from toolchain.datapath.edge.dns import Zone, names_in, resolve, zone

OWNED = frozenset({"d1.cloudfront.net", "api.execute-api.us-east-1.amazonaws.com"})


def alias(name: str, target: str, kind: str = "A") -> dict[str, object]:
    return {"Name": f"{name}.", "Type": kind, "AliasTarget": {"DNSName": f"{target}."}}


def test_aliases_and_cnames_are_followed() -> None:
    site = zone(
        "example.test.",
        [
            alias("example.test", "d1.cloudfront.net", "AAAA"),
            alias("example.test", "D1.cloudfront.net"),
            {"Name": "www.example.test.", "Type": "CNAME", "ResourceRecords": [{"Value": "example.test"}]},
            {"Name": "\\052.apps.example.test.", "Type": "CNAME", "ResourceRecords": [{"Value": "www.example.test."}]},
            {"Name": "old.example.test.", "Type": "A", "ResourceRecords": [{"Value": "192.0.2.1"}]},
            alias("lost.example.test", "d2.cloudfront.net"),
            {"Name": "example.test.", "Type": "MX", "ResourceRecords": [{"Value": "10 mail"}]},
        ],
    )
    found = {
        name: resolve(name, [site], OWNED)
        for name in (
            "example.test",
            "www.example.test",
            "a.apps.example.test",
            "old.example.test",
            "lost.example.test",
            "none.example.test",
            "other.test",
            "d1.cloudfront.net",
        )
    }
    assert found == {
        "example.test": "d1.cloudfront.net",
        "www.example.test": "d1.cloudfront.net",
        "a.apps.example.test": "d1.cloudfront.net",
        "old.example.test": None,
        "lost.example.test": None,
        "none.example.test": None,
        "other.test": None,
        "d1.cloudfront.net": "d1.cloudfront.net",
    }
    assert names_in([site], OWNED) == OWNED | {"example.test", "www.example.test"}


def test_the_nearest_zone_answers() -> None:
    parent = Zone("example.test", {"api.example.test": "d1.cloudfront.net"})
    child = Zone("api.example.test", {})
    assert resolve("api.example.test", [parent, child], OWNED) is None
    assert resolve("api.example.test", [parent], OWNED) == "d1.cloudfront.net"


def test_routing_policies_that_are_not_played_are_said_and_one_record_answers() -> None:
    def kept(name: str, target: str, identifier: str, **policy: object) -> dict[str, object]:
        return {**alias(name, target), "SetIdentifier": identifier, **policy}

    site = zone(
        "example.test.",
        [
            kept("weighted.example.test", "d2.cloudfront.net", "a", Weight=0),
            kept("weighted.example.test", "d1.cloudfront.net", "b", Weight=90),
            kept("weighted.example.test", "d2.cloudfront.net", "c", Weight=10),
            kept("failover.example.test", "d2.cloudfront.net", "a", Failover="SECONDARY"),
            kept("failover.example.test", "d1.cloudfront.net", "b", Failover="PRIMARY"),
            kept("near.example.test", "d1.cloudfront.net", "a", Region="us-east-1"),
            kept("near.example.test", "d2.cloudfront.net", "b", Region="eu-west-1"),
            kept("place.example.test", "d2.cloudfront.net", "a", GeoLocation={"CountryCode": "MY"}),
            kept("place.example.test", "d1.cloudfront.net", "b", GeoLocation={"CountryCode": "*"}),
            kept("many.example.test", "d1.cloudfront.net", "a", MultiValueAnswer=True),
            alias("example.test", "d1.cloudfront.net"),
            {"Name": "_text.example.test.", "Type": "TXT", "SetIdentifier": "a", "Weight": 1},
        ],
    )
    assert site.unplayed == (
        "weighted.example.test (A): weighted routing is not played: d1.cloudfront.net answers",
        "failover.example.test (A): failover routing is not played: d1.cloudfront.net answers",
        "near.example.test (A): latency routing is not played: d1.cloudfront.net answers",
        "place.example.test (A): geolocation routing is not played: d1.cloudfront.net answers",
        "many.example.test (A): multivalue answer routing is not played: d1.cloudfront.net answers",
    )
    names = ("weighted", "failover", "near", "place", "many")
    assert {resolve(f"{name}.example.test", [site], OWNED) for name in names} == {"d1.cloudfront.net"}


@given(st.dictionaries(st.sampled_from("abcdef"), st.sampled_from("abcdefg")))
def test_circles_end(targets: dict[str, str]) -> None:
    site = Zone("", targets)
    for name in targets:
        assert resolve(f"{name}", [site], frozenset({"g"})) in {None, "g"}
