"""Runs basedpyright with stubs of what this project names from ``pulumi_aws``: ``python -m toolchain.type_stubs``.

If no stubs can be made, it checks with the installed package, as ``make lint`` always does.
"""

import json
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path

from toolchain.type_stubs.writing import NoStubsError, write

_ROOT = Path(__file__).parents[2]


def configuration(project: Path) -> Path:
    """Write the stubs, and the type checker's configuration that uses them, below ``.stubs`` in the project.

    Everything else in the configuration is that of ``pyproject.toml``.

    Returns:
        The configuration's path.

    Raises:
        NoStubsError: No stubs can be made.
    """
    settings = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["basedpyright"]
    sources = list(_sources(project, settings["include"]))
    stubs = write("pulumi_aws", "pulumi-aws", sources, project / ".stubs")
    up = "../../"
    content = {
        "extends": f"{up}pyproject.toml",
        "stubPath": ".",
        # imports start at the project's folder, and not at the configuration's
        "executionEnvironments": [{"root": up, "extraPaths": [up + each for each in settings.get("extraPaths", [])]}],
    }
    path = stubs / "pyrightconfig.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def _sources(project: Path, included: Sequence[str]) -> Iterator[Path]:
    for name in included:
        path = project / name
        yield from [path] if path.is_file() else sorted(path.rglob("*.py"))


def main() -> int:
    """Run basedpyright, and return its exit code."""
    command = [sys.executable, "-m", "basedpyright"]
    try:
        with_stubs = ["--project", str(configuration(_ROOT))]
    except (NoStubsError, OSError) as error:
        print(f"checking types without stubs: {error}", file=sys.stderr)
        return subprocess.run(command, cwd=_ROOT, check=False).returncode
    code = subprocess.run([*command, *with_stubs], cwd=_ROOT, check=False).returncode
    if code:
        print("checked with stubs of what the code names from pulumi_aws; `make lint` checks without", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
