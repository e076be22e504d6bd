"""What a stack decides: names."""

from spot_planning.declarations import arguments, setting
from spot_planning.monitoring.log_retention import LOG_RETENTION_DAYS
from spot_planning.names.domain_names import DOMAIN_NAME


@arguments
class HostedZoneSettings:
    """Names: the hosted zone, and the domains of the site and the API inside it."""

    query_log_retention_days: int = setting(default=30, allowed=LOG_RETENTION_DAYS)
    """Days that the DNS queries of a zone made by this stack are kept."""


@arguments
class PublicNamesSettings(HostedZoneSettings):
    """Names: the hosted zone, and the domains of the site and the API inside it."""

    caa_records: bool = False
    """Whether CAA records let nobody but Amazon issue certificates for the domains of the site and the API. A record
    counts for all names below its own that have none: at the zone's own name it stops other issuers for the whole
    zone."""
    caa_issuers: list[str] = setting(default_factory=list[str], each=DOMAIN_NAME)
    """Other issuers that `caa_records` lets in, such as letsencrypt.org."""
