"""What every component shares: its type token, its error prefix, and the options its children get."""

from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from typing import Any

import pulumi

PACKAGE = "spot-platform"

Transform = Mapping[str, Any] | Callable[[dict[str, Any]], Mapping[str, Any]]
"""The escape hatch for one kind of child: arguments that replace the component's own, or a function from all
its arguments to all its arguments. Keys are those of the resource's Python arguments (``cidr_block``)."""


class Component(pulumi.ComponentResource):
    """A component resource of this package, typed ``spot-platform:index:<class name>``."""

    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(f"{PACKAGE}:index:{type(self).__name__}", name, None, opts)

    def child(
        self, transform: Transform | None = None, options: pulumi.ResourceOptions | None = None
    ) -> pulumi.ResourceOptions:
        """Options for a child resource.

        Args:
            transform: What the caller wants changed in this kind of child.
            options: Further options of this child.

        Returns:
            ``options`` with this component as the parent and the transform applied before registration.
        """
        own = pulumi.ResourceOptions(
            parent=self, transformations=None if transform is None else [_transformation(transform)]
        )
        return pulumi.ResourceOptions.merge(own, options)


@contextmanager
def refusing(component: type[pulumi.ComponentResource], name: str) -> Generator[None]:
    """Prefix every ``ValueError`` of the block with the component it is about.

    Raises:
        ValueError: ``Vpc 'main': cidr_block=10.0.0.0/30 ...`` for a ``ValueError`` of the block.
    """
    try:
        yield
    except ValueError as error:
        raise ValueError(f"{component.__name__} {name!r}: {error}") from error


def _transformation(transform: Transform) -> pulumi.ResourceTransformation:
    def apply(
        resource: pulumi.ResourceTransformationArgs,
    ) -> pulumi.ResourceTransformationResult:
        props = dict(resource.props)
        changed = transform(props) if callable(transform) else {**props, **transform}
        return pulumi.ResourceTransformationResult(props=dict(changed), opts=resource.opts)

    return apply
