"""What a private API is made of, as plain data: its import document, its limits, the settings of its methods."""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from spot_planning.api.openapi.options import LOAD_BALANCER_KINDS
from spot_planning.api.openapi_import import ImportOptions, ImportPlan, build_import_document
from spot_planning.api.openapi_import import MethodSettings as DocumentMethodSettings
from spot_planning.api.throttling import ThrottlingPlan
from spot_planning.monitoring.log_retention import check_retention_days
from spot_planning.names.domain_names import check_domain_name

EXECUTION_LOG_LEVELS = ("OFF", "ERROR", "INFO")

SECURITY_POLICIES = (
    "SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09",
    "SecurityPolicy_TLS13_1_2_PQ_2025_09",
    "SecurityPolicy_TLS13_1_2_FIPS_PFS_PQ_2025_09",
    "SecurityPolicy_TLS13_1_2_FIPS_PQ_2025_09",
    "SecurityPolicy_TLS13_1_3_2025_09",
    "SecurityPolicy_TLS13_1_3_FIPS_2025_09",
)
"""TLS 1.2 or newer with the ciphers of 2025, for regional APIs and domains (Amazon API Gateway Developer Guide,
"Supported security policies"). The legacy ``TLS_1_2`` fails Security Hub APIGateway.11; without a policy of its own a
regional API accepts TLS 1.0."""

ENDPOINT_ACCESS_MODES = ("STRICT", "BASIC")
"""Whether a request's SNI must match its host, and come through an endpoint of the API's own type (Amazon API Gateway
Developer Guide, "Endpoint access mode")."""

MAXIMUM_COMPRESSION_BYTES = 10_485_760

UNKNOWN_INTEGRATION_TARGET = (
    "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/unknown/0000000000000000"
)
"""Stands for a load balancer that does not exist yet, while the document is checked."""

HTTP_PORT = 80

ALL_METHODS = "*/*"
"""Path of the settings that hold for every method without settings of its own."""

_STAGE_NAME = re.compile(r"[A-Za-z0-9_-]{1,128}")


@dataclass(frozen=True, kw_only=True)
class ApiSettings:
    """What the import document says about the API as a whole.

    These travel in the document rather than in arguments of the resource: they take effect only with a deployment, and
    the deployment is triggered by the document's hash.
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
    throttling: ThrottlingPlan
    methods: tuple[MethodLimits, ...]
    """Settings of the stage's methods, those of all first."""
    imported: ImportPlan
    """The import, to an application load balancer that is not known yet where it leads to one."""

    def body(self, integration_target: str | None = None) -> str:
        """The import document as canonical JSON.

        Args:
            integration_target: ARN of the application load balancer; None for a network load balancer.
        """
        return self.imported.body if integration_target is None else self.imported.body_to(integration_target)


def import_options(
    *,
    load_balancer_kind: str,
    integration_timeout_milliseconds: int,
    cors_allowed_origins: Iterable[str],
    cors_allow_credentials: bool,
    api_key_required: bool,
    base_path: str,
    proxy: str,
) -> ImportOptions:
    """How a private API's document is imported, by whoever checks it and by whoever makes the API.

    Args:
        load_balancer_kind: One of `LOAD_BALANCER_KINDS`.
        integration_timeout_milliseconds: How long the backend may take.
        cors_allowed_origins: Origins whose scripts may call the API.
        cors_allow_credentials: Whether these scripts may send cookies.
        api_key_required: Whether callers need an API key.
        base_path: What becomes of the path in the document's server URL.
        proxy: Whether other paths reach the backend.

    Raises:
        ValueError: For values that contradict each other or that API Gateway would refuse.
    """
    return ImportOptions(
        load_balancer_kind=load_balancer_kind,
        integration_target=UNKNOWN_INTEGRATION_TARGET if load_balancer_kind == "application" else None,
        integration_timeout_milliseconds=integration_timeout_milliseconds,
        cors_allowed_origins=tuple(cors_allowed_origins),
        cors_allow_credentials=cors_allow_credentials,
        api_key_required=api_key_required,
        base_path=base_path,
        proxy=proxy,
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
    *,
    document: Mapping[str, Any],
    options: ImportOptions,
    settings: ApiSettings,
    throttling: ThrottlingPlan,
    stage_name: str,
    execution_log_level: str,
    access_log_retention_days: int,
) -> PrivateApiPlan:
    """Check everything about an API that is known before anything exists.

    Args:
        document: The OpenAPI document.
        options: How it is imported.
        settings: What holds for the API as a whole.
        throttling: The limits.
        stage_name: Name of the stage.
        execution_log_level: One of `EXECUTION_LOG_LEVELS`.
        access_log_retention_days: How long access and execution logs are kept.

    Raises:
        ValueError: For a value that API Gateway would refuse; an ``OpenApiError`` when it is in the document.
    """
    if not _STAGE_NAME.fullmatch(stage_name):
        raise ValueError(f"stage_name={stage_name!r} is not 1 to 128 letters, digits, hyphens and underscores")
    for key, value, allowed in (
        ("execution_log_level", execution_log_level, EXECUTION_LOG_LEVELS),
        ("security_policy", settings.security_policy, SECURITY_POLICIES),
        ("endpoint_access_mode", settings.endpoint_access_mode, ENDPOINT_ACCESS_MODES),
    ):
        if value not in allowed:
            raise ValueError(f"{key}={value!r} is not one of {', '.join(allowed)}")
    check_retention_days("access_log_retention_days", access_log_retention_days)
    if not 0 <= settings.minimum_compression_bytes <= MAXIMUM_COMPRESSION_BYTES:
        raise ValueError(
            f"minimum_compression_bytes={settings.minimum_compression_bytes} is not 0 to {MAXIMUM_COMPRESSION_BYTES}"
        )
    imported = plan_import(document, options, settings)
    return PrivateApiPlan(
        document=document,
        options=options,
        settings=settings,
        throttling=throttling,
        methods=(
            MethodLimits(method_path=ALL_METHODS, rate_limit=throttling.rate_limit, burst_limit=throttling.burst_limit),
            *(_limits(asked, throttling) for asked in imported.method_settings),
        ),
        imported=imported,
    )


def check_api_domain(domain_name: str | None, certificate: object | None, hosted_zone: object | None) -> None:
    """Check what belongs to a custom domain name together.

    Args:
        domain_name: The API's own name, or None.
        certificate: ARN of its certificate, or anything else than None for one that is not known yet.
        hosted_zone: Id of the hosted zone for the alias records, likewise.

    Raises:
        ValueError: For a name without certificate, or the other way round.
    """
    if domain_name is None:
        # What is not known yet may turn out to be nothing.
        given = {"certificate_arn": certificate, "hosted_zone_id": hosted_zone}
        known = [f"{key}={value}" for key, value in given.items() if isinstance(value, str)]
        if known:
            raise ValueError(f"{', '.join(known)} needs domain_name")
        return
    check_domain_name("domain_name", domain_name)
    if certificate is None:
        raise ValueError(f"domain_name={domain_name} needs certificate_arn")


def check_load_balancer_kind(kind: str) -> None:
    """Check what the API's VPC link leads to.

    Raises:
        ValueError: If it is neither a network nor an application load balancer.
    """
    if kind not in LOAD_BALANCER_KINDS:
        raise ValueError(f"load_balancer_kind={kind!r} is not one of {', '.join(LOAD_BALANCER_KINDS)}")


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


def _limits(asked: DocumentMethodSettings, throttling: ThrottlingPlan) -> MethodLimits:
    # A method with settings of its own inherits nothing from */*: what is not said here would be unlimited.
    return MethodLimits(
        method_path=method_path(asked.resource_path, asked.http_method),
        rate_limit=throttling.rate_limit if asked.throttling_rate_limit is None else asked.throttling_rate_limit,
        burst_limit=throttling.burst_limit if asked.throttling_burst_limit is None else asked.throttling_burst_limit,
        caching_enabled=bool(asked.caching_enabled),
        cache_ttl_seconds=asked.cache_ttl_in_seconds,
        cache_data_encrypted=asked.cache_data_encrypted,
    )
