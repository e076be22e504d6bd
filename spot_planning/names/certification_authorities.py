"""CAA records, which name the certification authorities that may issue certificates for a domain."""

from collections.abc import Iterator, Sequence
from typing import Final

from spot_planning.checking import Rule
from spot_planning.names.settings import PublicNamesSettings
from spot_planning.problems import Problem
from spot_planning.repetition import nothing_twice

AMAZON_ISSUERS: Final = ("amazon.com", "amazonaws.com", "amazontrust.com", "awstrust.com")
"""Names of Amazon as an issuer. AWS Certificate Manager needs one of them in a CAA record ("(Optional) Configure a CAA
record", AWS Certificate Manager User Guide)."""


def caa_values(issuers: Sequence[str]) -> list[str]:
    """Return the values of a domain's CAA records: they allow only these issuers, also for wildcard certificates.

    Args:
        issuers: Issuers in addition to Amazon.

    Source: RFC 8659, section 4.2 (``issue`` also applies to wildcards if there is no ``issuewild``); Amazon
        Route 53 Developer Guide, "CAA record type".
    """
    return [f'0 issue "{issuer}"' for issuer in sorted({*AMAZON_ISSUERS, *issuers})]


def issuers_need_records(settings: PublicNamesSettings) -> Iterator[Problem]:
    """Further issuers need CAA records."""
    if settings.caa_issuers and not settings.caa_records:
        yield Problem(("caa_issuers",), "is not allowed while caa_records is false", shows_value=False)


RULES: tuple[Rule, ...] = (issuers_need_records, nothing_twice("caa_issuers"))
