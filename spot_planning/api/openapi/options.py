"""What the caller decides about an import, checked before anything is planned."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

CONNECTIONS: Final = ("network", "application")
BASE_PATHS: Final = ("prepend", "ignore")
PROXIES: Final = ("none", "fallback", "only")

_ORIGIN: Final = re.compile(r"https?://[A-Za-z0-9.-]+(?::[0-9]{1,5})?|null")
_HEADER: Final = re.compile(r"[A-Za-z0-9-]+")
_MEDIA_TYPE: Final = re.compile(r"[A-Za-z0-9.+*-]+/[A-Za-z0-9.+*-]+")
_HOST: Final = re.compile(r"(?:[A-Za-z0-9.:-]|\$\{stageVariables\.[A-Za-z0-9_]{1,64}\})+")
"""The name of a stage variable has at most 64 characters ("Quotas for configuring and running a REST API")."""


@dataclass(frozen=True, kw_only=True)
class ImportQuotas:
    """Quotas of API Gateway for one REST API ("Quotas for configuring and running a REST API", Developer Guide).

    The defaults are AWS's; those that AWS raises on request can be set to what the account has.
    """

    resources: int = 300
    """Resources of an API: one for each distinct path prefix, the root included. Can be raised."""
    documentation_parts: int = 2000
    """Documentation parts of an API; every description in the document becomes one. Can be raised."""
    authorizers: int = 10
    """Authorizers of an API. Can be raised."""
    integration_timeout_milliseconds: int = 29_000
    """Longest integration timeout in milliseconds. Can be raised for Regional APIs, at the price of throttle."""
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
    """Share of a quota from which on a warning says that it is near."""


@dataclass(frozen=True, kw_only=True)
class ImportOptions:
    """How a document becomes an API Gateway import document.

    Raises:
        ValueError: For values that contradict each other or that API Gateway would refuse.
    """

    title: str | None = None
    """Name of the REST API; the document's own title when None."""
    connection: str = "network"
    """What the VPC Link leads to: ``network`` (VPC Link of API Gateway v1 to an NLB) or ``application`` (VPC
    Link V2 to an ALB)."""
    vpc_link_id: str = "${stageVariables.vpcLinkId}"
    """VPC Link, or a stage variable, which leaves the document fully known before the link exists."""
    backend_host: str = "${stageVariables.backendHost}"
    """Host, with port unless 80 or 443, that the integrations address, or a stage variable."""
    backend_scheme: str = "http"
    """``http`` or ``https``."""
    integration_target: str | None = None
    """ARN of the ALB; needed for ``application`` and no stage variable (API reference, PutIntegration)."""
    integration_timeout_milliseconds: int = 29_000
    """Timeout of every integration in milliseconds, from 50."""
    cors_allowed_origins: tuple[str, ...] = ("*",)
    """Origins that browsers may call from: ``*``, one, or many; empty for no CORS at all."""
    cors_allow_credentials: bool = False
    """Let browsers send cookies; never together with ``*``."""
    cors_allowed_headers: tuple[str, ...] = ()
    """Request headers to allow everywhere beside those that the document names."""
    cors_max_age_seconds: int = 7200
    """How long browsers may remember a preflight answer; Chromium keeps none longer than 7200 seconds."""
    api_key_required: bool = False
    """Ask for an API key in every operation except those with an explicit ``security: []``, whatever else their
    ``security`` says. When False, the document alone decides."""
    base_path: str = "prepend"
    """What happens to the path of the first server's URL: ``prepend`` puts it before every path, ``ignore``
    drops it."""
    proxy: str = "none"
    """``none``; ``fallback`` adds ``/{proxy+}`` for whatever the document does not name; ``only`` replaces
    all paths by it, for documents that exceed the quota of resources."""
    binary_media_types: tuple[str, ...] = ()
    """Binary media types beside those that the document shows."""
    extensions: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Extensions of the whole API that the caller sets, for the document's root; it must not say otherwise."""
    quotas: ImportQuotas = field(default_factory=ImportQuotas)
    """The account's quotas."""

    def __post_init__(self) -> None:
        """Check everything."""
        self._check_choices()
        self._check_cors()
        _check_range(
            "integration_timeout_milliseconds",
            self.integration_timeout_milliseconds,
            50,
            self.quotas.integration_timeout_milliseconds,
        )
        for name in ("vpc_link_id", "backend_host"):
            value = getattr(self, name)
            if not _HOST.fullmatch(value):
                raise ValueError(f"{name}={value}: a host, an id, or ${{stageVariables.name}} is needed")
        for media_type in self.binary_media_types:
            if not _MEDIA_TYPE.fullmatch(media_type):
                raise ValueError(f"binary_media_types={media_type}: a media type such as image/png is needed")

    def _check_choices(self) -> None:
        choices: Mapping[str, tuple[str, ...]] = {
            "connection": CONNECTIONS,
            "base_path": BASE_PATHS,
            "proxy": PROXIES,
            "backend_scheme": ("http", "https"),
        }
        for name, allowed in choices.items():
            value = getattr(self, name)
            if value not in allowed:
                raise ValueError(f"{name}={value}: allowed are {', '.join(allowed)}")
        if self.connection == "application" and not self.integration_target:
            raise ValueError("integration_target is needed with connection=application: the load balancer's ARN")
        if self.connection == "network" and self.integration_target:
            raise ValueError("integration_target belongs to connection=application; a network link has its own target")

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
            raise ValueError("cors_allowed_origins: an origin stands twice")
        for header in self.cors_allowed_headers:
            if not _HEADER.fullmatch(header):
                raise ValueError(f"cors_allowed_headers={header}: a header name is needed")
        _check_range("cors_max_age_seconds", self.cors_max_age_seconds, 0, 86_400)


def _check_range(name: str, value: int, lowest: int, highest: int) -> None:
    if not lowest <= value <= highest:
        raise ValueError(f"{name}={value}: allowed is {lowest} to {highest}")
