"""Checks a document against the meta-schemas of the OpenAPI specification, in every build."""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from typing import Any, Final, cast

import jsonschema_rs
from jsonschema_rs import ValidationError, ValidationErrorKind

from spot_planning.api.openapi.findings import Finding, Location, Severity, finding
from spot_planning.api.openapi.relevance import is_read
from spot_planning.api.openapi.values import Json, JsonObject, kind

MOST_FINDINGS = 100
"""Maximum number of findings; further broken rules are not listed."""
_CODE: Final = "specification"
_UNKNOWN: Final = "not known here"
_VALUE: Final = "\0"
"""Placeholder in the library's messages for the wrong value. No document that could be read has it in a key."""
_KINDS: Final = (["in"], ["type"])
"""Keys that distinguish kinds of parameters and kinds of security schemes."""
_NOTES: Final = (
    "https://json-schema.org/draft/2020-12/meta/meta-data#",
    "https://spec.openapis.org/oas/3.1/meta/base#",
)
"""Vocabularies with keywords such as ``title``, ``examples`` and ``xml``, which no model contains."""
_SCHEMA_OBJECT: Final = ["definitions", "Schema"]
"""Location of the Schema Object in the meta-schema of 3.0."""


def meta_schema_findings(document: JsonObject, *, is_31: bool) -> tuple[Finding, ...]:
    """Check a document against the meta-schema of its version, in milliseconds.

    The meta-schemas are from the OpenAPI Initiative (3.0: 2021-09-28; 3.1: 2022-10-07 with the base dialect for its
    schemas); the package openapi-spec-validator contains them. Formats (``uri``, ``email``, ``regex``) are not checked,
    because the import does not depend on them.

    Args:
        document: An OpenAPI document in plain values, of limited depth.
        is_31: Whether it is OpenAPI 3.1 rather than 3.0.

    Returns:
        A refusal for each broken rule, or a warning if the import does not depend on the rule; at most
        ``MOST_FINDINGS``. Examples of warnings are a response without description, or a schema's keyword that 3.0 does
        not have: some tools write keywords of 3.1 into such documents, and models omit them.
    """
    validator = _validator(is_31=is_31)
    found = list(islice(validator.iter_errors(document), MOST_FINDINGS))
    findings = dict.fromkeys(each for error in found for each in _findings(error, document))
    return tuple(each for each in findings if not _follows_from_another(each, findings))


@cache
def _validator(*, is_31: bool) -> jsonschema_rs.Draft4Validator | jsonschema_rs.Draft202012Validator:
    if not is_31:
        meta_schema = _data("openapi_spec_validator", "resources/schemas/v3.0/schema.json")
        return jsonschema_rs.Draft4Validator(meta_schema, mask=_VALUE, validate_formats=False, offline=True)
    document = _data("openapi_spec_validator", "resources/schemas/v3.1/schema.json")
    dialect = _data("openapi_schema_validator", "schemas/oas3.1/metaschema.json")
    vocabulary = _data("openapi_schema_validator", "schemas/oas3.1/vocabularies/base")
    registry = jsonschema_rs.Registry([(each["$id"], each) for each in (document, dialect, vocabulary)])
    # The same as the OpenAPI Initiative's "schema-base": the document's meta-schema does not determine the dialect of
    # schemas, and this dynamic anchor sets it.
    bound = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$ref": document["$id"],
        "$defs": {"schema": {"$dynamicAnchor": "meta", "$ref": dialect["$id"]}},
    }
    return jsonschema_rs.Draft202012Validator(
        bound, registry=registry, mask=_VALUE, validate_formats=False, offline=True
    )


def _data(package: str, path: str) -> dict[str, Any]:
    """Load a data file of an installed package without importing the package, which would take a second."""
    spec = find_spec(package)
    loader, origin = getattr(spec, "loader", None), getattr(spec, "origin", None)
    if loader is None or origin is None:
        raise ModuleNotFoundError(f"{package} is not installed; its {path} is needed")
    return cast("dict[str, Any]", json.loads(loader.get_data(str(Path(origin).parent / path))))


def _findings(error: ValidationError, document: JsonObject) -> Iterator[Finding]:
    """Yield the findings of one error; for an error with branches, those of the best branch."""
    value, at = _located(error, document)
    match error.kind:
        case ValidationErrorKind.OneOfNotValid(context=branches) | ValidationErrorKind.AnyOf(context=branches):
            kinds = [_wrong_kind(branch) for branch in branches]
            if all(kinds):
                # Each branch is for one kind of parameter or security scheme, and the value is of no such kind.
                wrong = next(each for each in kinds if each is not None)
                allowed = [option for each in kinds if each is not None for option in _options(each)]
                value, at = _located(wrong, document)
                yield finding(_severity(at), _CODE, at, f"{_shown(value)} is not one of {', '.join(allowed)}")
                return
            if isinstance(value, bool) and _in_schema(error):
                yield finding(Severity.WARNING, _CODE, at, "a schema that is true or false is none of OpenAPI 3.0")
                return
            for each in _meant([branch for branch, wrong in zip(branches, kinds, strict=True) if not wrong], value):
                yield from _findings(each, document)
        case ValidationErrorKind.AdditionalProperties() | ValidationErrorKind.UnevaluatedProperties():
            for key in sorted(error.kind.as_dict()["unexpected"]):
                if error.schema_path[:2] == _SCHEMA_OBJECT:
                    yield finding(
                        Severity.WARNING, _CODE, (*at, key), f"{key} is no keyword of a schema in OpenAPI 3.0"
                    )
                else:
                    severity = Severity.REFUSAL if is_read((*at, key), exists=False) else Severity.WARNING
                    yield finding(severity, _CODE, (*at, key), _UNKNOWN)
        case _:
            harmless = _is_harmless(error, at) or _is_newer(error, value, at)
            severity = Severity.WARNING if harmless else _severity(at)
            yield finding(severity, _CODE, at, error.message.replace(_VALUE, _shown(value)))


def _severity(at: Location) -> Severity:
    return Severity.REFUSAL if is_read(at) else Severity.WARNING


def _in_schema(error: ValidationError) -> bool:
    """Check whether the meta-schema of 3.0 requires a schema, or a reference to a schema, at the error's location."""
    return any(
        step in {"Schema", "properties", "items", "allOf", "anyOf", "oneOf", "not"} for step in error.schema_path
    )


def _is_newer(error: ValidationError, value: Json, at: Location) -> bool:
    """Check whether a schema of 3.0 has a keyword's value of 3.1, as written by FastAPI before 0.99 and other tools.

    The planner supports both.
    """
    if error.schema_path[:2] != _SCHEMA_OBJECT:
        return False
    match at[-1]:
        case "exclusiveMinimum" | "exclusiveMaximum":
            return isinstance(value, int | float)
        case "type":
            return value == "null" or isinstance(value, list)
        case _:
            return False


def _is_harmless(error: ValidationError, at: Location) -> bool:
    """Check whether the broken rule is of a kind on which no import depends.

    Such rules are about duplicate items, an empty ``required``, a component's name (models get their own names), a
    schema's notes for people in 3.1, and missing members: the planner itself refuses a document without a member that
    it needs. The exception is the default of a server's variable, which is part of the base path.
    """
    if isinstance(error.kind, ValidationErrorKind.Required):
        return at[:1] != ("servers",)
    if isinstance(error.kind, ValidationErrorKind.UniqueItems | ValidationErrorKind.PropertyNames):
        return True
    if isinstance(error.kind, ValidationErrorKind.MinItems):
        return error.instance_path[-1:] == ["required"]
    return (error.absolute_keyword_location or "").startswith(_NOTES)


def _meant(branches: list[list[ValidationError]], value: Json) -> list[ValidationError]:
    """Return the errors of the branch that the author most likely intended.

    For a value with ``$ref`` it is the branch for a reference. For other values it is the branch whose errors are
    deepest, preferably one that allows the type of the value.
    """
    is_reference = isinstance(value, dict) and "$ref" in value
    fitting = [branch for branch in branches if is_reference is any(_wants_reference(error) for error in branch)]
    return max(fitting or branches, key=_fit)


def _fit(branch: list[ValidationError]) -> tuple[int, bool]:
    other = (ValidationErrorKind.Type, ValidationErrorKind.Enum)
    return (
        max((len(each.instance_path) for each in branch), default=0),
        not any(isinstance(each.kind, other) for each in branch),
    )


def _wrong_kind(branch: list[ValidationError]) -> ValidationError | None:
    """Return the error by which a branch is for another kind of object: its ``in`` or ``type`` differs."""
    return next((each for each in branch if each.instance_path[-1:] in _KINDS and len(_options(each)) == 1), None)


def _options(error: ValidationError) -> list[str]:
    """Return the allowed values as text."""
    return [str(option) for option in error.kind.as_dict().get("options", ())]


def _wants_reference(error: ValidationError) -> bool:
    return "Reference" in error.schema_path


def _located(error: ValidationError, document: JsonObject) -> tuple[Json, Location]:
    """Return the wrong value and its location. The library turns keys such as ``200`` into numbers."""
    value: Json = document
    at: Location = ()
    for step in error.instance_path:
        if isinstance(value, dict):
            value, at = value[str(step)], (*at, str(step))
        elif isinstance(value, list):
            value, at = value[int(step)], (*at, int(step))
    return value, at


def _follows_from_another(unknown: Finding, findings: Mapping[Finding, None]) -> bool:
    """Check whether a member is reported as unknown only because a value inside it is wrong."""
    return unknown.message == _UNKNOWN and any(
        each.location.startswith((f"{unknown.location}.", f"{unknown.location}[")) for each in findings
    )


def _shown(value: Json) -> str:
    return kind(value) if isinstance(value, dict | list) else json.dumps(value)
