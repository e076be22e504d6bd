"""The listening sockets of a load balancer, on ports that stay the same from one data path to the next."""

import socket
from pathlib import Path
from typing import Final

from toolchain.datapath.balancer.plan import LoadBalancer
from toolchain.datapath.listening import listening, noted_port
from toolchain.datapath.part import Surroundings
from toolchain.files import write_whole

BACKLOG: Final = 1024


class ListenerSockets:
    """A socket for each listener, and the addresses in AWS that they stand for.

    Args:
        surroundings: The data path's.
        folder: The load balancer's own, where the ports are noted.
    """

    def __init__(self, surroundings: Surroundings, folder: Path) -> None:
        self._addresses = surroundings.addresses
        self._folder = folder
        self._dns_name = ""
        self.by_port: dict[int, socket.socket] = {}
        """By port in AWS."""

    def open(self, balancer: LoadBalancer) -> None:
        """Listen on what has a listener now, and on nothing else."""
        wanted = {listener.port for listener in balancer.listeners}
        for port in self.by_port.keys() - wanted:
            self._let_go(port)
        for port in wanted - self.by_port.keys():
            file = self._folder / f"{port}.port"
            self.by_port[port] = listening(noted_port(file), BACKLOG)
            write_whole(file, str(self.by_port[port].getsockname()[1]))

    def serve(self, balancer: LoadBalancer) -> None:
        """Say where the load balancer is, once somebody accepts connections."""
        self._dns_name = balancer.dns_name
        for port, one in self.by_port.items():
            self._addresses.serve(balancer.dns_name, port, one.getsockname()[1])

    def close(self) -> None:
        """Listen no more."""
        for port in list(self.by_port):
            self._let_go(port)

    def _let_go(self, port: int) -> None:
        self._addresses.withdraw(self._dns_name, port)
        self.by_port.pop(port).close()
