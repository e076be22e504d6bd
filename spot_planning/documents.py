"""JSON documents in the form in which they are sent to AWS."""

import json


def canonical_json(value: object) -> str:
    """Serialise with sorted keys and no white space, so that equal documents are equal strings.

    A policy or a task definition whose text changes without a change of meaning would be replaced on every
    ``up`` (pulumi-aws issue 1985).

    Args:
        value: Plain data: mappings, lists, strings, numbers, booleans and None.

    Returns:
        The canonical JSON text.

    Raises:
        TypeError: A value has a type that JSON does not have.
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
