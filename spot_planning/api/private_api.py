"""What a private API is made of, as plain data: its import document, its limits, the settings of its methods."""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from spot_planning.api.openapi_import import ImportOptions, ImportPlan, ImportQuotas, build_import_document
from spot_planning.api.openapi_import import MethodSettings as DocumentMethodSettings
from spot_planning.api.settings import PrivateApiSettings
from spot_planning.documents import canonical_json
from spot_planning.network.load_balancer import LoadBalancerKind
from spot_planning.problems import Problem

UNKNOWN_INTEGRATION_TARGET = (
    "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/unknown/0000000000000000"
)
"""Stands for a load balancer that does not exist yet, while the document is checked."""

HTTP_PORT = 80

LINK_VERSION_2 = 2
"""Version of a VPC link whose integrations name the load balancer ("Set up VPC links V2", Developer Guide)."""

ALL_METHODS = "*/*"
"""Path of the settings that hold for every method without settings of its own."""

_STAGE_NAME = re.compile(r"[A-Za-z0-9_-]{1,128}")


@dataclass(frozen=True, kw_only=True)
class ApiSettings:
    """What the import document says about the API as a whole.

    These travel in the document, also where the resource has arguments for them: they take effect only with a
    deployment, and the deployment is triggered by the document's hash.
    """

    disable_execute_api_endpoint: bool
    minimum_compression_bytes: int
    security_policy: str
    endpoint_access_mode: str
    resource_policy: Mapping[str, Any] | None

    def extensions(self) -> dict[str, Any]:
        """The settings as extensions of the document (Amazon API Gateway Developer Guide, "OpenAPI extensions")."""
        made: dict[str, Any] = {
            "x-amazon-apigateway-endpoint-configuration": {
                "disableExecuteApiEndpoint": self.disable_execute_api_endpoint
            },
            "x-amazon-apigateway-minimum-compression-size": self.minimum_compression_bytes,
            "x-amazon-apigateway-security-policy": self.security_policy,
            "x-amazon-apigateway-endpoint-access-mode": self.endpoint_access_mode,
        }
        if self.resource_policy is not None:
            made["x-amazon-apigateway-policy"] = dict(self.resource_policy)
        return made


@dataclass(frozen=True, kw_only=True)
class MethodLimits:
    """Settings of one method, or of all (``*/*``), that differ from API Gateway's own."""

    method_path: str
    rate_limit: float
    burst_limit: int
    caching_enabled: bool = False
    cache_ttl_seconds: int | None = None
    cache_data_encrypted: bool | None = None


@dataclass(frozen=True, kw_only=True)
class PrivateApiPlan:
    """A private API as plain data."""

    document: Mapping[str, Any]
    options: ImportOptions
    settings: ApiSettings
    methods: tuple[MethodLimits, ...]
    """Settings of the stage's methods, those of all first."""
    imported: ImportPlan
    """The import, to an application load balancer that is not known yet where it leads to one."""

    def body(self, integration_target: str | None = None) -> str:
        """The import document as canonical JSON.

        Args:
            integration_target: ARN of the load balancer for a VPC link of version 2; None for version 1.
        """
        return self.imported.body if integration_target is None else self.imported.body_to(integration_target)


def needs_link_of_version_2(settings: PrivateApiSettings) -> bool:
    """Whether the API's VPC link is of version 2.

    Args:
        settings: Checked settings.
    """
    return settings.load_balancer_kind == LoadBalancerKind.APPLICATION or settings.vpc_link_version == LINK_VERSION_2


def import_options(settings: PrivateApiSettings, cors_allowed_origins: Iterable[str]) -> ImportOptions:
    """How a private API's document is imported, by whoever checks it and by whoever makes the API.

    Args:
        settings: Checked settings.
        cors_allowed_origins: Origins whose scripts may call the API; unused where the API is part of its site.
    """
    on_site = settings.path_on_site is not None
    return ImportOptions(
        load_balancer_kind=settings.load_balancer_kind,
        vpc_link_version=settings.vpc_link_version,
        integration_target=UNKNOWN_INTEGRATION_TARGET if needs_link_of_version_2(settings) else None,
        integration_timeout_milliseconds=settings.integration_timeout_milliseconds,
        cors_allowed_origins=() if on_site else tuple(cors_allowed_origins),
        cors_allow_credentials=settings.cors_allow_credentials,
        cors_allowed_headers=tuple(settings.cors_allowed_headers),
        stage_cache=settings.cache_size_gb is not None,
        quotas=ImportQuotas(integration_timeout_milliseconds=settings.integration_timeout_quota_milliseconds),
        api_key_required=settings.api_key_required,
        behind_distribution=on_site,
        base_path=settings.base_path,
        proxy=settings.proxy,
    )


def api_settings(
    settings: PrivateApiSettings, *, has_domain: bool, resource_policy: Mapping[str, Any] | None = None
) -> ApiSettings:
    """What the import document says about the API as a whole.

    Args:
        settings: Checked settings.
        has_domain: Whether the API has a name of its own, and answers under no other.
        resource_policy: Who may call the API, as an IAM policy document.
    """
    return ApiSettings(
        disable_execute_api_endpoint=has_domain,
        minimum_compression_bytes=settings.minimum_compression_bytes,
        security_policy=settings.security_policy,
        endpoint_access_mode=settings.endpoint_access_mode,
        resource_policy=resource_policy,
    )


def plan_import(document: Mapping[str, Any], options: ImportOptions, settings: ApiSettings) -> ImportPlan:
    """Plan the import of a document with the settings of the API as a whole.

    Args:
        document: The OpenAPI document.
        options: How it is imported.
        settings: What holds for the API as a whole.

    Raises:
        OpenApiError: For a document that cannot become such an API, or that asks for other settings.
    """
    return build_import_document(document, replace(options, extensions=settings.extensions()))


def plan_private_api(
    document: Mapping[str, Any],
    settings: PrivateApiSettings,
    *,
    has_domain: bool,
    resource_policy: Mapping[str, Any] | None = None,
) -> PrivateApiPlan:
    """Plan everything about an API that is known before anything exists.

    Args:
        document: The OpenAPI document.
        settings: Checked settings.
        has_domain: Whether the API has a name of its own.
        resource_policy: Who may call the API, as an IAM policy document.

    Raises:
        OpenApiError: For a document that cannot become such an API, or that asks for other settings.
    """
    options = import_options(settings, settings.cors_allowed_origins)
    whole = api_settings(settings, has_domain=has_domain, resource_policy=resource_policy)
    imported = plan_import(document, options, whole)
    rate, burst = settings.throttle_rate_limit, settings.throttle_burst_limit
    return PrivateApiPlan(
        document=document,
        options=options,
        settings=whole,
        methods=(
            MethodLimits(method_path=ALL_METHODS, rate_limit=rate, burst_limit=burst),
            *(_limits(asked, rate, burst) for asked in imported.method_settings),
        ),
        imported=imported,
    )


def titled(body: str, name: str) -> str:
    """The import document with the API's name as its title.

    An import names the API after the title. The provider would change another name back right after each import, which
    API Gateway refuses while the import is still in progress: "There is already an update in progress"
    (terraform-provider-aws issue 45905).

    Args:
        body: The import document.
        name: The name of the API.
    """
    document: dict[str, Any] = json.loads(body)
    return canonical_json({**document, "info": {**document["info"], "title": name}})


def stage_problems(stage_name: str) -> Iterator[Problem]:
    """What is wrong with the name of a stage.

    Args:
        stage_name: Its name.
    """
    if not _STAGE_NAME.fullmatch(stage_name):
        yield Problem(("stage_name",), "is not 1 to 128 letters, digits, hyphens and underscores")


def domain_problems(
    domain_name: str | None,
    certificate: object | None,
    hosted_zone: object | None,
    *,
    path_on_site: str | None = None,
) -> Iterator[Problem]:
    """What is wrong between a custom domain name and what belongs to it.

    Args:
        domain_name: The API's own name, or None.
        certificate: ARN of its certificate, or anything else than None for one that is not known yet.
        hosted_zone: Id of the hosted zone for the alias records, likewise.
        path_on_site: The site's path that leads to the API, or None.
    """
    if domain_name is not None and path_on_site is not None:
        yield Problem(
            ("domain_name",), f"is not allowed with path_on_site {path_on_site}: the site's name is the API's"
        )
    if domain_name is not None and certificate is None:
        yield Problem(("domain_name",), "needs certificate_arn")
    for key, value in (("certificate_arn", certificate), ("hosted_zone_id", hosted_zone)):
        # What is not known yet may turn out to be nothing.
        if domain_name is None and isinstance(value, str):
            yield Problem((key,), "needs domain_name")


def backend_host(dns_name: str, port: int) -> str:
    """Host of the integrations' URIs, with the port where it is not that of HTTP.

    Args:
        dns_name: Host name of the load balancer.
        port: Port of its listener.
    """
    return dns_name if port == HTTP_PORT else f"{dns_name}:{port}"


def redeployment_trigger(body: str) -> str:
    """What makes a new deployment: the hash of all that a deployment is a snapshot of.

    SHA-1 names a version here and protects nothing; a longer hash would only make previews harder to read.

    Args:
        body: The import document.
    """
    return hashlib.sha1(body.encode(), usedforsecurity=False).hexdigest()


def method_path(resource_path: str, http_method: str) -> str:
    """The key of a method's settings in a stage: ``~1v1~1companies/GET``.

    The provider hands the path to UpdateStage as it is, which wants every slash of the resource path escaped, the first
    one too; API Gateway would take ``v1/companies/GET`` and apply it to nothing (terraform-provider-aws issue 9738).

    Args:
        resource_path: Such as ``/v1/companies/{id}``.
        http_method: Such as ``GET``.
    """
    return f"{resource_path.replace('~', '~0').replace('/', '~1')}/{http_method}"


def _limits(asked: DocumentMethodSettings, rate_limit: float, burst_limit: int) -> MethodLimits:
    # A method with settings of its own inherits nothing from */*: what is not said here would be unlimited.
    return MethodLimits(
        method_path=method_path(asked.resource_path, asked.http_method),
        rate_limit=rate_limit if asked.throttling_rate_limit is None else asked.throttling_rate_limit,
        burst_limit=burst_limit if asked.throttling_burst_limit is None else asked.throttling_burst_limit,
        caching_enabled=bool(asked.caching_enabled),
        cache_ttl_seconds=asked.cache_ttl_in_seconds,
        cache_data_encrypted=asked.cache_data_encrypted,
    )
