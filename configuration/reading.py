"""Decodes the engine's flat configuration, merges it with defaults, and turns pydantic's errors into problems."""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any, cast, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from configuration.annotations import allowed, bare, type_name
from configuration.models import NOT_ALLOWED, is_section
from configuration.problems import shown, unknown_key
from configuration.texts import read, whole
from spot_planning.problems import Path, Problem, kind, show

_EXPECTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "list_type": "a list",
    "dict_type": "a map of keys",
    "model_type": "a map of keys",
    "literal_error": "text",
    "enum": "text",
}
_ENCRYPTED = (
    "holds an encrypted value, and no setting is secret: put it into Secrets Manager and name it in service.secrets"
)
_ENGINE = "pulumi"
_NO_EFFECT = "has no effect, since every provider is made from the section aws; credentials are chosen with AWS_PROFILE"


def decode(
    config: Mapping[str, str], secret_keys: frozenset[str], model: type[BaseModel], project: str
) -> tuple[dict[str, Any], list[Problem]]:
    """Decode the engine's flat configuration.

    Args:
        config: Key with namespace, such as ``spot-platform:vpc`` -> JSON text of a section, or text of a scalar.
        secret_keys: Keys with an encrypted value, or with one inside their value.
        model: The model of all settings.
        project: The project's name, which is the namespace of its keys.

    Returns:
        The user's values by section, and the problems of what cannot be decoded.
    """
    given: dict[str, Any] = {}
    problems: list[Problem] = []
    for key, text in sorted(config.items()):
        namespace, _, name = key.partition(":")
        if namespace != project:
            continue
        if name not in model.model_fields:
            problems.append(unknown_key((name,), tuple(model.model_fields), project))
        elif key in secret_keys:
            problems.append(_said((name,), _ENCRYPTED))
        elif _is_scalar(model, name):
            given |= {name: whole(text)} if text else {}
        else:
            value, unreadable = read(name, text)
            problems += unreadable
            if isinstance(value, dict):
                given[name] = value
            elif not unreadable:
                problems.append(_said((name,), _wrong_type((name,), "dict_type", value or None)))
    return given, problems


def foreign_keys(config: Mapping[str, str], project: str) -> list[str]:
    """Return error lines about keys of other namespaces, which have no effect.

    Args:
        config: The engine's flat configuration.
        project: The project's name, which is the namespace of its keys.
    """
    lines: list[str] = []
    for key in sorted(config):
        namespace = key.partition(":")[0]
        if namespace == "aws":
            lines.append(f"{show(key)}: {_NO_EFFECT}")
        elif namespace not in (project, _ENGINE):
            lines.append(
                f"{show(key)}: is read by nobody; keys of this project begin with {project}:, its name in Pulumi.yaml"
            )
    return lines


def merged(*layers: Mapping[str, Any]) -> dict[str, Any]:
    """Merge maps in depth: later maps override earlier ones, and lists are replaced as a whole."""
    result: dict[str, Any] = {}
    for layer in layers:
        for key, value in layer.items():
            below = result.get(key)
            if isinstance(below, dict) and isinstance(value, Mapping):
                result[key] = merged(cast("dict[str, Any]", below), cast("Mapping[str, Any]", value))
            else:
                result[key] = deepcopy(value)
    return result


def explained(error: ValidationError, model: type[BaseModel]) -> Iterator[Problem]:
    """Turn pydantic's errors into problems with messages for users.

    Args:
        error: The exception that pydantic raised.
        model: The model that it validated.

    Yields:
        One problem for each error.
    """
    for detail in error.errors(include_url=False):
        yield _explained(detail, model)


def _explained(detail: ErrorDetails, model: type[BaseModel]) -> Problem:
    path: Path = detail["loc"]
    type_, value, context = detail["type"], detail["input"], detail.get("ctx", {})
    if type_ == "extra_forbidden":
        return unknown_key(path, _keys(model, path[:-1]))
    if type_ == "missing":
        return _said(path, f"missing; expected {_expected(model, path)}")
    if path[-1] == "[key]":
        return _said(path[:-1], f"is not allowed as a name; allowed: {context['allowed']}")
    if type_ == NOT_ALLOWED:
        return _said(path, f"{shown(path, value)} is not allowed; allowed: {context['allowed']}")
    if type_ in ("literal_error", "enum") and isinstance(value, str):
        return _said(path, f"{shown(path, value)} is not allowed; allowed: {_expected(model, path)}")
    return _said(path, _wrong_type(path, type_, value))


def _said(path: Path, text: str) -> Problem:
    return Problem(path, text, shows_value=False)


def _wrong_type(path: Path, type_: str, value: Any) -> str:
    expected = _EXPECTED[type_]
    if value is None:
        return f"empty; expected {expected}"
    text, name = shown(path, value, in_quotes=True), kind(value)
    advice = ", so put it in quotes" if expected == "text" and isinstance(value, bool | int | float) else ""
    return f"{text if text == name else f'{text} is {name}'}; expected {expected}{advice}"


def _is_scalar(model: type[BaseModel], name: str) -> bool:
    annotation = bare(model.model_fields[name].annotation)
    return get_origin(annotation) is not dict and not is_section(annotation)


def _keys(model: type[BaseModel], path: Path) -> tuple[str, ...]:
    """Return the keys of the section at a path, or of a list's entries there."""
    return tuple(_inside(model, path).model_fields)


def _expected(model: type[BaseModel], path: Path) -> str:
    """Return what a required key must be, in words: its allowed values or its type."""
    field = _inside(model, path[:-1]).model_fields[str(path[-1])]
    return allowed(field.annotation, field.metadata) or type_name(field.annotation)


def _inside(model: type[BaseModel], path: Path) -> type[BaseModel]:
    """Return the model at a path of keys, positions in lists and names in maps."""
    current: Any = model
    for part in path:
        current = bare(current.model_fields[str(part)].annotation if is_section(current) else get_args(current)[-1])
    return current
