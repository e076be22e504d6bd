"""The life cycle of the local stack in the real engine with the offline provider."""

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.engine.conftest import Checkout

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


def test_life(checkout: Checkout):
    made = up(checkout)
    assert made.returncode == 0, made.stdout + made.stderr
    assert "the service waits with zero tasks: push an image to" in made.stdout
    for component in ("Vpc halalsphere-local", "SpaFrontend", "PrivateApi", "FargateSpotService", "ManagedData"):
        assert component in made.stdout
    first = resources(checkout)
    assert len(first) > 180

    unchanged = checkout.run("preview", "local", "--expect-no-changes")
    assert unchanged.returncode == 0, unchanged.stdout

    checkout.configure("local", lambda config: config.update({"spot-platform:tags": {"team": "platform"}}))
    assert checkout.run("preview", "local", "--expect-no-changes").returncode != 0
    updated = up(checkout)
    assert updated.returncode == 0, updated.stdout
    assert " updated" in updated.stdout
    assert "replaced" not in updated.stdout
    assert resources(checkout) == first

    refreshed = checkout.run("refresh", "local")
    assert refreshed.returncode == 0, refreshed.stdout
    assert checkout.run("preview", "local", "--expect-no-changes").returncode == 0

    outputs = checkout.run("outputs", "local", "--json")
    exported = json.loads(outputs.stdout)
    assert exported["site_url"] == "https://halalsphere.test"
    # every operation of `python -m ops` needs these outputs
    assert (exported["region"], exported["account_id"]) == ("us-east-1", "123456789012")

    destroyed = checkout.run("destroy", "local")
    assert destroyed.returncode == 0, destroyed.stdout + destroyed.stderr
    assert "The stack local is removed completely" in destroyed.stderr
    assert resources(checkout) == {}
    private = checkout.root / ".platform"
    left = {str(path.relative_to(private)) for path in private.rglob("*") if path.is_file()}
    assert left <= {"durations-offline.json", "state/.pulumi/meta.yaml"}


def test_nothing_secret_is_in_the_state_or_the_output(checkout: Checkout):
    made = up(checkout)
    assert made.returncode == 0, made.stdout
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
    assert checkout.run("destroy", "local").returncode == 0


def test_a_mandatory_violation_stops_up_before_anything_is_made(checkout: Checkout):
    with checkout.violating():
        refused = up(checkout)
    assert refused.returncode not in (0, 2)
    assert "[mandatory]" in refused.stdout
    assert resources(checkout) == {}


def in_the_middle_of_up(checkout: Checkout) -> "subprocess.Popen[str]":
    """Start an `up`, and return when it has made some but not all resources."""
    process = checkout.start("up", "local", "--no-emulator")
    deadline = time.monotonic() + 300
    while len(resources(checkout)) < 20:
        assert process.poll() is None, process.communicate()[0]
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return process


def test_interrupted_it_stops_in_order_and_goes_on(checkout: Checkout):
    process = in_the_middle_of_up(checkout)
    os.killpg(process.pid, signal.SIGINT)
    output = process.communicate()[0]
    assert process.returncode == 130, output
    assert output.splitlines()[-1] == "error: interrupted; run 'make up STACK=local' again to go on"
    assert "Traceback" not in output
    assert up(checkout).returncode == 0
    assert checkout.run("preview", "local", "--expect-no-changes").returncode == 0
    assert checkout.run("destroy", "local").returncode == 0


def test_killed_in_the_middle_it_goes_on(checkout: Checkout):
    process = in_the_middle_of_up(checkout)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert 20 <= len(resources(checkout)) < 180
    assert list(Path(checkout.root, ".platform/state/.pulumi/locks").rglob("*.json"))
    assert not list(Path(checkout.root, ".platform/state").rglob("*.attrs")), "a torn one makes the state unreadable"

    resumed = up(checkout)
    assert resumed.returncode == 0, resumed.stdout + resumed.stderr
    assert "An earlier run was killed and left its lock behind" in resumed.stderr
    assert len(resources(checkout)) > 180
    assert checkout.run("preview", "local", "--expect-no-changes").returncode == 0
    assert checkout.run("destroy", "local").returncode == 0
