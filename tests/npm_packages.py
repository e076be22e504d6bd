"""The site's npm packages for all tests that build the site: `npm ci` takes four seconds of processor time."""

import hashlib
import os
import platform
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from ops.frontend.build import install_packages
from toolchain.system.locks import alone

KEPT = Path(__file__).parents[1] / ".node"
NAMES = ("package.json", "package-lock.json")


def give_packages(folder: Path, *, kept: Path = KEPT, install: Callable[[Path], None] = install_packages) -> None:
    """Put the packages that its lock file names into a copy of the site, as hard links to files that are kept.

    The first caller installs them, and others wait for it. They are kept for later runs until the lock file changes. What
    a killed run has begun is not used.

    Args:
        folder: The copy; it has no ``node_modules`` yet.
        kept: The folder for installed packages.
        install: Makes ``node_modules`` in a folder with the files of `NAMES`.
    """
    content = b"".join((folder / name).read_bytes() for name in NAMES)
    key = f"{sys.platform}-{platform.machine()}-{hashlib.sha256(content).hexdigest()[:16]}"
    with alone(kept / "lock"):
        if not (kept / key).is_dir():
            for old in kept.iterdir():
                if old.is_dir():
                    shutil.rmtree(old)
            begun = kept / "begun"
            begun.mkdir()
            for name in NAMES:
                shutil.copy(folder / name, begun)
            install(begun)
            begun.rename(kept / key)
        shutil.copytree(kept / key / "node_modules", folder / "node_modules", copy_function=_link, symlinks=True)


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:  # the temporary folder is on another disk
        shutil.copy2(source, target)
