"""Checks a target as a load balancer does: over one connection each time."""

import asyncio
import ssl
from functools import cache
from typing import Final

from toolchain.datapath.balancer.health import FAILED, TIMED_OUT, Check, Reason, mismatch

ADDRESS: Final = "127.0.0.1"
STATUS_BYTES: Final = 1024
"""Longest status line that is read."""


async def failure_of(check: Check, port: int | None, host: str) -> Reason | None:
    """Check a target once.

    Args:
        check: How.
        port: The target's port on 127.0.0.1; None when nothing serves it: such a check gets no answer.
        host: The target's address and port in AWS, for the Host header.

    Returns:
        Why the check failed; None when it passed.
    """
    if port is None:
        return TIMED_OUT
    try:
        async with asyncio.timeout(check.timeout_seconds):
            if check.protocol == "TCP":
                _, writer = await asyncio.open_connection(ADDRESS, port)
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


@cache  # to make one takes long enough to hold up everything else
def _unverified() -> ssl.SSLContext:
    """Load balancers do not verify the certificates of targets."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
