"""Who may issue certificates for a name: CAA records."""

from collections.abc import Iterator, Sequence
from typing import Final

from spot_planning.checking import Rule
from spot_planning.names.settings import PublicNamesSettings
from spot_planning.problems import Problem
from spot_planning.repetition import nothing_twice

AMAZON_ISSUERS: Final = ("amazon.com", "amazonaws.com", "amazontrust.com", "awstrust.com")
"""The names under which AWS Certificate Manager issues: it wants one of them ("(Optional) Configure a CAA record", AWS
Certificate Manager User Guide)."""


def caa_values(issuers: Sequence[str]) -> list[str]:
    """The values of a name's CAA records: these issuers and no others, for the name and for wildcards alike.

    Args:
        issuers: Issuers beside Amazon.

    Source: RFC 8659, section 4.2 (``issue`` also holds for wildcards as long as there is no ``issuewild``); Amazon
        Route 53 Developer Guide, "CAA record type".
    """
    return [f'0 issue "{issuer}"' for issuer in sorted({*AMAZON_ISSUERS, *issuers})]


def issuers_need_records(settings: PublicNamesSettings) -> Iterator[Problem]:
    """Without records there is no list that an issuer could be in."""
    if settings.caa_issuers and not settings.caa_records:
        yield Problem(("caa_issuers",), "is not allowed while caa_records is false", shows_value=False)


RULES: tuple[Rule, ...] = (issuers_need_records, nothing_twice("caa_issuers"))
