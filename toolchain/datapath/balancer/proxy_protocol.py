"""Makes the headers of proxy protocol version 2 ("The PROXY protocol", section 2.2). It has no side effects."""

from ipaddress import IPv4Address
from typing import Final

SIGNATURE: Final = b"\r\n\r\n\0\r\nQUIT\n"
LOCAL: Final = SIGNATURE + b"\x20\0\0\0"
"""Header of a connection that the load balancer opens for itself, such as a health check."""

Address = tuple[str, int]
"""IPv4 address and port."""


def proxied(source: Address, destination: Address) -> bytes:
    """Return the header of a TCP connection that is passed on.

    Args:
        source: The client.
        destination: The listener.
    """
    addresses = IPv4Address(source[0]).packed + IPv4Address(destination[0]).packed
    ports = source[1].to_bytes(2, "big") + destination[1].to_bytes(2, "big")
    return SIGNATURE + b"\x21\x11" + len(addresses + ports).to_bytes(2, "big") + addresses + ports
