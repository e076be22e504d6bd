"""A site that hands one of its paths on to an API."""

from collections.abc import Iterator
from typing import Final

from spot_planning.problems import Problem
from spot_planning.site.settings import Routing, SpaFrontendSettings

CACHING_DISABLED: Final = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
"""The managed cache policy CachingDisabled: nothing is kept, and CloudFront compresses nothing; API Gateway does
(Amazon CloudFront Developer Guide, "Use managed cache policies")."""
ALL_VIEWER_EXCEPT_HOST_HEADER: Final = "b689b0a8-53d0-40ab-baf2-68738e2966ac"
"""The managed origin request policy AllViewerExceptHostHeader: API Gateway finds the API by its own name in ``Host``
(the same guide, "Use managed origin request policies")."""
ALL_METHODS: Final = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")

ERRORS_KEPT_BY_DEFAULT: Final = (404, 414, 500, 501, 502, 503, 504)
"""Errors that CloudFront keeps for 10 s even where its cache policy keeps nothing (the same guide, "HTTP 4xx and 5xx
status codes that CloudFront caches"): one caller's 404 would be the next one's, whoever that is."""


def path_pattern(path: str) -> str:
    """The path pattern of the API's cache behaviour.

    Args:
        path: The site's path that leads to the API, such as ``/api``.
    """
    return f"{path}/*"


def api_path_collisions(path: str, kept_prefixes: tuple[str, ...]) -> Iterator[str]:
    """What is wrong with a site's path that leads to an API.

    Args:
        path: The path, such as ``/api``.
        kept_prefixes: Prefixes of the site's own files, such as ``/assets/``.
    """
    for prefix in kept_prefixes:
        # CloudFront takes the first pattern that matches, and either would hide the other.
        if f"{path}/".startswith(prefix) or prefix.startswith(f"{path}/"):
            yield f"is not allowed: the site's own files are below {prefix}"


def error_page_problems(settings: SpaFrontendSettings) -> Iterator[Problem]:
    """Which settings of a site would answer an API's errors with pages: custom errors are of the whole distribution.

    Args:
        settings: The site's settings.
    """
    if settings.routing == Routing.ERROR_RESPONSES:
        yield Problem(
            ("routing",), "is not allowed beside an API: its 403 and 404 would become pages; allowed: viewer-request"
        )
    if settings.not_found_page is not None:
        yield Problem(("not_found_page",), "is not allowed beside an API: its 404 would become that page")
