"""Outputs that a planning function makes, of which a preview reads what is known already.

A policy or a task definition is JSON in a string, so that a preview knows nothing of it as soon as one name in it is
not known. `planned` calls the function anyway, with a stand-in for each value that is not known or is secret. What it
makes is then known, but for the places where a stand-in ended up. The resource gets the output as unknown as before; a
component registers the readable part for the policy pack (`Component.child`).
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
"""What the engine takes for a value that is not known; inside a longer text it marks the part that is not known."""

ANY_ARN: Final = ":".join(["arn", *[NOT_KNOWN] * 5])
"""The usual stand-in. Planning functions take ARNs apart, so it has the parts of one."""

BUCKET_ARN: Final = f"arn:aws:s3:::{NOT_KNOWN}"
"""The stand-in for a function that checks that it has a bucket's ARN."""

URL: Final = f"https://{NOT_KNOWN}"
"""The stand-in for a function that takes URLs apart."""

_IMPOSSIBLE = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


class Planned(pulumi.Output[T]):
    """What a planning function makes of inputs: an output that tells what is known of it in a preview."""

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
        """What is known of the value, as the function makes it.

        Returns:
            Plain data with ``NOT_KNOWN`` in it; nothing else than ``NOT_KNOWN`` if the function refuses the stand-in.
            No secret is in it.
        """
        given = _map(await _read(dict(self._given)), lambda text: text.replace(NOT_KNOWN, self._stand_in))
        try:
            made = self._function(**cast("dict[str, Any]", given))
        except _IMPOSSIBLE:
            # With the real value it may do; if it does not, the update says so before the resource is made.
            return NOT_KNOWN
        return _map(made, lambda text: text.replace(self._stand_in, NOT_KNOWN))


def planned(function: Callable[..., T], *, stand_in: str = ANY_ARN, **given: pulumi.Input[Any]) -> Planned[T]:
    """Call a planning function with inputs that may become known later.

    Args:
        function: Takes the inputs by name, makes plain data or JSON in a string, and has no effects: a preview calls it
            with stand-ins.
        stand_in: The text that a preview puts where a value is not known; it contains ``NOT_KNOWN``.
        given: The inputs; outputs may be inside of lists and dictionaries.

    Returns:
        What ``pulumi.Output.all(**given).apply(...)`` returns, and in a preview what is known of it.
    """
    return Planned(function, stand_in, given)


def planned_json(
    function: Callable[..., object], *, stand_in: str = ANY_ARN, **given: pulumi.Input[Any]
) -> Planned[str]:
    """The same as canonical JSON: a document as a resource takes it.

    Args:
        function: As for `planned`; makes plain data.
        stand_in: As for `planned`.
        given: As for `planned`.
    """

    def written(**known: Any) -> str:
        return canonical_json(function(**known))

    return Planned(written, stand_in, given)


def planned_inputs(props: Mapping[str, Any], begin: str = "") -> Iterator[tuple[str, Planned[Any]]]:
    """Find the planned outputs among the arguments of a resource.

    Args:
        props: The arguments, by their Python names.
        begin: Of the paths.

    Yields:
        The path, in the engine's names (``securityHeadersConfig.x``), and the output. Lists are not looked through.
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
    """Read JSON in a string as what it says, so that each unknown in it stands by itself; return all else as it is."""
    if isinstance(content, str) and content[:1] in {"{", "["}:
        try:
            return json.loads(content)
        except ValueError:
            return content
    return content


async def _read(value: object) -> object:
    """Resolve outputs, with ``NOT_KNOWN`` for what is not known and for what is secret."""
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
    # What can be awaited once only is the output's.
    return NOT_KNOWN if isinstance(value, Unknown) or inspect.isawaitable(value) else value


def _map(value: object, change: Callable[[str], object]) -> object:
    """Change every text but the names in dictionaries."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {name: _map(child, change) for name, child in cast("dict[str, object]", value).items()}
    if isinstance(value, (list, tuple)):
        return [_map(child, change) for child in cast("list[object]", value)]
    return value


def _unknown_parts(text: str) -> object:
    return UNKNOWN if NOT_KNOWN in text else text
