"""A preview of every stack in the real engine, with the offline provider and the policy pack."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.engine.conftest import Checkout
from tests.program import STACKS

pytestmark = pytest.mark.engine


@pytest.mark.parametrize("stack", STACKS)
def test_every_stack_previews_without_credentials(checkout: Checkout, stack: str):
    before = (checkout.root / f"Pulumi.{stack}.yaml").read_bytes()
    is_told = stack != "prod"
    result = checkout.run("preview", stack, *(["--offline"] if is_told else []))
    assert result.returncode == 0, result.stdout + result.stderr
    reason = "as told" if is_told else "because this shell has no AWS credentials"
    assert f"the offline provider, {reason}; nothing is sent to AWS" in result.stderr
    assert "offline AWS provider: nothing is sent to AWS" in result.stdout
    assert "spot-platform@v" in result.stdout, "the policy pack was not attached"
    assert " to create" in result.stdout
    assert "Traceback" not in result.stdout + result.stderr
    assert (checkout.root / f"Pulumi.{stack}.yaml").read_bytes() == before
    assert not (checkout.root / ".platform" / "state").exists()


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("preview", "prod", "--no-offline"), "error: preview of prod needs AWS credentials, and there are none"),
        (("up", "prod", "--yes"), "error: up of prod needs AWS credentials, and there are none"),
        (("destroy", "staging", "--yes"), "error: destroy of staging needs AWS credentials, and there are none"),
        (("preview", "prud"), "error: stack 'prud' has no Pulumi.prud.yaml; stacks: dev, local, prod, staging"),
        (("up", "prod", "--emulator", "--yes"), "error: --emulator and --no-emulator are for the local stack only"),
    ],
)
def test_what_cannot_be_done_is_one_line(checkout: Checkout, arguments: tuple[str, ...], line: str):
    result = checkout.run(*arguments)
    assert result.returncode == 2
    assert result.stderr.splitlines()[-1].startswith(line)
    assert "Traceback" not in result.stdout + result.stderr


@pytest.mark.parametrize("operation", [("outputs",), ("refresh",), ("destroy", "--yes")])
def test_a_stack_that_is_not_there_is_not_made_to_look_at_or_destroy_it(checkout: Checkout, operation: tuple[str, ...]):
    before = (checkout.root / "Pulumi.dev.yaml").read_bytes()
    result = checkout.run(*operation, "dev", AWS_ACCESS_KEY_ID="test", AWS_SECRET_ACCESS_KEY="test")
    assert result.returncode == 2
    assert result.stderr.splitlines()[-1] == "error: there is no stack 'dev' in the checkout's state: 'up' makes one"
    assert (checkout.root / "Pulumi.dev.yaml").read_bytes() == before


def test_a_wrong_configuration_is_said_all_at_once_by_the_engine(checkout: Checkout):
    original = (checkout.root / "Pulumi.dev.yaml").read_text()

    def change(config):
        config["spot-platform:service"] = {"cpu": 512, "memory": 8192, "minTasks": 1}
        config["spot-platform:vpc"] = {"nat": "perhaps"}

    checkout.configure("dev", change)
    try:
        result = checkout.run("preview", "dev", "--offline")
    finally:
        (checkout.root / "Pulumi.dev.yaml").write_text(original)
    assert result.returncode not in (0, 2)
    output = result.stdout + result.stderr
    for key in ("spot-platform:service.memory", "spot-platform:service.minTasks", "spot-platform:vpc.nat"):
        assert key in output
    assert "did you mean min_tasks" in output
    assert "Traceback" not in output
    assert "+ 1 to create" in output, "more than the stack itself"
    assert "    spot-platform@v" in output, "the pack has the engine's check mark, or is not there"


def test_an_image_can_be_built_from_a_folder(checkout: Checkout):
    original = (checkout.root / "Pulumi.dev.yaml").read_text()
    (checkout.root / "app").mkdir()
    (checkout.root / "app" / "Dockerfile").write_text("FROM scratch\n")
    checkout.configure("dev", lambda config: config.update({"spot-platform:service": {"build": "app"}}))
    try:
        result = checkout.run("preview", "dev", "--offline")
    finally:
        (checkout.root / "Pulumi.dev.yaml").write_text(original)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "awsx:ecr:Image halalsphere-dev create" in result.stdout
    assert "awaiting-image" not in result.stdout


@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_a_configuration_of_the_pack_makes_ci_fail_on_what_is_undecided(checkout: Checkout, tmp_path: Path, stack: str):
    file = tmp_path / "ci.json"
    file.write_text(json.dumps({"undecided-at-preview": "mandatory", "types-not-judged": "disabled"}))
    result = checkout.run("preview", stack, "--offline", "--policy-pack-config", os.path.relpath(file, checkout.root))
    assert result.returncode not in (0, 2), result.stdout + result.stderr
    assert "- [mandatory] [severity: low]  undecided-at-preview" in result.stdout
    undecided = result.stdout.count("  undecided-at-preview  (")
    assert f" {undecided} mandatory violation" in result.stdout


def test_a_mandatory_violation_stops_preview_and_no_configuration_lowers_a_pinned_stack(
    checkout: Checkout, tmp_path: Path
):
    file = tmp_path / "weak.json"
    file.write_text(json.dumps({"all": "advisory", "rds-storage-encrypted": "disabled"}))
    with checkout.violating():
        pinned = checkout.run("preview", "prod", "--offline", "--policy-pack-config", str(file))
        free = checkout.run("preview", "dev", "--offline", "--policy-pack-config", str(file))
    assert pinned.returncode not in (0, 2)
    assert re.search(r"- \[mandatory\] \[severity: \w+\]  rds-storage-encrypted", pinned.stdout)
    assert free.returncode == 0, free.stdout + free.stderr
    assert "rds-storage-encrypted" not in free.stdout


def test_a_setting_of_a_wrong_type_is_refused_by_the_engine(checkout: Checkout, tmp_path: Path):
    file = tmp_path / "wrong.json"
    file.write_text(json.dumps({"log-group-retention": {"minimum-days": "ninety"}}))
    result = checkout.run("preview", "dev", "--offline", "--policy-pack-config", str(file))
    assert result.returncode not in (0, 2)
    assert "minimum-days" in result.stdout + result.stderr
    assert "Traceback" not in result.stdout + result.stderr


def test_a_run_that_breaks_off_says_which_rules_did_not_run(checkout: Checkout):
    main = checkout.root / "__main__.py"
    before = main.read_text()
    main.write_text(f'{before}\npulumi.CustomResource("nobodys:index:Thing", "thing", {{}})\n')
    try:
        result = checkout.run("preview", "dev", "--offline")
    finally:
        main.write_text(before)
    assert result.returncode not in (0, 2), result.stdout
    assert "  summary  (" not in result.stdout
    last = result.stdout.rstrip().splitlines()[-1]
    assert last.startswith(
        "the findings of the policies are incomplete: the run ended before the whole stack was judged"
    )
    assert "ecs-spot-share" in last
    assert "✅" not in result.stdout
    assert "never awaited" not in result.stderr


def test_outside_a_project(checkout: Checkout, tmp_path):
    result = subprocess.run(
        [sys.executable, "-m", "toolchain", "preview", "local"],
        cwd=tmp_path,
        env={**checkout.environment, "PYTHONPATH": str(checkout.root)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 2
    assert "no Pulumi.yaml in" in result.stderr
