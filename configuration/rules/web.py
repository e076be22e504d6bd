"""Rules about the API, its callers and its path on the site."""

from collections.abc import Iterator

from configuration.rules.context import Context, Rule, of_component, refuse
from spot_planning.api import rules as api
from spot_planning.names.domain_names import ANY_ORIGIN
from spot_planning.problems import Problem
from spot_planning.site.api_path import api_path_collisions, error_page_problems
from spot_planning.site.rules import not_found_page_is_sent
from spot_planning.site.spa_frontend import KEPT_PREFIXES


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


RULES: tuple[Rule, ...] = (
    *(of_component("api", rule) for rule in api.RULES),
    _credentials_need_origins,
    _path_of_the_site_is_free,
    _error_pages,
    _exceptions_need_a_web_acl("counted_rules"),
    _exceptions_need_a_web_acl("lenient_paths"),
)
