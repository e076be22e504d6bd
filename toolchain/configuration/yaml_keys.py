"""Refuses YAML mappings with a repeated key. PyYAML would use the last one and silently lose a whole section.

YAML 1.2.2, section 3.2.1.3: the keys of a mapping are unique.
"""

from collections.abc import Iterator
from typing import Any, cast

import yaml

from toolchain.system.printing import visible


def refuse_repeated_keys(text: str, namespace: str = "") -> None:
    """Refuse a document in which a mapping has a repeated key.

    Args:
        text: The document; its depth must be limited.
        namespace: The project's namespace: to the engine, ``config.KEY`` and ``config.NAMESPACE:KEY`` are the same key.
            Empty if the document is not a stack's file.

    Raises:
        ValueError: There is a repeated key. The message names the first one, with both lines.
    """
    root = cast("yaml.Node | None", cast("Any", yaml).compose(text, Loader=yaml.CSafeLoader))
    for path, mapping in _mappings(root, "", set()):
        seen: dict[tuple[str, str], int] = {}
        for key, _ in _pairs(mapping):
            name = _name(key, namespace if path == "config" else "")
            line = key.start_mark.line + 1
            if (key.tag, name) in seen:
                before = seen[key.tag, name]
                lines = f"line {line}" if before == line else f"lines {before} and {line}"
                raise ValueError(f"{visible(_below(path, name))} is there twice, in {lines}: keep one of them")
            seen[key.tag, name] = line


def _mappings(node: "yaml.Node | None", path: str, met: set[int]) -> Iterator[tuple[str, yaml.MappingNode]]:
    """Yield each mapping once, with its path; an alias is the same node as its anchor."""
    if node is None or id(node) in met:
        return
    met.add(id(node))
    if isinstance(node, yaml.MappingNode):
        yield path, node
        for key, value in _pairs(node):
            yield from _mappings(value, _below(path, _name(key, "")), met)
    elif isinstance(node, yaml.SequenceNode):
        for number, item in enumerate(cast("list[yaml.Node]", node.value)):
            yield from _mappings(item, f"{path}[{number}]", met)


def _pairs(mapping: yaml.MappingNode) -> list[tuple[yaml.Node, yaml.Node]]:
    return cast("list[tuple[yaml.Node, yaml.Node]]", mapping.value)


def _name(key: yaml.Node, namespace: str) -> str:
    # a key that is a collection is refused when the document is built
    name = str(key.value) if isinstance(key, yaml.ScalarNode) else f"a key in line {key.start_mark.line + 1}"
    return f"{namespace}:{name}" if namespace and ":" not in name else name


def _below(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
