"""Declares arguments once for components and configuration: type, default and allowed values.

    @arguments
    class CacheSettings:
        nodes: int = setting(default=1, allowed=between(1, 6))
        '''Nodes: the primary and its replicas.'''

A component's Args extend the class, and so does the section of the stack's configuration. The allowed values are in
the field's metadata and not in its type, because Pulumi's component analyzer does not support ``Annotated``.
"""

import ast
import dataclasses
import inspect
import re
import textwrap
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from itertools import pairwise
from types import MappingProxyType
from typing import Any, ParamSpec, TypeVar, dataclass_transform

from spot_planning.problems import listed

_P = ParamSpec("_P")
_T = TypeVar("_T")


MAXIMUM_INTEGER = 2**31 - 1
"""Largest number of the type ``integer`` in AWS's service models (Smithy, "Simple types": 32 bits, with a sign)."""


@dataclass(frozen=True)
class Allowed:
    """A condition for a value, in words and as a check."""

    text: str
    """What is allowed: ``1 to 6``."""
    check: Callable[[Any], bool] | None = None
    """Checks whether a value of the right type is allowed. None if only a rule across arguments can check it."""


def setting(
    *,
    default: Any = dataclasses.MISSING,
    default_factory: Any = dataclasses.MISSING,
    allowed: Allowed | None = None,
    each: Allowed | None = None,
    keys: Allowed | None = None,
) -> Any:
    """Declare an argument in a class that has the decorator `arguments`.

    Args:
        default: The default value. Without a default the argument is required.
        default_factory: Function that makes the default value, for a list or a map.
        allowed: Condition for the value.
        each: Condition for each entry of a list, or for each value of a map.
        keys: Condition for each key of a map.
    """
    limits = {"allowed": allowed, "each": each, "keys": keys}
    metadata = {name: limit for name, limit in limits.items() if limit is not None}
    return dataclasses.field(default=default, default_factory=default_factory, metadata=metadata)


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(setting, dataclasses.field))
def arguments(declared: type[_T]) -> type[_T]:
    """Make a frozen dataclass of arguments with keyword-only fields, each declared with `setting`."""
    return dataclass(frozen=True, kw_only=True)(declared)


def with_settings(args_type: Callable[_P, _T], settings: object) -> Callable[_P, _T]:
    """Return the constructor of a component's Args with the stack's settings already filled in.

    ``with_settings(CacheArgs, settings.cache)(subnet_ids=...)`` is checked by the type checker like ``CacheArgs(...)``.

    Args:
        args_type: The component's Args, which extend a class of settings.
        settings: An object of that class of settings, or of another class that extends it.

    Raises:
        TypeError: They have no class of settings in common.
    """
    mine = type(settings).__mro__
    shared = [base for base in inspect.getmro(args_type) if base in mine and dataclasses.is_dataclass(base)]  # pyright: ignore[reportArgumentType] (a class is what is given)
    if not shared:
        raise TypeError(f"{args_type} and {type(settings).__name__} have no class of settings in common")
    values = {field.name: getattr(settings, field.name) for field in dataclasses.fields(shared[0])}
    return partial(args_type, **values)  # pyright: ignore[reportCallIssue] (all of them have defaults, and may be left out)


def between(low: float, high: float) -> Allowed:
    """Allow numbers from `low` to `high`, both included."""
    return Allowed(f"{low} to {high}", lambda value: low <= value <= high)


def at_least(low: float) -> Allowed:
    """Allow numbers from `low` upwards."""
    return Allowed(f"{low} or more", lambda value: value >= low)


def integer_from(low: int) -> Allowed:
    """Allow whole numbers from `low` to the largest that AWS's APIs take, for which AWS states no other bound."""
    return between(low, MAXIMUM_INTEGER)


def one_of(values: Iterable[object]) -> Allowed:
    """Allow these values only."""
    choices = tuple(values)
    return Allowed(listed(choices), lambda value: value in choices)


def matching(pattern: str, text: str) -> Allowed:
    """Allow text that matches a pattern as a whole; `text` describes the pattern in words."""
    compiled = re.compile(pattern)
    return Allowed(text, lambda value: compiled.fullmatch(value) is not None)


def fits(allowed: Allowed, value: object) -> bool:
    """Check whether a value of the right type is allowed."""
    return allowed.check is None or allowed.check(value)


def passing(check: Callable[[Any], object]) -> Callable[[Any], bool]:
    """Turn a check that raises ``ValueError`` into a check that returns true or false."""

    def passes(value: object) -> bool:
        try:
            check(value)
        except ValueError:
            return False
        return True

    return passes


@cache
def descriptions(declared: type) -> Mapping[str, str]:
    """Return the description of each argument of a class and its bases: the docstring below the argument."""
    found: dict[str, str] = {}
    for base in reversed(declared.__mro__):
        if dataclasses.is_dataclass(base):
            found |= _descriptions(base)
    return MappingProxyType(found)


def _descriptions(declared: type) -> dict[str, str]:
    (tree,) = ast.parse(textwrap.dedent(inspect.getsource(declared))).body
    body = tree.body if isinstance(tree, ast.ClassDef) else []
    return {
        field.target.id: inspect.cleandoc(below.value.value)
        for field, below in pairwise(body)
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
        if isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant) and isinstance(below.value.value, str)
    }
