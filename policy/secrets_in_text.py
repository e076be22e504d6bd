"""Finds secrets in the inputs of resources: texts, variables as lists and as maps, the words of commands."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Final, cast

from policy.plain_text import LONGEST
from policy.secret_names import tells_of_secret
from policy.secret_scripts import SWITCHES


def texts(content: object, path: str = "") -> Iterator[tuple[str, str]]:
    """Find every text in some inputs.

    Args:
        content: Plain data.
        path: Where it stands.

    Yields:
        Pairs of a path, such as ``environment.variables.KEY``, and a text.
    """
    if isinstance(content, str):
        yield path, content
    elif isinstance(content, dict):
        for name, child in cast("dict[str, object]", content).items():
            yield from texts(child, f"{path}.{name}" if path else name)
    elif isinstance(content, list):
        for index, child in enumerate(cast("list[object]", content)):
            yield from texts(child, f"{path}[{index}]")


NAMES: Final = ("name", "key")
VALUES: Final = ("value",)
"""Members of a variable, in whatever case."""
_VARIABLES: Final = re.compile(r"(environment|env|variables)$", re.IGNORECASE)
"""How the name of a map of variables ends."""
_ELSEWHERE: Final = frozenset({"PARAMETER_STORE", "SECRETS_MANAGER"})
"""Types of a variable whose value says where it is kept (CodeBuild)."""
_SKIPPED: Final = frozenset({"tags", "tagsAll", "Condition"})
"""Maps whose names are those of labels, and of what a policy compares."""
_ONCE_ONLY: Final = frozenset({"creationToken", "clientToken", "clientRequestToken", "idempotencyToken"})
"""Properties with any text that keeps AWS from making something twice."""
DOCUMENTS: Final = frozenset({"body", "schema", "schemas", "schemaDefinition", "description"})
"""Properties that describe data, with examples in them."""


def top_of(path: str) -> str:
    """Read the property of a resource that a path begins with.

    Args:
        path: Such as ``environment.variables.KEY``.
    """
    return path.split(".", maxsplit=1)[0].split("[", maxsplit=1)[0]


def named_secrets(content: object, path: str = "", marked: frozenset[str] = frozenset()) -> Iterator[tuple[str, str]]:
    """Find texts that stand under the name of a secret: in lists of ``{name, value}``, in maps, as a property.

    Args:
        content: Plain data. A text with JSON in it is looked into.
        path: Where it stands.
        marked: The paths of what the program declared secret. In a variable such a text is no less readable; elsewhere
            it is in a property for secrets.

    Yields:
        Pairs of a path and the name of a secret that has a text of its own.
    """
    content = _read(content)
    if isinstance(content, list):
        for index, child in enumerate(cast("list[object]", content)):
            yield from named_secrets(child, f"{path}[{index}]", marked)
    elif isinstance(content, dict):
        members = cast("dict[str, object]", content)
        yield from ((path or name, name) for name in _own_secrets(members, path, marked))
        for name, child in members.items():
            if name not in _SKIPPED and not (not path and name in DOCUMENTS):
                yield from named_secrets(child, f"{path}.{name}" if path else name, marked)


def _read(content: object) -> object:
    """Read a text with JSON in it; leave anything else as it is."""
    if not isinstance(content, str) or content[:1] not in {"{", "["}:
        return content
    try:
        return json.loads(content[:LONGEST])
    except (ValueError, RecursionError):
        return None


def _own_secrets(members: Mapping[str, object], path: str, marked: frozenset[str]) -> Iterator[str]:
    is_map = _VARIABLES.search(path) is not None
    variables = [
        (name, value)
        for name, value in members.items()
        if is_map or (name not in _ONCE_ONLY and not _is_marked(f"{path}.{name}" if path else name, marked))
    ]
    if path and members.get("type") not in _ELSEWHERE:
        name, value = _first(members, NAMES), _first(members, VALUES)
        variables += [(name, value)] if isinstance(name, str) else []
    for name, value in variables:
        if isinstance(value, str) and tells_of_secret(name, value):
            yield name


def _is_marked(path: str, marked: frozenset[str]) -> bool:
    return any(path == outer or path.startswith((f"{outer}.", f"{outer}[")) for outer in marked)


def _first(members: Mapping[str, object], names: tuple[str, ...]) -> object:
    return next((child for name, child in members.items() if name.lower() in names), None)


def flags_with_secrets(words: Sequence[str]) -> Iterator[str]:
    """Find flags of a command that give a secret in the next word, such as ``--password hunter22``.

    Args:
        words: The command, word by word.

    Yields:
        The flags.
    """
    for flag, value in pairwise(words):
        name = flag.lstrip("-")
        is_given = flag.startswith("--") and not value.startswith(("-", "$")) and not SWITCHES.match(name)
        if is_given and tells_of_secret(name, value):
            yield flag


def commands(content: object, path: str = "") -> Iterator[tuple[str, list[str]]]:
    """Find the commands in some inputs that are written word by word.

    Args:
        content: Plain data. A text with JSON in it is looked into.
        path: Where it stands.

    Yields:
        Pairs of a path and the words, at least one of which is a flag.
    """
    content = _read(content)
    if isinstance(content, dict):
        for name, child in cast("dict[str, object]", content).items():
            if path or name not in DOCUMENTS:
                yield from commands(child, f"{path}.{name}" if path else name)
    elif isinstance(content, list):
        items = cast("list[object]", content)
        words = [item for item in items if isinstance(item, str)]
        if any(word.startswith("-") for word in words):
            yield path, words
        for index, child in enumerate(items):
            yield from commands(child, f"{path}[{index}]")
