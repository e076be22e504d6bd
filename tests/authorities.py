"""Lets all of httpx's clients in a test process share the certificates of public authorities."""

import os
import ssl
from functools import cache
from typing import Any

from httpx import create_ssl_context
from httpx._transports import default

_shared = cache(create_ssl_context)


def share() -> None:
    """Read the authorities' certificates once.

    httpx reads them for each client, and for each ``httpx.get``, whatever the address is. That takes twenty times as
    long as a request to this machine, and tests that wait for a server send such a request every 20 ms.
    """
    default.create_ssl_context = _context


def _context(verify: Any = True, cert: Any = None, trust_env: bool = True) -> ssl.SSLContext:
    if verify is not True or cert is not None or {"SSL_CERT_FILE", "SSL_CERT_DIR"} & os.environ.keys():
        return create_ssl_context(verify=verify, cert=cert, trust_env=trust_env)
    return _shared()
