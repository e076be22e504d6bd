"""Options of an import, which are checked before it is planned."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from spot_planning.api.settings import BasePath, Proxy
from spot_planning.network.load_balancer import LoadBalancerKind

SHORTEST_TIMEOUT_MILLISECONDS: Final = 50
DEFAULT_TIMEOUT_MILLISECONDS: Final = 29_000
"""Timeout of an integration that names none ("timeoutInMillis", Integration, API Gateway API Reference)."""
LONGEST_STREAM_MILLISECONDS: Final = 900_000
"""15 minutes ("Stream the integration response for your proxy integrations", Developer Guide)."""

_ORIGIN: Final = re.compile(r"https?://[A-Za-z0-9.-]+(?::[0-9]{1,5})?|null")
_HEADER: Final = re.compile(r"[A-Za-z0-9-]+")
_MEDIA_TYPE: Final = re.compile(r"[A-Za-z0-9.+*-]+/[A-Za-z0-9.+*-]+")
_HOST: Final = re.compile(r"(?:[A-Za-z0-9.:-]|\$\{stageVariables\.[A-Za-z0-9_]{1,64}\})+")
"""The name of a stage variable has at most 64 characters ("Quotas for configuring and running a REST API")."""


@dataclass(frozen=True, kw_only=True)
class ImportQuotas:
    """Quotas of API Gateway for one REST API ("Quotas for configuring and running a REST API", Developer Guide).

    The defaults are AWS's. Quotas that AWS raises on request can be set to the account's values.
    """

    resources: int = 300
    """Resources of an API: one for each distinct path prefix, including the root. Can be raised."""
    documentation_parts: int = 2000
    """Documentation parts of an API; every description in the document becomes one. Can be raised."""
    authorizers: int = 10
    """Authorizers of an API. Can be raised."""
    integration_timeout_milliseconds: int = 29_000
    """Longest integration timeout in milliseconds. Can be raised for Regional APIs, in exchange for throttle quota."""
    import_bytes: int = 6 * 1024 * 1024
    """Size of an API definition for import, 6 MB. Fixed."""
    model_bytes: int = 400 * 1024
    """Size of one model, 400 KB. Fixed."""
    payload_bytes: int = 10 * 1024 * 1024
    """Size of a request's or response's payload, 10 MB. Fixed."""
    mapping_template_bytes: int = 300 * 1024
    """Size of a mapping template, 300 KB ("Amazon API Gateway important notes"). Fixed."""
    policy_characters: int = 8192
    """Length of a resource policy in characters. Can be raised."""
    warning_share: float = 0.8
    """Share of a quota at which a warning is reported."""


@dataclass(frozen=True, kw_only=True)
class ImportOptions:
    """How a document becomes an API Gateway import document.

    Raises:
        ValueError: Values contradict each other, or API Gateway would refuse them.
    """

    title: str | None = None
    """Name of the REST API; None for the document's own title."""
    load_balancer_kind: str = "network"
    """Kind of the load balancer behind the VPC link: ``network`` or ``application``."""
    vpc_link_version: int | None = None
    """``1``, to a network load balancer only, or ``2``, which AWS recommends; None for the oldest version that reaches
    the load balancer."""
    vpc_link_id: str = "${stageVariables.vpcLinkId}"
    """Id of the VPC link, or a stage variable, with which the whole document is known before the link exists."""
    backend_host: str = "${stageVariables.backendHost}"
    """Host of the integrations' URIs, with port unless 80 or 443, or a stage variable."""
    backend_scheme: str = "http"
    """``http`` or ``https``."""
    integration_target: str | None = None
    """ARN of the load balancer; needed with a VPC link of version 2. It cannot be a stage variable ("Set up a private
    integration", Developer Guide)."""
    integration_timeout_milliseconds: int = 29_000
    """Timeout of integrations without ``x-integration-settings``, milliseconds, 50 or more."""
    cors_allowed_origins: tuple[str, ...] = ("*",)
    """Origins whose pages may call the API: ``*``, one, or many; empty for no CORS."""
    cors_allow_credentials: bool = False
    """Whether browsers may send cookies; not allowed together with ``*``."""
    cors_allowed_headers: tuple[str, ...] = ()
    """Request headers that are allowed for all operations, in addition to those that the document names."""
    cors_max_age_seconds: int = 7200
    """Seconds that browsers may cache a preflight response. Chromium's maximum is 7200 seconds."""
    api_key_required: bool = False
    """Whether every operation requires an API key, except those with an explicit ``security: []``; other values of
    ``security`` do not matter. If False, there are no API keys, and a scheme for the header ``x-api-key`` is left to
    the backend."""
    behind_distribution: bool = False
    """Whether only CloudFront calls the API, with the key. Then every operation requires the key, even with an explicit
    ``security: []``, and the viewer's address and host come from headers that the distribution sets. Needs
    ``api_key_required``, and no CORS."""
    stage_cache: bool = False
    """Whether the stage has a cache. Without a cache the document must not enable caching."""
    base_path: str = "prepend"
    """What happens to the path of the first server's URL: ``prepend`` puts it before every path, ``ignore``
    drops it."""
    proxy: str = "none"
    """``none``; ``fallback`` adds ``/{proxy+}`` for all paths that the document does not name; ``only`` replaces all
    paths by ``/{proxy+}``, for documents that exceed the quota of resources."""
    binary_media_types: tuple[str, ...] = ()
    """Binary media types in addition to those in the document."""
    extensions: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Extensions for the document's root that the caller sets. The document must not contain other values for them."""
    quotas: ImportQuotas = field(default_factory=ImportQuotas)
    """The account's quotas."""

    def __post_init__(self) -> None:
        """Check everything."""
        self._check_choices()
        if self.behind_distribution and (not self.api_key_required or self.cors_allowed_origins):
            raise ValueError("behind_distribution needs api_key_required, and cors_allowed_origins empty")
        self._check_cors()
        _check_range(
            "integration_timeout_milliseconds",
            self.integration_timeout_milliseconds,
            SHORTEST_TIMEOUT_MILLISECONDS,
            self.quotas.integration_timeout_milliseconds,
        )
        for name in ("vpc_link_id", "backend_host"):
            value = getattr(self, name)
            if not _HOST.fullmatch(value):
                raise ValueError(f"{name}={value}: a host, an id, or ${{stageVariables.name}} is needed")
        for media_type in self.binary_media_types:
            if not _MEDIA_TYPE.fullmatch(media_type):
                raise ValueError(f"binary_media_types={media_type}: a media type such as image/png is needed")

    @property
    def names_target(self) -> bool:
        """Whether every integration names the load balancer, as a VPC link of version 2 requires."""
        return self.load_balancer_kind == "application" or self.vpc_link_version == 2  # noqa: PLR2004 - its version

    def _check_choices(self) -> None:
        choices: Mapping[str, tuple[str | int | None, ...]] = {
            "load_balancer_kind": tuple(LoadBalancerKind),
            "vpc_link_version": (None, 1, 2),
            "base_path": tuple(BasePath),
            "proxy": tuple(Proxy),
            "backend_scheme": ("http", "https"),
        }
        for name, allowed in choices.items():
            value = getattr(self, name)
            if value not in allowed:
                raise ValueError(f"{name}={value}: allowed are {', '.join(map(str, allowed))}")
        if self.load_balancer_kind == "application" and self.vpc_link_version == 1:
            raise ValueError("vpc_link_version=1: a link to an application load balancer is of version 2")
        if self.names_target and not self.integration_target:
            raise ValueError("integration_target is needed with a VPC link of version 2: the load balancer's ARN")
        if not self.names_target and self.integration_target:
            raise ValueError(
                "integration_target belongs to a VPC link of version 2; one of version 1 has its own target"
            )

    def _check_cors(self) -> None:
        origins = self.cors_allowed_origins
        if "*" in origins and len(origins) > 1:
            raise ValueError("cors_allowed_origins: * allows every origin already; give * alone or a list")
        if "*" in origins and self.cors_allow_credentials:
            raise ValueError("cors_allow_credentials: browsers refuse credentials with the origin *; list the origins")
        for origin in origins:
            if origin != "*" and not _ORIGIN.fullmatch(origin):
                raise ValueError(
                    f"cors_allowed_origins={origin}: an origin is scheme://host[:port], with no path or slash behind"
                )
        if len(set(origins)) < len(origins):
            raise ValueError("cors_allowed_origins: an origin is listed twice")
        for header in self.cors_allowed_headers:
            if not _HEADER.fullmatch(header):
                raise ValueError(f"cors_allowed_headers={header}: a header name is needed")
        _check_range("cors_max_age_seconds", self.cors_max_age_seconds, 0, 86_400)


def _check_range(name: str, value: int, lowest: int, highest: int) -> None:
    if not lowest <= value <= highest:
        raise ValueError(f"{name}={value}: allowed is {lowest} to {highest}")
