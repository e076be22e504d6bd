"""Settings of the API."""

from enum import StrEnum

from spot_planning.declarations import Allowed, arguments, between, integer_from, matching, one_of, setting
from spot_planning.monitoring.log_retention import LOG_RETENTION_DAYS
from spot_planning.names.domain_names import ORIGIN
from spot_planning.network.load_balancer import LoadBalancerKind


class BasePath(StrEnum):
    """Whether the path in the URL of a document's first server is prepended to the API's paths or ignored."""

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
    """Level of API Gateway's execution logs."""

    OFF = "OFF"
    ERROR = "ERROR"
    INFO = "INFO"


class SecurityPolicy(StrEnum):
    """TLS versions and ciphers of a regional API: TLS 1.2 or newer, with the ciphers of 2025.

    Source: Amazon API Gateway Developer Guide, "Supported security policies". The legacy ``TLS_1_2`` fails Security Hub
    APIGateway.11; without a security policy a regional API accepts TLS 1.0. AWS also has
    ``SecurityPolicy_TLS13_1_2_FIPS_PFS_PQ_2025_09``, which pulumi-aws 7.51 refuses for a domain.
    """

    TLS13_1_2_PFS_PQ_2025_09 = "SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09"
    TLS13_1_2_PQ_2025_09 = "SecurityPolicy_TLS13_1_2_PQ_2025_09"
    TLS13_1_2_FIPS_PQ_2025_09 = "SecurityPolicy_TLS13_1_2_FIPS_PQ_2025_09"
    TLS13_1_3_2025_09 = "SecurityPolicy_TLS13_1_3_2025_09"
    TLS13_1_3_FIPS_2025_09 = "SecurityPolicy_TLS13_1_3_FIPS_2025_09"


class EndpointAccessMode(StrEnum):
    """Whether a request's TLS name must match its host, and the request must use an endpoint of the API's own type.

    Source: Amazon API Gateway Developer Guide, "Endpoint access mode".
    """

    STRICT = "STRICT"
    BASIC = "BASIC"


CACHE_SIZES_GB = (0.5, 1.6, 6.1, 13.5, 28.4, 58.2, 118, 237)
"""Sizes of a stage's cache (Amazon API Gateway API Reference, CreateStage, ``cacheClusterSize``)."""


@arguments
class ImportSettings:
    """How a document becomes the API: the settings that the component, the stack file and ``ops openapi`` share."""

    load_balancer_kind: LoadBalancerKind = LoadBalancerKind.NETWORK
    """Kind of the internal load balancer. Changing it replaces the load balancer and the VPC link. An application load
    balancer logs its requests in the bucket for access logs, for `storage.access_log_retention_days`."""
    vpc_link_version: int | None = setting(default=None, allowed=one_of((1, 2)))
    """Version of the VPC link. Version 1 is legacy and reaches network load balancers only; version 2 reaches both
    kinds. null chooses the oldest version that reaches the load balancer. After 60 days without a request a link of
    version 2 is INACTIVE: the next requests fail for some minutes, until API Gateway has made its network interfaces
    again."""
    base_path: BasePath = BasePath.PREPEND
    """Use of the path in the URL of the document's first server: `prepend` puts it before every path, `ignore` drops
    it."""
    proxy: Proxy = Proxy.NONE
    """Whether paths that the document does not name reach the service. `none`: they do not. `fallback`: they do.
    `only`: a single catch-all path replaces all paths of the document, for huge documents."""
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
    """Path of the site below which CloudFront forwards requests to the API, for example `/api`; null for an API with
    its own address. CloudFront adds the API key, so no page contains it. Every operation requires the key, even with
    `security: []`, so that nobody can call the API without CloudFront. There is no CORS, and one web ACL protects
    both. With a domain name of the API (`dns.api_domain`) CloudFront calls the API by that name, and the execute-api
    endpoint is off; without one CloudFront calls the execute-api endpoint."""
    cors_allowed_origins: list[str] = setting(default_factory=list[str], each=ORIGIN)
    """Origins whose pages may call the API. When empty: the origins of the site's domains; any origin if the site has
    no domain."""
    cors_allow_credentials: bool = False
    """Whether pages of the allowed origins may send cookies and HTTP authentication."""
    cors_allowed_headers: list[str] = setting(
        default_factory=list[str], each=matching(r"[A-Za-z0-9-]+", "a header's name")
    )
    """Request headers that pages of the allowed origins may send, in addition to the headers that the document
    names."""
    integration_timeout_milliseconds: int = setting(default=29000, allowed=between(50, 29000))
    """Milliseconds that API Gateway waits for the service."""
    integration_timeout_quota_milliseconds: int = setting(default=29000, allowed=integer_from(29000))
    """The account's quota for the integration timeout, milliseconds. Single operations may have a timeout up to this
    value (x-integration-settings)."""
    cache_size_gb: float | None = setting(default=None, allowed=one_of(CACHE_SIZES_GB))
    """Size of the stage's cache, GB, for methods that enable caching; from about 15 USD a month. null for no cache."""


@arguments
class UsagePlanSettings:
    """Limits and quota of each API key."""

    throttle_rate_limit: float = setting(default=100, allowed=Allowed("more than 0", lambda rate: rate > 0))
    """Requests per second (100 a minute are 1.67). This is the limit of each method for all callers together, and of
    each API key for all methods together."""
    throttle_burst_limit: int = setting(default=200, allowed=integer_from(1))
    """Size of a burst: requests at once above the rate, with the same two limits."""
    quota_limit: int | None = setting(default=None, allowed=integer_from(1))
    """Requests that an API key may send per period; null for no quota. All visitors of a site share the site's key and
    so its quota: once it is used up, every visitor gets status 429 until the period ends."""
    quota_period: QuotaPeriod = QuotaPeriod.MONTH
    """Period of the quota."""


@arguments
class ApiLoggingSettings:
    """Logs of the API."""

    access_log_retention_days: int = setting(default=30, allowed=LOG_RETENTION_DAYS)
    """Days that access and execution logs are kept."""
    execution_log_level: ExecutionLogLevel = ExecutionLogLevel.ERROR
    """Level of API Gateway's execution logs, which describe how each request was processed."""


@arguments
class ApiDomainSettings:
    """TLS of the API and of its domain."""

    security_policy: SecurityPolicy = SecurityPolicy.TLS13_1_2_PFS_PQ_2025_09
    """TLS versions and ciphers of the API and of its domain. AWS takes about 15 minutes to create or change a
    domain."""
    endpoint_access_mode: EndpointAccessMode = EndpointAccessMode.STRICT
    """Whether a request's TLS name (SNI) must match its Host header. An API that is in use must be set to BASIC first.
    A change from STRICT back to BASIC makes the API unreachable for about 15 minutes; `preview` and `up` warn of it."""


@arguments
class TracingSettings:
    """Which requests AWS X-Ray traces."""

    xray: bool = True
    """Whether AWS X-Ray traces requests, at 5.00 USD per million traces."""
    xray_sample_ratio: float = setting(default=0.05, allowed=between(0, 1))
    """Share of the requests that X-Ray traces, 0 to 1; of those beyond `xray_traces_per_second`, if that is set."""
    xray_traces_per_second: int = setting(default=0, allowed=between(0, 100))
    """Requests of each second that X-Ray traces in any case. Each costs up to 13 USD a month."""


@arguments
class PrivateApiSettings(TracingSettings, ApiDomainSettings, ApiLoggingSettings, UsagePlanSettings, ImportSettings):
    """The API: API Gateway in front of the service, through a private load balancer."""

    deletion_protection: bool = True
    """Whether AWS refuses to delete the load balancer."""
    detailed_metrics: bool = False
    """Whether each method also has its own metrics: 1.50 USD a month for each method that is called."""
    client_certificate: bool = False
    """Whether API Gateway sends a client certificate to the service. Only an HTTPS service can check it."""
    minimum_compression_bytes: int = setting(default=1024, allowed=between(0, 10_485_760))
    """Smallest response, in bytes, that is compressed for clients that accept compression."""
    fail_on_warnings: bool = True
    """Whether an import with warnings fails. A failed import leaves the API unchanged."""
