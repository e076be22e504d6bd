"""What every component shares: its type token, the check of its arguments, and the options its children get."""

import inspect
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import contextmanager
from difflib import get_close_matches
from typing import Any

import pulumi

from spot_planning.checking import Rule, problems
from spot_planning.problems import ArgumentError, Problem
from spot_platform.planned import NOT_KNOWN, Planned, as_data, planned_inputs

PACKAGE = "spot-platform"

DOCUMENTS = "documents"
"""The output of a component, in a preview only, by which the policy pack reads what is known of its documents."""

Transform = Mapping[str, Any] | Callable[[dict[str, Any]], Mapping[str, Any]]
"""The escape hatch for one kind of child: arguments that replace the component's own, or a function from all
its arguments to all its arguments. Keys are those of the resource's Python arguments (``cidr_block``)."""


class Component(pulumi.ComponentResource):
    """A component resource of this package, typed ``spot-platform:index:<class name>``.

    Its annotated attributes are its outputs.
    """

    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(f"{PACKAGE}:index:{type(self).__name__}", name, None, opts)
        self._planned: list[tuple[dict[str, str], Planned[Any]]] = []

    def finish(self) -> None:
        """Register the outputs: every annotated attribute of the class. Called at the end of the constructor.

        In a preview they have what is known of the children's documents too. They cannot be inputs of the component: an
        input waits for what it is made of, here for the children, and these wait for the component.
        """
        outputs: dict[str, Any] = {name: getattr(self, name) for name in inspect.get_annotations(type(self))}
        if self._planned and pulumi.runtime.is_dry_run():
            outputs[DOCUMENTS] = self._documents()
        self.register_outputs(outputs)

    async def _documents(self) -> list[dict[str, Any]] | None:
        found: list[dict[str, Any]] = []
        for where, output in self._planned:
            content = NOT_KNOWN if await output.is_known() else as_data(await output.readable())
            if content != NOT_KNOWN:
                found.append({**where, "content": content})
        return found or None

    def _note(self, child: pulumi.ResourceTransformationArgs) -> None:
        # Children of children come by here too.
        if child.opts.parent is self:
            for path, output in planned_inputs(child.props):
                self._planned.append(({"type": child.type_, "name": child.name, "property": path}, output))

    def child(
        self, transform: Transform | None = None, options: pulumi.ResourceOptions | None = None
    ) -> pulumi.ResourceOptions:
        """Options for a child resource.

        An argument of the child that `planned` has made is noted for `finish`, as the transform has left it.

        Args:
            transform: What the caller wants changed in this kind of child.
            options: Further options of this child.

        Returns:
            ``options`` with this component as the parent and the transform applied before registration.
        """
        changes = [] if transform is None else [_transformation(transform)]
        own = pulumi.ResourceOptions(parent=self, transformations=[*changes, self._note])
        return pulumi.ResourceOptions.merge(own, options)


def check(
    component: type[pulumi.ComponentResource],
    name: str,
    args: object,
    rules: Iterable[Rule] = (),
    further: Iterable[Problem] = (),
) -> None:
    """Refuse arguments before there is any resource.

    Args:
        component: The component that they are for.
        name: Its name.
        args: Its arguments.
        rules: Checks across arguments.
        further: Problems found otherwise; looked at when there are no others.

    Raises:
        ArgumentError: For the first thing that is wrong.
    """
    for problem in problems(args, rules):
        raise ArgumentError(component.__name__, name, problem, args)
    for problem in further:
        raise ArgumentError(component.__name__, name, problem, args)


@contextmanager
def errors_of(component: type[pulumi.ComponentResource], name: str) -> Generator[None]:
    """Put the component in front of every ``ValueError`` of the block.

    Raises:
        ValueError: ``PrivateApi 'main': ...`` for a ``ValueError`` of the block.
    """
    try:
        yield
    except ValueError as error:
        raise ValueError(f"{component.__name__} {name!r}: {error}") from error


def _transformation(transform: Transform) -> pulumi.ResourceTransformation:
    def apply(resource: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult:
        props = dict(resource.props)
        changed = dict(transform(props) if callable(transform) else {**props, **transform})
        for key in changed:
            if key not in resource.props:
                near = get_close_matches(key, resource.props, n=1)
                advice = f"did you mean {near[0]}?" if near else f"it has {', '.join(sorted(resource.props))}"
                raise ValueError(f"transform of {resource.type_} {resource.name!r}: no argument {key}; {advice}")
        return pulumi.ResourceTransformationResult(props=changed, opts=resource.opts)

    return apply
