"""Runs a command as in a container, without a container engine: no root, no capabilities, only /tmp writable."""

import os
import shlex
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

USER = 1001
"""User of the image and of the platform's task definition."""
APP = "/tmp/app"
"""Working folder of the confined command. In the image it is /app, but no folder can be made in a read-only root."""


_AS_USER = [
    "setpriv",
    f"--reuid={USER}",
    f"--regid={USER}",
    "--clear-groups",
    "--bounding-set=-all",
    "--no-new-privs",
]


@cache
def is_possible() -> bool:
    """Check whether this user may create a mount namespace: root may, unless a container forbids it."""
    if os.geteuid() != 0 or shutil.which("unshare") is None or shutil.which("setpriv") is None:
        return False
    tried = ["unshare", "--mount", "sh", "-c", "mount --make-rprivate / && mount -o remount,bind,ro /"]
    return subprocess.run(tried, capture_output=True, check=False).returncode == 0


def confined(folder: Path, command: list[str]) -> list[str]:
    """Return a command line that runs a command as the image's user, with everything but /tmp read-only.

    Args:
        folder: Folder with the content of the image's /app.
        command: Command to run in that folder.
    """
    # Open these folders before mounts hide them. The new /tmp hides the folder, and a virtual environment below /tmp.
    # The mount over a home that other users may not enter hides the interpreter.
    environment = Path(sys.prefix).resolve()
    hidden = [environment] if environment.is_relative_to("/tmp") else []
    steps = [
        "set -e",
        "mount --make-rprivate /",
        f"exec 8<{shlex.quote(str(folder))}",
        *_open_the_interpreter(),
        *(f"exec 7<{shlex.quote(str(path))}" for path in hidden),
        "mount -o remount,bind,ro /",
        "mount -t tmpfs -o mode=1777 tmpfs /tmp",
        *(
            step
            for path in hidden
            for step in (
                f"mkdir -p {shlex.quote(str(path))}",
                f"mount --no-canonicalize --bind /proc/self/fd/7 {shlex.quote(str(path))}",
            )
        ),
        f"mkdir {APP}",
        f"mount --no-canonicalize --bind /proc/self/fd/8 {APP}",
        f"mount -o remount,bind,ro {APP}",
        f"cd {APP}",
        f"exec {shlex.join([*_AS_USER, *command])} 7<&- 8<&- 9<&-",
    ]
    return ["unshare", "--mount", "sh", "-c", "\n".join(steps)]


def _open_the_interpreter() -> list[str]:
    home = Path(sys.base_prefix)
    closed = next((path for path in reversed(home.parents) if not path.stat().st_mode & 0o001), None)
    if closed is None:
        return []
    return [
        f"exec 9<{shlex.quote(str(home))}",
        f"mount -t tmpfs -o mode=755 tmpfs {shlex.quote(str(closed))}",
        f"mkdir -p {shlex.quote(str(home))}",
        f"mount --no-canonicalize --bind /proc/self/fd/9 {shlex.quote(str(home))}",
    ]
