"""A command as a container runs it, without a container engine: no root, no capabilities, nothing to write but /tmp."""

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
"""Where the confined command finds its folder; the image has it as /app, which a read-only root has no place for."""


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
    """Whether this user may make a mount namespace; root may, outside of a container that forbids it."""
    if os.geteuid() != 0 or shutil.which("unshare") is None or shutil.which("setpriv") is None:
        return False
    tried = ["unshare", "--mount", "sh", "-c", "mount --make-rprivate / && mount -o remount,bind,ro /"]
    return subprocess.run(tried, capture_output=True, check=False).returncode == 0


def confined(folder: Path, command: list[str]) -> list[str]:
    """The command line that runs a command in a folder, read-only as the rest, as the image's user.

    Args:
        folder: What the image has in /app.
        command: Started there.
    """
    # All are opened before mounts hide them: the folder, and an environment of a checkout below /tmp, by the new /tmp;
    # the interpreter by what is put over a home that others may not enter.
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
