"""Who asks, by what scheme, and under which id: what the proxies in front of the service say."""

import os
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final

ORIGINAL_SCHEME: Final = "x-original-proto"
"""Header of the platform's own for the scheme that the browser used. An Application Load Balancer writes
X-Forwarded-Proto anew for its own listener, which is plain HTTP ("HTTP headers and Application Load Balancers")."""
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
"""Private use (RFC 1918), unique local (RFC 4193), link-local and loopback. ``ip_address.is_private`` also takes
addresses that a client of the internet can have, such as Teredo's in 2001::/32."""
_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9._:=@+/-]{1,128}")


@lru_cache(maxsize=1024)
def is_private(address: str) -> bool:
    """Whether an address belongs to a private network, and so to the platform's own proxies.

    Args:
        address: IPv4 or IPv6, as the socket or a header gives it.
    """
    parsed = _parse(address)
    return parsed is not None and any(parsed in network for network in _PRIVATE)


def client_address(peer: str, forwarded_for: Iterable[str]) -> str:
    """The address of the client.

    A proxy appends the address that it was asked from, so entries can be believed from the right, as long as they
    are addresses of the platform's own network: the first that is not is the client. What stands left of it was
    written by the client, and is not read.

    Args:
        peer: Address of the connection.
        forwarded_for: The values of X-Forwarded-For, in order.

    Returns:
        The client's address; the leftmost private one when all are private, as inside the network.
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
    """The scheme that the client used.

    Args:
        headers: By names in lower case, from a peer that is trusted.
        fallback: The scheme of the connection.

    Returns:
        ``http`` or ``https``.
    """
    for name in (ORIGINAL_SCHEME, FORWARDED_SCHEME):
        # A chain of proxies may make a list of it; the first entry is the client's.
        scheme = headers.get(name, "").split(",")[0].strip().lower()
        if scheme in {"http", "https"}:
            return scheme
    return fallback


def request_id_of(given: str | None) -> str:
    """The id of a request.

    Args:
        given: What a trusted proxy says, such as API Gateway's ``context.requestId``.

    Returns:
        It, when it is safe to write into a log line; else a new one.
    """
    return given if given is not None and _REQUEST_ID.fullmatch(given) else os.urandom(16).hex()


def _parse(address: str) -> IPv4Address | IPv6Address | None:
    text = address.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        # IPv4 with a port, which an Application Load Balancer can be told to keep.
        text = text.partition(":")[0]
    try:
        parsed = ip_address(text)
    except ValueError:
        return None
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped is not None:
        return parsed.ipv4_mapped
    return parsed
