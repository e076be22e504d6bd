"""The types of resources, invokes and the provider's configuration, as the pulumi-aws package declares them."""

import ast
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

from . import package

ScalarKind = Literal["string", "integer", "number", "boolean", "anything", "asset or archive", "archive"]


@dataclass(frozen=True, slots=True)
class Scalar:
    """The type of a single value."""

    kind: ScalarKind


@dataclass(frozen=True, slots=True)
class Choice:
    """The type of a value of an enumeration.

    Attributes:
        name: The Python enumeration, such as ``Tenancy``.
        values: The values in the package.
        is_open: Whether other values are allowed, too (`OPEN_ENUMERATIONS`).
    """

    name: str
    values: tuple[str, ...]
    is_open: bool


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list of items of one type."""

    item: "Type"


@dataclass(frozen=True, slots=True)
class MapOf:
    """A map from strings to values of one type."""

    value: "Type"


@dataclass(frozen=True, slots=True)
class ObjectOf:
    """A nested input class; its properties are read when a value of it is checked."""

    folder: str
    name: str

    def properties(self) -> Mapping[str, "Property"]:
        """Return the properties by the engine's name."""
        return _nested_properties(self.folder, self.name)


@dataclass(frozen=True, slots=True)
class AnyOf:
    """The type of a value that has at least one of several types."""

    alternatives: tuple["Type", ...]


Type = Scalar | Choice | ListOf | MapOf | ObjectOf | AnyOf


@dataclass(frozen=True, slots=True)
class Property:
    """A property of a resource, a function or the provider.

    Attributes:
        name: The engine's name (camelCase).
        python_name: The Python argument (snake_case).
        type: The type of its value.
        required: For an input: whether it must be given. For an output: whether AWS always returns it.
    """

    name: str
    python_name: str
    type: Type
    required: bool


@dataclass(frozen=True, slots=True)
class Resource:
    """The inputs and outputs of a resource type."""

    inputs: Mapping[str, Property]
    outputs: Mapping[str, Property]


@dataclass(frozen=True, slots=True)
class Function:
    """The arguments and results of a function (invoke)."""

    arguments: Mapping[str, Property]
    results: Mapping[str, Property]


_GROWS = "AWS adds values between releases"
_OBSERVED = "the provider's own closed list is longer, and checked instead (observed.json)"

OPEN_ENUMERATIONS = {
    "CannedAcl": _OBSERVED,
    "EngineMode": _OBSERVED,
    "EngineType": _GROWS,
    "InstancePlatform": _OBSERVED,
    "InstanceType": _GROWS,
    "LoadBalancerType": "gateway load balancers are missing",
    "ManagedPolicy": "policyArn takes the ARN of any policy",
    "PlacementStrategy": _OBSERVED,
    "ProtocolType": "the protocol of a rule may also be an IP protocol number",
    "RecordType": _OBSERVED,
    "Region": _GROWS,
    "Runtime": _GROWS,
    "StorageType": "io2 is missing",
    "Tenancy": _OBSERVED,
}
"""Enumerations that also accept other values. Every other enumeration is closed."""

_SCALARS: dict[str, ScalarKind] = {
    "str": "string",
    "int": "integer",
    "float": "number",
    "bool": "boolean",
    "Any": "anything",
    "Archive": "archive",
    "Asset": "asset or archive",
}


@cache
def resource(token: str) -> Resource | None:
    """Return a resource type by its token; None if the package has no such type."""
    inputs, outputs = (package.resource_class(token, inputs=wanted) for wanted in (True, False))
    if inputs is None or outputs is None:
        return None
    folder = package.resource_classes()[token][0]
    return Resource(
        inputs=declared_properties(package.properties(inputs), folder),
        outputs=declared_properties(package.properties(outputs), folder),
    )


@cache
def function(token: str) -> Function | None:
    """Return a function by its token; None if the package has no such function."""
    arguments = package.function_arguments(token)
    if arguments is None:
        return None
    folder = package.function_folder(token)
    return Function(
        arguments=declared_properties(arguments, folder, optional_depth=2),
        results=declared_properties(package.function_results(token), folder),
    )


@cache
def provider() -> Mapping[str, Property]:
    """Return the properties of the provider's own configuration."""
    return declared_properties(package.properties(package.provider_class()), "")


@cache
def _nested_properties(folder: str, name: str) -> Mapping[str, Property]:
    return declared_properties(package.properties(package.nested_class(folder, name) or ""), folder)


def declared_properties(
    declarations: Iterable[package.Declaration], folder: str, optional_depth: int = 1
) -> dict[str, Property]:
    """Return properties by the engine's name.

    Args:
        declarations: The properties as the package declares them.
        folder: The package's folder with the nested types.
        optional_depth: The number of ``Optional`` in the annotation of an optional property.
    """
    return {
        declared.name: Property(
            name=declared.name,
            python_name=declared.python_name,
            type=_type(declared.annotation, folder),
            required=declared.annotation.count("Optional[") < optional_depth,
        )
        for declared in declarations
    }


@cache
def _type(annotation: str, folder: str) -> Type:
    with _PARSING:
        tree = ast.parse(annotation, mode="eval")
    return _parse(tree.body, folder)


_PARSING = threading.Lock()
"""Lets only one thread parse at a time. In CPython 3.11, two at once cause a SystemError ("AST constructor recursion
depth mismatch", cpython issue 106905)."""


def _parse(node: ast.expr, folder: str) -> Type:
    match node:
        case ast.Subscript(value=ast.Name(id="Sequence"), slice=item):
            return ListOf(_parse(item, folder))
        case ast.Subscript(value=ast.Name(id="Mapping"), slice=ast.Tuple(elts=[_, value])):
            return MapOf(_parse(value, folder))
        case ast.Subscript(value=ast.Name(id="Union"), slice=ast.Tuple(elts=alternatives)):
            return _any_of(alternatives, folder)
        case ast.Subscript(slice=inner):  # pulumi.Input, pulumi.Output, Optional
            return _parse(inner, folder)
        case ast.Constant(value=str(name)):
            return _named(name, folder)
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return Scalar(_SCALARS[name])
        case _:
            raise ValueError(f"{ast.unparse(node)}: not an annotation that pulumi-aws is known to use")


def _any_of(alternatives: list[ast.expr], folder: str) -> Type:
    types = [_parse(node, folder) for node in alternatives if not _is_other_spelling(node)]
    choices = [kind for kind in types if isinstance(kind, Choice)]
    if choices and not choices[0].is_open:
        # in Union[str, Engine], `str` means only the enumeration's values as plain strings
        types = [kind for kind in types if kind != Scalar("string")]
    return types[0] if len(types) == 1 else AnyOf(tuple(types))


def _is_other_spelling(node: ast.expr) -> bool:
    """Check whether the alternative repeats another one, as a TypedDict or a result class."""
    return isinstance(node, ast.Constant) and str(node.value).endswith(("ArgsDict", "Result"))


def _named(name: str, folder: str) -> Type:
    module, _, class_name = name.rpartition(".")
    if module == "outputs":
        return ObjectOf(folder, class_name)
    where = module.removeprefix("_") or folder
    if class_name.endswith("Args"):
        return ObjectOf(where, class_name)
    values = package.enum_values(package.nested_class(where, class_name) or "")
    return Choice(class_name, values, is_open=class_name in OPEN_ENUMERATIONS)
