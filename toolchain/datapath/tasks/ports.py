"""Allocates ports of this machine to containers."""

import random
import socket
from typing import Final

FIRST: Final = 20_000
LAST: Final = 29_999
"""Below the ephemeral ports of common systems, so that no outgoing connection takes a container's port."""
_TRIES: Final = 200


class Ports:
    """Allocates a free port to each container that has a port."""

    def __init__(self) -> None:
        self._given: set[int] = set()

    def take(self) -> int:
        """Allocate a free port.

        Raises:
            OSError: No free port was found.
        """
        for _ in range(_TRIES):
            port = random.randint(FIRST, LAST)  # noqa: S311 - no secret
            if port not in self._given and _is_free(port):
                self._given.add(port)
                return port
        raise OSError(f"no free port between {FIRST} and {LAST}")

    def give_back(self, port: int) -> None:
        """Release a port, so that another container can get it."""
        self._given.discard(port)


def _is_free(port: int) -> bool:
    with socket.socket() as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind(("", port))
        except OSError:
            return False
    return True
