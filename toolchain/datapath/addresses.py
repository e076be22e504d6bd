"""Maps addresses in AWS to the ports of this machine that serve them."""

import json
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, cast

from toolchain.system.files import write_whole

SUFFIX: Final = ".addresses.json"
EDGE: Final = ("edge.localhost", 80)
"""Host and port under which the edge's HTTP listener is listed."""


class Addresses:
    """A map: host and port in AWS -> port on 127.0.0.1.

    Each process of the data path writes the addresses that it serves into its own file, and reads the files of the
    other processes.

    Args:
        folder: The folder with the files.
        owner: Name of this process, and of its file. A file that an earlier process has left is removed.
    """

    def __init__(self, folder: Path, owner: str = "datapath") -> None:
        self._folder = folder
        self._file = folder / f"{owner}{SUFFIX}"
        self._file.unlink(missing_ok=True)
        self._ports: dict[tuple[str, int], int] = {}
        self._read: dict[Path, tuple[tuple[int, ...], dict[tuple[str, int], int]]] = {}
        """File of another process -> its version (inode, time and size) and its addresses."""

    def serve(self, host: str, port: int, local_port: int) -> None:
        """Add an address that this process serves.

        Args:
            host: DNS name or private IPv4 address in AWS.
            port: Port in AWS.
            local_port: Port on 127.0.0.1.
        """
        if self._ports.get((host, port)) != local_port:
            self._ports[host, port] = local_port
            self._write()

    def withdraw(self, host: str, port: int) -> None:
        """Remove an address that this process no longer serves; do nothing if it never served it."""
        if self._ports.pop((host, port), None) is not None:
            self._write()

    def local_port(self, host: str, port: int) -> int | None:
        """Return the port on 127.0.0.1 that serves an address in AWS; None if no process serves it."""
        return self._all().get((host, port))

    def hosts(self) -> frozenset[str]:
        """Return the hosts in AWS that the data path serves."""
        return frozenset(host for host, _ in self._all())

    def ports(self, host: str) -> tuple[int, ...]:
        """Return the ports in AWS on which a host is served."""
        return tuple(sorted(port for other, port in self._all() if other == host))

    def _all(self) -> dict[tuple[str, int], int]:
        found: dict[tuple[str, int], int] = {}
        for file in _files_in(self._folder):
            if file != self._file:
                found |= self._said_by(file)
        return found | self._ports

    def _said_by(self, file: Path) -> dict[tuple[str, int], int]:
        try:
            about = file.stat()
            # Each version is a new file. The time alone would miss a second version within one tick of the clock.
            version = (about.st_ino, about.st_mtime_ns, about.st_size)
            if file not in self._read or self._read[file][0] != version:
                self._read[file] = (version, _parsed(file))
            return self._read[file][1]
        except OSError:  # its process is restarting
            return {}

    def _write(self) -> None:
        lines = {f"{host}:{port}": f"127.0.0.1:{local}" for (host, port), local in sorted(self._ports.items())}
        # not lasting: this runs in the event loop, and after a restart of the machine nothing is served
        write_whole(self._file, json.dumps(lines, indent=2) + "\n", is_lasting=False)


def read_addresses(folder: Path) -> dict[str, str]:
    """Return the addresses that a data path serves: host and port in AWS -> host and port of this machine.

    Args:
        folder: The data path's folder; if it does not exist, the result is empty.
    """
    served = {address: port for file in _files_in(folder) for address, port in _parsed(file).items()}
    return {f"{host}:{port}": f"127.0.0.1:{local}" for (host, port), local in served.items()}


def _files_in(folder: Path) -> list[Path]:
    """Return the files of all processes. Called for each request, so it avoids `Path.glob`, which is slower."""
    with suppress(FileNotFoundError):
        return [file for file in folder.iterdir() if file.name.endswith(SUFFIX)]
    return []


def _parsed(file: Path) -> dict[tuple[str, int], int]:
    """Return the addresses in a file; none if the file is missing or not valid."""
    try:
        lines = cast("dict[str, Any]", json.loads(file.read_text(encoding="utf-8")))
        split = ((address.rpartition(":"), str(local).rpartition(":")[2]) for address, local in lines.items())
        return {(host, int(port)): int(local) for (host, _, port), local in split}
    except (OSError, ValueError, AttributeError):
        return {}
