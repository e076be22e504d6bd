"""Compares the offline provider's checks with the real plugin's, if the plugin is installed."""

from collections.abc import Generator
from enum import StrEnum
from typing import Any

import pytest

from spot_planning.api.settings import EndpointAccessMode, SecurityPolicy
from spot_planning.names.settings import CertificateKeyAlgorithm
from spot_planning.site.settings import PriceClass
from tests.toolchain.offline.test_values import required_inputs
from toolchain.offline import names, values
from toolchain.offline.checks import DEFAULTS, Naming, Provider, checked_inputs
from toolchain.offline.real_plugin import RealPlugin, installed_plugin, started
from toolchain.offline.values import Place

PLUGIN = installed_plugin()

pytestmark = [
    pytest.mark.emulator,
    pytest.mark.skipif(not PLUGIN.exists(), reason="the real AWS plugin is not installed"),
]

# Properties that only Pulumi's official plugin handles, not a plugin that is built without its overlays.
OVERLAYS = {"tagsAll", "region", "targetId", "statementId", "description", "comment"}


@pytest.fixture(scope="module")
def real() -> Generator[RealPlugin]:
    with started(PLUGIN) as plugin:
        yield plugin


@pytest.mark.parametrize("token", sorted(values.TABLE))
def test_the_same_defaults_are_filled_in(real: RealPlugin, token: str) -> None:
    inputs = required_inputs(token)
    expected, _ = real.check(token, inputs)
    if not expected:
        pytest.skip("the real plugin cannot check inputs this bare")
    found, _ = checked_inputs(token, "observed", {}, inputs, provider=Provider(Place()), naming=Naming(b"seed"))
    assert defaults(token, found) == defaults(token, expected)


@pytest.mark.parametrize(
    ("token", "name", "choices"),
    [
        ("aws:acm/certificate:Certificate", "keyAlgorithm", CertificateKeyAlgorithm),
        ("aws:apigateway/domainName:DomainName", "endpointAccessMode", EndpointAccessMode),
        ("aws:apigateway/domainName:DomainName", "securityPolicy", SecurityPolicy),
        ("aws:cloudfront/distribution:Distribution", "priceClass", PriceClass),
    ],
)
def test_the_provider_takes_every_choice_of_a_setting(
    real: RealPlugin, token: str, name: str, choices: type[StrEnum]
) -> None:
    def refused(value: str) -> list[str]:
        _, problems = real.check(token, {**required_inputs(token), name: value})
        return [str(each) for each in problems if f"got {value}" in str(each)]

    assert refused("nonsense"), "a wrong value has no problem of its own"
    assert {choice: said for choice in choices if (said := refused(choice))} == {}


def defaults(token: str, inputs: dict[str, Any]) -> dict[str, Any]:
    naming = names.rule(token)
    random = {naming.property} if naming else set()
    return {
        key: value
        for key, value in inputs.items()
        if key in inputs.get(DEFAULTS, ()) and key not in OVERLAYS and key not in random
    }
