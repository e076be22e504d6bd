"""Writing files that a killed run must not leave half-written, and that nobody else may read or redirect."""

import os
import tempfile
from contextlib import suppress
from pathlib import Path

from toolchain.errors import ToolchainError


def write_whole(path: Path, text: str, *, is_lasting: bool = True) -> None:
    """Write a file so that a reader finds the old text or the new, now or after a kill, but never a part.

    Only the owner may read it.

    Args:
        path: The file; its folder must exist.
        text: The new content.
        is_lasting: Whether the new text is there also after a crash of the machine. Waiting for the disk can take
            seconds on a busy one; False for what means nothing after a restart, whose readers take an empty file.
    """
    # mkstemp never follows a link, whoever else may write into the folder, and makes the file private
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
    """Make a folder that only its owner can enter.

    Raises:
        ToolchainError: The path is a link, no folder, or another user's.
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
