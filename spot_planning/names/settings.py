"""Settings of the hosted zone and of the CAA records."""

from enum import StrEnum

from spot_planning.declarations import arguments, setting
from spot_planning.monitoring.log_retention import LOG_RETENTION_DAYS
from spot_planning.names.domain_names import DOMAIN_NAME


class CertificateKeyAlgorithm(StrEnum):
    """Key algorithms that ACM offers and that CloudFront and API Gateway both accept.

    Every client supports RSA. The elliptic curve needs less computing on both sides.
    """

    RSA_2048 = "RSA_2048"
    EC_PRIME256V1 = "EC_prime256v1"


@arguments
class HostedZoneSettings:
    """Names: the hosted zone, and the domains of the site and the API inside it."""

    query_log_retention_days: int = setting(default=30, allowed=LOG_RETENTION_DAYS)
    """Days that DNS query logs are kept, for a zone that this stack creates."""


@arguments
class PublicNamesSettings(HostedZoneSettings):
    """Names: the hosted zone, and the domains of the site and the API inside it."""

    caa_records: bool = False
    """Whether CAA records allow only Amazon to issue certificates for the domains of the site and the API. A record
    also applies to all names below it that have no CAA record: at the zone's own name it stops other issuers for the
    whole zone."""
    caa_issuers: list[str] = setting(default_factory=list[str], each=DOMAIN_NAME)
    """Other issuers that `caa_records` allows, such as letsencrypt.org."""
