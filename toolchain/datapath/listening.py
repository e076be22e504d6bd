"""Makes listening sockets, on the same ports as an earlier data path if possible."""

import socket
from pathlib import Path
from typing import Final

ADDRESS: Final = "127.0.0.1"


def noted_port(file: Path) -> int:
    """Return the port in a file; 0 if there is none."""
    try:
        return int(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return 0


def listening(preferred_port: int, backlog: int) -> socket.socket:
    """Make a listening socket.

    Args:
        preferred_port: Port to use if it is free; otherwise any free port is used. 0 for any port.
        backlog: Maximum number of connections that wait to be accepted.

    Raises:
        OSError: No port is free.
    """
    try:
        return _listening(preferred_port, backlog)
    except OSError:
        return _listening(0, backlog)


def _listening(port: int, backlog: int) -> socket.socket:
    # Name the protocol: otherwise asyncio does not turn Nagle's algorithm off, and a response in two parts takes 40 ms.
    one = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        one.bind((ADDRESS, port))
        one.listen(backlog)
    except OSError:
        one.close()
        raise
    return one
