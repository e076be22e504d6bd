"""Sections: what browsers talk to."""

import math
from typing import Annotated, ClassVar

from configuration.values import (
    Allowed,
    LogRetentionDays,
    Origin,
    Section,
    at_least,
    between,
    matching,
    one_of,
    passing,
)
from spot_planning.api.openapi.options import BASE_PATHS, CONNECTIONS, PROXIES
from spot_planning.api.private_api import (
    ENDPOINT_ACCESS_MODES,
    EXECUTION_LOG_LEVELS,
    MAXIMUM_COMPRESSION_BYTES,
    SECURITY_POLICIES,
)
from spot_planning.api.throttling import QUOTA_PERIOD_SECONDS
from spot_planning.site.security_headers import PERMISSIONS_POLICY, check_content_security_policy
from spot_planning.site.spa_frontend import MINIMUM_PROTOCOL_VERSIONS, PRICE_CLASSES, ROUTINGS


class Frontend(Section):
    """The single-page app: CloudFront in front of a private bucket."""

    price_class: Annotated[str, one_of(PRICE_CLASSES)] = "PriceClass_100"
    """Which edge locations serve the site: North America and Europe, those and more, or all."""
    routing: Annotated[str, one_of(ROUTINGS)] = "viewer-request"
    """How deep links reach /index.html: by a function at the edge, where a missing file still answers 404, or by
    answering every 403 and 404 with the page."""
    content_security_policy: (
        Annotated[str, Allowed("one line with default-src or script-src", passing(check_content_security_policy))]
        | None
    ) = None
    """Content-Security-Policy header; without one the component's own, which admits the site and the API."""
    minimum_protocol_version: Annotated[str, one_of(MINIMUM_PROTOCOL_VERSIONS)] = MINIMUM_PROTOCOL_VERSIONS[0]
    """Oldest TLS that browsers may speak with the site's own domain."""
    permissions_policy: Annotated[str, matching(r"[\x20-\x7e]+", "one line")] = PERMISSIONS_POLICY
    """Permissions-Policy header: which features of the browser the site may use."""
    hsts_preload: bool = False
    """Whether browsers may build HTTPS for this domain and all below it into themselves; cannot be undone soon."""
    access_logs: bool = True
    """Whether requests are logged."""
    access_log_retention_days: Annotated[int, at_least(1)] = 90
    """Days that CloudFront's access logs are kept."""
    noncurrent_version_expiration_days: Annotated[int, at_least(1)] = 30
    """Days that a replaced release can be brought back."""
    force_destroy: bool = False
    """Whether destroying the stack deletes the site's files with their bucket."""


class Api(Section):
    """The API: API Gateway in front of the service, by way of a private load balancer."""

    root_only: ClassVar[frozenset[str]] = frozenset(
        {"document", "load_balancer", "deletion_protection", "cors_allowed_origins"}
    )

    document: Annotated[
        str,
        matching(
            r"(?!/)(?!.*\.\.(?:/|$))[^\\:\x00-\x1f\x7f]+\.(?:ya?ml|json)",
            "the path of a .yaml, .yml or .json file, relative to the project",
        ),
    ]
    """The OpenAPI document that defines the API."""
    load_balancer: Annotated[str, one_of(CONNECTIONS)] = "network"
    """Kind of the internal load balancer. Changing it replaces the load balancer and the way to it."""
    base_path: Annotated[str, one_of(BASE_PATHS)] = "prepend"
    """What becomes of the path in the URL of the document's first server: written before every path, or dropped."""
    proxy: Annotated[str, one_of(PROXIES)] = "none"
    """Whether paths that the document does not name reach the service: not, also, or all in one for huge documents."""
    deletion_protection: bool = True
    """Whether AWS refuses to delete the load balancer."""
    throttle_rate_limit: Annotated[float, Allowed("more than 0", lambda rate: rate > 0)] = 100
    """Requests per second (100 a minute are 1.67), for all callers together and for each API key."""
    throttle_burst_limit: Annotated[int, at_least(1)] = 200
    """Requests at once above the rate."""
    quota_limit: Annotated[int, at_least(1)] | None = 100_000
    """Requests an API key has per period; null for no quota."""
    quota_period: Annotated[str, one_of(tuple(QUOTA_PERIOD_SECONDS))] = "MONTH"
    """The quota's period."""
    api_key_required: bool = True
    """Whether callers must send an API key."""
    cors_allowed_origins: list[Origin] = []
    """Origins whose pages may call the API; when empty, those of the site's domains, or any without a domain."""
    cors_allow_credentials: bool = False
    """Whether those pages may send cookies and HTTP authentication."""
    access_log_retention_days: LogRetentionDays = 30
    """Days that access and execution logs are kept."""
    execution_log_level: Annotated[str, one_of(EXECUTION_LOG_LEVELS)] = "ERROR"
    """What API Gateway logs about each request's way through it."""
    detailed_metrics: bool = False
    """Whether every method also has metrics of its own, 1.50 USD a month for each method that is called."""
    xray: bool = True
    """Whether requests are traced."""
    account_logging_role: bool = True
    """Whether this stack sets the role that API Gateway logs with: one per account and Region, so one stack only, which
    goes up before the others: without the role API Gateway refuses a stage that logs."""
    integration_timeout_milliseconds: Annotated[int, between(50, 29_000)] = 29_000
    """How long API Gateway waits for the service."""
    security_policy: Annotated[str, one_of(SECURITY_POLICIES)] = SECURITY_POLICIES[0]
    """TLS versions and ciphers of the API and of its domain."""
    endpoint_access_mode: Annotated[str, one_of(ENDPOINT_ACCESS_MODES)] = "STRICT"
    """Whether the TLS name of a request must be the host it asks for; an API in use goes through BASIC first."""
    client_certificate: bool = False
    """Whether API Gateway shows the service a certificate, which only an HTTPS service can check."""
    minimum_compression_bytes: Annotated[int, between(0, MAXIMUM_COMPRESSION_BYTES)] = 1024
    """Size from which on responses are compressed for clients that ask for it."""
    fail_on_warnings: bool = True
    """Whether an import with warnings fails, which leaves the API as it was."""

    @property
    def integration_timeout_seconds(self) -> int:
        """How long the longest request takes, in whole seconds: what the service must be able to finish."""
        return math.ceil(self.integration_timeout_milliseconds / 1000)
