"""The components are a Pulumi package: Pulumi's own analyzer infers a documented schema from them.

Other languages see the components through that schema, so what lacks a description or a type there is a defect here.
"""

import importlib
import inspect
import pkgutil
from typing import get_args, get_origin

import pulumi
import pytest
from pulumi.provider.experimental.analyzer import Analyzer, PropertyDefinition

import spot_platform
from spot_platform.component import PACKAGE, Component

# Pulumi's mocks leave event loops behind. When one is collected while CPython 3.11 parses, the warning's traceback is
# parsed too, and the outer parse fails ("AST constructor recursion depth mismatch").
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")


def component_classes() -> list[type[pulumi.ComponentResource]]:
    """Every component of the package, wherever in it."""
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


def undescribed(properties: dict[str, PropertyDefinition]) -> list[str]:
    return [name for name, definition in properties.items() if not definition.description]


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
    assert undescribed(definition.inputs) == []
    assert undescribed(definition.outputs) == []
    for nested in schema["type_definitions"].values():
        assert nested.description, nested.name
        assert undescribed(nested.properties) == [], nested.name


@by_class
def test_outputs_are_outputs(component: type[pulumi.ComponentResource]) -> None:
    """Raw resources (`nodes`) and other attributes stay out of the schema by not being annotated in the class."""
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
    """`Component` derives the token from the class; whoever goes around it would break aliases and the schema."""
    assert issubclass(component, Component)
    assert "super().__init__(name, opts)" in inspect.getsource(component.__init__)


@by_class
def test_the_constructor_has_the_common_form(component: type[pulumi.ComponentResource]) -> None:
    parameters = inspect.signature(component.__init__).parameters
    assert list(parameters)[:4] == ["self", "name", "args", "opts"]
    assert parameters["args"].annotation.__name__ == f"{component.__name__}Args"
    assert parameters["opts"].default is None
    further = [parameters[name] for name in list(parameters)[4:]]
    # transforms, and providers of other regions, which the schema has no type for
    assert all(p.kind is inspect.Parameter.KEYWORD_ONLY for p in further)
    assert all(p.default is None for p in further if p.name == "transforms")
