"""Validates domain names and origins."""

import re
from functools import partial
from ipaddress import IPv4Address

from spot_planning.declarations import Allowed, passing

MAXIMUM_COMMON_NAME_LENGTH = 64
"""Longest first name of a certificate (RequestCertificate, AWS Certificate Manager API Reference)."""

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})+")


def check_domain_name(key: str, name: str, *, wildcard: bool = False) -> None:
    """Check a fully qualified domain name.

    Args:
        key: Name of the argument, for the error.
        name: The domain name, in lower case and without a final dot.
        wildcard: Whether the first label may be ``*``.

    Raises:
        ValueError: The name does not have this form.
    """
    plain = name.removeprefix("*.") if wildcard else name
    if len(name) > 253 or not _DOMAIN_NAME.fullmatch(plain):  # noqa: PLR2004 - the limit of DNS itself (RFC 1035)
        allowed = "api.example.com or *.example.com" if wildcard else "api.example.com"
        raise ValueError(f"{key}={name} is not a domain name in lower case, such as {allowed}")


def plan_validation_domains(domain_name: str, subject_alternative_names: list[str]) -> tuple[str, ...]:
    """Return the domains of a certificate that get a validation record.

    A wildcard is validated by the record of its parent domain ("DNS validation", AWS Certificate Manager User Guide),
    so ``example.com`` and ``*.example.com`` share one record.

    Args:
        domain_name: The certificate's first name.
        subject_alternative_names: The certificate's other names.

    Returns:
        The domains, without wildcards, each once and in order.

    Raises:
        ValueError: A name is malformed or given twice, or the first name is too long for a certificate.
    """
    check_domain_name("domain_name", domain_name, wildcard=True)
    if len(domain_name) > MAXIMUM_COMMON_NAME_LENGTH:
        raise ValueError(
            f"domain_name={domain_name} has {len(domain_name)} characters;"
            f" a certificate's first name has at most {MAXIMUM_COMMON_NAME_LENGTH}, put a shorter one first"
        )
    names = [domain_name, *subject_alternative_names]
    for name in subject_alternative_names:
        check_domain_name("subject_alternative_names", name, wildcard=True)
        if names.count(name) > 1:
            raise ValueError(f"subject_alternative_names={name} is given twice")
    return tuple(dict.fromkeys(name.removeprefix("*.") for name in names))


ANY_ORIGIN = "*"
"""The origin value that allows pages of every origin."""

_HIGHEST_PORT = 65535
_ORIGIN = re.compile(r"(?P<scheme>https?)://(?P<host>[a-z0-9.-]+)(?::(?P<port>\d{1,5}))?")

_is_domain = passing(partial(check_domain_name, "domain"))


def is_origin(value: str) -> bool:
    """Check for ``*`` or an origin that a browser may send: https, or http for the loopback interface."""
    if value == ANY_ORIGIN:
        return True
    match = _ORIGIN.fullmatch(value)
    if match is None or not 1 <= int(match["port"] or 1) <= _HIGHEST_PORT:
        return False
    return _is_loopback(match["host"]) or (match["scheme"] == "https" and _is_domain(match["host"]))


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or IPv4Address(host).is_loopback
    except ValueError:
        return False


DOMAIN_NAME = Allowed("a full domain name in lower case, such as app.example.com", _is_domain)

ORIGIN = Allowed("https://host, without a path, or http:// for localhost, or * alone", is_origin)
