"""The data path's log."""

import sys
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime


def say(line: str) -> None:
    """Write a line with the time; all processes write to the same file."""
    now = datetime.fromtimestamp(time.time(), tz=UTC).isoformat(timespec="milliseconds")
    sys.stdout.write(f"{now} {line}\n")
    sys.stdout.flush()


class Remarks:
    """Writes lines about the wanted state into the log: each once, and again only after it was gone in between.

    Args:
        say: Function that writes a line.
    """

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._said: frozenset[str] = frozenset()

    def tell(self, lines: Iterable[str]) -> None:
        """Write the lines that the last call did not have.

        Args:
            lines: All lines that are due now.
        """
        due = dict.fromkeys(lines)
        for line in due:
            if line not in self._said:
                self._say(line)
        self._said = frozenset(due)
