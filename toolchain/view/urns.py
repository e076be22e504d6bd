"""Reads names, types and components from the engine's URNs, for messages."""

from collections.abc import Mapping

NO_COMPONENT = "(no component)"
STACK = "pulumi:pulumi:Stack"
"""The type of the root resource, which is the stack itself."""


def stack_of(urn: str) -> str:
    """Return the name of the resource's stack."""
    return urn.split("::", 1)[0].rpartition(":")[2]


def name_of(urn: str) -> str:
    """Return the resource's name in the program."""
    return urn.split("::", 3)[3]


def type_of(urn: str) -> str:
    """Return the resource's own type, without the types of its parents."""
    return urn.split("::")[2].rpartition("$")[2]


def short_type(token: str) -> str:
    """Return a short name of a type: ``ec2.Vpc`` for ``aws:ec2/vpc:Vpc``, ``Vpc`` for a component's type."""
    package, module, name = token.split(":", 2)
    if package == "aws":
        return f"{module.split('/')[0]}.{name}"
    if token.startswith("pulumi:providers:"):
        return f"{name} provider"
    return f"{package}.{name}" if package == "awsx" else name


def label(urn: str) -> str:
    """Return a short name of a resource, such as ``ec2.Vpc main``."""
    return f"{short_type(type_of(urn))} {name_of(urn)}"


def component_of(urn: str, parents: Mapping[str, str]) -> str:
    """Return the top-level component that contains a resource, such as ``Vpc main``.

    Args:
        urn: The URN of the resource.
        parents: URN of each known resource to the URN of its parent.
    """
    top = ""
    while urn and type_of(urn) != STACK:
        top, urn = urn, parents.get(urn, "")
    if not top or is_of_a_provider(top):
        return NO_COMPONENT
    # If the parent is unknown, the URN contains its type but not its name.
    first = top.split("::")[2].partition("$")[0]
    return label(top) if first == type_of(top) else short_type(first)


def is_of_a_provider(urn: str) -> bool:
    """Check whether a resource has no component above it, because its topmost type belongs to a provider."""
    return urn.split("::")[2].startswith(("aws:", "awsx:", "pulumi:"))
