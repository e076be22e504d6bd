"""Checks what a caller hands to a component's constructor, before the constructor runs."""

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import is_dataclass
from functools import wraps
from typing import Any

from spot_planning.checking import problems, type_problems
from spot_planning.problems import ArgumentError, Problem


def checked(constructor: Callable[..., None]) -> Callable[..., None]:
    """Return a component's constructor that first checks its arguments and transforms against their declarations.

    A private part of a component, which has a ``wiring``, takes arguments that the component has already checked.

    Args:
        constructor: The ``__init__`` of a component, with the parameters ``name`` and ``args`` and perhaps
            ``transforms``.
    """
    signature = inspect.signature(constructor)
    hints = {name: parameter.annotation for name, parameter in signature.parameters.items()}
    if "wiring" in hints or not is_dataclass(hints.get("args")):
        return constructor

    @wraps(constructor)
    def check_and_construct(*given: Any, **named: Any) -> None:
        handed = signature.bind(*given, **named).arguments
        for problem, arguments in _problems(handed, hints):
            raise ArgumentError(type(given[0]).__name__, handed["name"], problem, arguments)
        constructor(*given, **named)

    return check_and_construct


def _problems(handed: Mapping[str, Any], hints: Mapping[str, Any]) -> Iterator[tuple[Problem, Any]]:
    """Yield each problem with the object in which its path is found."""
    for name in ("args", "transforms"):
        if name in handed:
            for problem in type_problems(handed[name], hints[name]):
                yield problem.below(name), handed
    for problem in problems(handed["args"]):
        yield problem, handed["args"]
    if handed.get("transforms") is not None:
        for problem in problems(handed["transforms"]):
            yield problem.below("transforms"), handed
