"""Settings of the site."""

from enum import StrEnum

from spot_planning.declarations import Allowed, arguments, integer_from, matching, one_of, passing, setting
from spot_planning.site.security_headers import (
    EXTENDABLE_DIRECTIVES,
    HSTS_MAX_AGE_SECONDS,
    MAXIMUM_POLICY_LENGTH,
    PERMISSIONS_POLICY,
    check_content_security_policy,
    is_source,
)

_HEADER = matching(
    rf"[\x20-\x7e]{{1,{MAXIMUM_POLICY_LENGTH}}}", f"one line of at most {MAXIMUM_POLICY_LENGTH} characters"
)
"""A header's value. Source of its length: Amazon CloudFront Developer Guide, "Quotas on headers"."""


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
    """CloudFront's security policies for viewer connections: TLSv1.2_2021 or newer."""

    TLSV1_2_2021 = "TLSv1.2_2021"
    TLSV1_2_2025 = "TLSv1.2_2025"
    TLSV1_3_2025 = "TLSv1.3_2025"


class CrossOriginOpenerPolicy(StrEnum):
    """Values of the header Cross-Origin-Opener-Policy (HTML Standard, "Cross-origin opener policies").

    ``same-origin`` cuts the connection to a popup of another site, so a sign-in in the popup cannot report its result;
    ``same-origin-allow-popups`` keeps it.
    """

    SAME_ORIGIN = "same-origin"
    SAME_ORIGIN_ALLOW_POPUPS = "same-origin-allow-popups"
    NOOPENER_ALLOW_POPUPS = "noopener-allow-popups"
    UNSAFE_NONE = "unsafe-none"


@arguments
class SpaFrontendSettings:
    """The single-page app: CloudFront in front of a private bucket."""

    price_class: PriceClass = PriceClass.PRICE_CLASS_100
    """Which edge locations serve the site: those in North America and Europe, these and some more, or all."""
    routing: Routing = Routing.VIEWER_REQUEST
    """How deep links reach /index.html. `viewer-request`: a CloudFront Function changes the path, and a missing file
    still gets status 404. `error-responses`: every 404 is answered with /index.html, and without a web ACL every 403
    too."""
    not_found_page: str | None = setting(
        default=None, allowed=matching(r"/[A-Za-z0-9._~/-]{1,254}\.html", "the path of a page, such as /404.html")
    )
    """Page that is sent with status 404 for a missing file, with `routing: viewer-request`. When empty, Amazon S3's own
    message in XML is sent."""
    content_security_policy: str | None = setting(
        default=None,
        allowed=Allowed(
            f"one line with default-src or script-src, at most {MAXIMUM_POLICY_LENGTH} characters",
            passing(check_content_security_policy),
        ),
    )
    """Content-Security-Policy header. When empty, the component's own policy, which allows the site and the API."""
    content_security_policy_sources: dict[str, list[str]] = setting(
        default_factory=dict[str, list[str]],
        keys=one_of(EXTENDABLE_DIRECTIVES),
        each=Allowed(
            "a list of sources such as https://cdn.example.com, blob:, data:, 'sha256-...' or 'wasm-unsafe-eval'",
            lambda sources: all(is_source(source) for source in sources),
        ),
    )
    """Further sources for the component's own policy, by directive: `{img-src: [https://images.example.com]}`."""
    cross_origin_opener_policy: CrossOriginOpenerPolicy = CrossOriginOpenerPolicy.SAME_ORIGIN
    """Cross-Origin-Opener-Policy header. A sign-in in a popup of another site needs same-origin-allow-popups."""
    minimum_protocol_version: MinimumProtocolVersion = MinimumProtocolVersion.TLSV1_2_2021
    """CloudFront's security policy for the site's own domain: the oldest TLS version that browsers may use."""
    permissions_policy: str = setting(default=PERMISSIONS_POLICY, allowed=_HEADER)
    """Permissions-Policy header: which features of the browser the site may use."""
    hsts_max_age_seconds: int = setting(default=HSTS_MAX_AGE_SECONDS, allowed=integer_from(0))
    """Seconds after a visit during which browsers use only HTTPS for the site (HSTS). Begin with a small value: it
    cannot be revoked before it expires."""
    hsts_include_subdomains: bool | None = None
    """Whether HSTS also applies to all subdomains of the site. When empty: yes, unless the site's domain is the name of
    the zone itself, or may be it, because then every other name in the zone would be included."""
    hsts_preload: bool = False
    """Whether browser vendors may put this domain and its subdomains on their HSTS preload list. This cannot be undone
    soon."""
    access_logs: bool = True
    """Whether CloudFront logs requests."""
    access_log_retention_days: int = setting(default=90, allowed=integer_from(1))
    """Days that CloudFront's access logs are kept."""
    noncurrent_version_expiration_days: int = setting(default=30, allowed=integer_from(1))
    """Days during which a replaced release can be restored."""
    force_destroy: bool = False
    """Whether destroying the stack deletes the site's files with their bucket."""
