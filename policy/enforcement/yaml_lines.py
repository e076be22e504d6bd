"""Finds line numbers and repeated keys in a YAML file: of two equal keys, PyYAML silently uses the last one."""

from collections.abc import Iterator
from typing import cast

import yaml


def line_of(node: yaml.Node) -> int:
    """Return the number of the line on which a node begins, from 1.

    Args:
        node: Any node.
    """
    return node.start_mark.line + 1


def repeated_keys(mapping: yaml.MappingNode) -> Iterator[tuple[str, int, int]]:
    """Find the keys that a mapping repeats.

    Args:
        mapping: A mapping whose keys are scalars.

    Yields:
        The key, the line of its previous occurrence, and the line of the repetition.
    """
    lines: dict[str, int] = {}
    for key, _value in cast("list[tuple[yaml.Node, yaml.Node]]", mapping.value):
        name = str(key.value)
        if name in lines:
            yield name, lines[name], line_of(key)
        lines[name] = line_of(key)
