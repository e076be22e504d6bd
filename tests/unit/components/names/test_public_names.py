"""PublicNames: the authorities that may issue certificates for the names."""

import re
from dataclasses import replace

import pytest

from spot_platform.names.public_names import PublicNames, PublicNamesArgs, PublicNamesTransforms
from tests.program import record_as_aws
from tests.recording import Recorded, Recording

ARGS = PublicNamesArgs(
    zone_name="example.com",
    hosted_zone_id="Z1",
    site_domains=["example.com", "www.example.com"],
    api_domain="api.example.com",
    caa_records=True,
)


def build(args: PublicNamesArgs = ARGS, transforms: PublicNamesTransforms | None = None) -> Recording:
    def program() -> object:
        return PublicNames("shop", args, transforms=transforms).hosted_zone_id

    return record_as_aws(program)


def caa(recording: Recording) -> dict[str, Recorded]:
    records = recording.all("aws:route53/record:Record")
    return {record.inputs["name"]: record for record in records if record.inputs["type"] == "CAA"}


def test_nobody_but_amazon_issues_certificates_for_the_names() -> None:
    found = caa(build())
    assert set(found) == {"example.com", "www.example.com", "api.example.com"}
    for record in found.values():
        assert record.inputs["zoneId"] == "Z1"
        # "(Optional) Configure a CAA record", AWS Certificate Manager User Guide.
        assert record.inputs["records"] == [
            '0 issue "amazon.com"',
            '0 issue "amazonaws.com"',
            '0 issue "amazontrust.com"',
            '0 issue "awstrust.com"',
        ]


def test_other_issuers_are_let_in_beside_amazon() -> None:
    record = caa(build(replace(ARGS, caa_issuers=["letsencrypt.org"])))["example.com"]
    assert record.inputs["records"][-1] == '0 issue "letsencrypt.org"'
    assert len(record.inputs["records"]) == 5


def test_there_are_none_unless_told() -> None:
    assert caa(build(replace(ARGS, caa_records=False))) == {}


def test_transforms_reach_the_records() -> None:
    assert {r.inputs["ttl"] for r in caa(build(transforms=PublicNamesTransforms(caa_record={"ttl": 60}))).values()} == {
        60
    }


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"caa_records": False, "caa_issuers": ["letsencrypt.org"]},
            "caa_issuers is not allowed while caa_records is false",
        ),
        ({"site_domains": [], "api_domain": None}, "caa_records needs a domain of the site or of the API"),
    ],
)
def test_records_for_nobody_are_refused(change: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=f"^PublicNames 'shop': {re.escape(message)}$"):
        build(replace(ARGS, **change))
