"""The library as other projects use it: a wheel in its own environment, and a program in another folder."""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.library.conftest import ROOT, Preview

pytestmark = pytest.mark.engine

UV = str(Path(sys.executable).with_name("uv"))


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    source = tmp_path_factory.mktemp("source")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    for name in ("spot_planning", "spot_platform"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    out = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [UV, "build", "--quiet", "--wheel", "--no-build-isolation", "--out-dir", str(out), str(source)],
        env={**os.environ, "VIRTUAL_ENV": sys.prefix},
        check=True,
    )
    (made,) = out.glob("*.whl")
    return made


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An interpreter with only the wheel and its dependencies."""
    environment = tmp_path_factory.mktemp("empty") / "venv"
    subprocess.run([UV, "venv", "--quiet", "--python", sys.executable, str(environment)], check=True)
    interpreter = environment / "bin" / "python"
    subprocess.run([UV, "pip", "install", "--quiet", "--python", str(interpreter), str(wheel)], check=True)
    return interpreter


def test_the_wheel_holds_the_library_and_nothing_of_the_house(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    tops = {name.split("/")[0] for name in names}
    assert tops == {"spot_planning", "spot_platform", "spot_platform-0.1.0.dist-info"}
    assert {"spot_planning/py.typed", "spot_platform/py.typed"} <= set(names)


def test_it_brings_pulumi_and_the_aws_package_and_no_tool_of_the_house(python: Path) -> None:
    done = subprocess.run(
        [UV, "pip", "list", "--python", str(python), "--format", "json"], capture_output=True, text=True, check=True
    )
    installed = {package["name"] for package in json.loads(done.stdout)}
    assert {"spot-platform", "pulumi", "pulumi-aws", "jsonschema-rs", "pyyaml"} <= installed
    assert not installed & {"boto3", "pydantic", "typer", "rich", "pulumi-awsx", "pulumi-policy"}


def test_planning_imports_without_pulumi(python: Path) -> None:
    script = (
        "import sys, spot_planning.network.subnets, spot_planning.api.openapi_import; print('pulumi' in sys.modules)"
    )
    done = subprocess.run([str(python), "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


PROGRAM = """
from pathlib import Path

import pulumi
import pulumi_aws as aws

from spot_platform import Cluster, ClusterArgs, Nat, Vpc, VpcArgs, VpcTransforms


def named(args: pulumi.ResourceTransformArgs) -> None:
    with Path(__file__).with_name("transformed").open("a") as file:
        file.write(f"{args.type_}\\n")


opts = pulumi.ResourceOptions(provider=aws.Provider("aws", region="eu-west-1", allowed_account_ids=["111122223333"]))
vpc = Vpc(
    "shop",
    VpcArgs(region="eu-west-1", availability_zones=["eu-west-1a", "eu-west-1b"], nat=Nat.NONE),
    pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(transforms=[named])),
    transforms=VpcTransforms(vpc={"tags": {"Team": "shop"}}),
)
Cluster("shop", ClusterArgs(account_id="111122223333", region="eu-west-1"), opts)
pulumi.export("vpc_id", vpc.vpc_id)
"""


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("elsewhere") / "shop"
    folder.mkdir()
    (folder / "__main__.py").write_text(PROGRAM)
    return folder


def test_a_program_in_another_folder_is_previewed(python: Path, program: Path, preview: Preview) -> None:
    (made,) = preview(python, program)
    assert ("spot-platform:index:Vpc", "shop") in made
    assert ("aws:ecs/cluster:Cluster", "shop") in made
    assert len([kind for kind, _ in made if kind == "aws:ec2/subnet:Subnet"]) == 6
    # Pulumi's own option of the caller reaches what the component makes
    assert (program / "transformed").read_text().splitlines().count("aws:ec2/subnet:Subnet") == 6


def test_types_are_those_of_the_library(python: Path, tmp_path: Path) -> None:
    (tmp_path / "pyrightconfig.json").write_text(json.dumps({"typeCheckingMode": "strict"}))
    (tmp_path / "right.py").write_text(PROGRAM)
    (tmp_path / "wrong.py").write_text(PROGRAM.replace("nat=Nat.NONE", 'nat="nat"'))
    checker = Path(sys.executable).with_name("basedpyright")
    done = subprocess.run(
        [str(checker), "--pythonpath", str(python), "--project", str(tmp_path), "--outputjson"],
        capture_output=True,
        text=True,
        check=False,
    )
    report = json.loads(done.stdout)
    assert report["summary"]["filesAnalyzed"] == 2
    errors = [found for found in report["generalDiagnostics"] if found["severity"] == "error"]
    assert {Path(found["file"]).name for found in errors} == {"wrong.py"}
    assert any('"nat"' in found["message"] for found in errors)
