"""Makes the command line that runs a command as another user, and gives that user access to the folders it needs."""

import os
import shlex
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_FIRST_DESCRIPTOR = 20
"""Above the descriptors of the standard streams, and above those that the shell uses."""
_MAY_ENTER = 0o001


@dataclass(frozen=True)
class User:
    """A user and a group by number, as in an image or a task definition."""

    uid: int
    gid: int


def parse_user(text: str) -> User | None:
    """Parse ``USER``: ``uid`` or ``uid:gid``.

    Args:
        text: The text. A group that is a name, or missing, gets the user's number.

    Returns:
        The user; None if the user is not a number, because the image's names do not exist on this machine.
    """
    uid, _, gid = text.partition(":")
    if not uid.isdigit():
        return None
    return User(int(uid), int(gid) if gid.isdigit() else int(uid))


@cache
def can_change_user() -> bool:
    """Check whether a command can be started as another user: it needs root and permission to make mount namespaces."""
    if os.geteuid() != 0 or shutil.which("unshare") is None or shutil.which("setpriv") is None:
        return False
    tried = ["unshare", "--mount", "sh", "-c", "mount --make-rprivate /"]
    return subprocess.run(tried, capture_output=True, check=False, timeout=10).returncode == 0


def as_user(command: Sequence[str], user: User, paths: Sequence[Path], folder: Path) -> list[str]:
    """Return a command line that runs a command as another user, without capabilities.

    If a folder above a needed path is closed to the user, the command's own mount namespace has an empty file system
    over that closed folder, in which only the needed paths are mounted. So the user sees nothing else of that folder.

    Args:
        command: Program and arguments.
        user: User that the command runs as.
        paths: Folders that the command needs.
        folder: Working directory of the command.
    """
    hidden = {path: closed for path in paths if (closed := _closed_above(path)) is not None}
    numbers = {path: _FIRST_DESCRIPTOR + index for index, path in enumerate(hidden)}
    covers = sorted(set(hidden.values()), key=lambda path: len(path.parts))
    covers = [path for path in covers if not any(path != other and path.is_relative_to(other) for other in covers)]
    # The folders above a mount are new, and the toolchain's own umask would close them to the user.
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
    # bash: a plain POSIX shell accepts only descriptors of one digit.
    return ["unshare", "--mount", "bash", "-c", "\n".join(steps)]


def _closed_above(path: Path) -> Path | None:
    """Return the topmost folder of a path that other users may not enter; None if there is none."""
    ways = [*reversed(path.resolve().parents), path.resolve()]
    return next((way for way in ways if not way.stat().st_mode & _MAY_ENTER), None)
