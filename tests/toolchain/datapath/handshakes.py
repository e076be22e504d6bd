"""Runs TLS handshakes in memory, with a client that verifies the server."""

import ssl
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Agreed:
    """The result of a handshake, as the client sees it."""

    names: list[str]
    """Names in the server's certificate."""
    version: str | None
    protocol: str | None
    """Protocol that was negotiated by ALPN; None without ALPN."""
    certificate: bytes
    """The server's certificate, in DER."""


def client_context(authority: str, *, checks_name: bool = True) -> ssl.SSLContext:
    """Return the context of a client that trusts only one certificate authority."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cadata=authority)
    context.check_hostname = checks_name
    context.set_alpn_protocols(["h2", "http/1.1"])
    return context


def shaken(server: ssl.SSLContext, client: ssl.SSLContext, host: str | None) -> Agreed:
    """Run a handshake.

    Args:
        server: The server's context.
        client: The client's context.
        host: Server name that the client sends (SNI); None to send none.

    Raises:
        ssl.SSLError: Client or server refuses the handshake.
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
