"""The toolchain during faults, with the real engine and a program of one component."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.engine

ROOT = Path(__file__).parents[2]
PROGRAM = """\
import json, os
import pulumi

if pulumi.Config().get("wrong"):
    raise pulumi.RunError("stack dev is wrong:\\n  shop:wrong is not allowed")
with open(os.environ["HOME"] + "/environment.json", "w") as file:
    json.dump(dict(os.environ), file)
pulumi.ComponentResource("shop:index:Thing", "thing")
"""
PACK = """\
from pulumi_policy import EnforcementLevel, PolicyPack, ResourceValidationPolicy

PolicyPack("none", policies=[
    ResourceValidationPolicy("nothing", "Asks for nothing.", lambda args, report: None, EnforcementLevel.ADVISORY)
])
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with its own program, which the toolchain can run."""
    root = tmp_path / "project"
    (root / "policy").mkdir(parents=True)
    (root / "policy" / "PulumiPolicy.yaml").write_text("runtime: python\n")
    (root / "policy" / "__main__.py").write_text(PACK)
    (root / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (root / "Pulumi.dev.yaml").write_text("config: {}\n")
    (root / "Pulumi.local.yaml").write_text("config: {}\n")
    (root / "__main__.py").write_text(PROGRAM)
    shutil.copytree(ROOT / "toolchain", root / "toolchain")  # with its compiled modules, which are valid there, too
    return root


def environment_of(project: Path) -> dict[str, str]:
    """Return this process's environment without the shell's AWS and Pulumi variables."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PULUMI_"))}
    nowhere = {"AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": os.devnull}
    home = {"HOME": str(project.parent), "XDG_CACHE_HOME": str(Path.home() / ".cache")}
    return {**kept, **nowhere, **home, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}


def run(project: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the toolchain in the project, without the shell's AWS and Pulumi variables."""
    return subprocess.run(
        [sys.executable, "-m", "toolchain", *arguments],
        cwd=project,
        env={**environment_of(project), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_an_offline_preview_gets_no_secret_of_the_shell(project: Path) -> None:
    secrets = {
        "AWS_ACCESS_KEY_ID": "AKIA-s3cret",
        "AWS_SECRET_ACCESS_KEY": "s3cret",
        "GITHUB_TOKEN": "s3cret",
        "PULUMI_ACCESS_TOKEN": "s3cret",
        "PULUMI_CONFIG_PASSPHRASE": "s3cret",
    }
    result = run(project, "preview", "dev", "--offline", **secrets)
    assert result.returncode == 0, result.stdout + result.stderr
    seen = json.loads((project.parent / "environment.json").read_text())
    assert "s3cret" not in json.dumps(seen)
    assert set(seen) & set(secrets) == set()


def test_an_error_of_the_configuration_is_printed_once(project: Path) -> None:
    (project / "Pulumi.dev.yaml").write_text("config: {shop:wrong: 'yes'}\n")
    result = run(project, "preview", "dev", "--offline")
    assert result.returncode not in {0, 2}
    output = result.stdout + result.stderr
    assert output.count("shop:wrong is not allowed") == 1
    assert "unhandled" not in output


def test_a_damaged_state_is_named_and_repaired(project: Path) -> None:
    assert run(project, "up", "local", "--no-emulator").returncode == 0
    state = project / ".platform" / "state" / ".pulumi" / "stacks" / "shop" / "local.json"
    assert state.stat().st_mode & 0o777 == 0o600
    assert (project / ".platform").stat().st_mode & 0o777 == 0o700
    whole = state.read_text()
    for path in (state, state.with_name("local.json.bak")):
        path.unlink(missing_ok=True)
        path.write_text(whole[:200])
    for operation in ("outputs", "preview", "up", "refresh", "destroy"):
        result = run(project, operation, "local")
        assert result.returncode == 2, operation
        last = result.stderr.splitlines()[-1]
        assert last.startswith("error: the state ")
        assert "'python -m toolchain repair local' puts it in place" in last
    assert run(project, "repair", "local").returncode == 0
    result = run(project, "destroy", "local")
    assert result.returncode == 0, result.stdout + result.stderr


def test_what_a_killed_run_had_begun_is_forgotten_on_the_local_stack(project: Path) -> None:
    assert run(project, "up", "local", "--no-emulator").returncode == 0
    state = project / ".platform" / "state" / ".pulumi" / "stacks" / "shop" / "local.json"
    content = json.loads(state.read_text())
    latest = content["checkpoint"]["latest"]
    latest["pending_operations"] = [{"type": "creating", "resource": latest["resources"][-1]}]
    state.write_text(json.dumps(content))
    result = run(project, "up", "local")
    assert result.returncode == 0, result.stdout + result.stderr
    assert "killed during 1 operation; on the local stack they are forgotten" in result.stderr
    assert not json.loads(state.read_text())["checkpoint"]["latest"].get("pending_operations")
