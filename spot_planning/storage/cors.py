"""Which web sites may use a bucket from a browser."""

import re
from collections.abc import Sequence

from spot_planning.declarations import Allowed, passing

CORS_METHODS = ("GET", "PUT", "POST", "DELETE", "HEAD")
"""The methods of a bucket's CORS rule (CORSRule, Amazon S3 API Reference)."""

# A wildcard stands for whole labels in front of a domain, so that it cannot stand for sites of others.
_HTTPS_ORIGIN = re.compile(r"https://(?:\*\.)?[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+(:\d+)?")
_LOCAL_ORIGIN = re.compile(r"http://(localhost|127\.0\.0\.1)(:\d+)?")


def check_origins(key: str, origins: Sequence[str]) -> None:
    """Refuse origins that no browser would send, and those that let every site in.

    Args:
        key: The name of the value, for the error.
        origins: Origins such as ``https://app.example.com``; plain HTTP for this machine only.

    Raises:
        ValueError: For the first wrong origin.
    """
    for origin in origins:
        if not (_HTTPS_ORIGIN.fullmatch(origin) or _LOCAL_ORIGIN.fullmatch(origin)):
            raise ValueError(
                f"{key}={origin} is not an origin such as https://app.example.com, https://*.example.com or "
                "http://localhost:5173"
            )


def check_methods(key: str, methods: Sequence[str]) -> None:
    """Refuse methods that Amazon S3 does not take in a CORS rule.

    Args:
        key: The name of the value, for the error.
        methods: HTTP methods.

    Raises:
        ValueError: For an unknown method, or none at all.
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
