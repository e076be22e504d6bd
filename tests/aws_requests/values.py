"""Decodes the values of a request into Python values, by the model of its input.

Each reader also collects the names that the model does not have: such a name is a mistake of the client.
"""

import base64
import binascii
from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree as ET

from botocore.model import Shape


def scalar(text: str, shape: Shape) -> Any:
    """Parse a text by its type; return the text itself if it is invalid, which the constraints then report."""
    kind = shape.type_name
    try:
        if kind in ("integer", "long"):
            return int(text)
        if kind in ("float", "double"):
            return float(text)
        if kind == "blob":
            return base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        return text
    return {"true": True, "false": False}.get(text, text) if kind == "boolean" else text


class FromQuery:
    """Reads the flat parameters of the query protocol, or of its EC2 version.

    Serialisation as in Smithy 2.0, "AWS query protocol" and "AWS EC2 query protocol".
    """

    def __init__(self, parameters: Mapping[str, str], *, is_ec2: bool) -> None:
        self._left = dict(parameters)
        self._is_ec2 = is_ec2

    def read(self, shape: Shape) -> tuple[dict[str, Any], list[str]]:
        """Return the operation's input, and the names that the model does not have."""
        return self._structure(shape, ""), sorted(self._left)

    def _structure(self, shape: Any, prefix: str) -> dict[str, Any]:
        found = {}
        for name, member in shape.members.items():
            key = prefix + self._name(member, name)
            if self._has(key, member):
                found[name] = self._value(member, key)
        return found

    def _value(self, shape: Any, key: str) -> Any:
        if shape.type_name == "structure":
            self._left.pop(key, None)
            return self._structure(shape, f"{key}.")
        if shape.type_name == "list":
            return self._list(shape, key)
        if shape.type_name == "map":
            return self._map(shape, key)
        return scalar(self._left.pop(key), shape)

    def _list(self, shape: Any, key: str) -> list[Any]:
        if self._left.get(key) == "":
            del self._left[key]  # how the query protocol writes an empty list
            return []
        items, prefix = [], self._list_prefix(shape, key)
        while self._has(f"{prefix}.{len(items) + 1}", shape.member):
            items.append(self._value(shape.member, f"{prefix}.{len(items) + 1}"))
        return items

    def _map(self, shape: Any, key: str) -> dict[Any, Any]:
        entries: dict[Any, Any] = {}
        prefix = key if shape.serialization.get("flattened") else f"{key}.entry"
        names = self._name(shape.key, "key"), self._name(shape.value, "value")
        number = 1
        while self._has(f"{prefix}.{number}", shape):
            name = self._value(shape.key, f"{prefix}.{number}.{names[0]}")
            entries[name] = self._value(shape.value, f"{prefix}.{number}.{names[1]}")
            number += 1
        return entries

    def _has(self, key: str, shape: Any) -> bool:
        prefixes = [f"{key}."]
        if shape.type_name == "list":
            prefixes.append(f"{self._list_prefix(shape, key)}.")
        return key in self._left or any(name.startswith(tuple(prefixes)) for name in self._left)

    def _list_prefix(self, shape: Any, key: str) -> str:
        if self._is_ec2:
            return key
        name = shape.member.serialization.get("name")
        if not shape.serialization.get("flattened"):
            return f"{key}.{name or 'member'}"
        return ".".join([*key.split(".")[:-1], name]) if name else key

    def _name(self, shape: Any, default: str) -> str:
        given = shape.serialization
        if not self._is_ec2:
            return given.get("name", default)
        name = given.get("name", default)
        return given.get("queryName", name[0].upper() + name[1:])


class FromDocument:
    """Reads JSON or CBOR, whose values already have types."""

    def __init__(self, *, is_binary: bool = False) -> None:
        self._is_binary = is_binary
        self.unknown: list[str] = []

    def read(self, value: Any, shape: Any, path: str = "", skipped: frozenset[str] = frozenset()) -> Any:
        """Return the value; of a structure, without the `skipped` members, which are not in the body."""
        kind = shape.type_name
        if kind == "structure" and isinstance(value, dict) and not getattr(shape, "is_document_type", False):
            return self._structure(value, shape, path, skipped)
        if kind == "list" and isinstance(value, list):
            return [self.read(item, shape.member, f"{path}[]") for item in value]
        if kind == "map" and isinstance(value, dict):
            return {key: self.read(item, shape.value, f"{path}.*") for key, item in value.items()}
        if kind == "blob" and isinstance(value, str) and not self._is_binary:
            return scalar(value, shape)
        return value

    def _structure(self, value: dict[str, Any], shape: Any, path: str, skipped: frozenset[str]) -> dict[str, Any]:
        members = {
            member.serialization.get("name", name): (name, member)
            for name, member in shape.members.items()
            if name not in skipped
        }
        found = {}
        for key, item in value.items():
            if key not in members:
                self.unknown.append(f"{path}.{key}".lstrip("."))
            elif item is not None:
                name, member = members[key]
                found[name] = self.read(item, member, f"{path}.{name}")
        return found


class FromXml:
    """Reads XML, as in Smithy 2.0, "XML bindings"."""

    def __init__(self) -> None:
        self.unknown: list[str] = []

    def read(self, element: ET.Element, shape: Any, path: str = "", skipped: frozenset[str] = frozenset()) -> Any:
        """Return the value of an element."""
        kind = shape.type_name
        if kind == "structure":
            return self._structure(element, shape, path, skipped)
        if kind == "list":
            name = shape.member.serialization.get("name", "member")
            return self._items([child for child in element if self._expected(child, name, path)], shape, path)
        if kind == "map":
            return {
                self.read(entry[0], shape.key, path): self.read(entry[1], shape.value, f"{path}.*") for entry in element
            }
        return scalar(element.text or "", shape)

    def _structure(self, element: ET.Element, shape: Any, path: str, skipped: frozenset[str]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        names: set[str] = set()
        for name, member in shape.members.items():
            if name in skipped:
                continue
            tag = member.serialization.get("name", name)
            if member.serialization.get("xmlAttribute"):
                local = tag.rpartition(":")[2]
                found.update((name, value) for key, value in element.attrib.items() if local_name(key) == local)
                continue
            names.add(tag)
            children = [child for child in element if local_name(child.tag) == tag]
            if not children:
                continue
            if member.type_name == "list" and member.serialization.get("flattened"):
                found[name] = self._items(children, member, f"{path}.{name}")
            else:
                found[name] = self.read(children[0], member, f"{path}.{name}")
        for child in element:
            if local_name(child.tag) not in names:
                self.unknown.append(f"{path}.{local_name(child.tag)}".lstrip("."))
        return found

    def _items(self, elements: list[ET.Element], shape: Any, path: str) -> list[Any]:
        return [self.read(each, shape.member, f"{path}[]") for each in elements]

    def _expected(self, child: ET.Element, name: str, path: str) -> bool:
        if local_name(child.tag) != name:
            self.unknown.append(f"{path}.{local_name(child.tag)}".lstrip("."))
        return local_name(child.tag) == name


def local_name(tag: str) -> str:
    """Return an XML name without its namespace."""
    return tag.rpartition("}")[2]
