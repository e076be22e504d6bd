"""Makes error messages about a configuration: one line for each problem, with the key as the user writes it."""

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from spot_planning.problems import Path, Problem, cut, kind, listed, names_secret, place, quoted, show

NAMESPACE: Final = "spot-platform"
"""This project's name in ``Pulumi.yaml``: the namespace of its configuration keys, unless the project is renamed."""

_CAMEL_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


@dataclass(frozen=True)
class UnknownKey(Problem):
    """The problem of a key that does not exist."""

    shows_value: bool = False
    hides: tuple[Path, ...] = ()
    """Keys whose value counts as unknown unless the user has set it, such as the key that was probably meant."""


class SettingsError(ValueError):
    """A stack's configuration is wrong; the message has one line for each problem."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems: Final = tuple(problems)
        """One line for each problem, in the order of docs/configuration.md."""


def spell(path: Path, namespace: str = NAMESPACE) -> str:
    """Return a path in the form of ``pulumi config set --path``.

    Args:
        path: Section, key, and further keys and positions.
        namespace: The project's name.

    Returns:
        For example ``spot-platform:observability.alarm_emails[0]``. Unusual keys are quoted, as in
        ``spot-platform:tags["a b"]``, and long ones are cut.
    """
    return f"{namespace}:{place(path)}"


def shown(path: Path, value: object, *, in_quotes: bool = False) -> str:
    """Return the value of a key for a message, unless it may be a secret.

    Args:
        path: The path of the value.
        value: The value, as plain data.
        in_quotes: Whether text is always quoted.

    Returns:
        The value as `show` writes it; for a value that may be a secret only its type, such as ``text`` or ``a list``.
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


_SHORTEST_ABBREVIATION = 3
"""Length from which the beginning of a key is taken for the key, such as ``env`` for ``environment``."""


def unknown_key(path: Path, allowed: Sequence[str], namespace: str = NAMESPACE) -> UnknownKey:
    """Make the problem of a key that does not exist, with the key that was probably meant.

    Args:
        path: The key as the user wrote it.
        allowed: The keys that exist at this place.
        namespace: The project's name.

    Returns:
        A problem such as ``unknown key; did you mean min_tasks?``; it lists all keys when none is similar.
    """
    name = str(path[-1])
    snake = _CAMEL_HUMP.sub("_", name).replace("-", "_").lower()
    near = difflib.get_close_matches(snake, allowed, n=1) if cut(snake) == snake else []
    if not near and len(snake) >= _SHORTEST_ABBREVIATION:
        near = [key for key in allowed if key.startswith(snake)][:1]
    if not near:
        return UnknownKey(path, f"unknown key; allowed: {listed(allowed)}")
    prefix = "" if len(path) > 1 else f"{namespace}:"
    return UnknownKey(path, f"unknown key; did you mean {prefix}{near[0]}?", hides=((*path[:-1], near[0]),))
