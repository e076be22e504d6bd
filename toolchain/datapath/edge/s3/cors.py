"""Applies a bucket's CORS rules (Amazon S3 User Guide, "Using cross-origin resource sharing (CORS)")."""

from collections.abc import Mapping, Sequence
from typing import Any

from toolchain.datapath.edge.messages import HeaderList, Request
from toolchain.datapath.edge.s3.errors import CROSS_ORIGIN_REFUSED, StorageError
from toolchain.iam_documents import like

Rule = Mapping[str, Any]
"""A rule from the response of GetBucketCors."""
_VARY = ("Vary", "Origin, Access-Control-Request-Headers, Access-Control-Request-Method")


def preflight(request: Request, rules: Sequence[Rule]) -> HeaderList:
    """Return the headers of the response to a preflight request.

    Args:
        request: The OPTIONS request; its origin is a name in AWS.
        rules: The bucket's rules; empty if CORS is off.

    Raises:
        StorageError: No rule allows the request, or it is not a preflight request.
    """
    origin, method = request.header("origin"), request.header("access-control-request-method")
    if origin is None:
        raise StorageError(400, "BadRequest", "Insufficient information. Origin request header needed.")
    if method is None:
        raise StorageError(400, "BadRequest", "Invalid Access-Control-Request-Method: null")
    if not rules:
        raise StorageError(403, "AccessForbidden", "CORSResponse: CORS is not enabled for this bucket.")
    asked = [name.strip().lower() for name in (request.header("access-control-request-headers") or "").split(",")]
    wanted = [name for name in asked if name]
    rule = _matching(rules, origin, method, wanted)
    if rule is None:
        raise StorageError(403, "AccessForbidden", CROSS_ORIGIN_REFUSED)
    headers = [*_common(rule, origin), ("Access-Control-Allow-Methods", ", ".join(rule["AllowedMethods"]))]
    if wanted:
        headers.append(("Access-Control-Allow-Headers", ", ".join(wanted)))
    if "MaxAgeSeconds" in rule:
        headers.append(("Access-Control-Max-Age", str(rule["MaxAgeSeconds"])))
    return (*headers, _VARY)


def cross_origin_headers(request: Request, rules: Sequence[Rule]) -> HeaderList:
    """Return the CORS headers of the response to an actual request; none if no rule allows its origin."""
    origin = request.header("origin")
    rule = None if origin is None else _matching(rules, origin, request.method, ())
    return () if origin is None or rule is None else (*_common(rule, origin), _VARY)


def _matching(rules: Sequence[Rule], origin: str, method: str, headers: Sequence[str]) -> Rule | None:
    return next(
        (
            rule
            for rule in rules
            if any(like(allowed, origin) for allowed in rule["AllowedOrigins"])
            and method in rule["AllowedMethods"]
            and all(
                any(like(allowed.lower(), header) for allowed in rule.get("AllowedHeaders", ())) for header in headers
            )
        ),
        None,
    )


def _common(rule: Rule, origin: str) -> list[tuple[str, str]]:
    everybody = "*" in rule["AllowedOrigins"]
    headers = [("Access-Control-Allow-Origin", "*" if everybody else origin)]
    if not everybody:
        headers.append(("Access-Control-Allow-Credentials", "true"))
    if rule.get("ExposeHeaders"):
        headers.append(("Access-Control-Expose-Headers", ", ".join(rule["ExposeHeaders"])))
    return headers
