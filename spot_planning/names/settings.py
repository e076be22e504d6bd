"""What a stack decides: names."""

from spot_planning.declarations import arguments, setting
from spot_planning.monitoring.log_retention import LOG_RETENTION_DAYS


@arguments
class HostedZoneSettings:
    """Names: the hosted zone, and the domains of the site and the API inside it."""

    query_log_retention_days: int = setting(default=30, allowed=LOG_RETENTION_DAYS)
    """Days that the DNS queries of a zone made by this stack are kept."""
