"""Reads every value at a path that goes through lists."""

from collections.abc import Iterator
from typing import Final

from policy.values import State, Value

LIST: Final = "[]"
DOCUMENT: Final = "!"


def each(value: Value, path: str) -> Iterator[Value]:
    """Read what is given at a path.

    Args:
        value: Where the path begins.
        path: Names joined by dots, with ``!`` behind the name of a document in JSON, and ``[]`` behind that of a list:
            ``rules[].destination.account``, ``policy![].Principal[]``.

    Yields:
        Each value that is given there. What is unknown on the way stands for all that is below it.

    Raises:
        WrongTypeError: What should be a list is none.
    """
    name, _, rest = path.partition(".")
    found = value.at(name.rstrip(LIST + DOCUMENT))
    if not found.present:
        return
    if found.state is State.UNKNOWN:
        yield found
        return
    if DOCUMENT in name:
        found = found.document()
    for item in found.items() if name.endswith(LIST) else [found]:
        if rest:
            yield from each(item, rest)
        elif item.present:
            yield item
