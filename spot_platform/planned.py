"""Outputs of planning functions. A preview can read the parts of their values that are already known.

A policy or a task definition is JSON in a string. If a single name in it is unknown, the whole string is unknown in a
preview. `planned` still calls the planning function, with a stand-in for each value that is unknown or secret. The
result is then known, except where a stand-in occurs. The resource still gets an unknown output; a component registers
the readable part for the policy pack (`Component.child`).
"""

import inspect
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, TypeVar, cast

import pulumi
from pulumi.output import UNKNOWN, Unknown
from pulumi.runtime import rpc

from spot_planning.documents import canonical_json

T = TypeVar("T")

NOT_KNOWN: Final = rpc.UNKNOWN
"""The engine's value for an unknown value. Inside a longer text it marks an unknown part."""

ANY_ARN: Final = ":".join(["arn", *[NOT_KNOWN] * 5])
"""The default stand-in. Planning functions split ARNs, so it has the parts of an ARN."""

BUCKET_ARN: Final = f"arn:aws:s3:::{NOT_KNOWN}"
"""The stand-in for a function that checks whether a value is a bucket's ARN."""

URL: Final = f"https://{NOT_KNOWN}"
"""The stand-in for a function that parses URLs."""

_IMPOSSIBLE = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


class Planned(pulumi.Output[T]):
    """The output of a planning function. In a preview, its known parts can be read."""

    def __init__(self, function: Callable[..., T], stand_in: str, given: Mapping[str, pulumi.Input[Any]]) -> None:
        self._function = function
        self._stand_in = stand_in
        self._given = given
        inputs: pulumi.Output[dict[str, Any]] = pulumi.Output.from_input(dict(given))
        super().__init__(inputs.resources(), self._value(inputs), inputs.is_known(), inputs.is_secret())

    async def _value(self, inputs: pulumi.Output[dict[str, Any]]) -> T:
        if await inputs.is_known():
            return self._function(**cast("dict[str, Any]", await inputs.future()))
        return cast("T", _map(await self.readable(), _unknown_parts))

    async def readable(self) -> object:
        """Return the known parts of the value.

        Returns:
            Plain data with ``NOT_KNOWN`` for unknown and secret parts; only ``NOT_KNOWN`` if the function refuses the
            stand-in. It contains no secret.
        """
        given = _map(await _read(dict(self._given)), lambda text: text.replace(NOT_KNOWN, self._stand_in))
        try:
            made = self._function(**cast("dict[str, Any]", given))
        except _IMPOSSIBLE:
            # The real value may be valid. If it is not, the update fails before the resource is created.
            return NOT_KNOWN
        return _map(made, lambda text: text.replace(self._stand_in, NOT_KNOWN))


def planned(function: Callable[..., T], *, stand_in: str = ANY_ARN, **given: pulumi.Input[Any]) -> Planned[T]:
    """Call a planning function with inputs that may become known later.

    Args:
        function: The planning function. It gets the inputs by name, returns plain data or JSON in a string, and has no
            side effects: a preview calls it with stand-ins.
        stand_in: The text that a preview uses for an unknown value; it contains ``NOT_KNOWN``.
        given: The inputs; Outputs may be inside lists and dictionaries.

    Returns:
        An output as from ``pulumi.Output.all(**given).apply(...)``, whose known parts can be read in a preview.
    """
    return Planned(function, stand_in, given)


def planned_json(
    function: Callable[..., object], *, stand_in: str = ANY_ARN, **given: pulumi.Input[Any]
) -> Planned[str]:
    """Call a planning function as `planned` does, and return its result as canonical JSON.

    Args:
        function: As for `planned`, but it must return plain data.
        stand_in: As for `planned`.
        given: As for `planned`.
    """

    def written(**known: Any) -> str:
        return canonical_json(function(**known))

    return Planned(written, stand_in, given)


def planned_inputs(props: Mapping[str, Any], begin: str = "") -> Iterator[tuple[str, Planned[Any]]]:
    """Find the planned outputs among the arguments of a resource.

    Args:
        props: The arguments; keys are their Python names.
        begin: Prefix of the paths.

    Yields:
        The path in the engine's names (``securityHeadersConfig.x``), and the output. Lists are not searched.
    """
    for name, value in props.items():
        first, *others = name.split("_")
        path = begin + first + "".join(map(str.capitalize, others))
        if isinstance(value, Planned):
            yield path, cast("Planned[Any]", value)
        elif isinstance(value, dict):
            yield from planned_inputs(cast("dict[str, Any]", value), f"{path}.")
        elif type(value).__module__.startswith("pulumi_aws."):
            yield from planned_inputs(cast("dict[str, Any]", vars(value)), f"{path}.")


def as_data(content: object) -> object:
    """Parse a string with JSON, so that each unknown value in it is separate. Return any other value unchanged."""
    if isinstance(content, str) and content[:1] in {"{", "["}:
        try:
            return json.loads(content)
        except ValueError:
            return content
    return content


async def _read(value: object) -> object:
    """Resolve outputs, with ``NOT_KNOWN`` for unknown and secret values."""
    if isinstance(value, Planned):
        return await cast("Planned[object]", value).readable()
    if isinstance(value, pulumi.Output):
        output = cast("pulumi.Output[object]", value)
        content = await output.future(with_unknowns=True)
        known = await output.is_known() or rpc.contains_unknowns(content)
        return await _read(content) if known and not await output.is_secret() else NOT_KNOWN
    if isinstance(value, dict):
        return {name: await _read(child) for name, child in cast("dict[str, object]", value).items()}
    if isinstance(value, (list, tuple)):
        return [await _read(child) for child in cast("list[object]", value)]
    # An awaitable may be awaited only once, and the output itself does that.
    return NOT_KNOWN if isinstance(value, Unknown) or inspect.isawaitable(value) else value


def _map(value: object, change: Callable[[str], object]) -> object:
    """Apply a change to every string in a value, except keys of dictionaries."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {name: _map(child, change) for name, child in cast("dict[str, object]", value).items()}
    if isinstance(value, (list, tuple)):
        return [_map(child, change) for child in cast("list[object]", value)]
    return value


def _unknown_parts(text: str) -> object:
    return UNKNOWN if NOT_KNOWN in text else text
