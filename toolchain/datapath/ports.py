"""Finds free ports of this machine for servers that bind their port themselves."""

import random
import re
import socket
from collections.abc import Collection
from pathlib import Path
from typing import Final

FIRST: Final = 10_000
LAST: Final = 29_999
"""Above the ports of well-known servers, and below the ephemeral ports of common systems."""
EPHEMERAL: Final = range(49_152, 65_536)
"""The dynamic ports of RFC 6335, section 6, which macOS uses."""
_EPHEMERAL_ON_LINUX: Final = Path("/proc/sys/net/ipv4/ip_local_port_range")
_TRIES: Final = 200


def free_port(address: str = "127.0.0.1", taken: Collection[int] = ()) -> int:
    """Return a free TCP port that no outgoing connection takes before a server binds it.

    The kernel takes the ports of outgoing connections from its ephemeral range, so the port is outside of that range,
    if possible. It is chosen at random, so that two processes rarely choose the same.

    Args:
        address: Address that the server will bind; empty for all addresses of this machine.
        taken: Ports that are reserved although nothing listens on them.

    Raises:
        OSError: No free port was found.
    """
    ephemeral = ephemeral_ports()
    candidates = [port for port in range(FIRST, LAST + 1) if port not in taken]
    # Some machines are set so that all ports from 1024 on are ephemeral.
    candidates = [port for port in candidates if port not in ephemeral] or candidates
    for port in random.sample(candidates, min(_TRIES, len(candidates))):
        if _is_free(address, port):
            return port
    raise OSError(f"no free port between {FIRST} and {LAST}")


def ephemeral_ports(file: Path = _EPHEMERAL_ON_LINUX) -> range:
    """Return the ports from which the kernel takes those of outgoing connections.

    Args:
        file: The file in which Linux has the first and the last of them.
    """
    try:
        numbers = re.findall(r"\d+", file.read_text(encoding="ascii"))
    except OSError:
        return EPHEMERAL
    first, last = map(int, numbers)
    return range(first, last + 1)


def _is_free(address: str, port: int) -> bool:
    with socket.socket() as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind((address, port))
        except OSError:
            return False
    return True
