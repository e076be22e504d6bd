"""Finds the user of the client of a loopback connection, because all users of a machine can connect to its ports.

Linux reports the sockets of a port and their owners over netlink (sock_diag(7)), and lists all sockets in
``/proc/net/tcp`` (proc_net_tcp, Linux kernel documentation). On a system with neither, no client is refused.
"""

import os
import socket
import struct
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
_LOOPBACK_BYTES = frozenset(
    {
        socket.inet_aton("127.0.0.1") + bytes(12),
        socket.inet_pton(socket.AF_INET6, "::1"),
        socket.inet_pton(socket.AF_INET6, "::ffff:127.0.0.1"),
    }
)

# Constants of <linux/netlink.h>, <linux/sock_diag.h> and <linux/inet_diag.h>, which Python does not have.
_NETLINK_SOCK_DIAG = 4
_SOCK_DIAG_BY_FAMILY = 20
_REQUEST_AND_DUMP = 0x301
_ERROR, _DONE = 2, 3
_ESTABLISHED_ONLY = 1 << 1
_HEADER = struct.Struct("=IHHII")
_QUESTION = struct.Struct("=BBBxI2s2s32sIII")
_FOUND = struct.Struct("=4x2s2s16s16s24xII")
_ANSWER_BYTES = 65536


def is_refused(port: int) -> bool:
    """Check whether the client on this loopback port belongs to another user; root is not refused."""
    return are_refused(users_of(port))


def users_of(port: int) -> frozenset[int]:
    """Return the ids of the users who own the clients on this loopback port; empty if the system reports none."""
    return frozenset(_owners(port))


def are_refused(users: frozenset[int], also: frozenset[int] = frozenset()) -> bool:
    """Check whether clients of these users are refused.

    Args:
        users: User ids of the clients; if empty, nothing is refused.
        also: Ids of users who are allowed besides root and the user of this process.
    """
    return bool(users) and users.isdisjoint({os.geteuid(), _ROOT, *also})


def port_of(peer: str) -> int | None:
    """Return the port in gRPC's name of a peer, such as ``ipv4:127.0.0.1:40000``; None if it is no TCP connection."""
    port = peer.rpartition(":")[2]
    return int(port) if peer.startswith(("ipv4:", "ipv6:")) and port.isdigit() else None


def _owners(port: int) -> Iterator[int]:
    """Return the owners of the established loopback connections from a port."""
    try:
        return iter(_asked(port))
    except (OSError, AttributeError):  # the system is not Linux, or the kernel does not answer
        return _listed(port)


def _asked(port: int) -> list[int]:
    """Ask the kernel for the owners. For one port, this is ten times as fast as reading the list of all sockets.

    Raises:
        OSError: The kernel does not answer.
        AttributeError: This system has no netlink.
    """
    owners: list[int] = []
    with socket.socket(socket.AF_NETLINK, socket.SOCK_DGRAM, _NETLINK_SOCK_DIAG) as kernel:
        for family in (socket.AF_INET, socket.AF_INET6):
            question = _QUESTION.pack(
                *(family, socket.IPPROTO_TCP, 0, _ESTABLISHED_ONLY),
                *(port.to_bytes(2, "big"), bytes(2), bytes(32), 0, 0xFFFFFFFF, 0xFFFFFFFF),
            )
            length = _HEADER.size + len(question)
            kernel.send(_HEADER.pack(length, _SOCK_DIAG_BY_FAMILY, _REQUEST_AND_DUMP, family, 0) + question)
            owners += _read_owners(kernel, port)
    return owners


def _read_owners(kernel: socket.socket, port: int) -> Iterator[int]:
    while True:
        answer = kernel.recv(_ANSWER_BYTES)
        while answer:
            length, kind, *_ = _HEADER.unpack_from(answer)
            if kind == _DONE:
                return
            if kind == _ERROR:
                raise OSError("the kernel does not tell the owners of sockets")
            from_port, _, source, destination, owner, _ = _FOUND.unpack_from(answer, _HEADER.size)
            if int.from_bytes(from_port, "big") == port and {source, destination} <= _LOOPBACK_BYTES:
                yield owner
            answer = answer[-(-length // 4) * 4 :]


def _listed(port: int) -> Iterator[int]:
    """Find the owners in the list of all sockets."""
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
