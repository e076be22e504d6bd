"""Caches the version of the Pulumi command line that this project installed, so that runs need not ask for it.

``pulumi version`` starts a program of 200 MB and takes a fifth of a second. A command line on ``PATH`` is asked every
time, because it can be a script that runs another version tomorrow.
"""

import json
from pathlib import Path

from pulumi.automation import PulumiCommand
from semver import VersionInfo

from toolchain.system.files import write_whole

_FILE = "verified.json"


class KnownCommand(PulumiCommand):
    """A command line whose version is known, so that ``pulumi version`` is not called as in the base class."""

    def __init__(self, command: str, version: VersionInfo | None) -> None:
        # does not call the base class's __init__, which runs `pulumi version`
        self.command = command
        self.version = version


def remember(root: Path, command: PulumiCommand) -> None:
    """Store the version of an installation, with the identity of its executable file.

    Args:
        root: The installation's folder.
        command: The command line, with its version.
    """
    write_whole(root / _FILE, json.dumps({"version": str(command.version), "file": _identity(root)}))


def recall(root: Path, at_least: VersionInfo) -> PulumiCommand | None:
    """Return the command line of an installation; None if its file has changed, or its version is too old or unknown.

    Args:
        root: The installation's folder.
        at_least: The oldest accepted version.
    """
    try:
        known = json.loads((root / _FILE).read_text(encoding="utf-8"))
        version = VersionInfo.parse(known["version"])
        same = known["file"] == _identity(root)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return KnownCommand(str(_executable(root)), version) if same and version >= at_least else None


def _executable(root: Path) -> Path:
    return root / "bin" / "pulumi"


def _identity(root: Path) -> list[int]:
    """Return values of the file's status that change when the file, its content or its permissions change."""
    status = _executable(root).stat()
    return [status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_mode]
