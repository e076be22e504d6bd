"""What is wrong with a configuration: one line a problem, in the user's own spelling of the key."""

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from spot_planning.problems import Path, Problem, cut, kind, listed, names_secret, place, quoted, show

NAMESPACE: Final = "spot-platform"
"""The project's name, which is the namespace of its configuration keys."""

_CAMEL_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


@dataclass(frozen=True)
class UnknownKey(Problem):
    """A key that does not exist."""

    shows_value: bool = False
    hides: tuple[Path, ...] = ()
    """Further keys whose value is unknown unless it is written, such as the one that was probably meant."""


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
    return f"{NAMESPACE}:{place(path)}"


def shown(path: Path, value: object, *, in_quotes: bool = False) -> str:
    """Write the value of a key, unless it may be a secret.

    Args:
        path: Where it stands.
        value: Plain data.
        in_quotes: Whether text is quoted in any case.

    Returns:
        As `show`, or ``text``, ``a list`` and so on where somebody may have put a secret.
    """
    if _may_be_secret(path, value):
        return kind(value)
    return quoted(value) if in_quotes else show(value)


def _may_be_secret(path: Path, value: object) -> bool:
    if path[:1] == ("service",) and len(path) == 1:
        return isinstance(value, str | list | dict)
    if path[:2] == ("service", "environment"):
        return True
    if path[:2] == ("service", "secrets"):
        return not (isinstance(value, str) and value.startswith("arn:"))
    about_secrets = names_secret(path) or (len(path) == 1 and names_secret((str(value),)))
    return about_secrets and isinstance(value, str | list | dict)


def unknown_key(path: Path, allowed: Sequence[str]) -> UnknownKey:
    """Say that a key does not exist, and which one was probably meant.

    Args:
        path: The key as the user wrote it.
        allowed: The keys that exist there.

    Returns:
        ``unknown key; did you mean min_tasks?``, or all keys when none is near.
    """
    name = str(path[-1])
    snake = _CAMEL_HUMP.sub("_", name).replace("-", "_").lower()
    near = difflib.get_close_matches(snake, allowed, n=1) if cut(snake) == snake else []
    if not near:
        return UnknownKey(path, f"unknown key; allowed: {listed(allowed)}")
    prefix = "" if len(path) > 1 else f"{NAMESPACE}:"
    return UnknownKey(path, f"unknown key; did you mean {prefix}{near[0]}?", hides=((*path[:-1], near[0]),))
