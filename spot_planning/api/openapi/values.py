"""Plain JSON values, and functions that read untrusted values."""

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias, cast

from spot_planning.api.openapi.findings import Location, OpenApiError, place

Json: TypeAlias = bool | int | float | str | list["Json"] | dict[str, "Json"] | None
JsonObject: TypeAlias = dict[str, Json]

MAX_DEPTH = 100
"""Maximum number of levels. GitHub's document, the deepest so far, has 21."""
MAX_VALUES = 2_000_000
"""Maximum number of values in a document after its YAML aliases are expanded. GitHub's document has about 260 000."""

_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_CUT: Final = "half of a surrogate pair, which is no character"
"""JSON can contain the escape of a half, but no encoding can write it."""


def plain_object(document: Mapping[str, Any]) -> JsonObject:
    """Copy a document into plain JSON values, with limits for depth and size.

    The copy shares no values, so YAML aliases that multiply each other are counted with all their values.

    Args:
        document: A parsed document: mappings, sequences and scalars. Integer keys (response codes in YAML)
            become strings.

    Returns:
        The copy.

    Raises:
        OpenApiError: There is a value that JSON does not have, more than ``MAX_DEPTH`` levels (as in a mapping that
            contains itself) or more than ``MAX_VALUES`` values.
    """
    copied = _Copier().copy(document, ())
    return cast("JsonObject", copied)


class _Copier:
    def __init__(self) -> None:
        self._left = MAX_VALUES

    def copy(self, value: object, at: Location) -> Json:
        self._left -= 1
        if self._left < 0:
            raise OpenApiError(f"more than {MAX_VALUES} values with its aliases written out", place(at[:3]))
        if isinstance(value, str):
            if _SURROGATE.search(value):
                raise OpenApiError(f"the text has {_CUT}", place(at))
            return value
        if value is None or isinstance(value, bool | int):
            return value
        if isinstance(value, float):
            if not math.isfinite(value):
                raise OpenApiError(f"{value} is not a JSON number", place(at))
            return value
        if len(at) >= MAX_DEPTH:
            raise OpenApiError(f"nested more than {MAX_DEPTH} levels deep, or contains itself", place(at[:6]))
        if isinstance(value, Mapping):
            return self._copy_mapping(cast("Mapping[object, object]", value), at)
        if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray):
            items = cast("Sequence[object]", value)
            return [self.copy(item, (*at, index)) for index, item in enumerate(items)]
        raise OpenApiError(f"a {type(value).__name__} is not a JSON value", place(at))

    def _copy_mapping(self, value: Mapping[object, object], at: Location) -> JsonObject:
        copied: JsonObject = {}
        for key, item in value.items():
            if not isinstance(key, str | int) or isinstance(key, bool):
                raise OpenApiError(f"the key {key!r} is not a string; quote it", place(at))
            name = str(key)
            if _SURROGATE.search(name):
                raise OpenApiError(f"the key {name!r} has {_CUT}", place(at))
            if name in copied:
                raise OpenApiError(f"the key {name!r} is there twice", place(at))
            copied[name] = self.copy(item, (*at, name))
        return copied


_KINDS: dict[type, str] = {
    dict: "an object",
    list: "a list",
    str: "a string",
    bool: "true or false",
    int: "a number",
    float: "a number",
    type(None): "null",
}


def kind(value: Json) -> str:
    """Return the name of a value's type in the JSON specification, with an article."""
    return _KINDS[type(value)]


def as_object(value: Json, at: Location) -> JsonObject:
    """Return a value that must be an object.

    Raises:
        OpenApiError: The value has another type.
    """
    if isinstance(value, dict):
        return value
    raise OpenApiError(f"must be an object, not {kind(value)}", place(at))


def as_list(value: Json, at: Location) -> list[Json]:
    """Return a value that must be a list.

    Raises:
        OpenApiError: The value has another type.
    """
    if isinstance(value, list):
        return value
    raise OpenApiError(f"must be a list, not {kind(value)}", place(at))


def as_string(value: Json, at: Location) -> str:
    """Return a value that must be a string.

    Raises:
        OpenApiError: The value has another type.
    """
    if isinstance(value, str):
        return value
    raise OpenApiError(f"must be a string, not {kind(value)}", place(at))


def object_in(parent: JsonObject, key: str, at: Location) -> JsonObject:
    """Return a member that must be an object; an empty object if it is missing.

    Raises:
        OpenApiError: The value has another type.
    """
    return as_object(parent[key], (*at, key)) if key in parent else {}


def list_in(parent: JsonObject, key: str, at: Location) -> list[Json]:
    """Return a member that must be a list; an empty list if it is missing.

    Raises:
        OpenApiError: The value has another type.
    """
    return as_list(parent[key], (*at, key)) if key in parent else []


def string_in(parent: JsonObject, key: str, at: Location) -> str | None:
    """Return a member that must be a string; None if it is missing.

    Raises:
        OpenApiError: The value has another type.
    """
    return as_string(parent[key], (*at, key)) if key in parent else None
