"""Adds ``config.json`` to a release: the site's settings, which come from the stack (frontend/README.md)."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from ops.frontend import files
from ops.frontend.files import Entry
from ops.frontend.folder import Folder

CONFIG_FILE: Final = "config.json"


def with_config(folder: Folder, settings: Callable[[], str | None]) -> Folder:
    """Return a folder with ``config.json`` among its files; a folder that has this file already is not changed.

    Args:
        folder: The folder. Nothing is written to the disk, because the same build may go to other stacks too.
        settings: Returns the content of ``config.json``, or None for no such file; called only when the folder has
            none.
    """
    text = None if CONFIG_FILE in folder.entries else settings()
    if text is None:
        return folder
    content = text.encode()
    entries = {**folder.entries, CONFIG_FILE: _entry(content)}
    return replace(folder, entries=dict(sorted(entries.items())), made={**folder.made, CONFIG_FILE: content})


def _entry(content: bytes) -> Entry:
    content_type = files.media_type(CONFIG_FILE)
    return Entry(
        key=CONFIG_FILE,
        sha256=hashlib.sha256(content).hexdigest(),
        size_bytes=len(content),
        content_type=f"{content_type}; charset=utf-8",
        cache_control=files.cache_control(CONFIG_FILE, content_type),
    )
