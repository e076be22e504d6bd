"""The providers of a stack."""

import inspect
import json
import re
from pathlib import Path
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest

from spot_platform.aws_providers import UNROUTED_SERVICES, AwsProviders, aws_providers
from tests.recording import Recording, record

ACCOUNT = "123456789012"
EMULATOR = "http://127.0.0.1:5000"


def build(region: str = "eu-west-1", **arguments: Any) -> Recording:
    def program() -> dict[str, pulumi.Output | None]:
        made = aws_providers(region, ACCOUNT, **arguments)
        return {
            "main": made.main.urn,
            "us_east_1": made.us_east_1.urn,
            "backup": made.backup.urn if made.backup else None,
        }

    return record(program)


def inputs(recording: Recording, name: str) -> dict[str, Any]:
    """A provider's inputs; all but strings are JSON in the engine's protocol."""
    raw = recording.one("pulumi:providers:aws", name).inputs
    return {k: v if k in {"region", "accessKey", "secretKey", "httpProxy"} else json.loads(v) for k, v in raw.items()}


def test_providers_are_bound_to_region_account_and_tags() -> None:
    recording = build(tags={"project": "p"})
    assert sorted(r.name for r in recording.resources) == ["aws-eu-west-1", "aws-us-east-1"]
    for name, region in (("aws-eu-west-1", "eu-west-1"), ("aws-us-east-1", "us-east-1")):
        made = inputs(recording, name)
        assert made["region"] == region
        assert made["allowedAccountIds"] == [ACCOUNT]
        assert made["defaultTags"] == {"tags": {"project": "p"}}


def test_without_an_emulator_nothing_is_skipped_or_faked() -> None:
    made = inputs(build(), "aws-eu-west-1")
    assert not {"endpoints", "accessKey", "secretKey", "maxRetries", "s3UsePathStyle"} & set(made)
    assert made.get("skipCredentialsValidation") in {None, False}
    assert made.get("skipRequestingAccountId") in {None, False}


def test_without_an_account_any_is_allowed() -> None:
    recording = record(lambda: aws_providers("eu-west-1").main.urn)
    assert "allowedAccountIds" not in inputs(recording, "aws-eu-west-1")


def provider_services() -> set[str]:
    """The services that the endpoint block has, by the provider's names for them."""
    properties = {name for name, member in inspect.getmembers(aws.ProviderEndpointArgs) if isinstance(member, property)}
    return {name.removesuffix("_") for name in properties}


def test_every_service_of_every_provider_is_the_emulators() -> None:
    recording = build(endpoint_url=EMULATOR, backup_region="us-west-2")
    assert len(recording.resources) == 3
    services = provider_services()
    assert len(services) > 200
    assert {"ec2", "ecs", "s3", "sts", "iam", "elbv2", "lambda"} <= services
    for resource in recording.resources:
        (endpoints,) = inputs(recording, resource.name)["endpoints"]
        assert set(endpoints) == services - UNROUTED_SERVICES
        assert set(endpoints.values()) == {EMULATOR}


def test_what_is_not_the_emulators_is_known_and_unused() -> None:
    used = {
        match
        for path in (Path(__file__).parents[3] / "spot_platform").rglob("*.py")
        for match in re.findall(r"\baws\.([a-z0-9]+)\.", path.read_text(encoding="utf-8"))
    }
    assert {"ec2", "ecs", "lb"} <= used
    assert provider_services() >= UNROUTED_SERVICES
    assert not UNROUTED_SERVICES & used


def test_emulator() -> None:
    made = inputs(build(endpoint_url=EMULATOR), "aws-eu-west-1")
    assert made["accessKey"] == made["secretKey"] == "test"
    assert made["s3UsePathStyle"] is True
    assert made["skipCredentialsValidation"] is True
    assert made["skipMetadataApiCheck"] is True
    assert made["skipRegionValidation"] is True
    assert made["maxRetries"] == 5
    assert made["httpProxy"] == EMULATOR
    # the check of the account needs it
    assert "skipRequestingAccountId" not in made


def test_one_provider_a_region() -> None:
    recording = build("us-east-1", backup_region="us-west-2")
    assert sorted(r.name for r in recording.resources) == ["aws-us-east-1", "aws-us-west-2"]
    assert recording.result["main"] == recording.result["us_east_1"] != recording.result["backup"]


def test_backups_may_go_to_us_east_1() -> None:
    recording = build(backup_region="us-east-1")
    assert len(recording.resources) == 2
    assert recording.result["backup"] == recording.result["us_east_1"]


def test_no_backup_region_no_provider() -> None:
    assert build().result["backup"] is None


def test_backup_region_must_be_another() -> None:
    with pytest.raises(
        ValueError, match=r"^backup_region=eu-west-1 is the stack's own region; a copy belongs into another$"
    ):
        aws_providers("eu-west-1", ACCOUNT, backup_region="eu-west-1")


def test_a_resource_takes_the_provider() -> None:
    def program() -> None:
        providers: AwsProviders = aws_providers("eu-west-1", ACCOUNT)
        aws.sns.Topic("t", opts=pulumi.ResourceOptions(provider=providers.us_east_1))

    assert "aws-us-east-1" in record(program).one("Topic").provider
