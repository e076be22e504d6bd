"""Changes one value in the text of a YAML file and keeps everything else, including comments and order.

PyYAML drops comments when it writes a document. But its nodes have their positions in the text, which is enough to
change one value.
"""

from collections.abc import Sequence
from typing import Any, cast

import yaml


def with_value(text: str, path: Sequence[str], value: str | None) -> str:
    """Set or remove one value in a document of block mappings.

    Args:
        text: The document.
        path: Keys from the top, such as ``("config", "service", "image")``.
        value: The new value; None to remove the value, and every mapping that becomes empty by that.

    Returns:
        The new document.

    Raises:
        ValueError: The document is written in a way that this function cannot change; the user must edit it by hand.
    """
    data: Any = yaml.safe_load(text)
    expected = cast("dict[str, Any]", _copy(data) or {})
    changed = _without(text, path, expected) if value is None else _with(text, path, value, expected)
    try:
        is_right = (yaml.safe_load(changed) or {}) == expected
    except yaml.YAMLError:
        is_right = False
    if not is_right:
        raise ValueError(f"{'.'.join(path)} cannot be changed in the way that this file is written: edit it by hand")
    return changed


def _with(text: str, path: Sequence[str], value: str, expected: dict[str, Any]) -> str:
    inner = expected
    for key in path[:-1]:
        if not isinstance(inner.get(key), dict):
            inner[key] = {}
        inner = inner[key]
    inner[path[-1]] = value
    scalar = yaml.safe_dump(value, width=10_000).removesuffix("\n").removesuffix("\n...")
    entries = _entries(text, path)
    if len(entries) == len(path):
        node = entries[-1][1]
        return text[: node.start_mark.index] + scalar + text[node.end_mark.index :]
    if not entries:
        before = text if not text or text.endswith("\n") else f"{text}\n"
        return before + _lines(path, scalar, 0)
    key, mapping = entries[-1]
    indent = _indent(key, mapping)
    lines = _lines(path[len(entries) :], scalar, indent)
    end = text.find("\n", key.end_mark.index)
    return f"{text}\n{lines}" if end < 0 else text[: end + 1] + lines + text[end + 1 :]


def _lines(keys: Sequence[str], scalar: str, indent: int) -> str:
    lines = [f"{' ' * (indent + 2 * depth)}{key}:" for depth, key in enumerate(keys)]
    return "\n".join(lines) + f" {scalar}\n"


def _indent(key: yaml.Node, mapping: yaml.Node) -> int:
    if isinstance(mapping, yaml.MappingNode) and mapping.value:
        return cast("yaml.Node", mapping.value[0][0]).start_mark.column
    return key.start_mark.column + 2


def _without(text: str, path: Sequence[str], expected: dict[str, Any]) -> str:
    entries = _entries(text, path)
    if len(entries) < len(path):
        return text
    depth = len(path) - 1
    while depth > 0 and len(cast("yaml.MappingNode", entries[depth - 1][1]).value) == 1:
        depth -= 1
    inner: Any = expected
    for key in path[:depth]:
        inner = inner[key]
    del inner[path[depth]]
    key, node = entries[depth]
    start = text.rfind("\n", 0, key.start_mark.index) + 1
    # A mapping's end mark is where the next entry begins, so use the end of its last value, which is on its own line.
    while isinstance(node, yaml.MappingNode) and node.value:
        node = cast("yaml.Node", node.value[-1][1])
    end = text.find("\n", node.end_mark.index)
    return text[:start] + ("" if end < 0 else text[end + 1 :])


def _entries(text: str, path: Sequence[str]) -> list[tuple[yaml.Node, yaml.Node]]:
    """Return the key node and the value node of each part of the path, up to the first missing part."""
    node: Any = cast("Any", yaml).compose(text, Loader=yaml.SafeLoader)
    found: list[tuple[yaml.Node, yaml.Node]] = []
    for name in path:
        pairs = cast("list[tuple[Any, Any]]", node.value) if isinstance(node, yaml.MappingNode) else []
        pair = next((pair for pair in pairs if pair[0].value == name), None)
        if pair is None:
            break
        found.append(pair)
        node = pair[1]
    return found


def _copy(value: Any) -> Any:
    """Return a deep copy without shared objects: aliases share objects, so changing one place would change another."""
    if isinstance(value, dict):
        return {key: _copy(item) for key, item in cast("dict[Any, Any]", value).items()}
    return [_copy(item) for item in cast("list[Any]", value)] if isinstance(value, list) else value
