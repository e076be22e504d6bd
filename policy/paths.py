"""Reads every value at a path that goes through lists."""

from collections.abc import Iterator
from typing import Final

from policy.values import State, Value

LIST: Final = "[]"
DOCUMENT: Final = "!"


def each(value: Value, path: str) -> Iterator[Value]:
    """Read every value at a path.

    Args:
        value: The value at which the path begins.
        path: Names joined by dots. After a name, ``!`` marks a JSON document and ``[]`` a list:
            ``rules[].destination.account``, ``policy![].Principal[]``.

    Yields:
        Each value that is given at the path. An unknown value on the way stands for everything below it.

    Raises:
        WrongTypeError: A value that the path marks as a list is not a list.
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
