"""Which port of this machine serves what has an address in AWS."""

import json
from pathlib import Path

from toolchain.files import write_whole


class Addresses:
    """Host and port in AWS -> port on 127.0.0.1; written to a file, which says it to people and to other processes.

    Args:
        file: The file; it is written anew at each change.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._ports: dict[tuple[str, int], int] = {}

    def serve(self, host: str, port: int, local_port: int) -> None:
        """Note that an address is served.

        Args:
            host: DNS name or private IPv4 address in AWS.
            port: Port in AWS.
            local_port: Port on 127.0.0.1.
        """
        if self._ports.get((host, port)) != local_port:
            self._ports[host, port] = local_port
            self._write()

    def withdraw(self, host: str, port: int) -> None:
        """Note that an address is served no more; one that never was is left alone."""
        if self._ports.pop((host, port), None) is not None:
            self._write()

    def local_port(self, host: str, port: int) -> int | None:
        """The port on 127.0.0.1 that serves an address in AWS; None when nothing does."""
        return self._ports.get((host, port))

    def hosts(self) -> frozenset[str]:
        """The hosts that are served."""
        return frozenset(host for host, _ in self._ports)

    def ports(self, host: str) -> tuple[int, ...]:
        """The ports in AWS that a host serves."""
        return tuple(sorted(port for other, port in self._ports if other == host))

    def _write(self) -> None:
        lines = {f"{host}:{port}": f"127.0.0.1:{local}" for (host, port), local in sorted(self._ports.items())}
        # in the event loop; after a restart of the machine nothing is served
        write_whole(self._file, json.dumps(lines, indent=2) + "\n", is_lasting=False)
