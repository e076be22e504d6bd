"""Reads YAML files that may be untrusted: limits size, depth and expanded aliases, and refuses repeated keys."""

import os
import stat
from pathlib import Path
from typing import Any, cast

import yaml

from toolchain.configuration.yaml_keys import refuse_repeated_keys
from toolchain.errors import ToolchainError
from toolchain.system.printing import visible

MOST_BYTES = 1024 * 1024
MOST_NODES = 100_000
"""Largest number of values in a file, counting each value again for every alias. Stack files have about a hundred."""
DEEPEST = 50


def read_yaml(path: Path, namespace: str = "") -> dict[str, Any]:
    """Read a YAML file that contains a mapping; return an empty mapping for an empty file.

    Args:
        path: The file.
        namespace: The project's namespace if it is a stack's file, else empty. Keys below ``config`` without a
            namespace have this one.

    Raises:
        ToolchainError: The file cannot be read, is not YAML, is too large, has a repeated key, or is no mapping.
    """
    try:
        text = _text(path)
        _check_bounds(text)
        refuse_repeated_keys(text, namespace)
        content: Any = yaml.load(text, Loader=yaml.CSafeLoader)
    except (OSError, UnicodeDecodeError, ValueError, yaml.YAMLError, RecursionError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise ToolchainError(f"{visible(path.name)} cannot be read: {' '.join(str(reason).split())}") from error
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise ToolchainError(f"{visible(path.name)} must hold a mapping, not {type(content).__name__}")
    return cast("dict[str, Any]", content)


def _text(path: Path) -> str:
    with open(path, "rb", opener=_without_waiting) as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise ValueError("it is no regular file")
        content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise ValueError(f"it is longer than {MOST_BYTES // 1024} KiB")
    return content.decode("utf-8")


def _without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NONBLOCK)  # otherwise opening a named pipe would wait for a writer


def _check_bounds(text: str) -> None:
    """Refuse a document that would need unbounded time or memory, before it is built.

    Raises:
        ValueError: The document is nested too deep, has too many values after its aliases are expanded, or has an alias
            inside its own value.
    """
    sizes: dict[str, int] = {}
    open_nodes: list[tuple[str | None, int]] = []
    """The anchor of each open collection, and the number of values counted before it."""
    count = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        if isinstance(event, yaml.AliasEvent):
            _refuse_inside_itself(event, [anchor for anchor, _ in open_nodes])
            count += sizes.get(str(event.anchor), 1)
        elif isinstance(event, yaml.CollectionStartEvent):
            open_nodes.append((event.anchor, count))
            count += 1
        elif isinstance(event, yaml.ScalarEvent):
            count += 1
            if event.anchor is not None:
                sizes[event.anchor] = 1
        elif isinstance(event, yaml.CollectionEndEvent):
            anchor, before = open_nodes.pop()
            if anchor is not None:
                sizes[anchor] = count - before
        if len(open_nodes) > DEEPEST:
            raise ValueError(f"it is nested deeper than {DEEPEST} levels")
        if count > MOST_NODES:
            raise ValueError(f"it holds more than {MOST_NODES} values")


def _refuse_inside_itself(alias: yaml.AliasEvent, open_anchors: list[str | None]) -> None:
    # The value would have no end: PyYAML makes an object that contains itself, which nothing can write.
    if alias.anchor in open_anchors:
        raise ValueError(
            f"line {cast('yaml.Mark', alias.start_mark).line + 1}: the alias *{alias.anchor} is inside its own value"
        )
