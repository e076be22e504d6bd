"""Decides which of two values of a rule's setting is stricter."""

from collections.abc import Callable, Mapping
from typing import Final, cast

MOST: Final = frozenset({"budgets"})
"""Settings that are an upper limit, like the settings whose names begin with ``maximum-``."""
PERMISSIONS: Final = frozenset(
    {"allowed", "allowed-accounts", "allowed-networks", "allowed-organizations", "open-paths"}
)
"""Lists of what is allowed: the shorter list is stricter."""
DEMANDS: Final = frozenset({"distributions", "events", "groups", "headers", "logs", "safeguards", "services"})
"""Lists of what is required: the longer list is stricter."""
BOUNDS: Final = frozenset({"spot-share"})
"""Lowest and highest share for each of several capacities: the narrower range is stricter."""


def stricter(name: str, given: object, pinned: object) -> object:
    """Choose the stricter one of two values of a setting.

    Args:
        name: The setting's name.
        given: The value in the configuration of the run.
        pinned: The value in the profile to which the stack is pinned.

    Returns:
        A value that satisfies both; the pinned value if the given one is of a wrong type or cannot be compared.
    """
    choose = _chooser(name)
    try:
        return choose(given, pinned) if choose else pinned
    except (TypeError, ValueError):
        return pinned


def is_known(name: str) -> bool:
    """Check whether this module can compare the values of a setting."""
    return _chooser(name) is not None


def _chooser(name: str) -> Callable[[object, object], object] | None:
    if name.startswith("minimum-"):
        return lambda given, pinned: max(_number(given), _number(pinned))
    if name.startswith("maximum-") or name in MOST:
        return lambda given, pinned: min(_number(given), _number(pinned))
    if name in PERMISSIONS:
        return lambda given, pinned: [item for item in _list(given) if item in _list(pinned)]
    if name in DEMANDS:
        return lambda given, pinned: list(dict.fromkeys([*_list(pinned), *_list(given)]))
    return _narrower if name in BOUNDS else None


def _narrower(given: object, pinned: object) -> object:
    if not isinstance(given, Mapping) or not isinstance(pinned, Mapping):
        raise TypeError
    found: dict[str, object] = {}
    for key, bounds in cast("Mapping[str, object]", pinned).items():
        low, high = map(_number, _list(bounds))
        asked_low, asked_high = map(_number, _list(cast("Mapping[str, object]", given).get(key)))
        found[key] = [max(low, asked_low), min(high, asked_high)]
    return found


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value != value:  # noqa: PLR0124 - not a number
        raise TypeError
    return value


def _list(value: object) -> list[object]:
    if not isinstance(value, (list, tuple)):
        raise TypeError
    return list(cast("list[object]", value))
