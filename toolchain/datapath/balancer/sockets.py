"""Opens the listening sockets of a load balancer, on the same ports as an earlier data path if possible."""

import socket
from pathlib import Path
from typing import Final

from toolchain.datapath.balancer.plan import LoadBalancer
from toolchain.datapath.listening import listening, noted_port
from toolchain.datapath.part import Surroundings
from toolchain.system.files import write_whole

BACKLOG: Final = 1024


class ListenerSockets:
    """The listening sockets of a load balancer, and their entries in the list of served addresses.

    Args:
        surroundings: Objects that all parts in this process share.
        folder: The load balancer's folder, in which the ports are stored.
    """

    def __init__(self, surroundings: Surroundings, folder: Path) -> None:
        self._addresses = surroundings.addresses
        self._folder = folder
        self._dns_name = ""
        self.by_port: dict[int, socket.socket] = {}
        """Port of a listener in AWS -> listening socket."""

    def open(self, balancer: LoadBalancer) -> None:
        """Open a socket for each new listener, and close the sockets of listeners that no longer exist."""
        wanted = {listener.port for listener in balancer.listeners}
        for port in self.by_port.keys() - wanted:
            self._let_go(port)
        for port in wanted - self.by_port.keys():
            file = self._folder / f"{port}.port"
            self.by_port[port] = listening(noted_port(file), BACKLOG)
            write_whole(file, str(self.by_port[port].getsockname()[1]))

    def serve(self, balancer: LoadBalancer) -> None:
        """List the load balancer's addresses as served. Call this when connections are accepted."""
        self._dns_name = balancer.dns_name
        for port, one in self.by_port.items():
            self._addresses.serve(balancer.dns_name, port, one.getsockname()[1])

    def close(self) -> None:
        """Close all sockets."""
        for port in list(self.by_port):
            self._let_go(port)

    def _let_go(self, port: int) -> None:
        self._addresses.withdraw(self._dns_name, port)
        self.by_port.pop(port).close()
