"""Which files of a folder become which objects of a bucket; everything that is not a plain file is refused."""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

MAX_KEY_BYTES: Final = 1024
"""Of a key (Amazon S3 User Guide, "Naming Amazon S3 objects")."""
MAX_FILE_BYTES: Final = 5 * 1024**3
"""Of an object that is sent in one request, 5 GiB (Amazon S3 User Guide, "Uploading objects"). A file in parts would
have no SHA-256 of the whole, only one of its parts' ("Checking object integrity")."""


@dataclass(frozen=True)
class LocalFile:
    """A file that is to be moved."""

    key: str
    """Key of the object: the file's path below the folder, after the prefix."""
    path: str
    """Path of the file below the folder."""
    size_bytes: int
    modified_ns: int
    """Time of the last change, in nanoseconds since 1970."""


def scan(folder: Path, prefix: str = "") -> Iterator[LocalFile]:
    """Walk through a folder, in the order of names, without following a link.

    Args:
        folder: The old folder.
        prefix: Put before each path, such as ``old/``.

    Yields:
        Every file.

    Raises:
        ValueError: At the first entry that is no plain file or folder, or whose name or size no object can have.
        OSError: A folder cannot be read.
    """
    if folder.is_symlink() or not folder.is_dir():
        raise ValueError(f"{folder} is not a folder")
    for current, folders, names in os.walk(folder, onerror=_raise, followlinks=False):
        folders.sort()
        for name in sorted([*folders, *names]):
            path = os.path.join(current, name)  # noqa: PTH118 (a Path for each of a million files takes seconds)
            relative = os.path.relpath(path, folder)
            state = os.lstat(path)
            if stat.S_ISDIR(state.st_mode):
                continue
            _refuse(relative, state)
            key = prefix + relative.replace(os.sep, "/")
            _refuse_key(key)
            yield LocalFile(key, relative, state.st_size, state.st_mtime_ns)


def check_prefix(prefix: str) -> str:
    """Refuse a prefix that does not end a folder.

    Raises:
        ValueError: If it starts with a slash or does not end with one.
    """
    if prefix and (prefix.startswith("/") or not prefix.endswith("/")):
        raise ValueError(f"--prefix={prefix!r} must end with a slash and not start with one, such as old/")
    _refuse_key(prefix)
    return prefix


def _refuse(relative: str, state: os.stat_result) -> None:
    if stat.S_ISLNK(state.st_mode):
        raise ValueError(f"{_shown(relative)} is a link, which may lead out of the folder; remove it or copy its file")
    if not stat.S_ISREG(state.st_mode):
        raise ValueError(f"{_shown(relative)} is neither a file nor a folder")
    if state.st_size > MAX_FILE_BYTES:
        raise ValueError(f"{_shown(relative)} has {state.st_size} bytes; at most {MAX_FILE_BYTES} are moved")


def _refuse_key(key: str) -> None:
    try:
        length = len(key.encode())
    except UnicodeEncodeError as error:
        raise ValueError(f"{_shown(key)} has a name that is not UTF-8; rename it") from error
    if length > MAX_KEY_BYTES:
        raise ValueError(f"{_shown(key)} makes a key of {length} bytes; at most {MAX_KEY_BYTES} are allowed")
    if not key.isprintable():
        raise ValueError(f"{_shown(key)} has a control character in its name; rename it")
    if any(part in {".", ".."} for part in key.split("/")):
        raise ValueError(f"{_shown(key)} has a part that means another folder")


def _shown(name: str) -> str:
    shown = ascii(name)
    return shown if len(shown) <= 200 else f"{shown[:200]}..."  # noqa: PLR2004


def _raise(error: OSError) -> None:
    raise error
