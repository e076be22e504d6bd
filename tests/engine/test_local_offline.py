"""The life cycle of the local stack in the real engine with the offline provider and the policy pack.

The tests share a checkout and, after the first one, a stack. They go on with it in their order, until the last one
destroys it.
"""

import json
import os
import re
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.engine.conftest import WRITES_STATE_AT_EACH_STEP, Checkout

pytestmark = pytest.mark.engine


def resources(checkout: Checkout) -> dict[str, str]:
    """Return URN -> type of the resources in the stack's state, without components, providers and the stack."""
    path = checkout.root / ".platform" / "state" / ".pulumi" / "stacks" / "spot-platform" / "local.json"
    if not path.exists():
        return {}
    latest = json.loads(path.read_text())["checkpoint"].get("latest") or {}
    return {r["urn"]: r["type"] for r in latest.get("resources", []) if r["type"].startswith("aws:")}


def up(checkout: Checkout, *options: str):
    return checkout.run("up", "local", "--no-emulator", *options)


def assert_nothing_to_change(checkout: Checkout) -> None:
    unchanged = checkout.run("preview", "local", "--expect-no-changes")
    assert unchanged.returncode == 0, unchanged.stdout + unchanged.stderr


def test_a_mandatory_violation_stops_up_before_anything_is_made(checkout: Checkout):
    with checkout.violating():
        refused = up(checkout)
    assert refused.returncode not in (0, 2)
    assert "[mandatory]" in refused.stdout
    assert resources(checkout) == {}


def in_the_middle_of_up(checkout: Checkout, least: int) -> "subprocess.Popen[str]":
    """Start an `up`, and return when the stack has at least so many of its resources, but not all."""
    process = checkout.start("up", "local", "--no-emulator", "--skip-preview", **WRITES_STATE_AT_EACH_STEP)
    deadline = time.monotonic() + 300
    while len(resources(checkout)) < least:
        assert process.poll() is None, process.communicate()[0]
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return process


@dataclass(frozen=True)
class Begun:
    """What two runs of `up` left: the first was killed in the middle, the second interrupted."""

    after_the_kill: int
    locks: list[Path]
    torn: list[Path]
    returncode: int
    output: str


@pytest.fixture(scope="module")
def begun(checkout: Checkout) -> Begun:
    process = in_the_middle_of_up(checkout, 20)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    state = checkout.root / ".platform" / "state"
    made = len(resources(checkout))
    locks, torn = list((state / ".pulumi" / "locks").rglob("*.json")), list(state.rglob("*.attrs"))

    process = in_the_middle_of_up(checkout, made + 10)
    os.killpg(process.pid, signal.SIGINT)
    output = process.communicate()[0]
    return Begun(made, locks, torn, process.returncode, output)


@pytest.fixture(scope="module")
def made(checkout: Checkout, begun: Begun) -> "subprocess.CompletedProcess[str]":
    """The `up` that goes on with what was begun; all tests after it share its stack."""
    result = up(checkout, "--skip-preview")
    assert result.returncode == 0, result.stdout + result.stderr
    return result


def test_killed_and_interrupted_in_the_middle_it_keeps_what_it_has_made(begun: Begun):
    assert 20 <= begun.after_the_kill < 180
    assert begun.locks
    assert not begun.torn, "a torn one makes the state unreadable"
    assert begun.returncode == 130, begun.output
    assert "An earlier run was killed and left its lock behind" in begun.output
    assert begun.output.splitlines()[-1] == "error: interrupted; run 'make up STACK=local' again to go on"
    assert "Traceback" not in begun.output


def test_then_it_goes_on_and_makes_every_component(checkout: Checkout, begun: Begun, made):
    assert "the service waits with zero tasks: push an image to" in made.stdout
    assert "spot-platform@v" in made.stdout, "the policy pack was not attached"
    for component in ("Vpc halalsphere-local", "SpaFrontend", "PrivateApi", "FargateSpotService", "ManagedData"):
        assert component in begun.output + made.stdout
    assert len(resources(checkout)) > 180


def test_nothing_secret_is_in_the_state_or_the_output(checkout: Checkout, made):
    state = json.loads(
        (checkout.root / ".platform" / "state" / ".pulumi" / "stacks" / "spot-platform" / "local.json").read_text()
    )
    found = 0
    for resource in state["checkpoint"]["latest"]["resources"]:
        for part in ("inputs", "outputs"):
            for key in ("secretString", "authToken", "password"):
                value = resource.get(part, {}).get(key)
                if value is not None:
                    found += 1
                    assert "ciphertext" in value, f"{resource['urn']}: {part}.{key} is plain"
    assert found >= 8
    passphrase = checkout.root / ".platform" / "passphrase"
    assert passphrase.stat().st_mode & 0o077 == 0
    assert passphrase.read_text() not in made.stdout + made.stderr


def test_outputs_have_what_every_operation_needs(checkout: Checkout, made):
    exported = json.loads(checkout.run("outputs", "local", "--json").stdout)
    assert exported["site_url"] == "https://halalsphere.test"
    assert (exported["region"], exported["account_id"]) == ("us-east-1", "123456789012")


def test_it_is_updated_and_refreshed(checkout: Checkout, made):
    first = resources(checkout)
    checkout.configure("local", lambda config: config.update({"spot-platform:tags": {"team": "platform"}}))
    previewed = checkout.run("preview", "local", "--expect-no-changes")
    assert previewed.returncode != 0
    # What was killed and interrupted is whole: only the new tag is left to change.
    (counts,) = re.findall(r"^Resources:\n((?:    .+\n)+)", previewed.stdout, re.MULTILINE)
    assert re.fullmatch(r"    ~ \d+ to update\n    \d+ unchanged\n", counts), previewed.stdout
    updated = up(checkout)
    assert updated.returncode == 0, updated.stdout
    assert " updated" in updated.stdout
    assert "replaced" not in updated.stdout
    assert resources(checkout) == first

    refreshed = checkout.run("refresh", "local")
    assert refreshed.returncode == 0, refreshed.stdout
    assert_nothing_to_change(checkout)


def test_it_gets_a_further_zone_and_an_application_load_balancer(checkout: Checkout, made):
    assert "aws:apigateway/vpcLink:VpcLink" in resources(checkout).values()
    checkout.configure("local", lambda config: config["spot-platform:api"].update(load_balancer_kind="application"))
    checkout.configure("local", lambda config: config.update({"spot-platform:vpc": {"zones": 3}}))
    changed = up(checkout, "--skip-preview")
    assert changed.returncode == 0, changed.stdout + changed.stderr
    assert "spot-platform@v" in changed.stdout, "the policy pack was not attached"
    types = list(resources(checkout).values())
    assert types.count("aws:ec2/subnet:Subnet") == 9
    # API Gateway reaches an application load balancer only through a link of version 2.
    assert "aws:apigatewayv2/vpcLink:VpcLink" in types
    assert "aws:apigateway/vpcLink:VpcLink" not in types
    assert_nothing_to_change(checkout)


def test_with_a_database_it_does_not_move_to_another_network(checkout: Checkout, made):
    before = resources(checkout)
    checkout.configure("local", lambda config: config.update({"spot-platform:vpc": {"cidr_block": "10.9.0.0/16"}}))
    refused = up(checkout)
    assert refused.returncode == 2, refused.stdout + refused.stderr
    assert "local would move to another network, and AWS moves no database or cache there:" in refused.stderr
    assert "\n  rds.SubnetGroup halalsphere-local" in refused.stderr
    assert (
        "nothing has changed; give vpc.cidr_block or vpc.existing_id its former value in Pulumi.local.yaml"
        in refused.stderr
    )
    assert resources(checkout) == before
    # in place of us-east-1d
    other = {"availability_zones": ["us-east-1a", "us-east-1b", "us-east-1e"]}
    checkout.configure("local", lambda config: config.update({"spot-platform:vpc": other}))
    refused = checkout.run("preview", "local")
    assert refused.returncode == 2, refused.stdout + refused.stderr
    assert "local would take subnets out of subnet groups, and AWS refuses that" in refused.stderr
    assert "\n  rds.SubnetGroup halalsphere-local-database: subnet-" in refused.stderr
    assert "\n  elasticache.SubnetGroup halalsphere-local-cache: subnet-" in refused.stderr
    assert resources(checkout) == before
    checkout.configure("local", lambda config: config.update({"spot-platform:vpc": {"zones": 3}}))


def test_destroy_leaves_nothing(checkout: Checkout, made):
    destroyed = checkout.run("destroy", "local")
    assert destroyed.returncode == 0, destroyed.stdout + destroyed.stderr
    assert "The stack local is removed completely" in destroyed.stderr
    assert resources(checkout) == {}
    private = checkout.root / ".platform"
    left = {str(path.relative_to(private)) for path in private.rglob("*") if path.is_file()}
    assert left <= {"durations-offline.json", "state/.pulumi/meta.yaml"}
