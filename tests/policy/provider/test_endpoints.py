"""The services whose endpoints a provider for an emulator must set."""

import inspect

import pulumi_aws as aws

from policy.provider.endpoints import FILE, services
from spot_platform.aws_provider import UNROUTED_SERVICES


def test_services_are_those_that_the_platform_names_an_endpoint_for() -> None:
    known = set(inspect.signature(aws.ProviderEndpointArgs).parameters) - UNROUTED_SERVICES
    assert services() == {name.replace("_", "") for name in known}, f"write these names into {FILE.name}"
