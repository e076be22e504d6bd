"""Remembers the Pulumi command line that this project installed, so that not each run has to ask for its version.

Asking starts a program of 200 MB for a fifth of a second. One on ``PATH`` is asked each time: what is found there can
be a script that runs another version tomorrow.
"""

import json
from pathlib import Path

from pulumi.automation import PulumiCommand
from semver import VersionInfo

from toolchain.files import write_whole

_FILE = "verified.json"


class KnownCommand(PulumiCommand):
    """A command line whose version is known; without the call of ``pulumi version`` that the base class makes."""

    def __init__(self, command: str, version: VersionInfo | None) -> None:
        # not the base class's __init__, which makes that call
        self.command = command
        self.version = version


def remember(root: Path, command: PulumiCommand) -> None:
    """Write down which file in an installation has answered with its version.

    Args:
        root: The installation's folder.
        command: What has answered.
    """
    write_whole(root / _FILE, json.dumps({"version": str(command.version), "file": _identity(root)}))


def recall(root: Path, at_least: VersionInfo) -> PulumiCommand | None:
    """The command line of an installation, if it is still the file that has answered, and new enough.

    Args:
        root: The installation's folder.
        at_least: The oldest version that will do.
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
    """What changes when the file is replaced, changed, or may no longer be run."""
    status = _executable(root).stat()
    return [status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_mode]
