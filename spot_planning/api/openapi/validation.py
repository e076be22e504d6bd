"""The meta-schemas of the OpenAPI specification, which every build checks."""

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
"""Where a document breaks more rules than this, the rest is not listed."""
_CODE: Final = "specification"
_UNKNOWN: Final = "not known here"
_VALUE: Final = "\0"
"""Stands in the library's messages for the value that is wrong; no document that passes reading has it in a key."""
_KINDS: Final = (["in"], ["type"])
"""What tells parameters and security schemes of different kinds apart."""
_NOTES: Final = (
    "https://json-schema.org/draft/2020-12/meta/meta-data#",
    "https://spec.openapis.org/oas/3.1/meta/base#",
)
"""Vocabularies of keywords such as ``title``, ``examples`` and ``xml``, none of which reaches a model."""
_SCHEMA_OBJECT: Final = ["definitions", "Schema"]
"""Place of the Schema Object in the meta-schema of 3.0."""


def meta_schema_findings(document: JsonObject, *, is_31: bool) -> tuple[Finding, ...]:
    """Check a document against the meta-schema of its version, in milliseconds.

    The meta-schemas are those of the OpenAPI Initiative (3.0: 2021-09-28; 3.1: 2022-10-07 with the base dialect for
    its schemas), as the package openapi-spec-validator carries them. Formats (``uri``, ``email``, ``regex``) are not
    checked: nothing that is imported depends on them.

    Args:
        document: An OpenAPI document in plain values, of bounded depth.
        is_31: Whether it is OpenAPI 3.1 rather than 3.0.

    Returns:
        A refusal for each rule that is broken, at most ``MOST_FINDINGS``; a warning where the import does not depend on
        it, such as a response without description, or a schema's keyword that 3.0 does not know: tools write those of
        3.1 into such documents, and models leave them out.
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
    # What the OpenAPI Initiative publishes as "schema-base": the document's meta-schema leaves the dialect of its
    # schemas open, and this dynamic anchor says which it is.
    bound = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$ref": document["$id"],
        "$defs": {"schema": {"$dynamicAnchor": "meta", "$ref": dialect["$id"]}},
    }
    return jsonschema_rs.Draft202012Validator(
        bound, registry=registry, mask=_VALUE, validate_formats=False, offline=True
    )


def _data(package: str, path: str) -> dict[str, Any]:
    """Load a data file of an installed package as its code would be, without running that, which takes a second."""
    spec = find_spec(package)
    loader, origin = getattr(spec, "loader", None), getattr(spec, "origin", None)
    if loader is None or origin is None:
        raise ModuleNotFoundError(f"{package} is not installed; its {path} is needed")
    return cast("dict[str, Any]", json.loads(loader.get_data(str(Path(origin).parent / path))))


def _findings(error: ValidationError, document: JsonObject) -> Iterator[Finding]:
    """What one error says; the best branch of one that has several."""
    value, at = _located(error, document)
    match error.kind:
        case ValidationErrorKind.OneOfNotValid(context=branches) | ValidationErrorKind.AnyOf(context=branches):
            kinds = [_wrong_kind(branch) for branch in branches]
            if all(kinds):
                # Each branch is for one kind of parameter or security scheme, and it is none of them.
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
    """Whether the meta-schema of 3.0 asks for a schema there, or a reference to one."""
    return any(
        step in {"Schema", "properties", "items", "allOf", "anyOf", "oneOf", "not"} for step in error.schema_path
    )


def _is_newer(error: ValidationError, value: Json, at: Location) -> bool:
    """Whether a schema of 3.0 has a keyword's value of 3.1, as FastAPI before 0.99 and others write it.

    The planner understands both.
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
    """Whether the broken rule is of a kind that no import depends on.

    An item that is there twice, nothing that is required, a component's name (models get names of their own), in 3.1
    a schema's notes for people, or a member that is missing: the planner refuses itself what it cannot do without. The
    default of a server's variable is part of the base path.
    """
    if isinstance(error.kind, ValidationErrorKind.Required):
        return at[:1] != ("servers",)
    if isinstance(error.kind, ValidationErrorKind.UniqueItems | ValidationErrorKind.PropertyNames):
        return True
    if isinstance(error.kind, ValidationErrorKind.MinItems):
        return error.instance_path[-1:] == ["required"]
    return (error.absolute_keyword_location or "").startswith(_NOTES)


def _meant(branches: list[list[ValidationError]], value: Json) -> list[ValidationError]:
    """The errors of the branch that the author most likely meant.

    For a value with ``$ref`` that is the reference. For others it is the branch that was followed deepest, preferably
    one that takes a value of that type.
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
    """The error that says that a branch is for another kind: ``in`` or ``type`` is not its own."""
    return next((each for each in branch if each.instance_path[-1:] in _KINDS and len(_options(each)) == 1), None)


def _options(error: ValidationError) -> list[str]:
    """What is allowed instead, as it is written."""
    return [str(option) for option in error.kind.as_dict().get("options", ())]


def _wants_reference(error: ValidationError) -> bool:
    return "Reference" in error.schema_path


def _located(error: ValidationError, document: JsonObject) -> tuple[Json, Location]:
    """The value that is wrong, and its place; the library makes numbers of keys such as ``200``."""
    value: Json = document
    at: Location = ()
    for step in error.instance_path:
        if isinstance(value, dict):
            value, at = value[str(step)], (*at, str(step))
        elif isinstance(value, list):
            value, at = value[int(step)], (*at, int(step))
    return value, at


def _follows_from_another(unknown: Finding, findings: Mapping[Finding, None]) -> bool:
    """Whether it is called unknown only because something in it is wrong."""
    return unknown.message == _UNKNOWN and any(
        each.location.startswith((f"{unknown.location}.", f"{unknown.location}[")) for each in findings
    )


def _shown(value: Json) -> str:
    return kind(value) if isinstance(value, dict | list) else json.dumps(value)
