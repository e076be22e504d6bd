"""Finds texts, named secrets and commands in the inputs of resources, in lists of variables and in maps."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Final, cast

from policy.secrets.names import label_tells_of_secret, tells_of_secret
from policy.secrets.plain_text import LONGEST
from policy.secrets.scripts import SWITCHES


def texts(content: object, path: str = "") -> Iterator[tuple[str, str]]:
    """Find every text in some inputs.

    Args:
        content: Plain data.
        path: The path of the content; empty for the resource itself.

    Yields:
        Pairs of a path, such as ``environment.variables.KEY``, and a text. A long key of a map counts as a text too.
    """
    if isinstance(content, str):
        yield path, content
    elif isinstance(content, dict):
        for name, child in cast("dict[str, object]", content).items():
            if len(name) >= _TELLING and not name.isalpha():
                yield path, name
            yield from texts(child, f"{path}.{name}" if path else name)
    elif isinstance(content, list):
        for index, child in enumerate(cast("list[object]", content)):
            yield from texts(child, f"{path}[{index}]")


_TELLING: Final = 20
"""Characters; a key of a map that is this long may be a secret itself, such as an AWS access key."""
NAMES: Final = ("name", "key", "httpheadername", "headername", "parametername", "parameterkey", "variablename")
VALUES: Final = ("value", "values", "headervalue", "parametervalue", "defaultvalue", "searchstring")
"""``NAMES`` are members with the name of a variable, a header or a parameter, and ``VALUES`` those with its value; in
lower case."""
_INNER: Final = ("value", "s", "stringvalue")
"""Members with the value of a variable whose name is the key of the map around them; in lower case."""
_GIVEN: Final = frozenset({*VALUES, *_INNER})
_FIELD: Final = "fieldtomatch"
"""Member that names the header or argument that a web ACL compares with a text; in lower case."""
_NAMED_ELSEWHERE: Final = re.compile(r"(?:secrets|secretOptions)\[\d+\]$", re.IGNORECASE)
"""The end of the path of a container's secret."""
_WHERE_KEPT: Final = re.compile(r"(?![0-9a-fA-F]{32,}$)[\w./-]*|arn:.*|.*(?:\$\{|\{\{).*", re.DOTALL)
"""The ARN of a secret, or the name of a parameter (PutParameter, Systems Manager API Reference)."""
_INDEX: Final = re.compile(r"\[\d+\]$")
_LABELS: Final = ("tags", "tagsAll")
_VARIABLES: Final = re.compile(r"(environment|env|variables)(\[\d+\])?$", re.IGNORECASE)
"""The end of the path of a map of variables."""
_ELSEWHERE: Final = ("PARAMETER_STORE", "SECRETS_MANAGER")
"""Types of a variable of CodeBuild whose value is a reference to where the secret is stored."""
_CONDITION: Final = "Condition"
"""A map whose keys are operators and condition keys of a policy, not names of variables."""
_ONCE_ONLY: Final = frozenset({"creationToken", "clientToken", "clientRequestToken", "idempotencyToken"})
"""Properties with an idempotency token, which may be any text."""
DOCUMENTS: Final = frozenset({"body", "schema", "schemas", "schemaDefinition", "description"})
"""Properties that describe data, and may contain examples."""


def top_of(path: str) -> str:
    """Return the top-level property of a path.

    Args:
        path: A path, such as ``environment.variables.KEY``.
    """
    return path.split(".", maxsplit=1)[0].split("[", maxsplit=1)[0]


def named_secrets(content: object, path: str = "", marked: frozenset[str] = frozenset()) -> Iterator[tuple[str, str]]:
    """Find texts that have the name of a secret: in lists of ``{name, value}``, in maps, or as a property.

    Args:
        content: Plain data. A text with JSON in it is searched too.
        path: The path of the content; empty for the resource itself.
        marked: The paths of the values that the program declared secret. They are skipped, since their properties are
            meant for secrets. In variables they are not skipped: there such a value is as readable as any other.

    Yields:
        Pairs of a path and the name of a secret that is given in clear.
    """
    content = _read(content)
    if isinstance(content, list):
        for index, child in enumerate(cast("list[object]", content)):
            yield from named_secrets(child, f"{path}[{index}]", marked)
    elif isinstance(content, dict):
        members = cast("dict[str, object]", content)
        yield from _own_secrets(members, path, marked)
        for name, child in members.items():
            if name in _LABELS:
                yield from _labels_with_secrets(child, f"{path}.{name}" if path else name)
            elif name != _CONDITION and (path or name not in DOCUMENTS):
                yield from named_secrets(child, f"{path}.{name}" if path else name, marked)


def _read(content: object) -> object:
    """Parse a text that looks like JSON, and return anything else as it is. A text that is not JSON becomes None."""
    if not isinstance(content, str) or content[:1] not in {"{", "["}:
        return content
    try:
        return json.loads(content[:LONGEST])
    except (ValueError, RecursionError):
        return None


def _own_secrets(members: Mapping[str, object], path: str, marked: frozenset[str]) -> Iterator[tuple[str, str]]:
    is_variable = _VARIABLES.search(path) is not None
    open_members = members
    if marked and not is_variable:
        open_members = {
            name: value for name, value in members.items() if not _is_marked(f"{path}.{name}" if path else name, marked)
        }
    for name, value in open_members.items():
        if isinstance(value, str) and (is_variable or name not in _ONCE_ONLY) and tells_of_secret(name, value):
            yield path or name, name
    for name, value in _pairs(open_members, path):
        if tells_of_secret(name, value):
            yield path or "value", name
    if (
        path.endswith("]")
        and _NAMED_ELSEWHERE.search(path)
        and not all(map(_WHERE_KEPT.fullmatch, _texts_of(members, ("valuefrom",))))
    ):
        yield path, "valueFrom"


def _pairs(members: Mapping[str, object], path: str) -> Iterator[tuple[str, str]]:
    """Yield names and values: from a map with members for both, and from a map whose own key is the name."""
    if _GIVEN.isdisjoint(map(str.lower, members)) or members.get("type") in _ELSEWHERE:
        return
    own = _INDEX.sub("", path).rpartition(".")[2]
    yield from ((own, value) for value in _texts_of(members, _INNER))
    names = [name for name in (*_texts_of(members, NAMES), *_fields(members)) if not name.startswith("tag:")]
    if names:
        yield from ((name, value) for value in _texts_of(members, VALUES) for name in names)


def _fields(members: Mapping[str, object]) -> Iterator[str]:
    for name, field in members.items():
        if name.lower() == _FIELD and isinstance(field, dict):
            for part in cast("dict[str, object]", field).values():
                if isinstance(part, dict):
                    yield from _texts_of(cast("dict[str, object]", part), NAMES)


def _texts_of(members: Mapping[str, object], names: tuple[str, ...]) -> Iterator[str]:
    for name, child in members.items():
        if name.lower() in names:
            items = cast("list[object]", child) if isinstance(child, list) else [child]
            yield from (item for item in items if isinstance(item, str))


def _labels_with_secrets(labels: object, path: str) -> Iterator[tuple[str, str]]:
    labels = _read(labels)
    if isinstance(labels, dict):
        for name, value in cast("dict[str, object]", labels).items():
            if isinstance(value, str) and label_tells_of_secret(name, value):
                yield f"{path}.{name}", name
    elif isinstance(labels, list):
        for index, label in enumerate(cast("list[object]", labels)):
            members = cast("dict[str, object]", label) if isinstance(label, dict) else {}
            pairs = ((name, value) for name in _texts_of(members, NAMES) for value in _texts_of(members, VALUES))
            yield from ((f"{path}[{index}]", name) for name, value in pairs if label_tells_of_secret(name, value))


def _is_marked(path: str, marked: frozenset[str]) -> bool:
    return any(path == outer or path.startswith((f"{outer}.", f"{outer}[")) for outer in marked)


def flags_with_secrets(words: Sequence[str]) -> Iterator[str]:
    """Find flags of a command that are followed by a secret, such as ``--password hunter22``.

    Args:
        words: The words of the command.

    Yields:
        The flags.
    """
    for flag, value in pairwise(words):
        name = flag.lstrip("-")
        is_given = flag.startswith("--") and not value.startswith(("-", "$")) and not SWITCHES.match(name)
        if is_given and tells_of_secret(name, value):
            yield flag


def commands(content: object, path: str = "") -> Iterator[tuple[str, list[str]]]:
    """Find the commands in some inputs that are given as lists of words.

    Args:
        content: Plain data. A text with JSON in it is searched too.
        path: The path of the content; empty for the resource itself.

    Yields:
        Pairs of a path and the words. At least one of the words is a flag.
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
