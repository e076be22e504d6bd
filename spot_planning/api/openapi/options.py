"""Options of an import, which are checked before it is planned."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from spot_planning.api.rules import IMPORT_RULES
from spot_planning.api.settings import ImportSettings
from spot_planning.checking import problems
from spot_planning.declarations import Allowed, arguments, between, matching, setting
from spot_planning.network.load_balancer import LoadBalancerKind
from spot_planning.problems import Problem

SHORTEST_TIMEOUT_MILLISECONDS: Final = 50
DEFAULT_TIMEOUT_MILLISECONDS: Final = 29_000
"""Timeout of an integration that names none ("timeoutInMillis", Integration, API Gateway API Reference)."""
LONGEST_STREAM_MILLISECONDS: Final = 900_000
"""15 minutes ("Stream the integration response for your proxy integrations", Developer Guide)."""
LINK_VERSION_2: Final = 2
"""Version of VPC links whose integrations name the load balancer ("Set up VPC links V2", Developer Guide)."""

_HOST: Final[Allowed] = matching(
    r"(?:[A-Za-z0-9.:-]|\$\{stageVariables\.[A-Za-z0-9_]{1,64}\})+",
    # The limit: "Quotas for configuring and running a REST API", Developer Guide.
    "a host, an id, or ${stageVariables.NAME} with a NAME of at most 64 letters, digits and underscores",
)


class BackendScheme(StrEnum):
    """Protocol between API Gateway and the load balancer."""

    HTTP = "http"
    HTTPS = "https"


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


@arguments
class ImportOptions(ImportSettings):
    """How a document becomes an API Gateway import document. `option_problems` checks the options."""

    title: str | None = None
    """Name of the REST API; None for the document's own title."""
    vpc_link_id: str = setting(default="${stageVariables.vpcLinkId}", allowed=_HOST)
    """Id of the VPC link, or a stage variable, with which the whole document is known before the link exists."""
    backend_host: str = setting(default="${stageVariables.backendHost}", allowed=_HOST)
    """Host of the integrations' URIs, with port unless 80 or 443, or a stage variable."""
    backend_scheme: BackendScheme = BackendScheme.HTTP
    """Protocol between API Gateway and the load balancer."""
    integration_target: str | None = None
    """ARN of the load balancer, for a VPC link of version 2. It cannot be a stage variable ("Set up a private
    integration", Developer Guide)."""
    cors_max_age_seconds: int = setting(default=7200, allowed=between(0, 86_400))
    """Seconds that browsers may cache a preflight response. Chromium's maximum is 7200 seconds."""
    binary_media_types: list[str] = setting(
        default_factory=list[str],
        each=matching(r"[A-Za-z0-9.+*-]+/[A-Za-z0-9.+*-]+", "a media type, such as image/png"),
    )
    """Binary media types in addition to those in the document."""
    extensions: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Extensions for the document's root that the caller sets. The document must not contain other values for them."""
    quotas: ImportQuotas = field(default_factory=ImportQuotas)
    """The account's quotas."""

    @property
    def behind_distribution(self) -> bool:
        """Whether only CloudFront calls the API, with the key.

        Then every operation requires the key, even with an explicit ``security: []``, and the viewer's address and host
        come from headers that the distribution sets.
        """
        return self.path_on_site is not None

    @property
    def stage_cache(self) -> bool:
        """Whether the stage has a cache. Without a cache the document must not enable caching."""
        return self.cache_size_gb is not None


def needs_link_of_version_2(settings: ImportSettings) -> bool:
    """Check whether the API needs a VPC link of version 2, whose integrations all name the load balancer.

    Args:
        settings: Checked settings.
    """
    return settings.load_balancer_kind == LoadBalancerKind.APPLICATION or settings.vpc_link_version == LINK_VERSION_2


def option_problems(options: ImportOptions) -> Iterator[Problem]:
    """Check the options of an import.

    Args:
        options: The options.

    Yields:
        The problems: first those of single options; if there is none, those of options together.
    """
    yield from problems(options, (*IMPORT_RULES, _target_belongs_to_the_link))


def _target_belongs_to_the_link(options: ImportOptions) -> Iterator[Problem]:
    if needs_link_of_version_2(options) and not options.integration_target:
        yield Problem(
            ("integration_target",), "is needed with a VPC link of version 2; allowed: the load balancer's ARN"
        )
    elif options.integration_target and not needs_link_of_version_2(options):
        yield Problem(
            ("integration_target",),
            "is not allowed with a VPC link of version 1, which has its own target; allowed: with vpc_link_version 2",
        )
