"""Checks of single variables. Each returns the value, or raises ValueError with the allowed values."""

import os
import re
import ssl
from ipaddress import ip_address
from pathlib import Path
from typing import Final
from urllib.parse import parse_qs, urlsplit

SSL_MODES: Final = ("disable", "require", "verify-full")
"""Allowed values of DATABASE_SSL and of a URL's sslmode. libpq has more, but here they would be weaker than their names
promise."""

_KMS_ARN: Final = re.compile(r"arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:(key|alias)/[A-Za-z0-9/_-]+")
_PREFIX: Final = re.compile(r"(?:/[A-Za-z0-9._~-]+)+")
_HOST: Final = re.compile(r"[A-Za-z0-9._-]+|[0-9A-Fa-f:.]+(%[A-Za-z0-9]+)?")
_ALLOWED_URL: Final = "must be postgresql://USER:PASSWORD@HOST:PORT/NAME, with special characters escaped"


def http_address(value: str) -> str:
    """Check an address such as ``https://api.example.com/v1``.

    Raises:
        ValueError: It has another scheme, no host, a wrong port, credentials, a query or a fragment.
    """
    wrong = ValueError("must be http://HOST:PORT or https://HOST:PORT, without a query")
    try:
        parts = urlsplit(value)
        host = parts.hostname or ""
        _ = parts.port
    except ValueError:
        raise wrong from None
    if parts.scheme not in {"http", "https"} or not _HOST.fullmatch(host):
        raise wrong
    if "@" in parts.netloc or "?" in value or "#" in value or re.search(r"\s", value):
        raise wrong
    return value


def path_prefix(value: str) -> str:
    """Check the path prefix that browsers use, such as ``/api``; an empty one is allowed.

    Raises:
        ValueError: It does not begin with a slash, ends with one, or has characters that are not allowed in a path.
    """
    if value and not _PREFIX.fullmatch(value):
        raise ValueError("must be a path such as /api, without a slash at its end")
    return value


def listening_address(value: str) -> str:
    """Check an address to listen on. A name is refused, because it can mean several addresses.

    Raises:
        ValueError: It is neither an IP address nor ``localhost``.
    """
    if value != "localhost":
        try:
            ip_address(value)
        except ValueError:
            raise ValueError("must be an IP address of this machine, such as 0.0.0.0 or ::, or localhost") from None
    return value


def encryption(value: str) -> str:
    """Check the encryption that uploads request of Amazon S3.

    Raises:
        ValueError: It is neither ``AES256`` nor the ARN of a KMS key or of its alias.
    """
    if value != "AES256" and not _KMS_ARN.fullmatch(value):
        raise ValueError("must be AES256, or the ARN of a KMS key: arn:aws:kms:REGION:ACCOUNT:key/ID")
    return value


def authorities(value: str) -> str:
    """Check a file with certificates by loading it, as a connection does.

    Raises:
        ValueError: The file cannot be read, or contains no certificate.
    """
    try:
        ssl.create_default_context(cafile=value)
    except ssl.SSLError:
        raise ValueError("must be a PEM file with certificates; there is none in it") from None
    except (OSError, ValueError) as error:
        raise ValueError(f"must be a PEM file with certificates: {_reason(error)}") from None
    return value


def usable_folder(value: str) -> str:
    """Create a folder if it is missing, and check that it can be written.

    Raises:
        ValueError: The folder cannot be created or written.
    """
    try:
        Path(value).mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as error:
        raise ValueError(f"must be a folder that can be made and written: {_reason(error)}") from None
    if not os.access(value, os.R_OK | os.W_OK | os.X_OK):
        raise ValueError("must be a folder that can be made and written: Permission denied")
    return value


def database_url(value: str) -> str:
    """Check the URL of one database. No message contains the URL, because it contains a password.

    Raises:
        ValueError: It is not a PostgreSQL URL, has several hosts, or has an sslmode that is not in `SSL_MODES`.
    """
    try:
        parts = urlsplit(value)
        host = parts.hostname or ""
        _ = parts.port
    except ValueError:
        raise ValueError(_ALLOWED_URL) from None
    if "," in parts.netloc.rpartition("@")[2]:
        raise ValueError(f"{_ALLOWED_URL}; it has several hosts, and one is allowed")
    if parts.scheme not in {"postgresql", "postgres"} or not _HOST.fullmatch(host):
        raise ValueError(_ALLOWED_URL)
    if any(mode not in SSL_MODES for mode in parse_qs(parts.query, keep_blank_values=True).get("sslmode", [])):
        raise ValueError(f"its sslmode must be {', '.join(SSL_MODES[:-1])} or {SSL_MODES[-1]}, in lower case")
    return value


def database_host(value: str) -> str:
    """Check the name or address of one host.

    Raises:
        ValueError: It is something else, such as a URL or several hosts.
    """
    if not _HOST.fullmatch(value):
        raise ValueError("must be the name or the IP address of one host")
    return value


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
