"""Order between resources whose inputs do not name each other."""

from typing import TypeVar

import pulumi

_T = TypeVar("_T")


def after(value: pulumi.Input[_T], *others: pulumi.Input[str | None]) -> pulumi.Input[_T]:
    """Return a value that is known only when the others are, so that a resource that uses it is created after them.

    Args:
        value: The value.
        others: Outputs of the resources to wait for; None for no resource.
    """
    waited_for = [other for other in others if other is not None]
    return pulumi.Output.all(value, *waited_for).apply(lambda known: known[0]) if waited_for else value
