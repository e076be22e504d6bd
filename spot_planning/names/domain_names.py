"""Names in DNS."""

import re

MAXIMUM_COMMON_NAME_LENGTH = 64
"""Characters of a certificate's first name (RequestCertificate, AWS Certificate Manager API Reference)."""

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})+")


def check_domain_name(key: str, name: str, *, wildcard: bool = False) -> None:
    """Check a fully qualified domain name.

    Args:
        key: The name of the value, for the error.
        name: The domain name, in lower case and without a final dot.
        wildcard: Whether the first label may be ``*``.

    Raises:
        ValueError: If the name is not of this form.
    """
    plain = name.removeprefix("*.") if wildcard else name
    if len(name) > 253 or not _DOMAIN_NAME.fullmatch(plain):  # noqa: PLR2004 - the limit of DNS itself (RFC 1035)
        allowed = "api.example.com or *.example.com" if wildcard else "api.example.com"
        raise ValueError(f"{key}={name} is not a domain name in lower case, such as {allowed}")


def plan_validation_domains(domain_name: str, subject_alternative_names: list[str]) -> tuple[str, ...]:
    """Say which domains of a certificate get a validation record.

    A wildcard is validated by the record of the domain that it stands in ("DNS validation", AWS Certificate Manager
    User Guide), so ``example.com`` and ``*.example.com`` share one record.

    Args:
        domain_name: The certificate's first name.
        subject_alternative_names: Its other names.

    Returns:
        The domains, without wildcards, each once and in order.

    Raises:
        ValueError: If a name is malformed or given twice, or the first is too long for a certificate.
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
