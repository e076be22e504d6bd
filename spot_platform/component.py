"""The base class of components, the check of their arguments, and the options of their children."""

import inspect
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import contextmanager
from difflib import get_close_matches
from typing import Any

import pulumi

from spot_planning.checking import Rule
from spot_planning.problems import ArgumentError, Problem
from spot_platform.construction import checked
from spot_platform.planned import NOT_KNOWN, Planned, as_data, planned_inputs

PACKAGE = "spot-platform"

DOCUMENTS = "documents"
"""Name of a component's output, in a preview only, from which the policy pack reads the known parts of documents."""

Transform = Mapping[str, Any] | Callable[[dict[str, Any]], Mapping[str, Any]]
"""A change to the arguments of one kind of child: arguments that replace the component's own, or a function from all of
the child's arguments to all of its new arguments. Keys are the names of the resource's Python arguments
(``cidr_block``)."""


class Component(pulumi.ComponentResource):
    """A component resource of this package, typed ``spot-platform:index:<class name>``.

    The annotated attributes of the class are its outputs. Its constructor refuses arguments and transforms that do not
    have their declared types and allowed values.
    """

    def __init_subclass__(cls, **named: Any) -> None:
        super().__init_subclass__(**named)
        if "__init__" in vars(cls):
            cls.__init__ = checked(cls.__init__)

    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(f"{PACKAGE}:index:{type(self).__name__}", name, None, opts)
        self._planned: list[tuple[dict[str, str], Planned[Any]]] = []

    def finish(self) -> None:
        """Register every annotated attribute of the class as an output. Call it at the end of the constructor.

        In a preview there is one more output: the known parts of the children's documents. They cannot be inputs of the
        component: an input would wait for the children, and the children wait for the component.
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
        # This is also called for children of children.
        if child.opts.parent is self:
            for path, output in planned_inputs(child.props):
                self._planned.append(({"type": child.type_, "name": child.name, "property": path}, output))

    def child(
        self, transform: Transform | None = None, options: pulumi.ResourceOptions | None = None
    ) -> pulumi.ResourceOptions:
        """Return the options for a child resource.

        Arguments of the child that `planned` has made are recorded for `finish`, after the transform.

        Args:
            transform: The caller's change to this kind of child; None for no change.
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
    """Refuse arguments that do not fit together, before any resource is created.

    Each argument by itself has already been checked: `Component` does that before the constructor runs.

    Args:
        component: The class of the component.
        name: The component's name.
        args: The component's arguments.
        rules: Checks across arguments.
        further: Other problems. They are read only if no problem was found before.

    Raises:
        ArgumentError: The arguments do not fit together; the error is about the first problem.
    """
    for rule in rules:
        for problem in rule(args):
            raise ArgumentError(component.__name__, name, problem, args)
    for problem in further:
        raise ArgumentError(component.__name__, name, problem, args)


@contextmanager
def errors_of(component: type[pulumi.ComponentResource], name: str) -> Generator[None]:
    """Add the component's name to the message of every ``ValueError`` in the block.

    Raises:
        ValueError: ``PrivateApi 'main': ...``, for a ``ValueError`` in the block.
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
