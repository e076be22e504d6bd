"""The engine previews each example with the offline provider and this interpreter."""

import sys
from pathlib import Path

import pytest

from tests.library.conftest import ROOT, Preview

pytestmark = pytest.mark.engine

EXPECTED = {
    "network_and_service": {
        "spot-platform:index:Vpc": 1,
        "spot-platform:index:Cluster": 1,
        "spot-platform:index:FargateSpotService": 2,
        "aws:ecs/cluster:Cluster": 1,
        "aws:ecs/service:Service": 2,
        "aws:cloudwatch/logResourcePolicy:LogResourcePolicy": 1,
        "aws:lb/targetGroup:TargetGroup": 1,
    },
    "site": {"spot-platform:index:SpaFrontend": 1, "aws:cloudfront/distribution:Distribution": 1},
    "api_in_front": {"spot-platform:index:PrivateApi": 1, "aws:apigateway/restApi:RestApi": 1},
}


def test_every_example_is_run() -> None:
    assert {path.parent.name for path in (ROOT / "examples").glob("*/__main__.py")} == set(EXPECTED)


@pytest.fixture(scope="module")
def kinds_of(preview: Preview) -> dict[str, list[str]]:
    """The types of the resources of each example."""
    made = preview(Path(sys.executable), *(ROOT / "examples" / name for name in EXPECTED), library=ROOT)
    return {name: [kind for kind, _ in each] for name, each in zip(EXPECTED, made, strict=True)}


@pytest.mark.parametrize("name", EXPECTED)
def test_an_example(name: str, kinds_of: dict[str, list[str]]) -> None:
    kinds = kinds_of[name]
    assert {kind: kinds.count(kind) for kind in EXPECTED[name]} == EXPECTED[name]
