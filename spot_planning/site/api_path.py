"""A site that forwards one of its paths to an API."""

from collections.abc import Iterator
from typing import Final

from spot_planning.problems import Problem
from spot_planning.site.settings import Routing, SpaFrontendSettings

CACHING_DISABLED: Final = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
"""The managed cache policy CachingDisabled. CloudFront caches and compresses nothing; API Gateway compresses (Amazon
CloudFront Developer Guide, "Use managed cache policies")."""
ALL_VIEWER_EXCEPT_HOST_HEADER: Final = "b689b0a8-53d0-40ab-baf2-68738e2966ac"
"""The managed origin request policy AllViewerExceptHostHeader. API Gateway needs the API's own name in ``Host`` to find
the API (the same guide, "Use managed origin request policies")."""
ALL_METHODS: Final = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")

ERRORS_KEPT_BY_DEFAULT: Final = (404, 414, 500, 501, 502, 503, 504)
"""Errors that CloudFront caches for 10 s even if the cache policy caches nothing (the same guide, "HTTP 4xx and 5xx
status codes that CloudFront caches"): the next caller would get the 404 of another caller."""


def path_pattern(path: str) -> str:
    """Return the path pattern of the API's cache behaviour.

    Args:
        path: The site's path that leads to the API, such as ``/api``.
    """
    return f"{path}/*"


def api_path_collisions(path: str, kept_prefixes: tuple[str, ...]) -> Iterator[str]:
    """Check whether a site's path that leads to an API collides with the site's own files.

    Args:
        path: The path, such as ``/api``.
        kept_prefixes: Prefixes of the site's own files, such as ``/assets/``.
    """
    for prefix in kept_prefixes:
        # CloudFront uses the first matching pattern, so one would hide the other.
        if f"{path}/".startswith(prefix) or prefix.startswith(f"{path}/"):
            yield f"is not allowed: the site's own files are below {prefix}"


def error_page_problems(settings: SpaFrontendSettings) -> Iterator[Problem]:
    """Check for settings that would replace an API's errors by pages: custom errors apply to the whole distribution.

    Args:
        settings: The site's settings.
    """
    if settings.routing == Routing.ERROR_RESPONSES:
        yield Problem(
            ("routing",), "is not allowed beside an API: its 403 and 404 would become pages; allowed: viewer-request"
        )
    if settings.not_found_page is not None:
        yield Problem(("not_found_page",), "is not allowed beside an API: its 404 would become that page")
