"""`pulumi up --policy-pack policy` without the toolchain, as with the official command line."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.engine.conftest import Checkout
from toolchain.offline.launcher import write_launchers
from toolchain.setup.pulumi_command import find_or_install

pytestmark = pytest.mark.engine

Pulumi = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def pulumi(checkout: Checkout, tmp_path_factory) -> Pulumi:
    launchers: Path = tmp_path_factory.mktemp("launchers")
    write_launchers(launchers)
    host = launchers / "pulumi-language-python"
    host.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{Path(__file__).with_name("language_host.py")}" "$@"\n')
    host.chmod(0o755)
    environment = {
        **checkout.environment,
        "PATH": os.pathsep.join((str(launchers), os.environ["PATH"])),
        "PULUMI_CONFIG_PASSPHRASE": "test",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
    }
    command = find_or_install(print).command

    def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [command, "--non-interactive", *arguments],
            cwd=checkout.root,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

    made = run("stack", "init", "local")
    assert made.returncode == 0, made.stdout + made.stderr
    return run


def test_the_official_commands_do_the_same(pulumi: Pulumi, checkout: Checkout):
    assert (checkout.root / ".platform" / "state").is_dir(), "Pulumi.yaml's backend was not used"

    up = pulumi("up", "--stack", "local", "--yes", "--skip-preview", "--policy-pack", "policy")
    assert up.returncode == 0, up.stdout + up.stderr
    assert "spot-platform@v" in up.stdout, "the policy pack was not attached"

    again = pulumi("preview", "--stack", "local", "--policy-pack", "policy", "--expect-no-changes")
    assert again.returncode == 0, again.stdout + again.stderr
    assert "spot-platform@v" in again.stdout, "the policy pack was not attached"
    outputs = pulumi("stack", "output", "--stack", "local", "--json")
    assert '"api_url"' in outputs.stdout


def test_a_mandatory_violation_stops_it(pulumi: Pulumi, checkout: Checkout):
    with checkout.violating():
        preview = pulumi("preview", "--stack", "local", "--policy-pack", "policy")

    assert preview.returncode != 0, preview.stdout
    assert "[mandatory]" in preview.stdout
