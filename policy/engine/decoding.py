"""Turns property values, in the form in which the engine sends or stores them, into plain data.

The engine marks what JSON cannot express. An unknown value is one of a few fixed strings. A secret, an asset or an
archive is an object with a signature. The marks are those of Pulumi's ``sdk/go/common/resource/sig/sig.go`` and
``sdk/go/common/resource/plugin/rpc.go``. Stored state has the same form, with secrets encrypted.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, cast

from policy.values import UNKNOWN, joined

_SEPARATORS: Final = re.compile(r"[:/\s,]")
_LONG_PART: Final = 6
"""Characters; a shorter part of a secret document is a common word and need not be hidden."""
SIGNATURE: Final = "4dabf18193072939515e22adb298388d"
SECRET: Final = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - the marker, not a secret
UNKNOWNS: Final = frozenset(
    {
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",  # boolean
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",  # number
        "04da6b54-80e4-46f7-96ec-b56ff0331ba9",  # string; the engine uses it for unknowns of any type
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",  # list
        "030794c1-ac77-496b-92df-f27374a8bd58",  # asset
        "e48ece36-62e2-4504-bad9-02848725956a",  # archive
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",  # object
    }
)


@dataclass(frozen=True)
class Properties:
    """The properties of a resource.

    Attributes:
        content: Plain data, with ``UNKNOWN`` for each value that is not known, and for assets and archives.
        secrets: The paths of the values that the program declared secret, such as ``variables[0].value``.
    """

    content: Mapping[str, object]
    secrets: frozenset[str] = frozenset()


def decode(properties: Mapping[str, object]) -> Properties:
    """Read the properties of a resource.

    Args:
        properties: The properties in the engine's JSON form.

    Returns:
        Plain data. A secret is in clear if the engine sent it in clear, and ``UNKNOWN`` if it is encrypted.
    """
    secrets: set[str] = set()
    content = {name: _plain(value, name, secrets) for name, value in properties.items()}
    return Properties(content, frozenset(secrets))


def _plain(value: object, path: str, secrets: set[str]) -> object:
    if isinstance(value, str):
        return UNKNOWN if value in UNKNOWNS else value
    if isinstance(value, list):
        return [_plain(item, f"{path}[{index}]", secrets) for index, item in enumerate(cast("list[object]", value))]
    if isinstance(value, dict):
        mapping = cast("dict[str, object]", value)
        if SIGNATURE in mapping:
            return _marked(mapping, path, secrets)
        return {name: _plain(child, joined(path, name), secrets) for name, child in mapping.items()}
    return value


def _marked(value: dict[str, object], path: str, secrets: set[str]) -> object:
    if value[SIGNATURE] != SECRET:
        return UNKNOWN
    secrets.add(path)
    if "value" in value:
        return _plain(value["value"], path, secrets)
    text = value.get("plaintext")
    return _plain(json.loads(text), path, secrets) if isinstance(text, str) else UNKNOWN


def secret_texts(properties: Properties) -> frozenset[str]:
    """Collect the texts that no message may quote.

    Args:
        properties: The properties of one resource.

    Returns:
        Every string and number inside a secret. For a string with JSON, also the strings and numbers in that JSON, and
        their longer parts, since a message may quote the account or the name in an ARN.
    """
    found: set[str] = set()
    for name, value in properties.content.items():
        _collect(value, name, properties.secrets, found)
    return frozenset(found)


def _collect(value: object, path: str, secrets: frozenset[str], found: set[str]) -> None:
    if path in secrets:
        _collect_all(value, found)
    elif isinstance(value, dict):
        for name, child in cast("dict[str, object]", value).items():
            _collect(child, joined(path, name), secrets, found)
    elif isinstance(value, list):
        for index, child in enumerate(cast("list[object]", value)):
            _collect(child, f"{path}[{index}]", secrets, found)


def _texts_in(value: object) -> Iterator[str]:
    """Yield every string value in a document, and every key that contains a colon, such as a condition key."""
    if isinstance(value, dict):
        for name, child in cast("dict[str, object]", value).items():
            if ":" in name:
                yield name
            yield from _texts_in(child)
    elif isinstance(value, list):
        for child in cast("list[object]", value):
            yield from _texts_in(child)
    elif isinstance(value, str):
        yield value


def _is_long(part: str) -> bool:
    return len(part) >= _LONG_PART


def _collect_all(value: object, found: set[str]) -> None:
    if isinstance(value, dict):
        for child in cast("dict[str, object]", value).values():
            _collect_all(child, found)
    elif isinstance(value, list):
        for child in cast("list[object]", value):
            _collect_all(child, found)
    elif isinstance(value, str):
        found.add(value)
        if value[:1] in {"{", "["}:
            try:
                inner = json.loads(value)
                _collect_all(inner, found)
                found.update(part for text in _texts_in(inner) for part in _SEPARATORS.split(text) if _is_long(part))
            except (ValueError, RecursionError):
                return  # not JSON, or nested too deeply
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        found.add(str(value) if isinstance(value, int) else f"{value:g}")
