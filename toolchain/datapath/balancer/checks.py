"""Runs a health check of a target as a load balancer does: with a new connection for each check."""

import asyncio
import ssl
from functools import cache
from typing import Final

from toolchain.datapath.balancer.health import FAILED, TIMED_OUT, Check, Reason, mismatch
from toolchain.datapath.balancer.proxy_protocol import LOCAL

ADDRESS: Final = "127.0.0.1"
STATUS_BYTES: Final = 1024
"""Maximum length of a status line."""


async def failure_of(check: Check, port: int | None, host: str) -> Reason | None:
    """Check a target once.

    Args:
        check: Settings of the health check.
        port: The target's port on 127.0.0.1; None if no process serves the target: then the check times out.
        host: The target's address and port in AWS, for the Host header.

    Returns:
        Reason of the failure; None if the check passed.
    """
    if port is None:
        return TIMED_OUT
    try:
        async with asyncio.timeout(check.timeout_seconds):
            if check.protocol == "TCP":
                _, writer = await asyncio.open_connection(ADDRESS, port)
                _introduce(check, writer)
                writer.close()
                return None
            status = await _status(check, port, host)
    except TimeoutError:
        return TIMED_OUT
    except (OSError, ValueError, EOFError):
        return FAILED
    return None if check.passes(status) else mismatch(status)


async def _status(check: Check, port: int, host: str) -> int:
    context = _unverified() if check.protocol == "HTTPS" else None
    reader, writer = await asyncio.open_connection(ADDRESS, port, ssl=context, limit=STATUS_BYTES)
    try:
        _introduce(check, writer)
        writer.write(
            f"GET {check.path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n"
            "User-Agent: ELB-HealthChecker/2.0\r\nAccept-Encoding: gzip, compressed\r\n\r\n".encode()
        )
        version, status, *_ = (await reader.readuntil(b"\r\n")).split()
        if not version.startswith(b"HTTP/1"):
            raise ValueError("no HTTP")
        return int(status)
    except asyncio.LimitOverrunError as error:
        raise ValueError("no status line") from error
    finally:
        writer.close()


def _introduce(check: Check, writer: asyncio.StreamWriter) -> None:
    if check.sends_proxy_protocol and check.protocol != "HTTPS":
        writer.write(LOCAL)


@cache  # making a context takes so long that it would block the event loop
def _unverified() -> ssl.SSLContext:
    """Return a TLS context that verifies nothing: load balancers do not verify the certificates of targets."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
