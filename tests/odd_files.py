"""What a user may name in place of a file, and the reason with which it is refused."""

import os
from pathlib import Path

REASONS = {
    "device": "it is no regular file",
    "pipe": "it is no regular file",
    "folder": "Is a directory",
    "missing": "No such file or directory",
}


def make(path: Path, kind: str) -> None:
    """Make what is no file at a path."""
    if kind == "device":
        path.symlink_to("/dev/zero")
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    else:
        assert kind == "missing"
