"""Distributions as plain data, made from the responses of Amazon CloudFront's API."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from toolchain.datapath.edge.cloudfront.entries import items, needs_signature
from toolchain.datapath.edge.cloudfront.unplayed import unplayed
from toolchain.datapath.edge.messages import HeaderList
from toolchain.iam_documents import like

DEFAULT_ERROR_SECONDS = 10
"""Default time for which an error is cached (Amazon CloudFront Developer Guide, "Control how long CloudFront caches
errors")."""
_BUCKET = re.compile(r"(?P<bucket>.+)\.s3(?:[.-](?:dualstack\.)?[a-z]{2}(?:-[a-z]+)+-\d)?\.amazonaws\.com")


@dataclass(frozen=True)
class Selection:
    """The headers, cookies or query parameters that a policy selects."""

    behaviour: str = "none"
    """``none``, ``whitelist``, ``all``, ``allExcept``; for headers also ``allViewer`` and
    ``allViewerAndWhitelistCloudFront``."""
    names: frozenset[str] = frozenset()

    def has(self, name: str) -> bool:
        """Check whether a name is selected; names of headers must be in lower case."""
        if self.behaviour in {"all", "allViewer", "allViewerAndWhitelistCloudFront"}:
            return True
        if self.behaviour == "allExcept":
            return name not in self.names
        return self.behaviour == "whitelist" and name in self.names


@dataclass(frozen=True)
class CachePolicy:
    """A cache policy: the parts of the cache key, and how long a response is cached."""

    minimum_seconds: int
    default_seconds: int
    maximum_seconds: int
    gzip: bool = False
    headers: Selection = field(default_factory=Selection)
    cookies: Selection = field(default_factory=Selection)
    query: Selection = field(default_factory=Selection)

    @property
    def caches(self) -> bool:
        """Whether responses are cached at all; if not, they are not compressed either."""
        return self.maximum_seconds > 0


@dataclass(frozen=True)
class OriginRequestPolicy:
    """An origin request policy: what the origin gets in addition to the parts of the cache key."""

    headers: Selection = field(default_factory=Selection)
    cookies: Selection = field(default_factory=Selection)
    query: Selection = field(default_factory=Selection)


@dataclass(frozen=True)
class Origin:
    """An origin of a distribution."""

    identifier: str
    domain_name: str
    path: str
    custom_headers: HeaderList
    signs_requests: bool
    """Whether an origin access control signs the requests to the bucket."""
    ports: tuple[int, ...] = (443, 80)
    """Ports of a custom origin, the preferred port first."""

    @property
    def bucket(self) -> str | None:
        """The bucket's name; None for a custom origin."""
        found = _BUCKET.fullmatch(self.domain_name)
        return found["bucket"] if found else None


@dataclass(frozen=True)
class Behaviour:
    """A cache behavior: the settings for requests that match a path pattern."""

    pattern: str
    """Path pattern; ``*`` for the default cache behavior."""
    origin_identifier: str
    viewer_protocol: str
    allowed_methods: frozenset[str]
    cached_methods: frozenset[str]
    compresses: bool
    functions: Mapping[str, str]
    """Event type -> name of the function."""
    cache_policy: CachePolicy
    origin_request_policy: OriginRequestPolicy | None
    headers_policy: Mapping[str, Any] | None
    """The configuration of its response headers policy."""
    needs_signature: bool = False
    """Whether it accepts only signed URLs and cookies."""

    def is_for(self, path: str) -> bool:
        """Check whether a path matches; a leading slash is ignored (Developer Guide, "Path pattern")."""
        return self.pattern == "*" or like(self.pattern.removeprefix("/"), path.removeprefix("/"))


@dataclass(frozen=True)
class ErrorResponse:
    """The custom error response for a status code of the origin."""

    seconds: int = DEFAULT_ERROR_SECONDS
    status: int | None = None
    page: str | None = None


@dataclass(frozen=True)
class Distribution:
    """A distribution."""

    identifier: str
    arn: str
    domain_name: str
    aliases: frozenset[str]
    enabled: bool
    root_object: str
    origins: Mapping[str, Origin]
    behaviours: tuple[Behaviour, ...]
    """Cache behaviors in order of precedence; the last is the default cache behavior."""
    error_responses: Mapping[int, ErrorResponse]
    web_acl: str
    unplayed: tuple[str, ...] = ()
    """One sentence for each thing that is not played."""

    @property
    def account(self) -> str:
        """The account id."""
        return self.arn.split(":")[4]

    def is_named(self, host: str) -> bool:
        """Check whether a host is a name of the distribution; an alias may begin with ``*.``."""
        return host == self.domain_name or any(
            host == alias or (alias.startswith("*.") and host.partition(".")[2] == alias[2:]) for alias in self.aliases
        )

    def behaviour_for(self, path: str) -> Behaviour:
        """Return the first cache behavior whose pattern matches a path."""
        return next(behaviour for behaviour in self.behaviours if behaviour.is_for(path))


@dataclass(frozen=True)
class Policies:
    """The policies and origin access controls that distributions refer to, by id."""

    cache: Mapping[str, CachePolicy]
    origin_request: Mapping[str, OriginRequestPolicy]
    response_headers: Mapping[str, Mapping[str, Any]]
    signing_controls: frozenset[str]
    """Ids of the origin access controls that sign requests."""


def distribution(answer: Mapping[str, Any], policies: Policies) -> Distribution:
    """Make a distribution from the response of GetDistribution.

    Args:
        answer: ``Distribution`` of the response.
        policies: Policies that the distribution refers to.

    Raises:
        KeyError: A policy that it refers to is missing.
    """
    config = answer["DistributionConfig"]
    ordered = items(config.get("CacheBehaviors"))
    first_origins = {group["Id"]: items(group["Members"])[0]["OriginId"] for group in items(config.get("OriginGroups"))}
    return Distribution(
        identifier=answer["Id"],
        arn=answer["ARN"],
        domain_name=answer["DomainName"].lower(),
        aliases=frozenset(alias.lower() for alias in items(config.get("Aliases"))),
        enabled=bool(config["Enabled"]),
        root_object=config.get("DefaultRootObject") or "",
        origins={entry["Id"]: _origin(entry, policies) for entry in items(config["Origins"])},
        behaviours=(
            *(_behaviour(entry, entry["PathPattern"], policies, first_origins) for entry in ordered),
            _behaviour(config["DefaultCacheBehavior"], "*", policies, first_origins),
        ),
        error_responses={
            int(entry["ErrorCode"]): ErrorResponse(
                int(entry.get("ErrorCachingMinTTL", DEFAULT_ERROR_SECONDS)),
                int(entry["ResponseCode"]) if entry.get("ResponseCode") else None,
                entry.get("ResponsePagePath") or None,
            )
            for entry in items(config.get("CustomErrorResponses"))
        },
        web_acl=config.get("WebACLId") or "",
        unplayed=unplayed(config),
    )


def _origin(entry: Mapping[str, Any], policies: Policies) -> Origin:
    custom: Mapping[str, Any] = entry.get("CustomOriginConfig") or {}
    ports = (int(custom.get("HTTPSPort", 443)), int(custom.get("HTTPPort", 80)))
    return Origin(
        identifier=entry["Id"],
        domain_name=entry["DomainName"].lower(),
        path=entry.get("OriginPath") or "",
        custom_headers=tuple(
            (header["HeaderName"], header["HeaderValue"]) for header in items(entry.get("CustomHeaders"))
        ),
        signs_requests=entry.get("OriginAccessControlId") in policies.signing_controls,
        ports=ports[::-1] if custom.get("OriginProtocolPolicy") == "http-only" else ports,
    )


def _behaviour(
    entry: Mapping[str, Any], pattern: str, policies: Policies, first_origins: Mapping[str, str]
) -> Behaviour:
    target = entry["TargetOriginId"]
    methods: Mapping[str, Any] = entry.get("AllowedMethods") or {}
    plain = frozenset({"GET", "HEAD"})
    return Behaviour(
        pattern=pattern,
        origin_identifier=first_origins.get(target, target),
        viewer_protocol=entry.get("ViewerProtocolPolicy") or "allow-all",
        allowed_methods=frozenset(items(methods)) or plain,
        cached_methods=frozenset(items(methods.get("CachedMethods"))) or plain,
        compresses=bool(entry.get("Compress")),
        functions={
            association["EventType"]: association["FunctionARN"].rpartition("/")[2]
            for association in items(entry.get("FunctionAssociations"))
        },
        cache_policy=policies.cache[entry["CachePolicyId"]] if entry.get("CachePolicyId") else _legacy(entry),
        origin_request_policy=policies.origin_request[entry["OriginRequestPolicyId"]]
        if entry.get("OriginRequestPolicyId")
        else None,
        headers_policy=policies.response_headers[entry["ResponseHeadersPolicyId"]]
        if entry.get("ResponseHeadersPolicyId")
        else None,
        needs_signature=needs_signature(entry),
    )


def _legacy(entry: Mapping[str, Any]) -> CachePolicy:
    """Return the cache settings of a cache behavior without a cache policy."""
    forwarded: Mapping[str, Any] = entry.get("ForwardedValues") or {}
    cookies: Mapping[str, Any] = forwarded.get("Cookies") or {}
    headers = frozenset(name.lower() for name in items(forwarded.get("Headers")))
    return CachePolicy(
        minimum_seconds=int(entry.get("MinTTL") or 0),
        default_seconds=int(entry.get("DefaultTTL", 86_400)),
        maximum_seconds=int(entry.get("MaxTTL", 31_536_000)),
        gzip=True,
        headers=Selection("all") if "*" in headers else Selection("whitelist", headers),
        cookies=Selection(cookies.get("Forward", "none"), frozenset(items(cookies.get("WhitelistedNames")))),
        query=Selection("all" if forwarded.get("QueryString") else "none"),
    )
