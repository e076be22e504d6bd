"""Lets the policy SDK decode each resource once, not once a policy.

``pulumi_policy`` decodes the properties of a resource, and for a rule over the stack those of all resources, anew
for every policy: with this many rules that is most of the time of a preview. Its three decoding functions are
pure, so their results are kept by the identity of what they were given. Should a later SDK no longer have them
under these names, the pack still runs, only slower.
"""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Final

from google.protobuf import json_format
from pulumi_policy import policy as sdk
from pulumi_policy.deserialize import deserialize_properties
from pulumi_policy.proxy import unknown_checking_proxy

MOST_KEPT: Final = 20_000
"""Results kept before all are dropped; a stack has some hundreds of resources."""


def once(function: Callable[..., object]) -> Callable[..., object]:
    """Remember a pure function's results by the identity of its argument.

    Args:
        function: Neither changes its first argument nor gives different results for it; calls with further
            arguments are not remembered.

    Returns:
        The same function, which keeps its arguments alive, so that no other object gets their identity.
    """
    kept: dict[int, tuple[object, object]] = {}

    def remembered(argument: object, *further: object) -> object:
        if further:
            return function(argument, *further)
        found = kept.get(id(argument))
        if found is None:
            if len(kept) >= MOST_KEPT:
                kept.clear()
            found = kept[id(argument)] = (argument, function(argument))
        return found[1]

    return remembered


def decode_once() -> None:
    """Make the SDK remember what it decoded."""
    replacements = {
        "json_format": SimpleNamespace(MessageToDict=once(json_format.MessageToDict)),
        "deserialize_properties": once(deserialize_properties),
        "unknown_checking_proxy": once(unknown_checking_proxy),
    }
    for name, replacement in replacements.items():
        if hasattr(sdk, name):
            setattr(sdk, name, replacement)
