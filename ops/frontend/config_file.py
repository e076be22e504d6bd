"""``config.json`` beside ``index.html``: what a stack tells its site, which no build knows (frontend/README.md)."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from ops.frontend import files
from ops.frontend.files import Entry
from ops.frontend.folder import Folder

CONFIG_FILE: Final = "config.json"


def with_config(folder: Folder, settings: Callable[[], str | None]) -> Folder:
    """A folder with the stack's settings among its files; one that has a ``config.json`` keeps its own.

    Args:
        folder: The folder, in which nothing is written: the same build goes to other stacks, too.
        settings: Gives the content of ``config.json``, None for none; asked only when the folder has no such file.
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
