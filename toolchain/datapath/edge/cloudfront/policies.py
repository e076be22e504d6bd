"""Policies of Amazon CloudFront: AWS's managed policies by id, and an account's policies from the API's responses."""

from collections.abc import Mapping
from typing import Any

from toolchain.datapath.edge.cloudfront.entries import items
from toolchain.datapath.edge.cloudfront.model import CachePolicy, OriginRequestPolicy, Selection

YEAR = 31_536_000
DAY = 86_400

_ORIGIN_HEADERS = frozenset({"origin", "access-control-request-method", "access-control-request-headers"})
_OVERRIDES = frozenset({"host", "origin", "x-http-method-override", "x-http-method", "x-method-override"})

MANAGED_CACHE_POLICIES: Mapping[str, CachePolicy] = {
    "658327ea-f89d-4fab-a63d-7e88639e58f6": CachePolicy(1, DAY, YEAR, gzip=True),
    "b2884449-e4de-46a7-ac36-70bc7f1ddd6d": CachePolicy(1, DAY, YEAR),
    "4135ea2d-6df8-44a3-9df3-4b5a84be39ad": CachePolicy(0, 0, 0),
    "83da9c7e-98b4-4e11-a168-04f0df8e2c65": CachePolicy(
        0, 0, YEAR, gzip=True, headers=Selection("whitelist", _OVERRIDES), cookies=Selection("all")
    ),
    "4cc15a8a-d715-48a4-82b8-cc0b614638fe": CachePolicy(
        0,
        0,
        YEAR,
        gzip=True,
        headers=Selection("whitelist", _OVERRIDES),
        cookies=Selection("all"),
        query=Selection("all"),
    ),
}
"""CachingOptimized, CachingOptimizedForUncompressedObjects, CachingDisabled, UseOriginCacheControlHeaders and the same
with query strings (Amazon CloudFront Developer Guide, "Use managed cache policies")."""

MANAGED_ORIGIN_REQUEST_POLICIES: Mapping[str, OriginRequestPolicy] = {
    "216adef6-5c7f-47e4-b989-5492eafa07d3": OriginRequestPolicy(
        Selection("allViewer"), Selection("all"), Selection("all")
    ),
    "b689b0a8-53d0-40ab-baf2-68738e2966ac": OriginRequestPolicy(
        Selection("allExcept", frozenset({"host"})), Selection("all"), Selection("all")
    ),
    "88a5eaf4-2fd4-4709-b370-b4c650ea3fcf": OriginRequestPolicy(Selection("whitelist", _ORIGIN_HEADERS)),
    "59781a5b-3903-41f3-afcb-af62929ccde1": OriginRequestPolicy(Selection("whitelist", frozenset({"origin"}))),
    "acba4595-bd28-49b8-b9fe-13317c0390fa": OriginRequestPolicy(
        Selection("whitelist", frozenset({"user-agent", "referer"}))
    ),
}
"""AllViewer, AllViewerExceptHostHeader, CORS-S3Origin, CORS-CustomOrigin and UserAgentRefererHeaders (Amazon CloudFront
Developer Guide, "Use managed origin request policies")."""

MANAGED_RESPONSE_HEADERS_POLICIES: Mapping[str, Mapping[str, Any]] = {
    "67f7725c-6f97-4210-82d7-5512b31e9d03": {
        "SecurityHeadersConfig": {
            "ReferrerPolicy": {"ReferrerPolicy": "strict-origin-when-cross-origin", "Override": False},
            "StrictTransportSecurity": {"AccessControlMaxAgeSec": YEAR, "Override": False},
            "ContentTypeOptions": {"Override": True},
            "FrameOptions": {"FrameOption": "SAMEORIGIN", "Override": False},
            "XSSProtection": {"Protection": True, "ModeBlock": True, "Override": False},
        }
    },
    "60669652-455b-4ae9-85a4-c4c02393f86c": {
        "CorsConfig": {"AccessControlAllowOrigins": {"Items": ["*"]}, "OriginOverride": False}
    },
}
"""SecurityHeadersPolicy and SimpleCORS (Amazon CloudFront Developer Guide, "Use managed response headers policies")."""


def cache_policy(config: Mapping[str, Any]) -> CachePolicy:
    """Make a cache policy.

    Args:
        config: ``CachePolicyConfig`` from the response of GetCachePolicy.
    """
    key: Mapping[str, Any] = config.get("ParametersInCacheKeyAndForwardedToOrigin") or {}
    return CachePolicy(
        minimum_seconds=int(config["MinTTL"]),
        default_seconds=int(config.get("DefaultTTL", DAY)),
        maximum_seconds=int(config.get("MaxTTL", YEAR)),
        gzip=bool(key.get("EnableAcceptEncodingGzip")),
        headers=_headers(key),
        cookies=_selection(key.get("CookiesConfig"), "CookieBehavior", "Cookies"),
        query=_selection(key.get("QueryStringsConfig"), "QueryStringBehavior", "QueryStrings"),
    )


def origin_request_policy(config: Mapping[str, Any]) -> OriginRequestPolicy:
    """Make an origin request policy.

    Args:
        config: ``OriginRequestPolicyConfig`` from the response of GetOriginRequestPolicy.
    """
    return OriginRequestPolicy(
        _headers(config),
        _selection(config.get("CookiesConfig"), "CookieBehavior", "Cookies"),
        _selection(config.get("QueryStringsConfig"), "QueryStringBehavior", "QueryStrings"),
    )


def _headers(config: Mapping[str, Any]) -> Selection:
    found = _selection(config.get("HeadersConfig"), "HeaderBehavior", "Headers")
    return Selection(found.behaviour, frozenset(name.lower() for name in found.names))


def _selection(config: Mapping[str, Any] | None, behaviour: str, names: str) -> Selection:
    given: Mapping[str, Any] = config or {}
    return Selection(given.get(behaviour, "none"), frozenset(items(given.get(names))))
