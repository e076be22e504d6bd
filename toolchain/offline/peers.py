"""Tells which user of this machine is at the other end of a connection: a loopback port is open to all of them.

Linux lists every TCP socket with its owner in ``/proc/net/tcp`` (proc_net_tcp, Linux kernel documentation). On a
system without that list nobody is refused.
"""

import os
from collections.abc import Iterator
from pathlib import Path

_TABLES = (Path("/proc/net/tcp"), Path("/proc/net/tcp6"))
_ESTABLISHED = "01"
_LOOPBACK = frozenset(
    {
        "0100007F",  # 127.0.0.1
        "00000000000000000000000001000000",  # ::1
        "0000000000000000FFFF00000100007F",  # ::ffff:127.0.0.1
    }
)
_ROOT = 0


def is_refused(port: int) -> bool:
    """Whether the client on this port of the loopback interface belongs to another user than this process; root may."""
    users = users_of(port)
    return bool(users) and users.isdisjoint({os.geteuid(), _ROOT})


def users_of(port: int) -> frozenset[int]:
    """The ids of the users whose clients are on this port of the loopback interface; none where nothing tells."""
    return frozenset(_owners(port))


def port_of(peer: str) -> int | None:
    """The port in gRPC's name of a peer, such as ``ipv4:127.0.0.1:40000``; None for what is no TCP connection."""
    port = peer.rpartition(":")[2]
    return int(port) if peer.startswith(("ipv4:", "ipv6:")) and port.isdigit() else None


def _owners(port: int) -> Iterator[int]:
    """The users of the established loopback connections from a port."""
    from_port = f":{port:04X} "
    for table in _TABLES:
        try:
            text = table.read_text(encoding="ascii")
        except OSError:
            continue
        for line in text.splitlines()[1:]:
            if from_port in line:
                _, local, remote, state, _, _, _, user, *_ = line.split()
                ends = {local.partition(":")[0], remote.partition(":")[0]}
                if state == _ESTABLISHED and local.endswith(from_port.strip()) and ends <= _LOOPBACK:
                    yield int(user)
