"""Merges two JSON documents recursively."""

from typing import Any, cast


def merged(below: Any, above: Any) -> Any:
    """Merge two parsed JSON or YAML documents: mappings recursively; any other value of ``above`` replaces ``below``'s.

    Args:
        below: The document with the defaults.
        above: The document that takes precedence.
    """
    if not isinstance(below, dict) or not isinstance(above, dict):
        return above
    base, top = cast("dict[str, Any]", below), cast("dict[str, Any]", above)
    return {**base, **{key: merged(base.get(key), value) for key, value in top.items()}}
