"""Makes names that API Gateway allows."""

import re
from collections.abc import Collection, Iterable
from typing import Final

from spot_planning.api.openapi.findings import Location

_NOT_ALPHANUMERIC: Final = re.compile(r"[^A-Za-z0-9]+")


def alphanumeric(text: str) -> str:
    """Keep letters and digits; a letter after a removed character becomes a capital.

    Args:
        text: Any name.

    Returns:
        ``Company.Create-Request`` -> ``CompanyCreateRequest``; may be empty.
    """
    first, *rest = [word for word in _NOT_ALPHANUMERIC.split(text) if word] or [""]
    return first + "".join(word[0].upper() + word[1:] for word in rest)


def capitalised(text: str) -> str:
    """Return the alphanumeric form with a capital at the beginning."""
    name = alphanumeric(text)
    return name[:1].upper() + name[1:]


def joined(steps: Iterable[str | int]) -> str:
    """Return a name for a location in a document: ``("paths", "/x/{id}", "post")`` -> ``PathsXIdPost``."""
    return "".join(capitalised(str(step)) for step in steps)


def unused(name: str, used: Collection[str], after: int = 1) -> tuple[str, int]:
    """Return an unused name, with the smallest number from 2 appended if necessary.

    Args:
        name: The desired name.
        used: Names that are in use.
        after: The number that the same name got the last time. All numbers up to it are in use.

    Returns:
        The unused name, and its number; 1 if no number was appended.
    """
    number = after
    candidate = name if number == 1 else f"{name}{number}"
    while candidate in used:
        number += 1
        candidate = f"{name}{number}"
    return candidate, number


def location_key(location: Location) -> tuple[str, ...]:
    """Return a key for sorting locations, which contain both strings and numbers."""
    return tuple(f"{step:08d}" if isinstance(step, int) else step for step in location)
