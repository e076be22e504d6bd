"""Rules about the API, its callers and its path on the site."""

from collections.abc import Iterator

from configuration.rules.context import Context, Rule, of_component, refuse, say
from spot_planning.api import rules as api
from spot_planning.names.domain_names import ANY_ORIGIN
from spot_planning.problems import Problem
from spot_planning.site.api_path import api_path_collisions, error_page_problems
from spot_planning.site.rules import not_found_page_is_sent
from spot_planning.site.security_headers import MAXIMUM_POLICY_LENGTH, policy_length
from spot_planning.site.spa_frontend import KEPT_PREFIXES

_API_ID = "a" * 10
_SUFFIX = "0" * 7
_SITE_BUCKETS = ("uploads", "documents")
"""The buckets that the site's pages may read."""


def _credentials_need_origins(context: Context) -> Iterator[Problem]:
    settings = context.settings
    # The component's own rule reports a * that the setting has.
    given = settings.api.cors_allowed_origins
    if settings.api.cors_allow_credentials and ANY_ORIGIN in settings.api_origins and ANY_ORIGIN not in given:
        text = "is not allowed for any origin: name the pages in api.cors_allowed_origins, or set dns.site_domain"
        yield refuse("api.cors_allow_credentials", text)


def _path_of_the_site_is_free(context: Context) -> Iterator[Problem]:
    path = context.settings.api.path_on_site
    if path is not None:
        for text in api_path_collisions(path, KEPT_PREFIXES):
            yield refuse("api.path_on_site", text)


def _error_pages(context: Context) -> Iterator[Problem]:
    has_api = context.settings.api.path_on_site is not None
    for problem in (error_page_problems if has_api else not_found_page_is_sent)(context.settings.frontend):
        yield problem.below("frontend")


def _exceptions_need_a_web_acl(key: str) -> Rule:
    def rule(context: Context) -> Iterator[Problem]:
        waf = context.settings.waf
        if not waf.enabled and getattr(waf, key):
            yield refuse(f"waf.{key}", "is not allowed without waf.enabled: there is no web ACL")

    return rule


def _content_security_policy_fits(context: Context) -> Iterator[Problem]:
    """Check the length of the site's own policy before the names of the API and the buckets are known.

    Stand-ins have the length of the real names, so nothing is refused that would fit. AWS gives a REST API an id of ten
    characters (RestApi, "id", Amazon API Gateway API Reference). The engine adds a hyphen and seven digits to the name
    of a bucket (Pulumi documentation, "Auto-naming"). Only a source that repeats one of these names counts twice here.
    A stack with other auto-naming is checked again when its names are known.
    """
    settings = context.settings
    if settings.frontend.content_security_policy is not None:
        return
    region, api_urls = settings.aws.region, list[str]()
    if settings.api.path_on_site is None:
        api_urls = [f"https://{settings.dns.api_domain or f'{_API_ID}.execute-api.{region}.amazonaws.com'}"]
    length = policy_length(
        api_urls=api_urls,
        storage_urls=[f"https://{settings.name}-{each}-{_SUFFIX}.s3.{region}.amazonaws.com" for each in _SITE_BUCKETS],
        sources=settings.frontend.content_security_policy_sources,
    )
    if length > MAXIMUM_POLICY_LENGTH:
        text = (
            "give fewer sources: with them and the origins of the API and the buckets, the Content-Security-Policy has "
            f"{length} characters; CloudFront takes {MAXIMUM_POLICY_LENGTH}"
        )
        yield say("frontend.content_security_policy_sources", text)


RULES: tuple[Rule, ...] = (
    *(of_component("api", rule) for rule in api.RULES),
    _credentials_need_origins,
    _path_of_the_site_is_free,
    _error_pages,
    _content_security_policy_fits,
    _exceptions_need_a_web_acl("counted_rules"),
    _exceptions_need_a_web_acl("lenient_paths"),
)
