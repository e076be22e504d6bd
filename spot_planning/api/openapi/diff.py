"""Compares two documents and finds the changes, with those that break clients marked."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from spot_planning.api.openapi.findings import Location, Report
from spot_planning.api.openapi.paths import base_path_of
from spot_planning.api.openapi.references import References
from spot_planning.api.openapi.schema_diff import Direction, SchemaDiff
from spot_planning.api.openapi.sources import OperationSource, operations_as_written
from spot_planning.api.openapi.values import JsonObject, as_object, list_in, object_in, plain_object
from spot_planning.api.openapi.versions import is_openapi_31
from spot_planning.documents import canonical_json

_PARAMETER: Final = re.compile(r"\{([^{}]*)\}")
_STYLES: Final = {"cookie": "form", "header": "simple", "path": "simple", "query": "form"}
"""Default style of a parameter, by its location (Parameter Object, ``style``)."""
_CREDENTIALS: Final = frozenset({"in", "name", "openIdConnectUrl", "scheme", "type"})
"""Keys of a security scheme that determine which credentials a client sends, and where."""
_DOCUMENTATION: Final = ("deprecated", "description", "externalDocs", "operationId", "summary", "tags")


class ChangeKind(StrEnum):
    """What happened to an operation."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Change:
    """One change of one operation."""

    kind: ChangeKind
    http_method: str
    path: str
    """Path in the new document; for a removed operation, path in the old document."""
    message: str
    breaking: bool
    """Whether a client that worked with the old document may fail with the new one."""


@dataclass(frozen=True, slots=True)
class _Side:
    references: References
    document: JsonObject
    base_path: str
    schemes: dict[str, str]
    """Name -> the parts of the security scheme that clients see."""
    operations: dict[tuple[str, str], OperationSource]


def compare_documents(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[Change, ...]:
    """Compare two OpenAPI documents operation by operation.

    Two operations are the same if they have the same method and path; names of path parameters do not matter. The path
    of the first server is put before all paths.

    Args:
        old: The document that clients use today.
        new: The document that would replace it.

    Returns:
        The changes, sorted by path and method; empty if both documents mean the same.

    Raises:
        OpenApiError: A document cannot be read.
    """
    before, after = _side(old), _side(new)
    changes: list[Change] = []
    if before.base_path != after.base_path:
        message = f"the base path {before.base_path or '/'} became {after.base_path or '/'}"
        changes.append(Change(ChangeKind.CHANGED, "ANY", after.base_path or "/", message, breaking=True))
    for path, method in sorted(before.operations.keys() | after.operations.keys()):
        was, now = before.operations.get((path, method)), after.operations.get((path, method))
        if was is None or now is None:
            present = now or was
            kind = ChangeKind.REMOVED if now is None else ChangeKind.ADDED
            if present is not None:
                changes.append(
                    Change(kind, method, present.route.source, f"operation {kind.value}", breaking=now is None)
                )
            continue
        changes.extend(
            Change(ChangeKind.CHANGED, method, now.route.source, message, breaking)
            for message, breaking in _OperationDiff(before, after, was, now).changes()
        )
    return tuple(changes)


def _side(document: Mapping[str, Any]) -> _Side:
    plain = plain_object(document)
    is_openapi_31(plain)
    references = References(plain)
    ignored = Report()
    paths = {path: item for path, item in object_in(plain, "paths", ()).items() if path.startswith("/")}
    operations: dict[tuple[str, str], OperationSource] = {}
    for source in operations_as_written(paths, references, ignored):
        path, method = source.route.source, source.http_method
        known = (_PARAMETER.sub("{}", path), method)
        # Two paths that differ only in the name of a parameter are an error, but a document may have both.
        operations[(path, method) if known in operations else known] = source
    base_path = base_path_of(plain, ignored, prepend=True)
    return _Side(references, plain, base_path, _schemes(plain, references), operations)


def _schemes(document: JsonObject, references: References) -> dict[str, str]:
    at: Location = ("components", "securitySchemes")
    schemes = object_in(object_in(document, "components", ()), "securitySchemes", at[:1])
    return {
        name: canonical_json(
            {key: value for key, value in references.resolve(scheme, (*at, name))[0].items() if key in _CREDENTIALS}
        )
        for name, scheme in schemes.items()
    }


def _names(path: str) -> list[str]:
    """Return the names of a path's parameters, in order."""
    return [name.removesuffix("+") for name in _PARAMETER.findall(path)]


class _OperationDiff:
    def __init__(self, before: _Side, after: _Side, was: OperationSource, now: OperationSource) -> None:
        self._before = before
        self._after = after
        self._was = was
        self._now = now
        self._schemas = SchemaDiff(before.references, after.references)

    def changes(self) -> Iterator[tuple[str, bool]]:
        yield from self._parameters()
        yield from self._request_body()
        yield from self._responses()
        yield from self._security()
        documented = [key for key in _DOCUMENTATION if self._was.operation.get(key) != self._now.operation.get(key)]
        if documented:
            yield f"documentation changed: {', '.join(documented)}", False
        extensions = [
            key
            for key in sorted(self._was.operation.keys() | self._now.operation.keys())
            if key.startswith("x-") and self._was.operation.get(key) != self._now.operation.get(key)
        ]
        if extensions:
            yield f"extensions changed: {', '.join(extensions)}", False

    def _parameters(self) -> Iterator[tuple[str, bool]]:
        old, new = _parameters(self._before, self._was), _parameters(self._after, self._now)
        for where, name in sorted(old.keys() | new.keys()):
            label = f"{where} parameter {name}"
            if (where, name) not in new:
                yield f"{label} removed", where != "path"
            elif (where, name) not in old:
                required = new[where, name][0].get("required") is True and where != "path"
                yield f"{'required ' if required else ''}{label} added", required
            else:
                yield from self._parameter(label, old[where, name], new[where, name])

    def _parameter(
        self, label: str, old: tuple[JsonObject, Location], new: tuple[JsonObject, Location]
    ) -> Iterator[tuple[str, bool]]:
        was, now = old[0].get("required") is True, new[0].get("required") is True
        if was != now:
            yield f"{label} became {'required' if now else 'optional'}", now
        before, after = _serialisation(old[0]), _serialisation(new[0])
        for key in ("style", "explode"):
            if before[key] != after[key]:
                yield f"{label}: {key} changed", True
        yield from self._compare(
            label, (old[0].get("schema"), old[1]), (new[0].get("schema"), new[1]), Direction.REQUEST
        )
        yield from self._content(label, old, new, Direction.REQUEST)

    def _request_body(self) -> Iterator[tuple[str, bool]]:
        old, new = _body(self._before, self._was), _body(self._after, self._now)
        was, now = old[0].get("required") is True, new[0].get("required") is True
        if was != now:
            yield f"request body became {'required' if now else 'optional'}", now
        yield from self._content("request body", old, new, Direction.REQUEST)

    def _responses(self) -> Iterator[tuple[str, bool]]:
        old = object_in(self._was.operation, "responses", self._was.at)
        new = object_in(self._now.operation, "responses", self._now.at)
        for status in sorted(old.keys() | new.keys()):
            label = f"response {status}"
            if status not in new:
                yield f"{label} removed", status.startswith("2")
            elif status not in old:
                yield f"{label} added", False
            else:
                at = ("responses", status)
                was = self._before.references.resolve(old[status], (*self._was.at, *at))
                now = self._after.references.resolve(new[status], (*self._now.at, *at))
                yield from self._content(label, was, now, Direction.RESPONSE)
                yield from self._headers(label, was, now)

    def _headers(
        self, label: str, old: tuple[JsonObject, Location], new: tuple[JsonObject, Location]
    ) -> Iterator[tuple[str, bool]]:
        was, now = _headers(self._before, *old), _headers(self._after, *new)
        for name in sorted(was.keys() | now.keys()):
            if name not in now or name not in was:
                gone = name not in now
                yield f"{label}: header {name} {'removed' if gone else 'added'}", gone
            else:
                (before, before_at), (after, after_at) = was[name], now[name]
                if before.get("required") is True and after.get("required") is not True:
                    yield f"{label}: header {name} became optional", True
                yield from self._compare(
                    f"{label} header {name}",
                    (before.get("schema"), before_at),
                    (after.get("schema"), after_at),
                    Direction.RESPONSE,
                )

    def _content(
        self, label: str, old: tuple[JsonObject, Location], new: tuple[JsonObject, Location], direction: Direction
    ) -> Iterator[tuple[str, bool]]:
        was, now = object_in(old[0], "content", old[1]), object_in(new[0], "content", new[1])
        for media_type in sorted(was.keys() | now.keys()):
            if media_type not in now:
                yield f"{label}: {media_type} removed", True
            elif media_type not in was:
                yield f"{label}: {media_type} added", False
            else:
                at = ("content", media_type)
                yield from self._compare(
                    label,
                    (as_object(was[media_type], (*old[1], *at)).get("schema"), (*old[1], *at)),
                    (as_object(now[media_type], (*new[1], *at)).get("schema"), (*new[1], *at)),
                    direction,
                )

    def _compare(
        self, label: str, old: tuple[Any, Location], new: tuple[Any, Location], direction: Direction
    ) -> Iterator[tuple[str, bool]]:
        for where, message, breaking in self._schemas.compare(old, new, direction):
            yield f"{label}{f' {where}' if where else ''}: {message}", breaking

    def _security(self) -> Iterator[tuple[str, bool]]:
        old, new = _security(self._before, self._was), _security(self._after, self._now)
        if old != new:
            # A caller that satisfies one of the old alternatives must satisfy one of the new alternatives.
            stricter = any(not any(wanted <= met for wanted in new or [set[str]()]) for met in old or [set[str]()])
            yield f"security became {'stricter' if stricter else 'wider'}", stricter
        for name in sorted({name for alternative in old for name in alternative if name in self._before.schemes}):
            if name in self._after.schemes and self._before.schemes[name] != self._after.schemes[name]:
                yield f"security scheme {name} changed", True


def _parameters(side: _Side, source: OperationSource) -> dict[tuple[str, str], tuple[JsonObject, Location]]:
    found: dict[tuple[str, str], tuple[JsonObject, Location]] = {}
    names = _names(source.route.source)
    for holder, at in ((source.path_item, source.path_item_at), (source.operation, source.at)):
        for index, item in enumerate(list_in(holder, "parameters", at)):
            parameter, here = side.references.resolve(item, (*at, "parameters", index))
            where, name = str(parameter.get("in")), str(parameter.get("name"))
            if where == "path" and name.removesuffix("+") in names:
                # Clients do not see the name of a path parameter, only its position.
                name = f"{{{names.index(name.removesuffix('+'))}}}"
            elif where == "header":
                name = name.lower()
            found[where, name] = (parameter, here)
    return found


def _serialisation(parameter: JsonObject) -> JsonObject:
    style = parameter.get("style", _STYLES.get(str(parameter.get("in"))))
    return {"style": style, "explode": parameter.get("explode", style == "form")}


def _headers(side: _Side, response: JsonObject, at: Location) -> dict[str, tuple[JsonObject, Location]]:
    """Return the headers of a response by lower-case name, since names of headers are case-insensitive."""
    given = object_in(response, "headers", at)
    return {name.lower(): side.references.resolve(given[name], (*at, "headers", name)) for name in sorted(given)}


def _body(side: _Side, source: OperationSource) -> tuple[JsonObject, Location]:
    at: Location = (*source.at, "requestBody")
    if "requestBody" not in source.operation:
        return {}, at
    return side.references.resolve(source.operation["requestBody"], at)


def _security(side: _Side, source: OperationSource) -> list[set[str]]:
    given = source.operation.get("security", side.document.get("security"))
    alternatives = given if isinstance(given, list) else []
    needs: list[set[str]] = []
    for alternative in alternatives:
        if isinstance(alternative, dict):
            scopes = {name: value if isinstance(value, list) else [] for name, value in alternative.items()}
            needs.append({*scopes, *(f"{name}:{scope}" for name, wanted in scopes.items() for scope in wanted)})
    return sorted(needs, key=lambda need: canonical_json(sorted(need)))
