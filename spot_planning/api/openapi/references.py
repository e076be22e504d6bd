"""Internal references (``$ref``) of a document."""

from collections.abc import Iterator
from typing import Final
from urllib.parse import unquote

from spot_planning.api.openapi.findings import Location, OpenApiError, Report, place
from spot_planning.api.openapi.values import Json, JsonObject, as_object

_VALUES: Final = frozenset({"example", "examples", "default", "enum", "const", "value"})
"""Members that contain data, in which ``$ref`` is not a reference."""
_MAPS: Final = frozenset(
    {
        "callbacks", "content", "headers", "links", "parameters", "pathItems", "patternProperties", "properties",
        "requestBodies", "responses", "schemas",
    }
)  # fmt: skip
"""Members whose own members have freely chosen names, such as the response ``default``."""
_MOST_INLINED: Final = 10_000
"""Maximum number of values in one extension. An integration with a template for each of many media types has some
hundreds."""


class References:
    """Resolves the references of one document."""

    def __init__(self, document: JsonObject) -> None:
        self._document = document

    def resolve(self, value: Json, at: Location) -> tuple[JsonObject, Location]:
        """Follow references until the value is not a reference.

        Args:
            value: An object, or a reference to one.
            at: Its location.

        Returns:
            The object and its own location.

        Raises:
            OpenApiError: A reference is external, has no target or leads back to itself.
        """
        target = as_object(value, at)
        came_from = at
        seen: set[str] = set()
        while isinstance(reference := target.get("$ref"), str):
            if reference in seen:
                raise OpenApiError(f"the reference {reference} leads back to itself", place(at))
            seen.add(reference)
            found, came_from = self.target(reference, at)
            target = as_object(found, came_from)
        return target, came_from

    def inlined(self, value: Json, at: Location) -> Json:
        """Copy a value with every reference in it replaced by its target.

        It is used for extensions, because API Gateway's import follows only references to models, parameters and
        responses.

        Args:
            value: The value of an extension.
            at: Its location.

        Raises:
            OpenApiError: A reference is external, has no target or leads into itself, or there are more than
                ``_MOST_INLINED`` values.
        """
        return _Inliner(self).inlined(value, at, ())

    def target(self, reference: str, at: Location) -> tuple[Json, Location]:
        """Look up one reference.

        Args:
            reference: The reference, such as ``#/components/schemas/Company``.
            at: The location of the object that contains it.

        Returns:
            The value and its location.

        Raises:
            OpenApiError: The reference is external or has no target.
        """
        steps = pointer(reference, at)
        value: Json = self._document
        location: Location = ()
        for step in steps:
            if isinstance(value, dict) and step in value:
                value, location = value[step], (*location, step)
            elif isinstance(value, list) and step.isdecimal() and int(step) < len(value):
                value, location = value[int(step)], (*location, int(step))
            else:
                raise OpenApiError(f"the reference {reference} leads nowhere", place(at))
        return value, location


class _Inliner:
    def __init__(self, references: References) -> None:
        self._references = references
        self._left = _MOST_INLINED

    def inlined(self, value: Json, at: Location, around: tuple[str, ...]) -> Json:
        self._left -= 1
        if self._left < 0:
            raise OpenApiError(f"more than {_MOST_INLINED} values with its references written out", place(at))
        if isinstance(value, list):
            return [self.inlined(item, (*at, index), around) for index, item in enumerate(value)]
        if not isinstance(value, dict):
            return value
        reference = value.get("$ref")
        if not isinstance(reference, str):
            return {key: self.inlined(item, (*at, key), around) for key, item in value.items()}
        if reference in around:
            raise OpenApiError(f"the reference {reference} leads back to itself", place(at))
        target, _ = self._references.target(reference, at)
        return self.inlined(target, at, (*around, reference))


def pointer(reference: str, at: Location) -> list[str]:
    """Split an internal reference into the keys to follow.

    Args:
        reference: A URI fragment with a JSON Pointer (RFC 6901).
        at: The location of the object that contains it.

    Returns:
        The keys.

    Raises:
        OpenApiError: The reference is external, or the fragment is not a JSON Pointer.
    """
    if not reference.startswith("#"):
        raise OpenApiError(_external(reference), place(at))
    if not reference.startswith("#/"):
        raise OpenApiError(f"the reference {reference} is not a JSON Pointer such as #/components/schemas/X", place(at))
    return [unquote(step).replace("~1", "/").replace("~0", "~") for step in reference[2:].split("/")]


def check_references(document: JsonObject, report: Report) -> None:
    """Refuse every external reference in the document, and warn about references without a target.

    The planner refuses a reference without a target only if it must follow it.

    Args:
        document: The document.
        report: Gets the findings.
    """
    references = References(document)
    for reference, at in _references(document):
        if reference.startswith("#"):
            try:
                references.target(reference, at)
            except OpenApiError as error:
                report.warn("reference", at, error.message)
        else:
            report.refuse("external-reference", at, _external(reference))


def _external(reference: str) -> str:
    return f"the external reference {reference} is not resolved; bundle the document first"


def _references(document: JsonObject) -> Iterator[tuple[str, Location]]:
    # The walk uses a stack instead of recursion, for speed. The copy of the document has already limited the depth.
    stack: list[tuple[Json, Location, bool]] = [(document, (), False)]
    while stack:
        value, at, is_map = stack.pop()
        if isinstance(value, list):
            stack.extend((item, (*at, index), False) for index, item in reversed(list(enumerate(value))))
        elif isinstance(value, dict):
            reference = value.get("$ref")
            if isinstance(reference, str):
                yield reference, at
            stack.extend(
                (value[key], (*at, key), not is_map and key in _MAPS)
                for key in sorted(value, reverse=True)
                if isinstance(value[key], dict | list) and (is_map or (key not in _VALUES and not key.startswith("x-")))
            )
