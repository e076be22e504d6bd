"""Reads files that users name, which may be anything: a named pipe, a device, or far too large."""

import errno
import os
import stat
from pathlib import Path


def read_named(path: Path, most_bytes: int | None = None) -> bytes:
    """Read a file that a user names.

    A named pipe without a writer would wait forever, and a device such as ``/dev/zero`` has no end.

    Args:
        path: The file.
        most_bytes: The longest content that the caller takes, bytes; None for no limit.

    Returns:
        The content. If it is longer than `most_bytes`, only one byte more is read, so that the caller can refuse it.

    Raises:
        OSError: The file cannot be read, or is no regular file. ``strerror`` says why, and ``filename`` is the path.
    """
    with open(path, "rb", opener=_without_waiting) as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(errno.EINVAL, "it is no regular file", str(path))
        return file.read() if most_bytes is None else file.read(most_bytes + 1)


def _without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NONBLOCK)  # otherwise opening a named pipe would wait for a writer
