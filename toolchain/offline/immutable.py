"""Finds the immutable inputs of each resource in the real provider's Pulumi schema.

The pulumi-aws Python package does not state which properties replace a resource. The schema does
(``willReplaceOnChanges``), also for nested types.
"""

from collections.abc import Iterator
from typing import Any


def immutable_paths(schema: dict[str, Any]) -> dict[str, list[str]]:
    """Return the sorted paths of all immutable inputs by resource token, without list indices."""
    found = {
        token: sorted(_paths(schema, resource.get("inputProperties", {}), "", ()))
        for token, resource in schema["resources"].items()
    }
    return {token: paths for token, paths in sorted(found.items()) if paths}


def _paths(schema: dict[str, Any], properties: dict[str, Any], prefix: str, inside: tuple[str, ...]) -> Iterator[str]:
    for name, declared in properties.items():
        if declared.get("willReplaceOnChanges"):
            yield f"{prefix}{name}"
            continue  # a change anywhere below is a change of this property
        nested = referred_type(declared)
        if nested and nested not in inside:
            below = schema["types"].get(nested, {}).get("properties", {})
            yield from _paths(schema, below, f"{prefix}{name}.", (*inside, nested))


def referred_type(declared: dict[str, Any]) -> str | None:
    """Return the token of the nested type of a property, or of its items if it is a list; None if it has none."""
    while "items" in declared:
        declared = declared["items"]
    reference = declared.get("$ref", "")
    return reference.removeprefix("#/types/") if reference.startswith("#/types/") else None
