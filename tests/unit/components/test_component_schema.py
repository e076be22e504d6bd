"""The components are a Pulumi package: Pulumi's analyzer must infer a schema with all types and descriptions.

Other languages use the components through that schema.
"""

import dataclasses
import importlib
import inspect
import pkgutil
import re
from collections.abc import Mapping
from typing import get_args, get_origin

import pulumi
import pytest
from pulumi.provider.experimental.analyzer import Analyzer, PropertyDefinition
from pulumi.provider.experimental.util import camel_case

import spot_platform
from spot_planning.declarations import descriptions
from spot_platform.component import PACKAGE, Component
from spot_platform.service.endpoint import ServiceEndpoint

# Pulumi's mocks leave event loops open. If a loop is garbage collected while CPython 3.11 parses a file, the traceback
# of the ResourceWarning is parsed too, and the outer parse fails ("AST constructor recursion depth mismatch").
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")


def component_classes() -> list[type[pulumi.ComponentResource]]:
    """Return every component of the package, from all its modules."""
    found: list[type[pulumi.ComponentResource]] = []
    for module_info in pkgutil.walk_packages(spot_platform.__path__, "spot_platform."):
        module = importlib.import_module(module_info.name)
        found += [
            member
            for _, member in inspect.getmembers(module, inspect.isclass)
            if issubclass(member, pulumi.ComponentResource)
            and member.__module__ == module.__name__
            and member is not Component
            and not member.__name__.startswith("_")
        ]
    return found


CLASSES = component_classes()
by_class = pytest.mark.parametrize("component", CLASSES, ids=lambda c: c.__name__)


def undescribed(properties: dict[str, PropertyDefinition], declared: Mapping[str, str] = {}) -> list[str]:
    """Return arguments and outputs without a description; the analyzer misses descriptions of inherited arguments."""
    described = {camel_case(name) for name in declared}
    return [name for name, definition in properties.items() if not definition.description and name not in described]


def test_the_components_are_found() -> None:
    assert {"Vpc", "InternalLoadBalancer", "Certificate", "HostedZone"} <= {c.__name__ for c in CLASSES}


def test_all_components_fit_into_one_schema() -> None:
    schema = Analyzer(PACKAGE).analyze(CLASSES)
    assert set(schema["component_definitions"]) == {c.__name__ for c in CLASSES}


@by_class
def test_arguments_and_outputs_are_described(component: type[pulumi.ComponentResource]) -> None:
    schema = Analyzer(PACKAGE).analyze([component])
    definition = schema["component_definitions"][component.__name__]
    assert definition.inputs
    args = inspect.signature(component.__init__).parameters["args"].annotation
    assert undescribed(definition.inputs, descriptions(args)) == []
    assert undescribed(definition.outputs) == []
    nested_types = {type_.__name__: type_ for type_ in vars(spot_platform).values() if inspect.isclass(type_)}
    for nested in schema["type_definitions"].values():
        assert nested.description, nested.name
        declared = nested_types.get(nested.name)
        is_declared = declared is not None and dataclasses.is_dataclass(declared)
        assert undescribed(nested.properties, descriptions(declared) if is_declared else {}) == [], nested.name


@by_class
def test_outputs_are_outputs(component: type[pulumi.ComponentResource]) -> None:
    """Raw resources (`nodes`) and other attributes have no annotation in the class, so they are not in the schema."""
    public = {name: kind for name, kind in inspect.get_annotations(component).items() if not name.startswith("_")}
    assert {
        name: kind
        for name, kind in public.items()
        if pulumi.Output not in {get_origin(part) for part in (kind, *get_args(kind))}
    } == {}


@by_class
def test_the_docstring_says_what_it_makes_costs_and_risks(component: type[pulumi.ComponentResource]) -> None:
    doc = inspect.getdoc(component) or ""
    token = f"{PACKAGE}:index:{component.__name__}"
    assert doc.startswith(token)
    assert len(doc.splitlines()[0]) > len(token) + 2, "one sentence follows the token"
    sections = [doc.find(f"\n{section}:") for section in ("Makes", "Costs", "Risks")]
    assert -1 not in sections
    assert sections == sorted(sections)


@by_class
def test_the_type_token_is_the_class_name(component: type[pulumi.ComponentResource]) -> None:
    """`Component` derives the token from the class name. Another token would break aliases and the schema."""
    assert issubclass(component, Component)
    assert re.search(
        r"super\(\).__init__\(name, (opts|pulumi.ResourceOptions.merge\(opts, )", inspect.getsource(component.__init__)
    )


@by_class
def test_the_constructor_has_the_common_form(component: type[pulumi.ComponentResource]) -> None:
    parameters = inspect.signature(component.__init__).parameters
    if "wiring" in parameters:  # a private part takes the arguments of its component
        assert list(parameters)[:5] == ["self", "name", "args", "wiring", "opts"]
        assert parameters["wiring"].annotation.__name__ == f"{component.__name__}Wiring"
    elif component is not ServiceEndpoint:  # it takes the service's arguments, and no wiring
        assert list(parameters)[:4] == ["self", "name", "args", "opts"]
        assert parameters["args"].annotation.__name__ == f"{component.__name__}Args"
    assert parameters["opts"].default is None
    further = [parameters[name] for name in list(parameters)[list(parameters).index("opts") + 1 :]]
    # transforms, and providers of other Regions: the schema has no type for them
    assert all(p.kind is inspect.Parameter.KEYWORD_ONLY for p in further)
    assert all(p.default is None for p in further if p.name == "transforms")
