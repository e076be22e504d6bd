"""A stack's AWS provider."""

import inspect
import json
import re
from pathlib import Path
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest

from spot_planning.problems import ArgumentError
from spot_platform.aws_provider import UNROUTED_SERVICES, aws_provider
from tests.recording import Recording, record

ACCOUNT = "123456789012"
EMULATOR = "http://127.0.0.1:5000"


def build(region: str = "eu-west-1", **arguments: Any) -> Recording:
    return record(lambda: aws_provider(region, ACCOUNT, **arguments).urn)


def inputs(recording: Recording, name: str) -> dict[str, Any]:
    """Return a provider's inputs; in the engine's protocol, all inputs but strings are JSON."""
    raw = recording.one("pulumi:providers:aws", name).inputs
    return {k: v if k in {"region", "accessKey", "secretKey", "httpProxy"} else json.loads(v) for k, v in raw.items()}


def test_the_provider_is_bound_to_region_account_and_tags() -> None:
    made = inputs(build(tags={"project": "p"}), "aws-eu-west-1")
    assert made["region"] == "eu-west-1"
    assert made["allowedAccountIds"] == [ACCOUNT]
    assert made["defaultTags"] == {"tags": {"project": "p"}}


def test_without_an_emulator_nothing_is_skipped_or_faked() -> None:
    made = inputs(build(), "aws-eu-west-1")
    assert not {"endpoints", "accessKey", "secretKey", "maxRetries", "s3UsePathStyle"} & set(made)
    assert made.get("skipCredentialsValidation") in {None, False}
    assert made.get("skipRequestingAccountId") in {None, False}


def test_without_an_account_any_is_allowed() -> None:
    recording = record(lambda: aws_provider("eu-west-1").urn)
    assert "allowedAccountIds" not in inputs(recording, "aws-eu-west-1")


def provider_services() -> set[str]:
    """Return the provider's names of all services that have an endpoint property."""
    properties = {name for name, member in inspect.getmembers(aws.ProviderEndpointArgs) if isinstance(member, property)}
    return {name.removesuffix("_") for name in properties}


def test_every_service_is_the_emulators() -> None:
    services = provider_services()
    assert len(services) > 200
    assert {"ec2", "ecs", "s3", "sts", "iam", "elbv2", "lambda"} <= services
    (endpoints,) = inputs(build(endpoint_url=EMULATOR), "aws-eu-west-1")["endpoints"]
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
    # the check of the account id needs the account id
    assert "skipRequestingAccountId" not in made


def test_a_resource_takes_the_provider() -> None:
    def program() -> None:
        aws.sns.Topic("t", opts=pulumi.ResourceOptions(provider=aws_provider("eu-west-1", ACCOUNT)))

    recording = record(program)
    assert [r.name for r in recording.all("pulumi:providers:aws")] == ["aws-eu-west-1"]
    assert "aws-eu-west-1" in recording.one("Topic").provider


REGIONS = "is not allowed; allowed: a Region such as us-east-1"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"region": "EU (Ireland)"}, f'region="EU (Ireland)" {REGIONS}'),
        ({"region": None}, "region is empty; expected text"),
        ({"region": ["eu-west-1"]}, "region is a list; expected text"),
        ({"account_id": "2222-3333-4444"}, "account_id=2222-3333-4444 is not allowed; allowed: 12 digits in quotes"),
        ({"account_id": 123456789012}, "account_id is a whole number; expected text"),
        (
            {"endpoint_url": "127.0.0.1"},
            "endpoint_url=127.0.0.1 is not allowed; allowed: an address such as http://127.0.0.1:5000",
        ),
        ({"tags": ["project"]}, "tags is a list; expected a map of keys"),
        ({"tags": {"project": 5}}, "tags.project is a whole number; expected text"),
    ],
)
def test_wrong_arguments_are_refused(given: dict[str, Any], message: str) -> None:
    arguments: dict[str, Any] = {"region": "eu-west-1", **given}
    with pytest.raises(ArgumentError) as raised:
        aws_provider(**arguments)
    assert str(raised.value) == f"aws_provider: {message}"


def test_an_output_where_text_is_due_is_named() -> None:
    def program() -> list[str]:
        region: Any = pulumi.Output.from_input("eu-west-1")
        with pytest.raises(ArgumentError) as raised:
            aws_provider(region)
        return [str(raised.value)]

    assert record(program).result == ["aws_provider: region is an Output; expected text"]
