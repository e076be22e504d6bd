"""What a stack decides: api."""

from enum import StrEnum

from spot_planning.declarations import Allowed, arguments, at_least, between, matching, one_of, setting
from spot_planning.monitoring.log_retention import LOG_RETENTION_DAYS
from spot_planning.names.domain_names import ORIGIN
from spot_planning.network.load_balancer import LoadBalancerKind


class BasePath(StrEnum):
    """What becomes of the path in the URL of a document's first server."""

    PREPEND = "prepend"
    IGNORE = "ignore"


class Proxy(StrEnum):
    """Whether paths that a document does not name reach the service."""

    NONE = "none"
    FALLBACK = "fallback"
    ONLY = "only"


class QuotaPeriod(StrEnum):
    """Periods of a usage plan's quota."""

    DAY = "DAY"
    WEEK = "WEEK"
    MONTH = "MONTH"


class ExecutionLogLevel(StrEnum):
    """What API Gateway logs about a request's way through it."""

    OFF = "OFF"
    ERROR = "ERROR"
    INFO = "INFO"


class SecurityPolicy(StrEnum):
    """TLS versions and ciphers of an API, regional, TLS 1.2 or newer with the ciphers of 2025.

    Source: Amazon API Gateway Developer Guide, "Supported security policies". The legacy ``TLS_1_2`` fails Security Hub
    APIGateway.11; without a policy of its own a regional API accepts TLS 1.0.
    """

    TLS13_1_2_PFS_PQ_2025_09 = "SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09"
    TLS13_1_2_PQ_2025_09 = "SecurityPolicy_TLS13_1_2_PQ_2025_09"
    TLS13_1_2_FIPS_PFS_PQ_2025_09 = "SecurityPolicy_TLS13_1_2_FIPS_PFS_PQ_2025_09"
    TLS13_1_2_FIPS_PQ_2025_09 = "SecurityPolicy_TLS13_1_2_FIPS_PQ_2025_09"
    TLS13_1_3_2025_09 = "SecurityPolicy_TLS13_1_3_2025_09"
    TLS13_1_3_FIPS_2025_09 = "SecurityPolicy_TLS13_1_3_FIPS_2025_09"


class EndpointAccessMode(StrEnum):
    """Whether a request's TLS name must match its host, and come through an endpoint of the API's own type.

    Source: Amazon API Gateway Developer Guide, "Endpoint access mode".
    """

    STRICT = "STRICT"
    BASIC = "BASIC"


CACHE_SIZES_GB = (0.5, 1.6, 6.1, 13.5, 28.4, 58.2, 118, 237)
"""Sizes of a stage's cache (Amazon API Gateway API Reference, CreateStage, ``cacheClusterSize``)."""


@arguments
class PrivateApiSettings:
    """The API: API Gateway in front of the service, by way of a private load balancer."""

    load_balancer_kind: LoadBalancerKind = LoadBalancerKind.NETWORK
    """Kind of the internal load balancer. Changing it replaces the load balancer and the way to it."""
    vpc_link_version: int | None = setting(default=None, allowed=one_of((1, 2)))
    """Version of the VPC link: 1 reaches network load balancers only and is legacy, 2 reaches both; null for the oldest
    that reaches the load balancer."""
    base_path: BasePath = BasePath.PREPEND
    """What becomes of the path in the URL of the document's first server: written before every path, or dropped."""
    proxy: Proxy = Proxy.NONE
    """Whether paths that the document does not name reach the service: not, also, or all in one for huge documents."""
    deletion_protection: bool = True
    """Whether AWS refuses to delete the load balancer."""
    throttle_rate_limit: float = setting(default=100, allowed=Allowed("more than 0", lambda rate: rate > 0))
    """Requests per second (100 a minute are 1.67): each method takes as many from all callers together, and each API
    key may send as many to all methods together."""
    throttle_burst_limit: int = setting(default=200, allowed=at_least(1))
    """Requests at once above the rate, counted the same two ways."""
    quota_limit: int | None = setting(default=None, allowed=at_least(1))
    """Requests an API key has per period; null for no quota. All visitors of a site share its key, and so its quota:
    once it is spent, everybody gets status 429 until the period ends."""
    quota_period: QuotaPeriod = QuotaPeriod.MONTH
    """The quota's period."""
    api_key_required: bool = True
    """Whether callers must send an API key."""
    path_on_site: str | None = setting(
        default=None,
        allowed=matching(
            r"(?=.{2,100}$)(?:/[A-Za-z0-9_-]+)+",
            "a path of letters, digits, hyphens and underscores that begins with a slash and does not end with one, "
            "such as /api",
        ),
    )
    """Path of the site below which CloudFront hands requests on to the API, `/api` for example; null for an API with an
    address of its own. CloudFront adds the API key, which is then in no page, and nobody calls the API past it: every
    operation asks for the key, those with `security: []` too. There is no CORS, and one web ACL guards both."""
    cors_allowed_origins: list[str] = setting(default_factory=list[str], each=ORIGIN)
    """Origins whose pages may call the API; when empty, those of the site's domains, or any without a domain."""
    cors_allow_credentials: bool = False
    """Whether those pages may send cookies and HTTP authentication."""
    cors_allowed_headers: list[str] = setting(
        default_factory=list[str], each=matching(r"[A-Za-z0-9-]+", "a header's name")
    )
    """Request headers that those pages may send beside the headers that the document names."""
    access_log_retention_days: int = setting(default=30, allowed=LOG_RETENTION_DAYS)
    """Days that access and execution logs are kept."""
    execution_log_level: ExecutionLogLevel = ExecutionLogLevel.ERROR
    """What API Gateway logs about each request's way through it."""
    detailed_metrics: bool = False
    """Whether every method also has metrics of its own, 1.50 USD a month for each method that is called."""
    xray: bool = True
    """Whether requests are traced."""
    account_logging_role: bool = True
    """Whether this stack sets the role that API Gateway logs with: one per account and Region, so one stack only, which
    goes up before the others: without the role API Gateway refuses a stage that logs."""
    integration_timeout_milliseconds: int = setting(default=29000, allowed=between(50, 29000))
    """How long API Gateway waits for the service."""
    integration_timeout_quota_milliseconds: int = setting(default=29000, allowed=at_least(29000))
    """The account's quota of integration timeouts; single operations may wait that long (x-integration-settings)."""
    cache_size_gb: float | None = setting(default=None, allowed=one_of(CACHE_SIZES_GB))
    """Size of the stage's cache, for methods that ask for caching, from about 15 USD a month; null for none."""
    security_policy: SecurityPolicy = SecurityPolicy.TLS13_1_2_PFS_PQ_2025_09
    """TLS versions and ciphers of the API and of its domain. AWS takes about 15 minutes to make or change a domain."""
    endpoint_access_mode: EndpointAccessMode = EndpointAccessMode.STRICT
    """Whether the TLS name of a request must be the host it asks for. An API in use goes through BASIC first; from
    STRICT back to BASIC makes it unreachable for about 15 minutes."""
    client_certificate: bool = False
    """Whether API Gateway shows the service a certificate, which only an HTTPS service can check."""
    minimum_compression_bytes: int = setting(default=1024, allowed=between(0, 10_485_760))
    """Size from which on responses are compressed for clients that ask for it."""
    fail_on_warnings: bool = True
    """Whether an import with warnings fails, which leaves the API as it was."""
