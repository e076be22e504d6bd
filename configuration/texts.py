"""Parses a section's JSON text, and reports what no setting can have: duplicate keys, lone surrogates, huge numbers."""

import json
import math
from collections import Counter
from typing import Any, Final, cast

from spot_planning.problems import Path, Problem

LARGEST: Final = 2**53
"""The largest number that is allowed: larger numbers are not exact in JSON, as the engine reads it."""

_DEEPEST: Final = 8
"""Maximum depth of lists and maps in one key; no setting has more than two levels."""
_LONGEST_NUMBER: Final = 20


class _Object(dict[str, Any]):
    """A JSON object that records its duplicate keys."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        self.repeated = {key for key, times in Counter(key for key, _ in pairs).items() if times > 1}


def read(name: str, text: str) -> tuple[Any, list[Problem]]:
    """Parse the text of one section.

    Args:
        name: Name of the section.
        text: The engine's text for the section.

    Returns:
        The value, and the problems in it. Values that no setting can have are replaced by None. A text that is not JSON
        is itself the value.
    """
    problems: list[Problem] = []
    try:
        value = json.loads(text, object_pairs_hook=_Object, parse_int=_number)
    except RecursionError:
        return {}, [Problem((name,), "is nested too deeply; expected a map of keys", shows_value=False)]
    except ValueError:
        value = text
    return _clean((name,), value, problems), problems


def _number(text: str) -> int | float:
    return int(text) if len(text) <= _LONGEST_NUMBER else float(text)


def _clean(path: Path, value: Any, problems: list[Problem]) -> Any:
    if isinstance(value, _Object):
        problems += [
            Problem((*path, key), "is there twice; keep one of them", shows_value=False)
            for key in sorted(value.repeated)
        ]
    wrong = _wrong(path, value)
    if wrong:
        problems.append(Problem(path, wrong, shows_value=False))
        return None
    if isinstance(value, dict):
        entries = cast("dict[str, Any]", value).items()
        return {whole(key): _clean((*path, whole(key)), entry, problems) for key, entry in entries}
    if isinstance(value, list):
        return [_clean((*path, at), entry, problems) for at, entry in enumerate(cast("list[Any]", value))]
    return value


def _wrong(path: Path, value: object) -> str | None:
    if len(path) > 1 and _is_deeper(value, _DEEPEST):
        return "is nested too deeply"
    if isinstance(value, int | float) and not (math.isfinite(value) and abs(value) <= LARGEST):
        return f"is not a number from -{LARGEST} to {LARGEST}"
    if isinstance(value, str) and whole(value) != value:
        return "has half a character (a surrogate without its other half)"
    return None


def _is_deeper(value: object, levels: int) -> bool:
    if isinstance(value, dict):
        value = list(cast("dict[str, Any]", value).values())
    if not isinstance(value, list):
        return False
    return levels == 0 or any(_is_deeper(entry, levels - 1) for entry in cast("list[Any]", value))


def whole(text: str) -> str:
    """Replace lone surrogates by question marks: JSON can contain them, but UTF-8 cannot."""
    return text.encode("utf-8", "replace").decode("utf-8")
