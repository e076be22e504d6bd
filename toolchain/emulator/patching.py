"""How a patch adds to a class of moto."""

from collections.abc import Callable
from typing import Any


def add(target: type, name: str, implementation: Callable[..., Any]) -> None:
    """Give ``target`` a method that it lacks.

    Raises:
        RuntimeError: It has one by now: the patch is needless.
    """
    if hasattr(target, name):
        raise RuntimeError(f"moto has {target.__name__}.{name} by now: remove its patch")
    setattr(target, name, implementation)


def wrap(target: type, name: str, wrapper: Callable[[Callable[..., Any]], Any]) -> None:
    """Replace a method of ``target`` by one made from it."""
    setattr(target, name, wrapper(getattr(target, name)))
