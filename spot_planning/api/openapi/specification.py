"""Checks the rules of the OpenAPI specification that its meta-schema does not contain, with a library, on demand."""

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, Final, cast

from spot_planning.api.openapi.findings import Finding, Location, OpenApiError, Severity, finding
from spot_planning.api.openapi.references import References
from spot_planning.api.openapi.values import JsonObject, plain_object
from spot_planning.api.openapi.versions import is_openapi_31

MOST_FINDINGS: Final = 100
"""Maximum number of findings; further broken rules are not listed."""
_CODE: Final = "specification"


def specification_findings(document: Mapping[str, Any]) -> tuple[Finding, ...]:
    """Check a document against the rules of its specification that the meta-schema cannot express.

    Examples are operation ids that are used twice, or default values that their schemas do not allow. Regular
    expressions are not checked, because an expression such as ``^(a+)+$`` may never finish in Python. A large document
    takes seconds.

    Args:
        document: An OpenAPI 3.0 or 3.1 document that ``build_import_document`` accepts.

    Returns:
        One warning for each broken rule, at most ``MOST_FINDINGS``. There are no refusals, because the import does not
        depend on these rules: a check refuses exactly what a build refuses.
    """
    source = plain_object(document)
    found: dict[Finding, None] = {}
    try:
        for error in islice(_errors(source), MOST_FINDINGS):
            found[_finding(error, source)] = None  # one by one, so that findings are kept if the library raises
    except Exception as error:  # noqa: BLE001 - the library raises whatever it happens on in a document
        message = f"the validator failed ({type(error).__name__}), so the rest of these rules is unchecked: {error}"
        found[finding(Severity.WARNING, _CODE, (), message)] = None
    return tuple(found)


def _errors(document: JsonObject) -> Iterator[Any]:
    # This import takes a second, so a preview must not do it.
    from spot_planning.api.openapi.validator_with_places import (  # noqa: PLC0415
        Placed30SpecValidator,
        Placed31SpecValidator,
    )

    validator = Placed31SpecValidator if is_openapi_31(document) else Placed30SpecValidator
    return validator(_without_patterns(document)).rule_errors()


def _finding(error: Any, document: JsonObject) -> Finding:
    # Errors without a location are about the whole document, such as a tag that is declared twice.
    place = cast("tuple[str | int, ...]", getattr(error, "place", ()))
    return finding(Severity.WARNING, _CODE, _own_place(place, document), str(error.message))


def _own_place(parts: tuple[str | int, ...], document: JsonObject) -> Location:
    """Return the location of a value, from the library's path to it, which leads through references."""
    references = References(document)
    value: Any = document
    at: Location = ()
    try:
        for part in parts:
            if isinstance(value, dict) and isinstance(cast("JsonObject", value).get("$ref"), str):
                value, at = references.resolve(cast("JsonObject", value), at)
            value, at = cast("Any", value)[part], (*at, part)
        if isinstance(value, dict):
            _, at = references.resolve(cast("JsonObject", value), at)
    except (KeyError, IndexError, TypeError, OpenApiError):
        return at
    return at


def _without_patterns(value: Any) -> Any:
    """Copy a document, whose depth is limited, without the regular expressions of its schemas."""
    if isinstance(value, list):
        return [_without_patterns(item) for item in cast("list[Any]", value)]
    if not isinstance(value, dict):
        return value
    return {
        key: _without_patterns(item)
        for key, item in cast("dict[str, Any]", value).items()
        if key != "patternProperties" and not (key == "pattern" and isinstance(item, str))
    }
