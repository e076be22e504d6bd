"""What is wrong with a configuration: one line a problem, in the user's own spelling of the key."""

import difflib
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

NAMESPACE: Final = "spot-platform"
"""The project's name, which is the namespace of its configuration keys."""

Path = tuple[str | int, ...]
"""Where a value stands: section, key and, inside maps and lists, further keys and positions."""

_LONGEST_VALUE = 80
_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_SECRET = re.compile(r"(?i)secret|passw|token|credential|(?:api|private|access)_?key")
_CAMEL_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong, about one key."""

    path: Path
    text: str
    """Value and what is allowed: ``8192 is not allowed with cpu 512; allowed: 1024, 2048, 3072, 4096``."""
    hides: tuple[Path, ...] = ()
    """Further keys whose value is unknown unless it is written, such as the one that was probably meant."""

    @property
    def line(self) -> str:
        """The problem as the user reads it: ``spot-platform:service.memory: 8192 is not ...``."""
        return f"{spell(self.path)}: {self.text}"


class SettingsError(ValueError):
    """A stack's configuration is wrong; its text is one line a problem."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems: Final = tuple(problems)
        """One line each, sections and keys in the order of docs/configuration.md."""


def spell(path: Path) -> str:
    """Write a path as ``pulumi config set --path`` takes it.

    Args:
        path: Section, key, and further keys and positions.

    Returns:
        ``spot-platform:observability.alarm_emails[0]``, with odd keys quoted: ``spot-platform:tags["a b"]``, and cut.
    """
    parts: list[str] = []
    for part in path:
        if isinstance(part, int):
            parts.append(f"[{part}]")
        elif _PLAIN_KEY.fullmatch(part):
            parts.append(f".{_cut(part)}")
        else:
            parts.append(f"[{_quoted(part)}]")
    return f"{NAMESPACE}:{''.join(parts).removeprefix('.')}"


def show(value: object) -> str:
    """Write a value as it stands in a stack file, on one line and not too long.

    Args:
        value: Plain data.

    Returns:
        Text without white space as it is, anything else as JSON, cut after 80 characters.
    """
    if isinstance(value, float) and value.is_integer():
        return _cut(str(int(value)))
    plain = isinstance(value, str) and value.isprintable() and value != "" and " " not in value
    return _cut(value) if isinstance(value, str) and plain else _quoted(value)


def shown(path: Path, value: object, *, quoted: bool = False) -> str:
    """Write the value of a key, unless it may be a secret.

    Args:
        path: Where it stands.
        value: Plain data.
        quoted: Whether text is quoted in any case.

    Returns:
        As `show`, or ``text``, ``a list`` and so on where somebody may have put a secret.
    """
    if _may_be_secret(path, value):
        return kind(value)
    return _quoted(value) if quoted else show(value)


def _may_be_secret(path: Path, value: object) -> bool:
    if path[:1] == ("service",) and len(path) == 1:
        return isinstance(value, str | list | dict)
    if path[:2] == ("service", "environment"):
        return True
    if path[:2] == ("service", "secrets"):
        return not (isinstance(value, str) and value.startswith("arn:"))
    about_secrets = any(_SECRET.search(str(part)) for part in path) or (len(path) == 1 and _SECRET.search(str(value)))
    return bool(about_secrets) and isinstance(value, str | list | dict)


def _quoted(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)[: _LONGEST_VALUE + 1]
    return _cut("".join(char if char.isprintable() else json.dumps(char)[1:-1] for char in text))


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}…"


def listed(values: Iterable[object]) -> str:
    """Write what is allowed: ``1024, 2048, 3072, 4096``."""
    return ", ".join(str(value) for value in values)


def unknown_key(path: Path, allowed: Sequence[str]) -> Problem:
    """Say that a key does not exist, and which one was probably meant.

    Args:
        path: The key as the user wrote it.
        allowed: The keys that exist there.

    Returns:
        ``unknown key; did you mean min_tasks?``, or all keys when none is near.
    """
    name = str(path[-1])
    snake = _CAMEL_HUMP.sub("_", name).replace("-", "_").lower()
    near = difflib.get_close_matches(snake, allowed, n=1) if len(snake) <= _LONGEST_VALUE else []
    if not near:
        return Problem(path, f"unknown key; allowed: {listed(allowed)}")
    prefix = "" if len(path) > 1 else f"{NAMESPACE}:"
    return Problem(path, f"unknown key; did you mean {prefix}{near[0]}?", ((*path[:-1], near[0]),))


def kind(value: Any) -> str:
    """Name the kind of a YAML value in words.

    Args:
        value: Plain data.

    Returns:
        ``text``, ``a whole number``, ``a list`` and so on.
    """
    names: tuple[tuple[type, str], ...] = (
        (bool, "a boolean"),
        (int, "a whole number"),
        (float, "a number"),
        (str, "text"),
        (list, "a list"),
        (dict, "a map of keys"),
    )
    return next((name for type_, name in names if isinstance(value, type_)), "empty")
