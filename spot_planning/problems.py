"""Problems of arguments as data: the path of the argument, its value, and the allowed values."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast

Path = tuple[str | int, ...]
"""The path of a value: the argument's name and, inside maps and lists, further keys and positions."""

_LONGEST_VALUE = 80
_SECRET = re.compile(r"(?i)secret|passw|token|credential|(?:api|private|access)_?key")
_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")


@dataclass(frozen=True)
class Problem:
    """One problem of one argument."""

    path: Path
    """The argument, such as ``("memory",)`` or ``("scheduled_scaling", 0, "max_tasks")``."""
    text: str
    """The text after the value: ``is not allowed with cpu 512; allowed: 1024, 2048, 3072, 4096``."""
    shows_value: bool = True
    """Whether the value is printed before `text`. False if `text` is enough, or if the value may be a secret."""

    def below(self, *path: str | int) -> "Problem":
        """Return the same problem for an argument that is found at `path` in a larger structure."""
        return Problem((*path, *self.path), self.text, self.shows_value)


class ArgumentError(ValueError):
    """An argument of a component is wrong: ``Vpc 'main': cidr_block=10.0.0.0/30 is not allowed; allowed: ...``."""

    def __init__(self, component: str, name: str | None, problem: Problem, arguments: object) -> None:
        argument = place(problem.path)
        value = value_at(arguments, problem.path) if problem.shows_value else ...
        if names_secret(problem.path) and isinstance(value, str | list | dict):
            value = ...
        about = argument if value is ... else f"{argument}={show(value)}"
        subject = component if name is None else f"{component} {name!r}"
        super().__init__(f"{subject}: {about} {problem.text}")
        self.argument = argument
        """The argument that is wrong, such as ``scheduled_scaling[0].max_tasks``."""
        self.value = value
        """The argument's value; ``...`` if it is not shown."""
        self.allowed = problem.text
        """The problem, and the allowed values."""


def names_secret(path: Path) -> bool:
    """Check by the names in a path whether its value may be a secret."""
    return path[:1] == ("environment",) or any(_SECRET.search(str(part)) for part in path)


def place(path: Path) -> str:
    """Format a path: ``scheduled_scaling[0].max_tasks``; unusual keys are quoted and cut: ``environment["a b"]``."""
    parts: list[str] = []
    for part in path:
        if isinstance(part, int):
            parts.append(f"[{part}]")
        elif _PLAIN_KEY.fullmatch(part):
            parts.append(f".{cut(part)}")
        else:
            parts.append(f"[{quoted(part)}]")
    return "".join(parts).removeprefix(".")


def value_at(values: Any, path: Path) -> Any:
    """Return the value at a path through plain data and objects with attributes; ``...`` if there is none."""
    for part in path:
        try:
            # A map's key may have the name of a method of maps, such as "items".
            is_plain = isinstance(values, Mapping | list | tuple)
            values = values[part] if is_plain else getattr(values, str(part))
        except (KeyError, IndexError, TypeError, AttributeError):
            return ...
    return values


def show(value: object) -> str:
    """Format a value as in a stack file, on one line, cut after 80 characters.

    Args:
        value: Plain data.

    Returns:
        Text without spaces unchanged, other plain data as JSON; for anything else the kind of the value.
    """
    if not isinstance(value, str | int | float | list | dict | tuple | type(None)):
        return kind(value)
    if isinstance(value, float) and value.is_integer():
        return cut(str(int(value)))
    if isinstance(value, str) and value.isprintable() and value != "" and " " not in value:
        return cut(str(value))
    return quoted(cast("object", value))


def quoted(value: object) -> str:
    """Format a value as JSON, on one line, cut after 80 characters."""
    text = json.dumps(value, ensure_ascii=False, default=kind)[: _LONGEST_VALUE + 1]
    return cut("".join(char if char.isprintable() else json.dumps(char)[1:-1] for char in text))


def cut(text: str) -> str:
    """Cut a text after 80 characters."""
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}…"


def listed(values: Iterable[object]) -> str:
    """Join values with commas: ``1024, 2048, 3072, 4096``."""
    return ", ".join(str(value) for value in values)


def kind(value: object) -> str:
    """Name the kind of a value in words: ``text``, ``a whole number``, ``a list``, ``an Output``."""
    names: tuple[tuple[type[object], str], ...] = (
        (bool, "a boolean"),
        (int, "a whole number"),
        (float, "a number"),
        (str, "text"),
        (list, "a list"),
        (dict, "a map of keys"),
        (type(None), "empty"),
    )
    known = next((name for type_, name in names if isinstance(value, type_)), None)
    if known is not None:
        return known
    name = type(cast("object", value)).__name__
    return f"{'an' if name[:1] in 'AEIOU' else 'a'} {name}"
