"""Names for people out of the engine's URNs."""

from collections.abc import Mapping

NO_COMPONENT = "(no component)"
STACK = "pulumi:pulumi:Stack"
"""The type of the resource that stands for the stack itself."""


def stack_of(urn: str) -> str:
    """The name of the stack that a resource is of."""
    return urn.split("::", 1)[0].rpartition(":")[2]


def name_of(urn: str) -> str:
    """The resource's name in the program."""
    return urn.split("::", 3)[3]


def type_of(urn: str) -> str:
    """The resource's own type, without those of its parents."""
    return urn.split("::")[2].rpartition("$")[2]


def short_type(token: str) -> str:
    """A type as people call it: ``ec2.Vpc`` for ``aws:ec2/vpc:Vpc``, ``Vpc`` for a component's."""
    package, module, name = token.split(":", 2)
    if package == "aws":
        return f"{module.split('/')[0]}.{name}"
    if token.startswith("pulumi:providers:"):
        return f"{name} provider"
    return f"{package}.{name}" if package == "awsx" else name


def label(urn: str) -> str:
    """A resource as people call it: ``ec2.Vpc main``."""
    return f"{short_type(type_of(urn))} {name_of(urn)}"


def component_of(urn: str, parents: Mapping[str, str]) -> str:
    """The top-level component that a resource is part of, as ``Vpc main``.

    Args:
        urn: The resource.
        parents: The parent of each resource that is known, by URN.
    """
    top = ""
    while urn and type_of(urn) != STACK:
        top, urn = urn, parents.get(urn, "")
    if not top or is_of_a_provider(top):
        return NO_COMPONENT
    # A parent that was never seen: its type is known from the URN, its name is not.
    first = top.split("::")[2].partition("$")[0]
    return label(top) if first == type_of(top) else short_type(first)


def is_of_a_provider(urn: str) -> bool:
    """Whether a resource, and everything above it, is a provider's and no component."""
    return urn.split("::")[2].startswith(("aws:", "awsx:", "pulumi:"))
