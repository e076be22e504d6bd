"""Where things stand in a YAML file, of which its usual reader takes the last of two equal keys without a word."""

from collections.abc import Iterator
from typing import cast

import yaml


def line_of(node: yaml.Node) -> int:
    """Count the lines to the beginning of a node, from 1.

    Args:
        node: Any.
    """
    return node.start_mark.line + 1


def repeated_keys(mapping: yaml.MappingNode) -> Iterator[tuple[str, int, int]]:
    """Find keys that are there twice.

    Args:
        mapping: With scalars as keys.

    Yields:
        The key, the line where it stands before, and the line where it stands again.
    """
    lines: dict[str, int] = {}
    for key, _value in cast("list[tuple[yaml.Node, yaml.Node]]", mapping.value):
        name = str(key.value)
        if name in lines:
            yield name, lines[name], line_of(key)
        lines[name] = line_of(key)
