"""Rules across the settings of a site."""

from collections.abc import Iterator

from spot_planning.problems import Problem
from spot_planning.site.settings import Routing, SpaFrontendSettings


def not_found_page_is_sent(settings: SpaFrontendSettings) -> Iterator[Problem]:
    """A page for missing files has a routing that sends it: with error responses, /index.html takes its place.

    Args:
        settings: The settings of a site without an API below one of its paths; `error_page_problems` is for the others.
    """
    if settings.not_found_page is not None and settings.routing == Routing.ERROR_RESPONSES:
        yield Problem(
            ("not_found_page",),
            "is not allowed with routing error-responses, which answers with /index.html; allowed with viewer-request",
        )
