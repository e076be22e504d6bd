"""The offline provider is a separate package, which needs no other code of this project."""

import ast
import json
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[3] / "toolchain" / "offline"
METADATA = tomllib.loads((PACKAGE / "pyproject.toml").read_text())
NAME = "pulumi_aws_offline"
# pulumi itself requires gRPC and protobuf.
ALLOWED = {"pulumi", "grpc", "google"}


def imported(path: Path) -> set[str]:
    """Return the top-level packages that a file imports, without relative imports inside the package."""
    found: set[str] = set()
    depth = len(path.relative_to(PACKAGE).parts)
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level:
            assert node.level <= depth, f"{path.name}, line {node.lineno} imports from outside of the package"
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.partition(".")[0])
    return found


def test_it_imports_nothing_but_pulumi_and_the_standard_library() -> None:
    files = sorted(PACKAGE.rglob("*.py"))
    assert len(files) > 20
    for path in files:
        assert imported(path) - set(sys.stdlib_module_names) <= ALLOWED, path


def test_its_files_do_not_name_this_project() -> None:
    for path in (*PACKAGE.rglob("*.py"), PACKAGE / "README.md"):
        text = path.read_text().lower().replace("-", "_")
        assert "spot_platform" not in text, path
        assert "toolchain." not in text, path


@pytest.fixture
def alone(tmp_path: Path) -> Path:
    """A folder with a copy of the package, under the name from its metadata."""
    assert METADATA["tool"]["setuptools"]["package-dir"] == {NAME: "."}
    shutil.copytree(PACKAGE, tmp_path / NAME, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def test_its_metadata_names_every_folder_and_every_table() -> None:
    folders = {NAME} | {f"{NAME}.{path.parent.name}" for path in PACKAGE.glob("*/__init__.py")}
    assert set(METADATA["tool"]["setuptools"]["packages"]) == folders
    assert METADATA["tool"]["setuptools"]["package-data"] == {NAME: ["*.json"]}


USE = f"""
import json, sys
from pathlib import Path
from {NAME} import invokes, schema, values
from {NAME}.launcher import write_launchers

write_launchers(Path("plugins"), account="111122223333", region="eu-west-1")
print(json.dumps({{
    "refused": [str(each) for each in schema.check_inputs("aws:ec2/vpc:Vpc", {{"cidrBlok": "10.0.0.0/16"}})],
    "created": values.created_outputs("aws:s3/bucket:Bucket", "files", {{}})[1]["region"],
    "house": sorted(name for name in sys.modules if name.partition(".")[0] in ("toolchain", "spot_platform", "spot_planning")),
}}))
"""


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_it_works_in_a_folder_of_its_own_under_its_own_name(alone: Path) -> None:
    result = run(alone, "-c", USE)
    assert result.returncode == 0, result.stderr
    answer = json.loads(result.stdout)
    assert answer == {
        "refused": ["cidrBlok: no such property; did you mean cidrBlock?"],
        "created": "us-east-1",
        "house": [],
    }
    launcher = (alone / "plugins" / "pulumi-resource-aws").read_text()
    assert f"-m {NAME} " in launcher
    assert f"PYTHONPATH={alone}" in launcher
    assert "111122223333" in launcher


def test_its_generator_works_in_a_folder_of_its_own(alone: Path) -> None:
    result = run(alone, "-m", f"{NAME}.generate")
    assert (result.returncode, result.stdout.startswith("The tables of the offline provider belong to")) == (0, True)


def test_its_plugin_starts_from_another_folder(alone: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    assert run(alone, "-c", USE).returncode == 0
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    with subprocess.Popen(
        [alone / "plugins" / "pulumi-resource-aws", "127.0.0.1:1"], cwd=elsewhere, stdout=subprocess.PIPE, text=True
    ) as plugin:
        assert plugin.stdout is not None
        assert 0 < int(plugin.stdout.readline()) < 65536
        plugin.kill()
