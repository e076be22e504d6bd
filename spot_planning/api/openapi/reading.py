"""Parses documents in YAML 1.2 or JSON, safely, with the line of every error."""

import codecs
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, NoReturn, Protocol, cast

import yaml

from spot_planning.api.openapi.findings import OpenApiError
from spot_planning.api.openapi.values import MAX_DEPTH, MAX_VALUES, Json, JsonObject, kind

MAX_BYTES = 16 * 1024 * 1024
"""Maximum size of a document, 16 MiB. GitHub's whole document, the largest so far, has 12.4. (API Gateway's own quota
applies to the import document.)"""

_BYTE_ORDER_MARKS: Final = (
    # UTF-32 comes first, because its little-endian mark begins with the mark of UTF-16.
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (codecs.BOM_UTF8, "utf-8-sig"),
)
_INTEGER: Final = re.compile(r"[-+]?[0-9]+")
_OCTAL_OR_HEXADECIMAL: Final = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT: Final = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_WORDS: Final[dict[str, Json]] = {
    "": None,
    "~": None,
    **dict.fromkeys(("null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_CORE_TAGS: Final = {f"tag:yaml.org,2002:{name}" for name in ("str", "map", "seq")}
_LONGEST_NUMBER = 400
"""Maximum number of digits. JSON parsers need not accept longer numbers, and Python refuses 4 300."""
_LONGEST_FLOW_YAML = 1024 * 1024
"""Maximum length, characters, of a text that begins like JSON but is invalid, and is parsed again as YAML."""


def read_document(source: str | bytes) -> JsonObject:
    """Parse the text of an OpenAPI document.

    The text may be JSON or YAML 1.2 with the core schema, so ``NO``, ``on`` and ``2026-01-12`` are strings. Merge keys
    (``<<``) are supported. Tags cannot create objects of other classes.

    Args:
        source: The text, or its bytes in UTF-8, or in UTF-16 or UTF-32 with a byte order mark.

    Returns:
        The document.

    Raises:
        OpenApiError: The text cannot be read. The location is ``line 3, column 7`` for a syntax error, a duplicate key,
            aliases that expand to more than ``MAX_VALUES`` values, or more than ``MAX_DEPTH`` levels. It is the line
            for a wrong encoding, and ``document`` for more than ``MAX_BYTES`` bytes or an empty text.
    """
    if len(source) > MAX_BYTES:
        raise OpenApiError(f"{len(source)} bytes; at most {MAX_BYTES} are read", "document")
    text = source if isinstance(source, str) else _decoded(source)
    # JSON is also valid YAML, but the JSON parser is many times faster.
    value = _read_json(text) if text.lstrip()[:1] == "{" else _read_yaml(text)
    if not isinstance(value, dict):
        raise OpenApiError(f"must be an object, not {kind(value)}", "document")
    return value


def _decoded(source: bytes) -> str:
    encoding = next((name for mark, name in _BYTE_ORDER_MARKS if source.startswith(mark)), "utf-8")
    try:
        return source.decode(encoding)
    except UnicodeDecodeError as error:
        line = source.count(b"\n", 0, error.start) + 1
        raise OpenApiError(
            f"not {encoding.upper()}: byte {error.start} is 0x{source[error.start]:02x}", f"line {line}"
        ) from None


def _read_json(text: str) -> Json:
    """Parse JSON; a short text that only begins like JSON is parsed as YAML."""

    def pairs(members: list[tuple[str, Json]]) -> JsonObject:
        found = dict(members)
        if len(found) < len(members):
            seen: set[str] = set()
            twice = next(name for name, _ in members if name in seen or seen.add(name))
            raise _TwiceError(f"the key {twice!r} is there twice in one object", "document")
        return found

    def refuse(constant: str) -> NoReturn:
        raise OpenApiError(f"{constant} is not a JSON number", _place_of(re.escape(constant), text))

    try:
        return cast("Json", json.loads(text, object_pairs_hook=pairs, parse_constant=refuse))
    except RecursionError:
        _refuse_as_yaml(text, "levels deep")
        raise OpenApiError(f"nested more than {MAX_DEPTH} levels deep", "document") from None
    except _TwiceError:
        _refuse_as_yaml(text, "is there twice")
        raise
    except OpenApiError:
        raise
    except json.JSONDecodeError as error:
        if len(text) <= _LONGEST_FLOW_YAML:
            return _read_yaml(text)
        raise OpenApiError(f"not JSON: {error.msg}", f"line {error.lineno}, column {error.colno}") from None
    except ValueError:
        raise OpenApiError("a number has too many digits", _place_of("-?[0-9]{4300,}", text)) from None


class _TwiceError(OpenApiError):
    """A duplicate key in an object of a JSON text. The JSON parser does not report its line."""


def _refuse_as_yaml(text: str, problem: str) -> None:
    """Find the line of a problem in a short JSON text with the YAML parser, since JSON is also valid YAML.

    Raises:
        OpenApiError: The YAML parser found the same problem. The error has its line and column.
    """
    if len(text) > _LONGEST_FLOW_YAML:
        return
    try:
        _read_yaml(text)
    except OpenApiError as error:
        if problem in str(error):
            raise


def _place_of(token: str, text: str) -> str:
    """Return line and column of the first match of `token` in a JSON text outside of strings."""
    for found in re.finditer(rf'"[^"\\]*(?:\\.[^"\\]*)*"|{token}', text):
        if not found.group().startswith('"'):
            line_start = text.rfind("\n", 0, found.start()) + 1
            return f"line {text.count(chr(10), 0, found.start()) + 1}, column {found.start() - line_start + 1}"
    return "document"


def _read_yaml(text: str) -> Json:
    loader = cast("type[yaml.SafeLoader]", getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    try:
        return _Composer(yaml.parse(text, Loader=loader)).document()
    except yaml.MarkedYAMLError as error:
        problem = error.problem or error.context or "not YAML"
        raise OpenApiError(problem, _line(error.problem_mark or error.context_mark)) from None
    except yaml.reader.ReaderError:
        # The C parser counts bytes, not characters, so the error's own position cannot be used.
        found = yaml.reader.Reader.NON_PRINTABLE.search(text)
        if found is None:
            raise OpenApiError("a character is not allowed in YAML", "document") from None
        line = text.count("\n", 0, found.start()) + 1
        raise OpenApiError(f"the character U+{ord(found.group()):04X} is not allowed", f"line {line}") from None
    except (yaml.YAMLError, RecursionError) as error:
        raise OpenApiError(f"not YAML: {str(error) or type(error).__name__}", "document") from None


class _Mark(Protocol):
    """A position in the text. The C parser has its own class for it."""

    @property
    def line(self) -> int: ...
    @property
    def column(self) -> int: ...


def _line(mark: _Mark | None) -> str:
    return "document" if mark is None else f"line {mark.line + 1}, column {mark.column + 1}"


@dataclass(slots=True)
class _Open:
    """A collection whose end event has not been read yet."""

    value: list[Json] | JsonObject
    anchor: str | None
    size: int = 1
    key: str | None = None
    merged: list[JsonObject] = field(default_factory=list[JsonObject])


class _Composer:
    """Builds values from parser events without recursion, so that deep nesting does not need stack."""

    def __init__(self, events: Iterator[yaml.Event]) -> None:
        self._events = events
        self._open: list[_Open] = []
        self._anchors: dict[str, tuple[Json, int]] = {}
        self._root: Json = None
        self._documents = 0

    def document(self) -> Json:
        for event in self._events:
            self._take(event)
        return self._root

    def _take(self, event: yaml.Event) -> None:
        if isinstance(event, yaml.ScalarEvent):
            self._put(self._scalar(event), 1, event, event.anchor)
        elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            self._start(event)
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            self._end(event)
        elif isinstance(event, yaml.AliasEvent):
            self._alias(event)
        elif isinstance(event, yaml.DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                raise OpenApiError("a second YAML document; one is read", _line(event.start_mark))

    def _start(self, event: yaml.MappingStartEvent | yaml.SequenceStartEvent) -> None:
        _check_tag(event.tag, event)
        if len(self._open) >= MAX_DEPTH:
            raise OpenApiError(f"nested more than {MAX_DEPTH} levels deep", _line(event.start_mark))
        if self._open and isinstance(self._open[-1].value, dict) and self._open[-1].key is None:
            raise OpenApiError("a key must be a string", _line(event.start_mark))
        value: list[Json] | JsonObject = {} if isinstance(event, yaml.MappingStartEvent) else []
        if event.anchor:
            self._anchors.pop(event.anchor, None)
        self._open.append(_Open(value, event.anchor))

    def _end(self, event: yaml.Event) -> None:
        closed = self._open.pop()
        value = closed.value
        if isinstance(value, dict):
            for other in closed.merged:
                for key, item in other.items():
                    value.setdefault(key, item)
        self._put(value, closed.size, event, closed.anchor)

    def _alias(self, event: yaml.AliasEvent) -> None:
        if any(collection.anchor == event.anchor for collection in self._open):
            raise OpenApiError(f"the alias *{event.anchor} is inside its own value", _line(event.start_mark))
        if event.anchor not in self._anchors:
            raise OpenApiError(f"the alias *{event.anchor} has no anchor before it", _line(event.start_mark))
        value, size = self._anchors[event.anchor]
        self._put(value, size, event, None)

    def _put(self, value: Json, size: int, event: yaml.Event, anchor: str | None) -> None:
        if anchor:
            self._anchors[anchor] = (value, size)
        if not self._open:
            self._root = value
            return
        parent = self._open[-1]
        parent.size += size
        if parent.size > MAX_VALUES:
            raise OpenApiError(f"more than {MAX_VALUES} values with its aliases written out", _line(event.start_mark))
        if isinstance(parent.value, list):
            parent.value.append(value)
        elif parent.key is None:
            self._key(parent, parent.value, value, event)
        else:
            self._member(parent, parent.value, parent.key, value, event)
            parent.key = None

    @staticmethod
    def _key(parent: _Open, members: JsonObject, value: Json, event: yaml.Event) -> None:
        if isinstance(value, dict | list):
            raise OpenApiError("a key must be a string", _line(event.start_mark))
        # Response codes are often written without quotes.
        key = value if isinstance(value, str) else json.dumps(value)
        if key in members:
            raise OpenApiError(f"the key {key!r} is there twice in one object", _line(event.start_mark))
        parent.key = key

    @staticmethod
    def _member(parent: _Open, members: JsonObject, key: str, value: Json, event: yaml.Event) -> None:
        if key != "<<":
            members[key] = value
            return
        for other in value if isinstance(value, list) else [value]:
            if not isinstance(other, dict):
                raise OpenApiError("the merge key << takes objects", _line(event.start_mark))
            parent.merged.append(other)

    @staticmethod
    def _scalar(event: yaml.ScalarEvent) -> Json:
        _check_tag(event.tag, event)
        text = event.value
        if not event.implicit[0] or (event.tag and event.tag.endswith(":str")):
            return text
        if text in _WORDS:
            return _WORDS[text]
        if len(text) > _LONGEST_NUMBER or text[0] not in "+-.0123456789":
            return text
        if _INTEGER.fullmatch(text):
            return int(text)
        if _OCTAL_OR_HEXADECIMAL.fullmatch(text):
            return int(text, 0)
        return float(text) if _FLOAT.fullmatch(text) else text


def _check_tag(tag: str | None, event: yaml.Event) -> None:
    if tag and tag not in _CORE_TAGS and tag != "!":
        raise OpenApiError(f"the tag {tag} is not allowed", _line(event.start_mark))
