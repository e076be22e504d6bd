"""Merges JSON documents in depth."""

from typing import Any, cast


def merged(below: Any, above: Any) -> Any:
    """What two documents say together: maps in depth, everything else as the upper one has it.

    Args:
        below: A document as JSON or YAML has it.
        above: The one that wins.
    """
    if not isinstance(below, dict) or not isinstance(above, dict):
        return above
    base, top = cast("dict[str, Any]", below), cast("dict[str, Any]", above)
    return {**base, **{key: merged(base.get(key), value) for key, value in top.items()}}
