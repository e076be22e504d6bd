"""Writes files in one step, so that a killed run leaves none half-written, and keeps other users out."""

import os
import tempfile
from contextlib import suppress
from pathlib import Path

from toolchain.errors import ToolchainError


def write_whole(path: Path, text: str, *, is_lasting: bool = True) -> None:
    """Write a file in one step: a reader finds the old text or the new text, never a part, even after a kill.

    Only the owner may read the file.

    Args:
        path: The file; its folder must exist.
        text: The new content.
        is_lasting: Whether the text must survive a crash of the machine; waiting for a busy disk can take seconds.
            False for a file that is useless after a restart and that its readers accept empty.
    """
    # mkstemp never follows a symbolic link of another user, and makes the file private
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    new = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            if is_lasting:
                os.fsync(descriptor)
        new.replace(path)
    except BaseException:
        with suppress(OSError):
            new.unlink()
        raise


def private_folder(path: Path) -> Path:
    """Create a folder that only its owner can enter, or make an existing one private; return the path.

    Raises:
        ToolchainError: The path is a symbolic link, is not a folder, or belongs to another user.
    """
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    about = path.lstat()
    if path.is_symlink() or not path.is_dir():
        raise ToolchainError(f"{path} must be a folder and no link: what the toolchain keeps there is private")
    if about.st_uid != os.geteuid():
        raise ToolchainError(f"{path} belongs to another user (uid {about.st_uid}): remove it, or use another checkout")
    if about.st_mode & 0o077:
        path.chmod(0o700)
    return path
