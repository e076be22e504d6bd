"""Every public name of the library can be imported from `spot_platform`: the expected names come from the code."""

import dataclasses
import inspect
import sys
from collections.abc import Iterator
from enum import Enum
from typing import Any, get_args

import spot_platform
from spot_platform.component import Component
from tests.unit.components.test_component_schema import CLASSES

FURTHER = {"ArgumentError", "aws_provider", "rest_api_name"}
"""Public names that are not part of a component."""


def is_private(component: type[Any]) -> bool:
    """Check for a part that only its component can make."""
    parameters = inspect.signature(component.__init__).parameters
    return "wiring" in parameters or parameters["args"].annotation.__name__ != f"{component.__name__}Args"


def declared_types(hint: Any) -> Iterator[type[Any]]:
    """Yield the dataclasses and enums in a type, in their fields, and the classes that they extend."""
    for inner in get_args(hint):
        yield from declared_types(inner)
    if isinstance(hint, type) and issubclass(hint, Enum):
        yield hint
    elif isinstance(hint, type) and dataclasses.is_dataclass(hint):
        for base in hint.__mro__[:-1]:
            yield base
            for annotation in inspect.get_annotations(base).values():
                yield from declared_types(annotation)


def expected_names() -> set[str]:
    found: set[str] = set()
    for component in CLASSES:
        parameters = inspect.signature(component.__init__).parameters
        if not is_private(component):
            found.add(component.__name__)
        # The transforms and resources of private parts are reached through those of their component.
        module = sys.modules[component.__module__]
        found |= {name for end in ("Transforms", "Nodes") if hasattr(module, name := f"{component.__name__}{end}")}
        hints = [parameters[name].annotation for name in ("args", "transforms") if name in parameters]
        found |= {declared.__name__ for hint in hints for declared in declared_types(hint)}
    return found


def test_every_public_name_is_exported() -> None:
    expected = expected_names()
    assert {"Vpc", "VpcArgs", "VpcNodes", "VpcTransforms", "Nat", "ServiceTaskNodes", "ApplicationLogin"} <= expected
    assert set(spot_platform.__all__) - FURTHER == expected


def test_the_list_is_sorted_and_can_be_imported() -> None:
    assert sorted(set(spot_platform.__all__)) == spot_platform.__all__
    assert [name for name in spot_platform.__all__ if not hasattr(spot_platform, name)] == []


def test_private_parts_are_not_exported() -> None:
    private = {component.__name__ for component in CLASSES if is_private(component)}
    assert {"ServiceTask", "ServiceEndpoint", "ClusterEvents"} <= private
    assert private.isdisjoint(spot_platform.__all__)
    assert all(issubclass(component, Component) for component in CLASSES)
