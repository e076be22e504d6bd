"""Names as API Gateway allows them."""

import re
from collections.abc import Collection, Iterable
from typing import Final

from spot_planning.api.openapi.findings import Location

_NOT_ALPHANUMERIC: Final = re.compile(r"[^A-Za-z0-9]+")


def alphanumeric(text: str) -> str:
    """Keep letters and digits; what follows a removed character begins with a capital.

    Args:
        text: Any name.

    Returns:
        ``Company.Create-Request`` -> ``CompanyCreateRequest``; may be empty.
    """
    first, *rest = [word for word in _NOT_ALPHANUMERIC.split(text) if word] or [""]
    return first + "".join(word[0].upper() + word[1:] for word in rest)


def capitalised(text: str) -> str:
    """The alphanumeric form with a capital at its beginning."""
    name = alphanumeric(text)
    return name[:1].upper() + name[1:]


def joined(steps: Iterable[str | int]) -> str:
    """One name for a place in a document: ``("paths", "/x/{id}", "post")`` -> ``PathsXIdPost``."""
    return "".join(capitalised(str(step)) for step in steps)


def unused(name: str, used: Collection[str], after: int = 1) -> tuple[str, int]:
    """Append the smallest number from 2 that makes a name unused.

    Args:
        name: The name wanted.
        used: Names that are taken.
        after: The number that the same name got the last time; those up to it are taken.

    Returns:
        The name itself where it is free, and its number, 1 for none.
    """
    number = after
    candidate = name if number == 1 else f"{name}{number}"
    while candidate in used:
        number += 1
        candidate = f"{name}{number}"
    return candidate, number


def location_key(location: Location) -> tuple[str, ...]:
    """Order locations whatever mixture of keys and indices they have."""
    return tuple(f"{step:08d}" if isinstance(step, int) else step for step in location)
