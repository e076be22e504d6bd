"""Rules about the API and who may call it."""

from collections.abc import Iterator

from configuration.problems import Problem, show
from configuration.rules.context import Context, Rule
from configuration.values import ANY_ORIGIN


def _any_origin_alone(context: Context) -> Iterator[Problem]:
    # A bucket never admits any origin.
    origins = context.settings.api.cors_allowed_origins
    if ANY_ORIGIN in origins and len(origins) > 1:
        yield context.refuse("api.cors_allowed_origins", "is not allowed; allowed: * alone, or origins without it")


def _quota_outlasts_a_burst(context: Context) -> Iterator[Problem]:
    quota, burst = context.settings.api.quota_limit, context.settings.api.throttle_burst_limit
    if quota is not None and quota < burst:
        text = f"is not allowed with throttle_burst_limit {show(burst)}, which would use it up at once"
        yield context.refuse("api.quota_limit", f"{text}; allowed: {show(burst)} or more")


def _credentials_need_origins(context: Context) -> Iterator[Problem]:
    settings = context.settings
    if settings.api.cors_allow_credentials and ANY_ORIGIN in settings.api_origins:
        text = "is not allowed for any origin: name the pages in api.cors_allowed_origins, or set dns.site_domain"
        yield context.refuse("api.cors_allow_credentials", text)


RULES: tuple[Rule, ...] = (_any_origin_alone, _credentials_need_origins, _quota_outlasts_a_burst)
