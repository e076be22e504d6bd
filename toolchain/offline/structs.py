"""Converts the engine's wire format, protobuf structs, to plain Python values and back.

Unknown values become `pulumi.output.UNKNOWN`, and secrets become `Secret`. A reference to a resource becomes its id, or
its URN for a component. Assets and archives stay maps.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeGuard

from google.protobuf import struct_pb2
from pulumi.output import UNKNOWN, Unknown

SIGNATURE = "4dabf18193072939515e22adb298388d"
SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - the engine's signature, not a secret
RESOURCE = "5cf8f73096256a8f31e491e813e4eb8e"
OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
ASSET = "c44067f5952c0a294b673a41bacd8c17"
ARCHIVE = "0def7320c3a5731c473e5ecbe6d01bc7"

UNKNOWN_STRING = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
_UNKNOWN_STRINGS = frozenset(
    {
        UNKNOWN_STRING,
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",  # bool
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",  # number
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",  # array
        "030794c1-ac77-496b-92df-f27374a8bd58",  # asset
        "e48ece36-62e2-4504-bad9-02848725956a",  # archive
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",  # object
    }
)


@dataclass(frozen=True, slots=True)
class Secret:
    """A value that the engine encrypts and never prints."""

    value: Any


def from_struct(struct: struct_pb2.Struct) -> dict[str, Any]:
    """Return the plain values of a struct."""
    return {key: _from_value(value) for key, value in struct.fields.items()}


def _from_value(value: struct_pb2.Value) -> Any:
    match value.WhichOneof("kind"):
        case "string_value":
            text = value.string_value
            return UNKNOWN if text in _UNKNOWN_STRINGS else text
        case "number_value":
            number = value.number_value
            return int(number) if number.is_integer() else number
        case "bool_value":
            return value.bool_value
        case "list_value":
            return [_from_value(item) for item in value.list_value.values]
        case "struct_value":
            return _from_signed(from_struct(value.struct_value))
        case _:
            return None


def from_json(text: str) -> Any:
    """Parse a value from the JSON of a provider's configuration, including secrets."""
    return json.loads(text, object_hook=_from_signed)


def _from_signed(fields: dict[str, Any]) -> Any:
    match fields.get(SIGNATURE):
        case None:
            return fields
        case str() as signature if signature == SECRET:
            return Secret(fields.get("value"))
        case str() as signature if signature == OUTPUT:
            value = fields.get("value", UNKNOWN)
            return Secret(value) if fields.get("secret") else value
        case str() as signature if signature == RESOURCE:
            return fields["id"] if "id" in fields else fields["urn"]
        case _:
            return fields


def to_struct(values: Mapping[str, Any]) -> struct_pb2.Struct:
    """Return a struct of plain values; properties that are None are left out."""
    struct = struct_pb2.Struct()
    for key, value in values.items():
        if value is not None:
            _to_value(value, struct.fields[key])
    return struct


def _to_value(value: Any, target: struct_pb2.Value) -> None:
    if isinstance(value, Secret):
        fields = target.struct_value.fields
        fields[SIGNATURE].string_value = SECRET
        _to_value(value.value, fields["value"])
    elif is_map(value):
        target.struct_value.SetInParent()
        for key, item in value.items():
            _to_value(item, target.struct_value.fields[key])
    elif is_list(value):
        target.list_value.SetInParent()
        for item in value:
            _to_value(item, target.list_value.values.add())
    else:
        _to_scalar(value, target)


def _to_scalar(value: Any, target: struct_pb2.Value) -> None:
    match value:
        case None:
            target.null_value = struct_pb2.NULL_VALUE
        case Unknown():
            target.string_value = UNKNOWN_STRING
        case bool():
            target.bool_value = value
        case str():
            target.string_value = value
        case int() | float():
            target.number_value = value
        case _:
            raise TypeError(f"{type(value).__name__} cannot be sent to the engine")


def is_map(value: Any) -> TypeGuard[Mapping[str, Any]]:
    """Check whether the value is a map or an object (in the wire format, an asset is one, too)."""
    return isinstance(value, Mapping)


def is_list(value: Any) -> TypeGuard[Sequence[Any]]:
    """Check whether the value is a list."""
    return isinstance(value, list | tuple)


def revealed(value: Any) -> Any:
    """Return the value with every secret in plain text; use it only for comparisons and calculations."""
    if isinstance(value, Secret):
        return revealed(value.value)
    if is_map(value):
        return {key: revealed(item) for key, item in value.items()}
    if is_list(value):
        return [revealed(item) for item in value]
    return value


def has_unknown(value: Any) -> bool:
    """Check whether the value is unknown or contains an unknown value."""
    if isinstance(value, Secret):
        return has_unknown(value.value)
    return isinstance(value, Unknown) or any(has_unknown(part) for part in _parts(value))


def has_secret(value: Any) -> bool:
    """Check whether the value is secret or contains a secret."""
    return isinstance(value, Secret) or any(has_secret(part) for part in _parts(value))


def _parts(value: Any) -> Iterable[Any]:
    if is_map(value):
        return value.values()
    return value if is_list(value) else ()
