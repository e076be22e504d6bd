"""Ports of this machine for tasks."""

import random
import socket
from typing import Final

FIRST: Final = 20_000
LAST: Final = 29_999
"""Below what systems give to outgoing connections, so that none of those takes a task's port away."""
_TRIES: Final = 200


class Ports:
    """Gives each task a port that nobody else has."""

    def __init__(self) -> None:
        self._given: set[int] = set()

    def take(self) -> int:
        """A free port.

        Raises:
            OSError: There is none.
        """
        for _ in range(_TRIES):
            port = random.randint(FIRST, LAST)  # noqa: S311 - no secret
            if port not in self._given and _is_free(port):
                self._given.add(port)
                return port
        raise OSError(f"no free port between {FIRST} and {LAST}")

    def give_back(self, port: int) -> None:
        """Let a port be given to another task."""
        self._given.discard(port)


def _is_free(port: int) -> bool:
    with socket.socket() as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind(("", port))
        except OSError:
            return False
    return True
