"""TLS handshakes in memory, as a client that verifies."""

import ssl
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Agreed:
    """What client and server have agreed on."""

    names: list[str]
    """Those of the server's certificate."""
    version: str | None
    protocol: str | None
    """By ALPN."""
    certificate: bytes
    """The server's, in DER."""


def client_context(authority: str, *, checks_name: bool = True) -> ssl.SSLContext:
    """A client that trusts one authority and no other."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cadata=authority)
    context.check_hostname = checks_name
    context.set_alpn_protocols(["h2", "http/1.1"])
    return context


def shaken(server: ssl.SSLContext, client: ssl.SSLContext, host: str | None) -> Agreed:
    """Shake hands.

    Args:
        server: The server's context.
        client: The client's.
        host: The name that is asked for; None for none.

    Raises:
        ssl.SSLError: One refuses the other.
    """
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    here = client.wrap_bio(to_client, to_server, server_hostname=host)
    there = server.wrap_bio(to_server, to_client, server_side=True)
    for _ in range(10):
        done = 0
        for one in (here, there):
            try:
                one.do_handshake()
                done += 1
            except ssl.SSLWantReadError:
                continue
        if done == 2:
            certificate: Any = here.getpeercert() or {}
            names = [value for _, value in certificate.get("subjectAltName", ())]
            der = here.getpeercert(binary_form=True) or b""
            return Agreed(names, here.version(), here.selected_alpn_protocol(), der)
    raise AssertionError("the handshake does not end")
