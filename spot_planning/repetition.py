"""A rule against repeated entries of a list."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from spot_planning.problems import Problem


@dataclass(frozen=True)
class NothingTwice:
    """A rule against repeated entries of a list."""

    argument: str
    """Name of the argument, a list."""

    def __call__(self, settings: Any) -> Iterator[Problem]:
        """Yield a problem for each entry that repeats an earlier entry."""
        seen: list[object] = []
        for position, entry in enumerate(getattr(settings, self.argument)):
            if entry in seen:
                yield Problem((self.argument, position), "is there twice")
            seen.append(entry)


def nothing_twice(argument: str) -> NothingTwice:
    """Return the rule for the list with this argument name."""
    return NothingTwice(argument)
