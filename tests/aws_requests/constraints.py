"""Checks an operation's input against every constraint of its model."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

import regex

PATTERN_SECONDS = 10.0
"""Timeout of one pattern on one value."""
_TYPES: dict[str, tuple[type, ...]] = {
    "structure": (dict,),
    "list": (list,),
    "map": (dict,),
    "string": (str,),
    "integer": (int,),
    "long": (int,),
    "float": (int, float),
    "double": (int, float),
    "boolean": (bool,),
    "blob": (bytes,),
    "timestamp": (str, int, float, datetime),
}


@dataclass(frozen=True, order=True)
class Finding:
    """A problem of one value.

    Attributes:
        path: Path of the value: names of members, with ``[]`` for an element of a list and ``.*`` for a value of a map.
        problem: What is wrong with it.
    """

    path: str
    problem: str

    def __str__(self) -> str:
        return f"{self.path or 'the input'}: {self.problem}"


def findings(value: Any, shape: Any, path: str = "") -> Iterator[Finding]:
    """Yield everything that a model forbids: type, required and unknown members, enum, length, range, pattern."""
    kind = shape.type_name
    if getattr(shape, "is_document_type", False):
        return
    if not isinstance(value, _TYPES[kind]) or (isinstance(value, bool) and kind != "boolean"):
        yield Finding(path, f"{value!r:.80} is no {kind}")
        return
    yield from _own(value, shape, path)
    if kind == "structure":
        yield from _structure(value, shape, path)
    elif kind == "list":
        for item in value:
            yield from findings(item, shape.member, f"{path}[]")
    elif kind == "map":
        for key, item in value.items():
            yield from findings(key, shape.key, f"{path}.*")
            yield from findings(item, shape.value, f"{path}.*")


def _structure(value: dict[str, Any], shape: Any, path: str) -> Iterator[Finding]:
    for name in shape.required_members:
        if name not in value:
            yield Finding(f"{path}.{name}".lstrip("."), "is missing")
    if getattr(shape, "is_tagged_union", False) and len(value) != 1:
        yield Finding(path, f"has {len(value)} members of a union, which has one")
    for name, item in value.items():
        yield from findings(item, shape.members[name], f"{path}.{name}".lstrip("."))


def _own(value: Any, shape: Any, path: str) -> Iterator[Finding]:
    constraints = shape.metadata
    allowed = constraints.get("enum")
    if allowed is not None and value not in allowed:
        yield Finding(path, f"{value!r:.80} is not among {', '.join(allowed):.400}")
    is_number = shape.type_name in ("integer", "long", "float", "double")
    if is_number or isinstance(value, str | bytes | list | dict):
        size = value if is_number else len(value)
        what = "" if is_number else "its length "
        if size < constraints.get("min", size):
            yield Finding(path, f"{what}{size} is less than {constraints['min']}")
        if size > constraints.get("max", size):
            yield Finding(path, f"{what}{size} is more than {constraints['max']}")
    pattern = constraints.get("pattern")
    if pattern is not None and isinstance(value, str) and not matches(pattern, value):
        yield Finding(path, f"{value!r:.80} does not match {pattern:.200}")


def matches(pattern: str, text: str) -> bool:
    """Check whether a whole text matches a model's pattern, which is written for Java.

    Raises:
        TimeoutError: The pattern takes too long on this text.
    """
    return _compiled(pattern).fullmatch(text, timeout=PATTERN_SECONDS) is not None


@cache
def _compiled(pattern: str) -> "regex.Pattern[str]":
    # Java's strings are UTF-16: a pattern writes characters beyond the first plane as a range of surrogate pairs
    in_code_points = pattern.replace(r"\uD800\uDC00-\uDBFF\uDFFF", r"\U00010000-\U0010FFFF")
    return regex.compile(in_code_points, regex.DOTALL)
