"""Rules across the settings of an API."""

from collections.abc import Iterator

from spot_planning.api.path_on_site import LONGEST_INTEGRATION_MILLISECONDS, MAXIMUM_READ_TIMEOUT_SECONDS
from spot_planning.api.settings import ImportSettings, PrivateApiSettings
from spot_planning.checking import Rule
from spot_planning.names.domain_names import ANY_ORIGIN
from spot_planning.network.load_balancer import LoadBalancerKind
from spot_planning.problems import Problem, show
from spot_planning.repetition import nothing_twice


def burst_at_least_rate(settings: PrivateApiSettings) -> Iterator[Problem]:
    """The burst is not below the rate: a lower burst would be the real limit."""
    rate = settings.throttle_rate_limit
    if settings.throttle_burst_limit < max(rate, 1):
        yield Problem(
            ("throttle_burst_limit",), f"is less than throttle_rate_limit={show(rate)}, which it would undercut"
        )


def quota_outlasts_a_burst(settings: PrivateApiSettings) -> Iterator[Problem]:
    """The quota is not smaller than one burst."""
    quota, burst = settings.quota_limit, settings.throttle_burst_limit
    if quota is not None and quota < burst:
        yield Problem(
            ("quota_limit",),
            f"is not allowed with throttle_burst_limit {show(burst)}, which would use it up at once; allowed: "
            f"{show(burst)} or more",
        )


def any_origin_alone(settings: ImportSettings) -> Iterator[Problem]:
    """``*`` is the only entry of its list, because it already allows every origin."""
    origins = settings.cors_allowed_origins
    if ANY_ORIGIN in origins and len(origins) > 1:
        yield Problem(("cors_allowed_origins",), "is not allowed; allowed: * alone, or origins without it")


def credentials_need_origins(settings: ImportSettings) -> Iterator[Problem]:
    """Credentials need a list of origins: browsers refuse them with ``*`` (Fetch Standard, "CORS protocol")."""
    # Below a site's path, neither is allowed, and `one_domain_needs_no_cors` says so.
    has_cors = settings.path_on_site is None
    if has_cors and settings.cors_allow_credentials and ANY_ORIGIN in settings.cors_allowed_origins:
        yield Problem(
            ("cors_allow_credentials",),
            "is not allowed with the origin *; allowed: with a list of cors_allowed_origins",
        )


def link_reaches_the_load_balancer(settings: ImportSettings) -> Iterator[Problem]:
    """A VPC link of version 1 reaches network load balancers only."""
    if settings.vpc_link_version == 1 and settings.load_balancer_kind == LoadBalancerKind.APPLICATION:
        yield Problem(("vpc_link_version",), "is not allowed with load_balancer_kind application; allowed: 2, or null")


def key_keeps_others_out(settings: ImportSettings) -> Iterator[Problem]:
    """An API below a site's path requires the API key: only the key distinguishes CloudFront's requests from others."""
    path = settings.path_on_site
    if path is not None and not settings.api_key_required:
        yield Problem(
            ("api_key_required",),
            f"is not allowed with path_on_site {path}: the key keeps out who comes another way",
        )


def one_domain_needs_no_cors(settings: ImportSettings) -> Iterator[Problem]:
    """An API below a site's path has no CORS settings: pages of other origins may not call it."""
    path = settings.path_on_site
    if path is None:
        return
    text = f"is not allowed with path_on_site {path}: the site's own pages need no CORS, and no others may call"
    if settings.cors_allowed_origins:
        yield Problem(("cors_allowed_origins",), text)
    if settings.cors_allowed_headers:
        yield Problem(("cors_allowed_headers",), text)
    if settings.cors_allow_credentials:
        yield Problem(("cors_allow_credentials",), text)


def cloudfront_waits_long_enough(settings: ImportSettings) -> Iterator[Problem]:
    """No integration may take longer than CloudFront waits for an origin."""
    quota = settings.integration_timeout_quota_milliseconds
    if settings.path_on_site is not None and quota > LONGEST_INTEGRATION_MILLISECONDS:
        yield Problem(
            ("integration_timeout_quota_milliseconds",),
            f"is not allowed with path_on_site: CloudFront waits {MAXIMUM_READ_TIMEOUT_SECONDS} s at most; allowed: "
            f"29000 to {LONGEST_INTEGRATION_MILLISECONDS}",
        )


IMPORT_RULES: tuple[Rule, ...] = (
    link_reaches_the_load_balancer,
    key_keeps_others_out,
    one_domain_needs_no_cors,
    cloudfront_waits_long_enough,
    any_origin_alone,
    credentials_need_origins,
    nothing_twice("cors_allowed_origins"),
)
"""The rules for every import, also without a stack."""

RULES: tuple[Rule, ...] = (*IMPORT_RULES, burst_at_least_rate, quota_outlasts_a_burst)
