"""Compares the keywords of two schemas: which of them allow more values, and which fewer."""

from collections.abc import Iterator
from typing import Final

from spot_planning.api.openapi.values import Json, JsonObject
from spot_planning.documents import canonical_json

Verdict = tuple[str, bool]
"""The change, and whether it breaks clients."""

_UPPER: Final = ("maxLength", "maxItems", "maxProperties")
_LOWER: Final = ("minLength", "minItems", "minProperties")
_WALKED: Final = frozenset(
    {"additionalProperties", "allOf", "anyOf", "items", "not", "oneOf", "properties", "required"}
)
"""Keywords that are compared together with the schemas inside them."""
_COMPARED: Final = frozenset(
    {
        *_UPPER, *_LOWER, "const", "default", "enum", "exclusiveMaximum", "exclusiveMinimum", "maximum", "minimum",
        "nullable", "readOnly", "type", "writeOnly",
    }
)  # fmt: skip
_DOCUMENTATION: Final = frozenset(
    {
        "$anchor", "$comment", "$defs", "$id", "$schema", "deprecated", "description", "example", "examples",
        "externalDocs", "title", "xml",
    }
)  # fmt: skip


def keyword_changes(was: JsonObject, now: JsonObject, *, request: bool) -> Iterator[Verdict]:
    """Compare the keywords of two schemas, without the schemas inside them.

    A new keyword narrows the allowed values, and a removed keyword widens them. A keyword whose value changed breaks
    clients, unless it is certain that one value includes the other.

    Args:
        was: The old schema.
        now: The new schema.
        request: Whether clients send the value, so that a narrower schema breaks them; otherwise they read it.

    Yields:
        The differences.
    """
    yield from _types(was, now, request=request)
    yield from _values(was, now, request=request)
    for bound, is_upper in (("maximum", True), ("minimum", False)):
        yield from _limits(bound, was, now, is_upper=is_upper, request=request)
    for keys, is_upper in ((_UPPER, True), (_LOWER, False)):
        for key in keys:
            old, new = was.get(key), now.get(key)
            if old != new:
                yield f"{key} {old} became {new}", _is_narrower(old, new, is_upper=is_upper) is request
    for key, matters in (("readOnly", request), ("writeOnly", not request)):
        old, new = was.get(key) is True, now.get(key) is True
        if old != new:
            yield f"{key} {'changed' if new else 'removed'}", matters and new
    if was.get("default") != now.get("default"):
        # A client that omits the value gets a different one. A default that is only added or removed in the document
        # changes nothing.
        yield "default changed", request and "default" in was and "default" in now
    yield from _others(was, now, request=request)


def is_narrower(old: Json, new: Json) -> bool | None:
    """Return True for a new keyword (narrower), False for a removed keyword (wider), and None otherwise."""
    if old is None or new is None:
        return old is None
    return None


def _others(was: JsonObject, now: JsonObject, *, request: bool) -> Iterator[Verdict]:
    for key in sorted((was.keys() | now.keys()) - _WALKED - _COMPARED - _DOCUMENTATION):
        # A keyword that is turned off, such as ``uniqueItems: false``, is the same as a missing keyword.
        old, new = was.get(key) or None, now.get(key) or None
        if key.startswith("x-") or key == "$ref" or canonical_json(old) == canonical_json(new):
            continue
        narrower = is_narrower(old, new)
        yield f"{key} {'removed' if narrower is False else 'changed'}", narrower is None or narrower is request


def _types(was: JsonObject, now: JsonObject, *, request: bool) -> Iterator[Verdict]:
    old, new = _type_names(was), _type_names(now)
    if old == new:
        nulls = was.get("nullable") is True, now.get("nullable") is True
        if not old and nulls[0] != nulls[1]:
            yield f"null {'allowed' if nulls[1] else 'refused'}", nulls[0] is request
        return
    old_text, new_text = (" or ".join(sorted(names)) or "any" for names in (old, new))
    wider = not new or (bool(old) and old <= _with_integers(new))
    narrower = not old or (bool(new) and new <= _with_integers(old))
    yield f"type {old_text} became {new_text}", not (wider if request else narrower)


def _with_integers(names: set[str]) -> set[str]:
    """Add integer to the types if number is among them, since every integer is a number."""
    return names | {"integer"} if "number" in names else names


def _type_names(schema: JsonObject) -> set[str]:
    value = schema.get("type")
    names = (
        {str(name) for name in value} if isinstance(value, list) else {value} if isinstance(value, str) else set[str]()
    )
    return names | {"null"} if schema.get("nullable") is True and names else names


def _values(was: JsonObject, now: JsonObject, *, request: bool) -> Iterator[Verdict]:
    old, new = _allowed(was), _allowed(now)
    if old is None or new is None:
        if old is not new:
            yield f"enum {'added' if old is None else 'removed'}", (old is None) is request
        return
    if old - new:
        yield f"values removed: {', '.join(sorted(old - new))}", request
    if new - old:
        yield f"values added: {', '.join(sorted(new - old))}", not request


def _allowed(schema: JsonObject) -> set[str] | None:
    if "const" in schema:
        return {canonical_json(schema["const"])}
    values = schema.get("enum")
    return {canonical_json(value) for value in values} if isinstance(values, list) else None


def _limits(bound: str, was: JsonObject, now: JsonObject, *, is_upper: bool, request: bool) -> Iterator[Verdict]:
    old, new = _limit(was, bound, is_upper=is_upper), _limit(now, bound, is_upper=is_upper)
    if old == new:
        return
    if old is None or new is None:
        narrower = old is None
    elif old[0] != new[0]:
        narrower = (new[0] < old[0]) is is_upper
    else:
        narrower = new[1]
    old_text, new_text = (f"{each[0]}{' excluded' if each[1] else ''}" if each else "None" for each in (old, new))
    yield f"{bound} {old_text} became {new_text}", narrower is request


def _limit(schema: JsonObject, bound: str, *, is_upper: bool) -> tuple[float, bool] | None:
    """Return the limit and whether it is exclusive, from the notation of 3.0 (true) or of 3.1 (a number)."""
    exclusive = schema.get(f"exclusive{bound.capitalize()}")
    limits: list[tuple[float, bool]] = []
    for value, excluded in ((schema.get(bound), exclusive is True), (exclusive, True)):
        if isinstance(value, int | float) and not isinstance(value, bool):
            limits.append((value, excluded))
    if not limits:
        return None
    return min(limits, key=lambda limit: (limit[0] if is_upper else -limit[0], not limit[1]))


def _is_narrower(old: Json, new: Json, *, is_upper: bool) -> bool:
    if isinstance(old, int | float) and isinstance(new, int | float):
        return (new < old) is is_upper
    return new is not None
