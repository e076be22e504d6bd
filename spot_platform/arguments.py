"""Hands arguments on from a component to the parts it is made of."""

import dataclasses
from typing import Any, TypeVar

_Args = TypeVar("_Args")


def narrowed(args_type: type[_Args], args: object, **given: Any) -> _Args:
    """The arguments of a part: those it has in common with the whole, by name, and what is given here.

    Args:
        args_type: The dataclass of the part's arguments.
        args: The arguments of the whole.
        given: What only the caller knows; wins over `args`.
    """
    names = {field.name for field in dataclasses.fields(args_type)}  # pyright: ignore[reportArgumentType] # a dataclass
    shared = {name: getattr(args, name) for name in names if hasattr(args, name)}
    return args_type(**{**shared, **given})
