"""Rules about the API and who may call it."""

from collections.abc import Iterator

from configuration.problems import Problem
from configuration.rules.context import Context, Rule
from configuration.values import ANY_ORIGIN


def _any_origin_alone(context: Context) -> Iterator[Problem]:
    for section in ("api", "storage"):
        origins: list[str] = getattr(context.settings, section).cors_allowed_origins
        key = f"{section}.cors_allowed_origins"
        if ANY_ORIGIN in origins and len(origins) > 1:
            yield context.refuse(key, "is not allowed; allowed: * alone, or origins without it")
        for position, origin in enumerate(origins):
            if origin in origins[:position]:
                yield context.refuse_at((section, "cors_allowed_origins", position), "is there twice")


def _credentials_need_origins(context: Context) -> Iterator[Problem]:
    settings = context.settings
    if settings.api.cors_allow_credentials and ANY_ORIGIN in settings.api_origins:
        text = "is not allowed for any origin: name the pages in api.cors_allowed_origins, or set dns.site_domain"
        yield context.refuse(
            "api.cors_allow_credentials",
            text,
            "api.cors_allowed_origins",
            "dns.site_domain",
            "dns.site_alternative_domains",
        )


RULES: tuple[Rule, ...] = (_any_origin_alone, _credentials_need_origins)
