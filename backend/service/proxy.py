"""Reads the headers of the proxies in front of the service: the client's address, its scheme and the request's id."""

import os
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final

ORIGINAL_SCHEME: Final = "x-original-proto"
"""The platform's own header for the scheme that the browser used. An Application Load Balancer overwrites
X-Forwarded-Proto with its listener's scheme, which is plain HTTP ("HTTP headers and Application Load Balancers")."""
FORWARDED_SCHEME: Final = "x-forwarded-proto"
FORWARDED_FOR: Final = "x-forwarded-for"
REQUEST_ID: Final = "x-request-id"
_PRIVATE: Final = tuple(
    map(
        ip_network,
        (
            *("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "169.254.0.0/16"),
            *("::1/128", "fc00::/7", "fe80::/10"),
        ),
    )
)
"""Private use (RFC 1918), unique local (RFC 4193), link-local and loopback. ``ip_address.is_private`` is also true for
addresses that an internet client can have, such as Teredo's in 2001::/32."""
_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9._:=@+/-]{1,128}")


@lru_cache(maxsize=1024)
def is_private(address: str) -> bool:
    """Return whether an address belongs to a private network, and so to the platform's own proxies.

    Args:
        address: IPv4 or IPv6 address from the socket or a header.
    """
    parsed = _parse(address)
    return parsed is not None and any(parsed in network for network in _PRIVATE)


def client_address(peer: str, forwarded_for: Iterable[str]) -> str:
    """Return the address of the client.

    A proxy appends the address of its own client. So entries can be trusted from the right, as long as they are
    addresses of the platform's own network. The first other address is the client's. The client itself may have written
    the entries left of it, so they are not read.

    Args:
        peer: The other end's address of the connection.
        forwarded_for: The values of X-Forwarded-For, in order.

    Returns:
        The client's address. If all addresses are private, as inside the network, the leftmost one.
    """
    if not is_private(peer):
        return peer
    found = peer
    for entry in reversed([entry.strip() for value in forwarded_for for entry in value.split(",")]):
        parsed = _parse(entry)
        if parsed is None:
            break
        found = str(parsed)
        if not is_private(found):
            break
    return found


def client_scheme(headers: Mapping[str, str], fallback: str) -> str:
    """Return the scheme that the client used.

    Args:
        headers: Headers from a trusted peer, by their names in lower case.
        fallback: The scheme of the connection.

    Returns:
        ``http`` or ``https``.
    """
    for name in (ORIGINAL_SCHEME, FORWARDED_SCHEME):
        # Several proxies may make a list; its first entry is the client's scheme.
        scheme = headers.get(name, "").split(",")[0].strip().lower()
        if scheme in {"http", "https"}:
            return scheme
    return fallback


def request_id_of(given: str | None) -> str:
    """Return the id of a request.

    Args:
        given: The id from a trusted proxy, such as API Gateway's ``context.requestId``; None if there is none.

    Returns:
        The given id if it is safe in a log line, otherwise a new one.
    """
    return given if given is not None and _REQUEST_ID.fullmatch(given) else os.urandom(16).hex()


def _parse(address: str) -> IPv4Address | IPv6Address | None:
    text = address.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        # An IPv4 address with a port, which an Application Load Balancer can be configured to add.
        text = text.partition(":")[0]
    try:
        parsed = ip_address(text)
    except ValueError:
        return None
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped is not None:
        return parsed.ipv4_mapped
    return parsed
