"""Hides secrets in messages. It finds those that the program did not declare secret by their names and forms."""

import re
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Final, cast

from policy.secrets.forms import kind_of_secret, without_secrets
from policy.secrets.in_text import NAMES, VALUES, flags_with_secrets, named_secrets
from policy.secrets.names import is_secret_name, tells_of_secret
from policy.secrets.scripts import gives_password

HIDDEN: Final = "[secret]"
"""Placeholder in messages for a secret value."""
_NAME_IN_PATH: Final = re.compile(r"[^.\[\]]+")
_VARIABLE: Final = re.compile(r"(environment|env|variables)(\[\d+\])?(\.[^.]+)?$", re.IGNORECASE)
"""The end of the path of an environment variable, or of a part of one."""
_ASSIGNED: Final = re.compile(r"\W*([\w.-]+)\s*[=:]\s*(.+)", re.DOTALL)
_PRIVATE_KEY: Final = re.compile(r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY.*", re.DOTALL)
"""A private key from its first line to the end of the text."""


def redacted(content: object, path: str = "") -> object:
    """Replace the secrets in a value.

    Args:
        content: Plain data.
        path: The value's path; empty when it is not known.

    Returns:
        The value with ``HIDDEN`` in place of each text that is a secret, contains one, or has the name of one. Keys of
        maps are replaced too.
    """
    names = _NAME_IN_PATH.findall(path)
    if _is_of_variable(content, path) or (names and _is_secret(names[-1], content)):
        return HIDDEN
    try:
        return _redacted(content)
    except RecursionError:
        return HIDDEN


def _is_of_variable(content: object, path: str) -> bool:
    return isinstance(content, (str, list)) and _VARIABLE.search(path) is not None


def _redacted(content: object) -> object:
    if isinstance(content, str):
        return HIDDEN if _holds_secret(content) else content
    if isinstance(content, dict):
        members = cast("dict[str, object]", content)
        named = any(is_secret_name(str(members[key])) for key in _keys(members, NAMES))
        secret = {
            *(_keys(members, VALUES) if named else ()),
            *(key for key in members if _is_secret(key, members[key])),
        }
        return {str(_redacted(key)): HIDDEN if key in secret else _redacted(child) for key, child in members.items()}
    if isinstance(content, list):
        return list(_without_words(cast("list[object]", content)))
    return content


def _keys(members: Iterable[str], names: tuple[str, ...]) -> Iterator[str]:
    wanted = {name.lower() for name in names}
    return (key for key in members if key.lower() in wanted)


def _is_secret(name: str, content: object) -> bool:
    """Check whether a name is one of a secret, and its content may be one: no reference, no switch, not empty."""
    if isinstance(content, (str, int, float)):
        return tells_of_secret(name, str(content).lower() if isinstance(content, bool) else str(content))
    return isinstance(content, (dict, list)) and is_secret_name(name)


def _holds_secret(text: str) -> bool:
    assigned = _ASSIGNED.fullmatch(text)
    return (
        bool(kind_of_secret(text))
        or gives_password(text)
        or (assigned is not None and tells_of_secret(assigned[1].lstrip("-"), assigned[2]))
        or any(flags_with_secrets(text.split()))
        or any(named_secrets(text))
    )


def _without_words(items: list[object]) -> Iterator[object]:
    for before, item in zip(chain([None], items), items, strict=False):
        is_given = isinstance(before, str) and isinstance(item, str) and any(flags_with_secrets([before, item]))
        yield HIDDEN if is_given else _redacted(item)


def without_forms(message: str) -> str:
    """Replace what has the form of a secret in a text, such as the name of a map's member in a path.

    Args:
        message: A message of the pack, before it is printed.
    """
    return without_secrets(_PRIVATE_KEY.sub(HIDDEN, message), HIDDEN)
