"""Writing files that a killed run must not leave half-written."""

import os
from pathlib import Path


def write_whole(path: Path, text: str, *, mode: int = 0o644) -> None:
    """Write a file so that whoever reads it, now or after a kill, finds the old text or the new, never a part.

    Args:
        path: The file; its folder must exist.
        text: What is to be in it.
        mode: Who may read it, as far as the umask lets them.
    """
    new = path.with_name(f"{path.name}.{os.getpid()}.new")
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "w", encoding="utf-8") as file:
        file.write(text)
    new.replace(path)
