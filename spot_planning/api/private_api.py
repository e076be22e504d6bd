"""Plans a private API as plain data: its import document, its limits and the settings of its methods."""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from spot_planning.api.openapi_import import ImportOptions, ImportPlan, build_import_document, needs_link_of_version_2
from spot_planning.api.openapi_import import MethodSettings as DocumentMethodSettings
from spot_planning.api.settings import PrivateApiSettings
from spot_planning.declarations import with_settings
from spot_planning.documents import canonical_json
from spot_planning.problems import Problem

UNKNOWN_INTEGRATION_TARGET = (
    "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/unknown/0000000000000000"
)
"""Placeholder for a load balancer that does not exist yet, while the document is checked."""

HTTP_PORT = 80

ALL_METHODS = "*/*"
"""Path of the settings for every method without its own settings."""

_STAGE_NAME = re.compile(r"[A-Za-z0-9_-]{1,128}")


@dataclass(frozen=True, kw_only=True)
class ApiSettings:
    """Settings of the API as a whole, which are written into the import document.

    They are in the document even where the resource has arguments for them: they take effect only with a deployment,
    and the hash of the document triggers the deployment.
    """

    disable_execute_api_endpoint: bool
    minimum_compression_bytes: int
    security_policy: str
    endpoint_access_mode: str
    resource_policy: Mapping[str, Any] | None

    def extensions(self) -> dict[str, Any]:
        """Return the settings as OpenAPI extensions (Amazon API Gateway Developer Guide, "OpenAPI extensions")."""
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
    """Settings of one method, or of all methods (``*/*``), that differ from API Gateway's defaults."""

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
    """Settings of the stage's methods; the settings for all methods come first."""
    imported: ImportPlan
    """The planned import. For a VPC link of version 2 it leads to `UNKNOWN_INTEGRATION_TARGET`."""

    def body(self, integration_target: str | None = None) -> str:
        """Return the import document as canonical JSON.

        Args:
            integration_target: ARN of the load balancer for a VPC link of version 2; None for version 1.
        """
        return self.imported.body if integration_target is None else self.imported.body_to(integration_target)


def import_options(settings: PrivateApiSettings) -> ImportOptions:
    """Return the options with which a private API's document is checked and imported.

    Args:
        settings: Checked settings.
    """
    target = UNKNOWN_INTEGRATION_TARGET if needs_link_of_version_2(settings) else None
    return with_settings(ImportOptions, settings)(integration_target=target)


def api_settings(
    settings: PrivateApiSettings, *, has_domain: bool, resource_policy: Mapping[str, Any] | None = None
) -> ApiSettings:
    """Return the settings of the API as a whole.

    Args:
        settings: Checked settings.
        has_domain: Whether the API has its own domain name, which is then its only name in API Gateway.
        resource_policy: IAM policy document with the allowed callers; None for no policy.
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
        options: Options of the import.
        settings: Settings of the API as a whole.

    Raises:
        OpenApiError: The document cannot become this API, or contains other settings.
    """
    return build_import_document(document, replace(options, extensions=settings.extensions()))


def plan_private_api(
    document: Mapping[str, Any],
    settings: PrivateApiSettings,
    *,
    has_domain: bool,
    resource_policy: Mapping[str, Any] | None = None,
) -> PrivateApiPlan:
    """Plan everything about an API that is known before any resource exists.

    Args:
        document: The OpenAPI document.
        settings: Checked settings.
        has_domain: Whether the API has its own domain name.
        resource_policy: IAM policy document with the allowed callers; None for no policy.

    Raises:
        OpenApiError: The document cannot become this API, or contains other settings.
    """
    options = import_options(settings)
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
    """Return the import document with the API's name as its title.

    An import names the API after the title. If the title were different, the provider would change the name back right
    after each import, which API Gateway refuses while the import is in progress: "There is already an update in
    progress" (terraform-provider-aws issue 45905).

    Args:
        body: The import document.
        name: The name of the API.
    """
    document: dict[str, Any] = json.loads(body)
    return canonical_json({**document, "info": {**document["info"], "title": name}})


def stage_problems(stage_name: str) -> Iterator[Problem]:
    """Check the name of a stage.

    Args:
        stage_name: The name.
    """
    if not _STAGE_NAME.fullmatch(stage_name):
        yield Problem(("stage_name",), "is not 1 to 128 letters, digits, hyphens and underscores")


def domain_problems(
    domain_name: str | None, certificate: object | None, hosted_zone: object | None
) -> Iterator[Problem]:
    """Check that a custom domain name and its certificate and hosted zone are given together.

    Args:
        domain_name: The API's own domain name; None for none.
        certificate: ARN of the domain's certificate, or an Output; None for none.
        hosted_zone: Id of the hosted zone for the alias records, or an Output; None for none.
    """
    if domain_name is not None and certificate is None:
        yield Problem(("domain_name",), "needs certificate_arn")
    for key, value in (("certificate_arn", certificate), ("hosted_zone_id", hosted_zone)):
        # An Output may turn out to be None.
        if domain_name is None and isinstance(value, str):
            yield Problem((key,), "needs domain_name")


def backend_host(dns_name: str, port: int) -> str:
    """Return the host for the integrations' URIs, with the port unless it is 80.

    Args:
        dns_name: Host name of the load balancer.
        port: Port of the load balancer's listener.
    """
    return dns_name if port == HTTP_PORT else f"{dns_name}:{port}"


def redeployment_trigger(body: str) -> str:
    """Return the value whose change triggers a new deployment: the hash of the import document.

    SHA-1 only identifies a version here, it protects nothing. A longer hash would make previews harder to read.

    Args:
        body: The import document.
    """
    return hashlib.sha1(body.encode(), usedforsecurity=False).hexdigest()


def method_path(resource_path: str, http_method: str) -> str:
    """Return the key of a method's settings in a stage: ``~1v1~1companies/GET``.

    The provider passes the key to UpdateStage unchanged, which requires every slash of the resource path to be escaped,
    also the first slash. API Gateway would accept ``v1/companies/GET`` without any effect (terraform-provider-aws issue
    9738).

    Args:
        resource_path: Such as ``/v1/companies/{id}``.
        http_method: Such as ``GET``.
    """
    return f"{resource_path.replace('~', '~0').replace('/', '~1')}/{http_method}"


def _limits(asked: DocumentMethodSettings, rate_limit: float, burst_limit: int) -> MethodLimits:
    # A method with its own settings inherits nothing from */*, so a missing limit would mean unlimited.
    return MethodLimits(
        method_path=method_path(asked.resource_path, asked.http_method),
        rate_limit=rate_limit if asked.throttling_rate_limit is None else asked.throttling_rate_limit,
        burst_limit=burst_limit if asked.throttling_burst_limit is None else asked.throttling_burst_limit,
        caching_enabled=bool(asked.caching_enabled),
        cache_ttl_seconds=asked.cache_ttl_in_seconds,
        cache_data_encrypted=asked.cache_data_encrypted,
    )
