"""Starts a command as another user, who finds what it needs even below folders that are closed to it."""

import os
import shlex
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_FIRST_DESCRIPTOR = 20
"""Above those that the shell and the command's own standard streams use."""
_MAY_ENTER = 0o001


@dataclass(frozen=True)
class User:
    """A user by number, as an image or a task definition names one."""

    uid: int
    gid: int


def parse_user(text: str) -> User | None:
    """Read ``USER``: ``uid`` or ``uid:gid``.

    Args:
        text: Names are not known on this machine, and count as nobody in particular.

    Returns:
        None where the text names no number.
    """
    uid, _, gid = text.partition(":")
    if not uid.isdigit():
        return None
    return User(int(uid), int(gid) if gid.isdigit() else int(uid))


@cache
def can_change_user() -> bool:
    """Whether a command can be started as another user: root can, where mount namespaces may be made."""
    if os.geteuid() != 0 or shutil.which("unshare") is None or shutil.which("setpriv") is None:
        return False
    tried = ["unshare", "--mount", "sh", "-c", "mount --make-rprivate /"]
    return subprocess.run(tried, capture_output=True, check=False, timeout=10).returncode == 0


def as_user(command: Sequence[str], user: User, paths: Sequence[Path], folder: Path) -> list[str]:
    """The command line that becomes a command as another user, without capabilities.

    Each path that the user cannot reach is mounted over a closed folder above it, in a mount namespace of the
    command's own, so that nothing else in that folder is seen.

    Args:
        command: Program and arguments.
        user: Whom it runs as.
        paths: Folders that it needs.
        folder: Where it is started.
    """
    hidden = {path: closed for path in paths if (closed := _closed_above(path)) is not None}
    numbers = {path: _FIRST_DESCRIPTOR + index for index, path in enumerate(hidden)}
    covers = sorted(set(hidden.values()), key=lambda path: len(path.parts))
    covers = [path for path in covers if not any(path != other and path.is_relative_to(other) for other in covers)]
    # The folders above a mount are made anew, and the toolchain closes what it makes.
    steps = ["set -e", "umask 022", "mount --make-rprivate /"]
    steps += [f"exec {number}<{shlex.quote(str(path))}" for path, number in numbers.items()]
    steps += [f"mount -t tmpfs -o mode=755 tmpfs {shlex.quote(str(path))}" for path in covers]
    for path in sorted(numbers, key=lambda path: len(path.parts)):
        quoted = shlex.quote(str(path))
        steps.append(f"mkdir -p {quoted}")
        steps.append(f"mount --no-canonicalize --bind /proc/self/fd/{numbers[path]} {quoted}")
    closing = " ".join(f"{number}<&-" for number in numbers.values())
    privileges = ["setpriv", f"--reuid={user.uid}", f"--regid={user.gid}", "--clear-groups", "--bounding-set=-all"]
    steps.append(f"cd {shlex.quote(str(folder))}")
    steps.append(f"exec {shlex.join([*privileges, '--no-new-privs', *command])} {closing}")
    # A shell of the plain kind takes one digit of a descriptor only.
    return ["unshare", "--mount", "bash", "-c", "\n".join(steps)]


def _closed_above(path: Path) -> Path | None:
    """The topmost folder on the way to a path that others may not enter."""
    ways = [*reversed(path.resolve().parents), path.resolve()]
    return next((way for way in ways if not way.stat().st_mode & _MAY_ENTER), None)
