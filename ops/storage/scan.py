"""Lists the files of a folder with the keys of their objects; refuses everything that is not a plain file."""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

MAX_KEY_BYTES: Final = 1024
"""Maximum length of a key (Amazon S3 User Guide, "Naming Amazon S3 objects")."""
MAX_FILE_BYTES: Final = 5 * 1024**3
"""Maximum size of an object that is sent in one request, 5 GiB (Amazon S3 User Guide, "Uploading objects"). A multipart
upload has no SHA-256 of the whole object, only one of the parts' checksums ("Checking object integrity")."""


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
    """List the files of a folder, in the order of their names, without following links.

    Args:
        folder: The folder.
        prefix: The beginning of each key, before the file's path, such as ``old/``.

    Yields:
        Every file.

    Raises:
        ValueError: An entry is no plain file or folder, or its name or size is not allowed for an object.
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
    """Check that a prefix is a valid key and that it is empty or ends with a slash; returns the prefix.

    Raises:
        ValueError: The prefix starts with a slash, does not end with one, or is no valid key.
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
