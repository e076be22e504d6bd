"""Applies response headers policies (Amazon CloudFront Developer Guide, "Understand response headers policies")."""

from collections.abc import Callable, Mapping
from typing import Any

from toolchain.datapath.edge.cloudfront.entries import items
from toolchain.datapath.edge.messages import HeaderList, Request, Response


def with_policy(response: Response, policy: Mapping[str, Any] | None, request: Request) -> Response:
    """Return a response with headers removed and added by a policy.

    Args:
        response: The origin's response.
        policy: Configuration of the policy; None if there is none.
        request: The viewer's request; its origin and method determine the CORS headers.
    """
    if policy is None:
        return response
    removed = [entry["Header"] for entry in items(policy.get("RemoveHeadersConfig"))]
    changed = response.with_headers(without=removed)
    for name, value, overrides in (
        *_security(policy.get("SecurityHeadersConfig") or {}),
        *_cross_origin(policy.get("CorsConfig"), request),
        *(
            (entry["Header"], entry.get("Value", ""), entry["Override"])
            for entry in items(policy.get("CustomHeadersConfig"))
        ),
    ):
        if overrides or changed.header(name) is None:
            changed = changed.with_headers((name, value), without=(name,))
    return changed


def server_timing(policy: Mapping[str, Any] | None, cache: str) -> HeaderList:
    """Return the Server-Timing header, if a policy adds it. Any sampling rate above 0 counts as 100 %.

    Args:
        policy: Configuration of the policy; None if there is none.
        cache: Value of ``X-Cache``.
    """
    config: Mapping[str, Any] = (policy or {}).get("ServerTimingHeadersConfig") or {}
    if not config.get("Enabled") or not float(config.get("SamplingRate", 100)):
        return ()
    metric = {"Hit": "cdn-cache-hit", "RefreshHit": "cdn-cache-refresh"}.get(
        cache.split(maxsplit=1)[0], "cdn-cache-miss"
    )
    return (("Server-Timing", f'{metric},cdn-pop;desc="LOCAL"'),)


def _security(config: Mapping[str, Any]) -> list[tuple[str, str, bool]]:
    values: Mapping[str, tuple[str, Callable[[Mapping[str, Any]], str]]] = {
        "X-XSS-Protection": ("XSSProtection", _xss),
        "X-Frame-Options": ("FrameOptions", lambda entry: entry["FrameOption"]),
        "Referrer-Policy": ("ReferrerPolicy", lambda entry: entry["ReferrerPolicy"]),
        "Content-Security-Policy": ("ContentSecurityPolicy", lambda entry: entry["ContentSecurityPolicy"]),
        "X-Content-Type-Options": ("ContentTypeOptions", lambda _entry: "nosniff"),
        "Strict-Transport-Security": ("StrictTransportSecurity", _hsts),
    }
    return [
        (header, value(config[key]), bool(config[key]["Override"]))
        for header, (key, value) in values.items()
        if config.get(key)
    ]


def _xss(entry: Mapping[str, Any]) -> str:
    if not entry["Protection"]:
        return "0"
    report = f"; report={entry['ReportUri']}" if entry.get("ReportUri") else ""
    return "1" + ("; mode=block" if entry.get("ModeBlock") else "") + report


def _hsts(entry: Mapping[str, Any]) -> str:
    parts = [f"max-age={entry['AccessControlMaxAgeSec']}"]
    if entry.get("IncludeSubdomains"):
        parts.append("includeSubDomains")
    if entry.get("Preload"):
        parts.append("preload")
    return "; ".join(parts)


def _cross_origin(config: Mapping[str, Any] | None, request: Request) -> list[tuple[str, str, bool]]:
    origin = request.header("origin")
    if not config or origin is None:
        return []
    allowed = _allowed_origin(items(config.get("AccessControlAllowOrigins")), origin)
    if allowed is None:
        return []
    headers = {"Access-Control-Allow-Origin": allowed}
    if config.get("AccessControlAllowCredentials"):
        headers["Access-Control-Allow-Credentials"] = "true"
    if exposed := items(config.get("AccessControlExposeHeaders")):
        headers["Access-Control-Expose-Headers"] = ", ".join(exposed)
    if request.method == "OPTIONS":
        headers |= _preflight(config)
    return [(name, value, bool(config.get("OriginOverride"))) for name, value in headers.items()]


def _allowed_origin(allowed: list[str], origin: str) -> str | None:
    if "*" in allowed:
        return "*"
    host = origin.rpartition("//")[2]
    matches = any(
        entry in {origin, host}
        or ("*." in entry and host.endswith(entry.partition("*")[2]) and origin.startswith(entry.partition("*")[0]))
        for entry in allowed
    )
    return origin if matches else None


def _preflight(config: Mapping[str, Any]) -> dict[str, str]:
    headers: dict[str, str] = {}
    if names := items(config.get("AccessControlAllowHeaders")):
        headers["Access-Control-Allow-Headers"] = ", ".join(names)
    if methods := items(config.get("AccessControlAllowMethods")):
        listed = ["GET", "HEAD", "PUT", "POST", "PATCH", "DELETE", "OPTIONS"] if "ALL" in methods else methods
        headers["Access-Control-Allow-Methods"] = ", ".join(listed)
    if config.get("AccessControlMaxAgeSec") is not None:
        headers["Access-Control-Max-Age"] = str(config["AccessControlMaxAgeSec"])
    return headers
