"""What a stack decides: site."""

from enum import StrEnum

from spot_planning.declarations import Allowed, arguments, at_least, matching, passing, setting
from spot_planning.site.security_headers import PERMISSIONS_POLICY, check_content_security_policy


class PriceClass(StrEnum):
    """Which edge locations serve a site (Amazon CloudFront Developer Guide, "Choose the price class")."""

    PRICE_CLASS_100 = "PriceClass_100"
    PRICE_CLASS_200 = "PriceClass_200"
    PRICE_CLASS_ALL = "PriceClass_All"


class Routing(StrEnum):
    """How deep links reach /index.html."""

    VIEWER_REQUEST = "viewer-request"
    ERROR_RESPONSES = "error-responses"


class MinimumProtocolVersion(StrEnum):
    """Security policies of CloudFront for viewers, TLS 1.2 of 2021 or newer."""

    TLSV1_2_2021 = "TLSv1.2_2021"
    TLSV1_2_2025 = "TLSv1.2_2025"
    TLSV1_3_2025 = "TLSv1.3_2025"


@arguments
class SpaFrontendSettings:
    """The single-page app: CloudFront in front of a private bucket."""

    price_class: PriceClass = PriceClass.PRICE_CLASS_100
    """Which edge locations serve the site: North America and Europe, those and more, or all."""
    routing: Routing = Routing.VIEWER_REQUEST
    """How deep links reach /index.html: by a function at the edge, where a missing file still answers 404, or by
    answering every 403 and 404 with the page."""
    content_security_policy: str | None = setting(
        default=None, allowed=Allowed("one line with default-src or script-src", passing(check_content_security_policy))
    )
    """Content-Security-Policy header; without one the component's own, which admits the site and the API."""
    minimum_protocol_version: MinimumProtocolVersion = MinimumProtocolVersion.TLSV1_2_2021
    """Oldest TLS that browsers may speak with the site's own domain."""
    permissions_policy: str = setting(default=PERMISSIONS_POLICY, allowed=matching("[\\x20-\\x7e]+", "one line"))
    """Permissions-Policy header: which features of the browser the site may use."""
    hsts_preload: bool = False
    """Whether browsers may build HTTPS for this domain and all below it into themselves; cannot be undone soon."""
    access_logs: bool = True
    """Whether requests are logged."""
    access_log_retention_days: int = setting(default=90, allowed=at_least(1))
    """Days that CloudFront's access logs are kept."""
    noncurrent_version_expiration_days: int = setting(default=30, allowed=at_least(1))
    """Days that a replaced release can be brought back."""
    force_destroy: bool = False
    """Whether destroying the stack deletes the site's files with their bucket."""
