"""`preview` and `up` warn of a change that makes the API unreachable."""

import pytest

from toolchain.unreachable import warnings
from toolchain.view.progress import Step

API, DOMAIN = "aws:apigateway/restApi:RestApi", "aws:apigateway/domainName:DomainName"


def step(kind: str, operation: str, before: str | None, after: str | None) -> Step:
    modes = {"before": {"endpointAccessMode": before}, "after": {"endpointAccessMode": after}}
    return Step(f"urn:pulumi:prod::shop::{kind}::main", operation, "PrivateApi main", started=0.0, **modes)


@pytest.mark.parametrize("kind", [API, DOMAIN])
def test_back_to_basic_is_announced(kind: str) -> None:
    (line,) = warnings([step(kind, "update", "STRICT", "BASIC")])
    assert line == (
        f"warning: apigateway.{kind.rpartition(':')[2]} main will be unreachable for about 15 minutes, because "
        "api.endpoint_access_mode goes from STRICT to BASIC"
    )


@pytest.mark.parametrize(
    "quiet",
    [
        step(API, "update", "BASIC", "STRICT"),
        step(API, "update", "STRICT", "STRICT"),
        step(API, "update", None, "BASIC"),
        step(API, "create", None, "BASIC"),
        step(API, "create-replacement", "STRICT", "BASIC"),
        step("aws:ec2/vpc:Vpc", "update", "STRICT", "BASIC"),
    ],
)
def test_other_changes_are_quiet(quiet: Step) -> None:
    assert warnings([quiet]) == []


@pytest.mark.parametrize(("before", "after", "lines"), [(False, True, 1), (True, False, 0), (True, True, 0)])
def test_the_end_of_execute_api_is_announced(before: bool, after: bool, lines: int) -> None:
    values = {"before": {"disableExecuteApiEndpoint": before}, "after": {"disableExecuteApiEndpoint": after}}
    said = warnings([Step(f"urn:pulumi:prod::shop::{API}::main", "update", "PrivateApi main", started=0.0, **values)])
    assert len(said) == lines
    assert all("apigateway.RestApi main will answer only by its domain name" in line for line in said)
