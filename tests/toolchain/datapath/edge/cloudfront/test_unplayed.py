"""What a distribution asks for and the edge does not play is named, read from a real emulator."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.toolchain.datapath.edge.cloudfront.samples import CACHING_OPTIMIZED
from tests.toolchain.datapath.edge.conftest import origin_access_control, surroundings_of
from toolchain.datapath.edge.cloudfront import CloudFront
from toolchain.datapath.edge.cloudfront.model import Policies, distribution
from toolchain.datapath.edge.cloudfront.policies import MANAGED_CACHE_POLICIES
from toolchain.datapath.edge.cloudfront.unplayed import unplayed
from toolchain.datapath.edge.messages import Request

PLAIN: dict[str, Any] = {
    "TargetOriginId": "a",
    "ViewerProtocolPolicy": "allow-all",
    "CachePolicyId": CACHING_OPTIMIZED,
}
ORIGIN: dict[str, Any] = {
    "DomainName": "a.example.com",
    "CustomOriginConfig": {"HTTPPort": 80, "HTTPSPort": 443, "OriginProtocolPolicy": "https-only"},
}
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:login:1"
ASKING: dict[str, Any] = {
    "CallerReference": "asking",
    "Comment": "",
    "Enabled": True,
    "Origins": {
        "Quantity": 2,
        "Items": [
            {**ORIGIN, "Id": "a", "OriginShield": {"Enabled": True, "OriginShieldRegion": "us-east-1"}},
            {**ORIGIN, "Id": "b"},
        ],
    },
    "OriginGroups": {
        "Quantity": 1,
        "Items": [
            {
                "Id": "both",
                "FailoverCriteria": {"StatusCodes": {"Quantity": 1, "Items": [500]}},
                "Members": {"Quantity": 2, "Items": [{"OriginId": "a"}, {"OriginId": "b"}]},
            }
        ],
    },
    "DefaultCacheBehavior": {
        **PLAIN,
        "LambdaFunctionAssociations": {
            "Quantity": 1,
            "Items": [{"LambdaFunctionARN": FUNCTION, "EventType": "viewer-request", "IncludeBody": False}],
        },
        "FieldLevelEncryptionId": "fields",
    },
    "CacheBehaviors": {
        "Quantity": 2,
        "Items": [
            {
                **PLAIN,
                "PathPattern": "/private/*",
                "TargetOriginId": "both",
                "TrustedKeyGroups": {"Enabled": True, "Quantity": 1, "Items": ["group"]},
                "RealtimeLogConfigArn": "arn:aws:cloudfront::123456789012:realtime-log-config/live",
            },
            {
                **PLAIN,
                "PathPattern": "/old/*",
                "TrustedSigners": {"Enabled": True, "Quantity": 1, "Items": ["self"]},
            },
        ],
    },
    "Restrictions": {"GeoRestriction": {"RestrictionType": "whitelist", "Quantity": 1, "Items": ["MY"]}},
    "Logging": {"Enabled": True, "IncludeCookies": False, "Bucket": "logs.s3.amazonaws.com", "Prefix": ""},
}
NAMED = (
    "the geographic restriction (whitelist MY) is not played: viewers of all countries are served",
    "standard logs to a bucket are not played",
    "Origin Shield of the origin a is not played",
    "the origin group both is not played: its first origin, a, is always used",
    "behaviour /private/*: signed URLs and cookies are not verified: every request gets 403",
    "behaviour /private/*: real-time logs are not played",
    "behaviour /old/*: signed URLs and cookies are not verified: every request gets 403",
    f"behaviour *: the Lambda@Edge function {FUNCTION} (viewer-request) is not played",
    "behaviour *: field-level encryption (fields) is not played",
)


def test_what_is_not_played_is_said() -> None:
    assert unplayed(ASKING) == NAMED


@pytest.mark.parametrize("off", [{}, {"Enabled": False, "Quantity": 0}])
def test_what_nobody_asks_for_is_not_said(off: dict[str, Any]) -> None:
    behaviour = {**PLAIN, "TrustedKeyGroups": off, "TrustedSigners": off, "FieldLevelEncryptionId": ""}
    plain = {
        "Origins": {"Items": [{**ORIGIN, "Id": "a", "OriginShield": off}]},
        "DefaultCacheBehavior": behaviour,
        "Restrictions": {"GeoRestriction": {"RestrictionType": "none", "Quantity": 0}},
        "Logging": off,
        "OriginGroups": {"Quantity": 0},
    }
    assert unplayed(plain) == ()


def test_it_is_said_once_and_private_files_stay_private(
    emulator: str, aws: Callable[[str], Any], tmp_path: Path
) -> None:
    s3, cloudfront = aws("s3"), aws("cloudfront")
    s3.create_bucket(Bucket="mixed")
    site = {
        "Id": "a",
        "DomainName": "mixed.s3.us-east-1.amazonaws.com",
        "OriginAccessControlId": origin_access_control(cloudfront, "mixed"),
        "S3OriginConfig": {"OriginAccessIdentity": ""},
    }
    origins = {"Quantity": 2, "Items": [site, {**site, "Id": "b"}]}
    made = cloudfront.create_distribution(DistributionConfig={**ASKING, "Origins": origins})["Distribution"]
    for key in ("private/a", "old/a", "public"):
        s3.put_object(Bucket="mixed", Key=key, Body=b"content")
    policy = (
        '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "cloudfront.amazonaws.com"},'
        ' "Action": "s3:GetObject", "Resource": "arn:aws:s3:::mixed/*"}]}'
    )
    s3.put_bucket_policy(Bucket="mixed", Policy=policy)
    surroundings = surroundings_of(emulator, tmp_path)
    said: list[str] = surroundings.say.__self__  # pyright: ignore[reportFunctionMemberAccess]

    async def play() -> dict[str, int]:
        part = CloudFront(surroundings)
        try:
            await part.converge()
            part._read_at = float("-inf")
            await part.converge()
            paths = ("/public", "/private/a", "/old/a")
            return {path: (await part.answer(Request("GET", made["DomainName"], path))).status for path in paths}
        finally:
            await part.close()

    assert asyncio.run(play()) == {"/public": 200, "/private/a": 403, "/old/a": 403}
    about = [line for line in said if "not played" in line or "not verified" in line]
    shielded = "Origin Shield of the origin a is not played"
    assert about == [f"cloudfront: {made['Id']}: {line}" for line in NAMED if line != shielded]
    cloudfront.delete_distribution(Id=made["Id"], IfMatch=cloudfront.get_distribution(Id=made["Id"])["ETag"])


def test_an_origin_group_is_played_by_its_first_origin() -> None:
    answer = {"Id": "E", "ARN": "arn:aws:cloudfront::1:distribution/E", "DomainName": "d", "DistributionConfig": ASKING}
    made = distribution(answer, Policies(MANAGED_CACHE_POLICIES, {}, {}, frozenset()))
    assert [behaviour.origin_identifier for behaviour in made.behaviours] == ["a", "a", "a"]
    assert [behaviour.needs_signature for behaviour in made.behaviours] == [True, True, False]
