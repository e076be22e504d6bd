"""Rules about the API and who may call it."""

from collections.abc import Iterator

from configuration.rules.context import Context, Rule, of_component, refuse
from spot_planning.api import rules as api
from spot_planning.names.domain_names import ANY_ORIGIN
from spot_planning.problems import Problem


def _credentials_need_origins(context: Context) -> Iterator[Problem]:
    settings = context.settings
    if settings.api.cors_allow_credentials and ANY_ORIGIN in settings.api_origins:
        text = "is not allowed for any origin: name the pages in api.cors_allowed_origins, or set dns.site_domain"
        yield refuse("api.cors_allow_credentials", text)


RULES: tuple[Rule, ...] = (*(of_component("api", rule) for rule in api.RULES), _credentials_need_origins)
