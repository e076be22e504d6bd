"""Validates domain names and origins."""

import re
from ipaddress import IPv4Address

from spot_planning.declarations import Allowed, fits

MAXIMUM_COMMON_NAME_LENGTH = 64
"""Longest first name of a certificate (RequestCertificate, AWS Certificate Manager API Reference)."""

MAXIMUM_ALTERNATIVE_NAMES = 99
"""Names of a certificate beside its first; with it there are 100 at most, and as many alternate domain names in a
distribution (RequestCertificate, AWS Certificate Manager API Reference; Amazon CloudFront Developer Guide,
"Quotas")."""

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_LONGEST_NAME = 253
"""Characters of a domain name (RFC 1035)."""
_DOMAIN_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})+")


def _is_domain(name: str) -> bool:
    return len(name) <= _LONGEST_NAME and _DOMAIN_NAME.fullmatch(name) is not None


DOMAIN_NAME = Allowed("a full domain name in lower case, such as app.example.com", _is_domain)

ALTERNATIVE_NAMES = Allowed(
    f"at most {MAXIMUM_ALTERNATIVE_NAMES} names", lambda names: len(names) <= MAXIMUM_ALTERNATIVE_NAMES
)
"""The length of a list of a certificate's names beside its first."""

CERTIFICATE_NAME = Allowed(
    "a full domain name in lower case, such as api.example.com or *.example.com",
    lambda name: len(name) <= _LONGEST_NAME and _is_domain(name.removeprefix("*.")),
)
"""A name of a certificate, whose first label may be ``*``."""

FIRST_CERTIFICATE_NAME = Allowed(
    f"{CERTIFICATE_NAME.text}, with at most {MAXIMUM_COMMON_NAME_LENGTH} characters",
    lambda name: len(name) <= MAXIMUM_COMMON_NAME_LENGTH and fits(CERTIFICATE_NAME, name),
)
"""The first name of a certificate. A longer name may be one of the others."""


def plan_validation_domains(domain_name: str, subject_alternative_names: list[str]) -> tuple[str, ...]:
    """Return the domains of a certificate that get a validation record.

    A wildcard is validated by the record of its parent domain ("DNS validation", AWS Certificate Manager User Guide),
    so ``example.com`` and ``*.example.com`` share one record.

    Args:
        domain_name: The certificate's first name.
        subject_alternative_names: The certificate's other names.

    Returns:
        The domains, without wildcards, each once and in order.
    """
    names = [domain_name, *subject_alternative_names]
    return tuple(dict.fromkeys(name.removeprefix("*.") for name in names))


ANY_ORIGIN = "*"
"""The origin value that allows pages of every origin."""

_HIGHEST_PORT = 65535
_ORIGIN = re.compile(r"(?P<scheme>https?)://(?P<host>[a-z0-9.-]+)(?::(?P<port>[0-9]{1,5}))?")


def is_port(text: str | None) -> bool:
    """Check for the port of a URL: none, or a number of a port that a server can have.

    Args:
        text: Digits; None if the URL has no port.
    """
    return text is None or 1 <= int(text) <= _HIGHEST_PORT


def is_origin(value: str) -> bool:
    """Check for ``*`` or an origin that a browser may send: https, or http for the loopback interface."""
    if value == ANY_ORIGIN:
        return True
    match = _ORIGIN.fullmatch(value)
    if match is None or not is_port(match["port"]):
        return False
    return _is_loopback(match["host"]) or (match["scheme"] == "https" and _is_domain(match["host"]))


def is_host_on_the_internet(host: str) -> bool:
    """Check for a full domain name, in lower or upper case, or an IPv4 address."""
    try:
        return not IPv4Address(host).is_loopback
    except ValueError:
        return _is_domain(host.lower()) and not host.rpartition(".")[2].isdigit()


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or IPv4Address(host).is_loopback
    except ValueError:
        return False


ORIGIN = Allowed("https://host, without a path, or http:// for localhost, or * alone", is_origin)
