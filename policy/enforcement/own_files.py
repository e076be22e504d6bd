"""Reads the pack's own files."""

from pathlib import Path


def text_of(file: Path, name: str) -> str:
    """Return the text of one of the pack's own files.

    Args:
        file: The file.
        name: Its name for the message.

    Raises:
        ValueError: It is there and no regular file: to read a named pipe would wait for a writer.
    """
    if file.exists() and not file.is_file():
        raise ValueError(f"{name}: it is no regular file")
    return file.read_text(encoding="utf-8")
