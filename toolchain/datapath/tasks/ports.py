"""Allocates ports of this machine to containers."""

from toolchain.datapath.ports import free_port


class Ports:
    """Allocates a free port to each container that has a port."""

    def __init__(self) -> None:
        self._given: set[int] = set()

    def take(self) -> int:
        """Allocate a free port.

        Raises:
            OSError: No free port was found.
        """
        port = free_port("", self._given)
        self._given.add(port)
        return port

    def give_back(self, port: int) -> None:
        """Release a port, so that another container can get it."""
        self._given.discard(port)
