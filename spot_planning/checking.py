"""Checks arguments against their declarations: the type of each argument, and its allowed values."""

import dataclasses
import inspect
import re
import types
from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import Enum
from functools import cache
from typing import Any, ForwardRef, Literal, TypeAlias, TypeGuard, Union, cast, get_args, get_origin

from spot_planning.declarations import Allowed
from spot_planning.problems import Path, Problem, kind, listed, show

Rule: TypeAlias = Callable[[Any], Iterable[Problem]]
"""A check across arguments. It yields a problem where valid values do not fit together."""

_ARN = re.compile(r"arn:[^:\s]*:[^:\s]*:[^:\s]*:[^:\s]*:\S+")
"""Form of an ARN; the Region or the account may be empty (AWS General Reference, "Amazon Resource Names (ARNs)")."""

_WORDS: Mapping[Any, str] = {
    str: "text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    list: "a list",
    dict: "a map of keys",
    Mapping: "a map of keys",
}


def problems(arguments: object, rules: Iterable[Rule] = ()) -> Iterator[Problem]:
    """Check arguments against their declaration, then against rules.

    Args:
        arguments: An object of a class with `spot_planning.declarations.arguments`.
        rules: Checks across arguments. They run only if every argument is valid by itself.

    Yields:
        The problems, in the order of the declaration.
    """
    found = False
    for problem in _field_problems(arguments):
        found = True
        yield problem
    if not found:
        for rule in rules:
            yield from rule(arguments)


def type_problems(value: object, hint: Any) -> Iterator[Problem]:
    """Check whether a value has a type.

    Args:
        value: The value.
        hint: The type, or a union of types.

    Yields:
        The problem, if there is one. Its path is empty.
    """
    if not _fits(value, hint):
        subject = "empty" if value is None else kind(value)
        yield Problem((), f"is {subject}; expected {_expected(hint)}", shows_value=False)


def _field_problems(arguments: Any) -> Iterator[Problem]:
    hints = _hints(cast("type[object]", type(arguments)))
    for field in dataclasses.fields(arguments):
        value = getattr(arguments, field.name)
        yield from _problems(value, hints[field.name], field.metadata, (field.name,))
        yield from _arn_problems(value, (field.name,))


@cache
def _hints(declared: type[object]) -> dict[str, Any]:
    """Return the annotations without evaluating them: to evaluate an Input's annotation, Pulumi would be needed."""
    hints: dict[str, Any] = {}
    for base in reversed(declared.__mro__):
        hints |= inspect.get_annotations(base)
    return hints


def _problems(value: Any, hint: Any, limits: Mapping[str, Allowed], path: Path) -> Iterator[Problem]:
    enum = next((arm for arm in arms(hint) if is_enum(arm)), None)
    if enum is not None and isinstance(value, str):
        if value not in {member.value for member in enum}:
            yield Problem(path, f"is not allowed; allowed: {choices(enum)}")
    elif not _fits(value, hint):
        for problem in type_problems(value, hint):
            yield problem.below(*path)
    elif dataclasses.is_dataclass(value):
        for problem in _field_problems(cast("object", value)):
            yield problem.below(*path)
    else:
        yield from _limit_problems(value, hint, limits, path)


def _limit_problems(value: Any, hint: Any, limits: Mapping[str, Allowed], path: Path) -> Iterator[Problem]:
    if isinstance(value, list | dict):
        value = cast("list[Any] | dict[Any, Any]", value)
        yield from _entry_problems(value, hint, limits, path)
    allowed = limits.get("allowed")
    if allowed is not None and allowed.check is not None and _is_plain(value) and not allowed.check(value):
        yield Problem(path, f"is not allowed; allowed: {allowed.text}")


def _entry_problems(
    value: list[Any] | dict[Any, Any], hint: Any, limits: Mapping[str, Allowed], path: Path
) -> Iterator[Problem]:
    origins = ((arm, get_origin(arm)) for arm in arms(hint))
    fitting = [arm for arm, origin in origins if isinstance(origin, type) and isinstance(value, origin)]
    inner = get_args(fitting[0])[-1] if fitting else Any
    each = {"allowed": limits["each"]} if "each" in limits else {}
    keys = limits.get("keys")
    for key, entry in value.items() if isinstance(value, dict) else enumerate(value):
        if isinstance(value, dict) and not isinstance(key, str):
            yield Problem(path, f"has the key {show(key)}, which is {kind(key)}; expected text", shows_value=False)
            continue
        if keys is not None and keys.check is not None and not keys.check(key):
            yield Problem((*path, key), f"is not allowed as a name; allowed: {keys.text}", shows_value=False)
        yield from _problems(entry, inner, each, (*path, key))


def _arn_problems(value: object, path: Path) -> Iterator[Problem]:
    """Check that an argument named as an ARN is one: many functions split it to find its account and Region."""
    name = str(path[0])
    if name.endswith("_arns") and isinstance(value, list):
        for position, entry in enumerate(cast("list[object]", value)):
            yield from _no_arn(entry, (*path, position))
    elif name.endswith("_arn"):
        yield from _no_arn(value, path)


def _no_arn(value: object, path: Path) -> Iterator[Problem]:
    if isinstance(value, str) and not _ARN.fullmatch(value):
        yield Problem(path, "is not allowed; allowed: an ARN, arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE")


def _fits(value: Any, hint: Any) -> bool:
    """Check whether a value has the declared type. True and false do not count as numbers."""
    return any(_fits_one(value, arm) for arm in arms(hint))


def _fits_one(value: Any, arm: Any) -> bool:
    if arm is Any:
        return True
    if get_origin(arm) is Literal:
        return value in get_args(arm)
    if isinstance(arm, ForwardRef):  # Pulumi's Output in an Input
        return arm.__forward_arg__.partition("[")[0] in {base.__name__ for base in type(value).__mro__}
    type_ = get_origin(arm) or arm
    if type_ in (int, float) and isinstance(value, bool):
        return False
    if type_ is float:
        return isinstance(value, int | float)
    return isinstance(value, type_)


def arms(hint: Any) -> tuple[Any, ...]:
    """Return the types of a union; for any other type, the type alone."""
    return get_args(hint) if get_origin(hint) in (Union, types.UnionType) else (hint,)


def _is_plain(value: object) -> bool:
    return isinstance(value, str | int | float | list | dict)


def is_enum(hint: Any) -> TypeGuard[type[Enum]]:
    """Check whether a type is an enum."""
    return isinstance(hint, type) and issubclass(hint, Enum)


def choices(hint: type[Enum]) -> str:
    """List the values of an enum in words: ``ARM64, X86_64``."""
    return listed(member.value for member in hint)


def _expected(hint: Any) -> str:
    for arm in arms(hint):
        if is_enum(arm):
            return f"one of {choices(arm)}"
        origin = get_origin(arm) or arm
        if origin in _WORDS:
            return _WORDS[origin]
        if isinstance(origin, type) and dataclasses.is_dataclass(origin):
            return origin.__name__
    return "something else"
