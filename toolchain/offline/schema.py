"""Checks the inputs of a program against the installed pulumi-aws package.

The functions are pure: they take values and return failures, so unit tests can call them without an engine. An unknown
value passes every check. Single values are checked as the real provider does: it converts ``"5"`` to a number,
``"true"`` to a boolean, and numbers and booleans to strings, if the schema requires that type. All other values must
have the declared type.
"""

import difflib
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import singledispatch
from typing import Any, TypeGuard

import pulumi
from pulumi.output import Unknown

from . import facts, model, structs

_SHOWN_VALUES = 24
_SHOWN_CHARACTERS = 60


@dataclass(frozen=True, slots=True)
class Failure:
    """A failed check.

    Attributes:
        path: The path of the value, by the engine's names: ``origins[0].domainName``.
        reason: The problem and the allowed values.
    """

    path: str
    reason: str

    def __str__(self) -> str:
        return f"{self.path}: {self.reason}" if self.path else self.reason


def check_inputs(token: str, inputs: Mapping[str, Any]) -> list[Failure]:
    """Check a resource's inputs.

    Args:
        token: The resource's type, such as ``aws:ec2/vpc:Vpc``.
        inputs: The resource's inputs, by the engine's names.

    Returns:
        All failures: wrong properties and types in the order of the inputs, then missing properties, then values
        outside a closed list or a range. Empty if there are none.
    """
    resource = model.resource(token)
    if resource is None:
        return [_no_such(token, "resource type", _resource_tokens())]
    failures = [
        *check_properties(resource.inputs, inputs, ""),
        *_closed_values(token, inputs),
        *_out_of_range(token, inputs),
    ]
    return list(dict.fromkeys(failures))


def check_arguments(token: str, arguments: Mapping[str, Any]) -> list[Failure]:
    """Check a function's arguments; return the failures as `check_inputs` does."""
    function = model.function(token)
    if function is None:
        return [_no_such(token, "function", [])]
    return list(check_properties(function.arguments, arguments, ""))


def check_provider(configuration: Mapping[str, Any]) -> list[Failure]:
    """Check a provider's configuration, in which JSON strings are already parsed; return the failures."""
    return list(check_properties(model.provider(), configuration, ""))


def _resource_tokens() -> Iterable[str]:
    from . import package  # noqa: PLC0415 - only for the message

    return package.resource_classes()


def _no_such(token: str, kind: str, known: Iterable[str]) -> Failure:
    return Failure("", f"pulumi-aws has no {kind} {token}{_did_you_mean(token, known)}")


def _did_you_mean(word: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f"; did you mean {close[0]}?" if close else ""


def check_properties(
    declared: Mapping[str, model.Property], values: Mapping[str, Any], path: str = ""
) -> Iterator[Failure]:
    """Yield the failures of values that may have only the declared properties.

    Args:
        declared: The properties by name.
        values: The values by name; keys that begin with two underscores are internal and not checked.
        path: The path of the values; empty for the top level.
    """
    for key, value in values.items():
        if key.startswith("__") or value is None:
            continue
        where = f"{path}.{key}" if path else key
        if key in declared:
            yield from _check(declared[key].type, value, where)
        else:
            yield Failure(where, f"no such property{_suggestion(key, declared)}")
    for name, wanted in declared.items():
        if wanted.required and values.get(name) is None:
            yield Failure(f"{path}.{name}" if path else name, "required, but missing")


def _suggestion(key: str, declared: Mapping[str, model.Property]) -> str:
    by_python_name = {item.python_name: item.name for item in declared.values()}
    if key in by_python_name:
        return f"; did you mean {by_python_name[key]}?"
    lowered = {name.lower(): name for name in declared}
    close = difflib.get_close_matches(key.lower(), list(lowered), n=1, cutoff=0.6)
    if close:
        return f"; did you mean {lowered[close[0]]}?"
    return f"; allowed: {_listed(sorted(declared))}"


def _listed(values: Iterable[str]) -> str:
    all_values = list(values)
    more = len(all_values) - _SHOWN_VALUES
    return ", ".join(all_values[:_SHOWN_VALUES]) + (f" and {more} more" if more > 0 else "")


def _check(wanted: model.Type, value: Any, path: str) -> Iterable[Failure]:
    if isinstance(value, structs.Secret):
        # A message must not contain the secret value.
        return [
            Failure(failure.path, failure.reason.partition(", not ")[0])
            for failure in _check(wanted, value.value, path)
        ]
    if isinstance(value, Unknown):
        return ()
    return _check_known(wanted, value, path)


@singledispatch
def _check_known(wanted: Any, value: Any, path: str) -> Iterable[Failure]:
    raise TypeError(f"{path}: no check for {wanted!r} of {value!r}")


@_check_known.register
def _(wanted: model.Scalar, value: Any, path: str) -> Iterable[Failure]:
    if _is_scalar(wanted.kind, value):
        return ()
    return [Failure(path, f"must be {_article(wanted.kind)}, not {_shown(value)}")]


@_check_known.register
def _(wanted: model.Choice, value: Any, path: str) -> Iterable[Failure]:
    if not isinstance(value, str):
        return [Failure(path, f"must be a string, not {_shown(value)}")]
    if wanted.is_open or value in wanted.values:
        return ()
    close = _did_you_mean(value, wanted.values)
    return [Failure(path, f"must be one of {_listed(wanted.values)}, not {_shown(value)}{close}")]


@_check_known.register
def _(wanted: model.ListOf, value: Any, path: str) -> Iterable[Failure]:
    if not structs.is_list(value):
        return [Failure(path, f"must be a list, not {_shown(value)}")]
    return [failure for index, item in enumerate(value) for failure in _check(wanted.item, item, f"{path}[{index}]")]


@_check_known.register
def _(wanted: model.MapOf, value: Any, path: str) -> Iterable[Failure]:
    if not _is_map(value):
        return [Failure(path, f"must be a map, not {_shown(value)}")]
    return [
        failure
        for key, item in value.items()
        if item is not None
        for failure in _check(wanted.value, item, _in_map(path, key))
    ]


@_check_known.register
def _(wanted: model.ObjectOf, value: Any, path: str) -> Iterable[Failure]:
    if not _is_map(value):
        return [Failure(path, f"must be an object, not {_shown(value)}")]
    return check_properties(wanted.properties(), value, path)


@_check_known.register
def _(wanted: model.AnyOf, value: Any, path: str) -> Iterable[Failure]:
    attempts = [list(_check(alternative, value, path)) for alternative in wanted.alternatives]
    if not all(attempts):
        return ()
    # The program most likely meant the alternative whose failures have the longest path.
    return max(attempts, key=lambda failures: max(len(failure.path) for failure in failures))


def _closed_values(token: str, inputs: Mapping[str, Any]) -> Iterator[Failure]:
    """Yield a failure for each value outside a closed list that only the real provider has, not the package's types."""
    for dotted, allowed in facts.allowed_values(token).items():
        for path, value in _at(inputs, dotted.split("."), ""):
            if isinstance(value, str | int) and not isinstance(value, bool) and value not in allowed:
                names = [str(item) for item in allowed]
                if str(value) not in names:
                    hint = _did_you_mean(value, names) if isinstance(value, str) else ""
                    yield Failure(path, f"must be one of {_listed(names)}, not {_shown(value)}{hint}")


def _out_of_range(token: str, inputs: Mapping[str, Any]) -> Iterator[Failure]:
    for dotted, (smallest, largest) in facts.ranges(token).items():
        for path, value in _at(inputs, dotted.split("."), ""):
            if _is_number(value, integral=False) and not smallest <= float(value) <= largest:
                yield Failure(path, f"must be from {smallest:g} to {largest:.12g}, not {_shown(value)}")


def _at(value: Any, keys: list[str], path: str) -> Iterator[tuple[str, Any]]:
    """Yield every value at a dotted path, through all items of lists on the way; values inside secrets are left out."""
    if structs.is_list(value):
        for index, item in enumerate(value):
            yield from _at(item, keys, f"{path}[{index}]")
    elif not keys:
        yield path, value
    elif structs.is_map(value) and keys[0] in value:
        yield from _at(value[keys[0]], keys[1:], f"{path}.{keys[0]}" if path else keys[0])


def _in_map(path: str, key: str) -> str:
    return f"{path}.{key}" if key.isidentifier() else f'{path}["{key}"]'


def _is_map(value: Any) -> TypeGuard[Mapping[str, Any]]:
    return structs.is_map(value) and structs.SIGNATURE not in value


def _is_asset(value: Any) -> bool:
    if isinstance(value, pulumi.Asset | pulumi.Archive):
        return True
    return structs.is_map(value) and value.get(structs.SIGNATURE) in {structs.ASSET, structs.ARCHIVE}


def _is_scalar(kind: model.ScalarKind, value: Any) -> bool:
    match kind:
        case "anything":
            return True
        case "asset or archive" | "archive":
            return _is_asset(value)
        case "string":
            return isinstance(value, str | int | float)
        case "boolean":
            return isinstance(value, bool) or (isinstance(value, str) and value in {"true", "false"})
        case "number" | "integer":
            return _is_number(value, integral=kind == "integer")


def _is_number(value: Any, *, integral: bool) -> bool:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return False
    try:
        number = float(value)
    except ValueError:
        return False
    return math.isfinite(number) and (not integral or number.is_integer())


def _article(kind: model.ScalarKind) -> str:
    if kind == "anything":
        return kind
    return f"{'an' if kind[0] in 'aio' else 'a'} {kind}"


def _shown(value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case Mapping() if _is_asset(value):
            return "an asset or archive"
        case Mapping():
            return "an object"
        case list() | tuple():
            return "a list"
        case str() if len(value) > _SHOWN_CHARACTERS:
            return f"{value[:_SHOWN_CHARACTERS]!r}..."
        case _:
            return repr(value)
