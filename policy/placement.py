"""Checks that the subnets of a resource are private: no route leads from them to an internet gateway."""

from collections.abc import Iterator

from policy.graph import SUBNET, Graph
from policy.resources import ResourceView
from policy.rule import Verdict, guarded, undecided, violation
from policy.values import State, Value


def subnets_are_private(graph: Graph, owner: ResourceView, property_: str, path: str = "") -> Iterator[Verdict]:
    """Require that every subnet that a property names is private.

    Args:
        graph: The stack.
        owner: The resource with the property.
        property_: The top-level property.
        path: The path of the list of subnets; empty when the list is the property itself.

    Yields:
        A violation for each public subnet, and for an empty list. An undecided verdict for subnets and route tables
        that are not part of the stack.
    """
    value = owner.at(path or property_)
    named = [] if value.state is State.UNKNOWN else value.items()
    subnets = graph.targets(owner, property_, SUBNET)
    for subnet in subnets:
        yield from guarded(_is_private(graph, owner, value, subnet))
    if value.state is not State.UNKNOWN and not named:
        yield violation(value.path, f"{value}; private subnets must be given", owner)
    elif not subnets or len(named) > len(subnets):
        yield undecided(value.path, "it names subnets that are not part of this stack", owner)


def _is_private(graph: Graph, owner: ResourceView, value: Value, subnet: ResourceView) -> Iterator[Verdict]:
    route = graph.way_to_internet(subnet)
    if route is not None:
        yield violation(
            value.path, f"{value.path} has subnet {subnet.name}, which {route.name} opens to an internet gateway", owner
        )
