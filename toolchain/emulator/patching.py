"""Functions with which a patch adds or replaces methods of moto's classes."""

from collections.abc import Callable
from typing import Any


def add(target: type, name: str, implementation: Callable[..., Any]) -> None:
    """Add a missing method to a class.

    Args:
        target: The class.
        name: The name of the method.
        implementation: The method.

    Raises:
        RuntimeError: The class already has the method, so the patch is no longer needed.
    """
    if hasattr(target, name):
        raise RuntimeError(f"moto has {target.__name__}.{name} by now: remove its patch")
    setattr(target, name, implementation)


def wrap(target: type, name: str, wrapper: Callable[[Callable[..., Any]], Any]) -> None:
    """Replace a method of a class.

    Args:
        target: The class.
        name: The name of the method.
        wrapper: Takes the method and returns its replacement.
    """
    setattr(target, name, wrapper(getattr(target, name)))


def show_also(target: type, name: str, attribute: str) -> None:
    """Add what a patch has kept in an object to the answer that moto makes from it.

    Args:
        target: The class.
        name: Its method that returns the answer as a dict.
        attribute: The attribute with the dict to add; an object without it is shown as before.
    """

    def showing(show: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
        def shown(self: Any) -> dict[str, Any]:
            return {**show(self), **self.__dict__.get(attribute, {})}

        return shown

    wrap(target, name, showing)
