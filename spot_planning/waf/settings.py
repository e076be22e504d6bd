"""Settings of the web ACLs."""

from spot_planning.declarations import Allowed, arguments, between, matching, one_of, setting
from spot_planning.monitoring.log_retention import LOG_RETENTION_DAYS
from spot_planning.problems import listed
from spot_planning.waf.web_acl import (
    LENIENT_PATTERN_MAXIMUM,
    MANAGED_RULE_GROUPS,
    RATE_LIMIT_MAXIMUM,
    RATE_LIMIT_MINIMUM,
    RATE_LIMIT_WINDOWS_SECONDS,
    lenient_pattern,
)

_GROUPS = tuple(group.name for group in MANAGED_RULE_GROUPS)


@arguments
class WebAclSettings:
    """Web ACLs in front of the site and the API: AWS managed rules and a rate limit (about 9 USD a month each).

    With `api.path_on_site`, one web ACL protects both, for 10 USD a month.
    """

    rate_limit: int = setting(default=2000, allowed=between(RATE_LIMIT_MINIMUM, RATE_LIMIT_MAXIMUM))
    """Requests that one IP address may send within the window before it is blocked."""
    rate_limit_window_seconds: int = setting(default=300, allowed=one_of(RATE_LIMIT_WINDOWS_SECONDS))
    """Window of the rate limit, seconds."""
    counted_rules: list[str] = setting(
        default_factory=list[str],
        each=matching(
            f"(?:{'|'.join(_GROUPS)})/[A-Za-z0-9_]+", f"<group>/<rule> with one of the groups {listed(_GROUPS)}"
        ),
    )
    """Rules of AWS's managed groups that only count requests, to find out what they would block. Where files or HTML
    are uploaded or webhooks arrive, `lenient_paths` is the better choice. In front of an API, SizeRestrictions_BODY
    only counts anyway."""
    lenient_paths: list[str] = setting(
        default_factory=list[str],
        allowed=Allowed(
            f"paths whose regular expression has at most {LENIENT_PATTERN_MAXIMUM} characters",
            lambda paths: len(lenient_pattern(paths)) <= LENIENT_PATTERN_MAXIMUM,
        ),
        each=matching(r"(?:/(?:[A-Za-z0-9._~-]+|\{[A-Za-z0-9_]+\}))+", "a path such as /uploads or /orders/{id}/files"),
    )
    """Paths of the API, with all paths below them, where files or HTML are uploaded or webhooks arrive without a
    User-Agent. There the managed rules only count that read the first 16 KiB of a body (CrossSiteScripting_BODY,
    GenericLFI_BODY, GenericRFI_BODY, EC2MetaDataSSRF_BODY, SQLi_BODY, SQLiExtendedPatterns_BODY) and
    NoUserAgent_HEADER; elsewhere they block. It takes one more rule, for 1 USD a month."""
    log_retention_days: int = setting(default=30, allowed=LOG_RETENTION_DAYS)
    """Days that the logs of blocked and counted requests are kept."""
