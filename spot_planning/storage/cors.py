"""Checks the CORS settings of a bucket."""

import re
from collections.abc import Sequence

from spot_planning.declarations import Allowed, passing

CORS_METHODS = ("GET", "PUT", "POST", "DELETE", "HEAD")
"""The methods of a bucket's CORS rule (CORSRule, Amazon S3 API Reference)."""

# A wildcard may only replace whole labels in front of a domain, so it cannot match the sites of others.
_HTTPS_ORIGIN = re.compile(r"https://(?:\*\.)?[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+(:\d+)?")
_LOCAL_ORIGIN = re.compile(r"http://(localhost|127\.0\.0\.1)(:\d+)?")


def check_origins(key: str, origins: Sequence[str]) -> None:
    """Refuse origins that no browser would send, and origins that allow every site.

    Args:
        key: Name of the argument, for the error.
        origins: Origins such as ``https://app.example.com``; plain HTTP only for localhost.

    Raises:
        ValueError: An origin is wrong; the message is about the first one.
    """
    for origin in origins:
        if not (_HTTPS_ORIGIN.fullmatch(origin) or _LOCAL_ORIGIN.fullmatch(origin)):
            raise ValueError(
                f"{key}={origin} is not an origin such as https://app.example.com, https://*.example.com or "
                "http://localhost:5173"
            )


def check_methods(key: str, methods: Sequence[str]) -> None:
    """Refuse methods that Amazon S3 does not accept in a CORS rule.

    Args:
        key: Name of the argument, for the error.
        methods: HTTP methods.

    Raises:
        ValueError: A method is unknown, or there is none.
    """
    if not methods:
        raise ValueError(f"{key} is empty; allowed are {', '.join(CORS_METHODS)}")
    for method in methods:
        if method not in CORS_METHODS:
            raise ValueError(f"{key}={method} is not one of {', '.join(CORS_METHODS)}")


BUCKET_ORIGIN = Allowed(
    "https://host, without a path and perhaps beginning with *., or http:// for localhost",
    passing(lambda value: check_origins("origin", [value])),
)
"""An origin that may use a bucket."""
