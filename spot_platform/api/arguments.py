"""What `PrivateApi` is told, and what it lets its caller change and see."""

from dataclasses import dataclass, field
from typing import Any

import pulumi
import pulumi_aws as aws

from spot_planning.api.private_api import SECURITY_POLICIES
from spot_platform.api.domain import ApiDomain, ApiDomainTransforms
from spot_platform.api.logs import ApiLogging, ApiLoggingTransforms
from spot_platform.api.usage_plan import UsagePlan, UsagePlanTransforms
from spot_platform.api.vpc_link import ApiVpcLink, ApiVpcLinkTransforms
from spot_platform.component import Transform


@dataclass(kw_only=True)
class PrivateApiArgs:
    """Arguments of `PrivateApi`."""

    document: dict[str, Any]
    """The OpenAPI 3.0 or 3.1 document of the API."""
    stage_name: str
    """Name of the stage, which is in the URL while there is no `domain_name`."""
    load_balancer_kind: str = "network"
    """``network`` or ``application``."""
    load_balancer_arn: pulumi.Input[str]
    """ARN of the internal load balancer."""
    load_balancer_dns_name: pulumi.Input[str]
    """Host name of the load balancer."""
    load_balancer_security_group_id: pulumi.Input[str]
    """Security group of the load balancer."""
    vpc_id: pulumi.Input[str]
    """The VPC."""
    subnet_ids: pulumi.Input[list[str]]
    """Private subnets, for the VPC link to an application load balancer."""
    listener_port: int = 80
    """Port of the load balancer's listener."""
    base_path: str = "prepend"
    """What becomes of the path in the document's server URL: ``prepend`` or ``ignore``."""
    proxy: str = "none"
    """Whether other paths reach the backend: ``none``, ``fallback``, or ``only`` that."""
    domain_name: str | None = None
    """A name of its own; the API then answers under no other."""
    certificate_arn: pulumi.Input[str] | None = None
    """The validated certificate for `domain_name`, in the API's region."""
    hosted_zone_id: pulumi.Input[str] | None = None
    """The hosted zone that gets the alias records; None when DNS is kept elsewhere."""
    security_policy: str = SECURITY_POLICIES[0]
    """TLS versions and ciphers of the API and of its name."""
    endpoint_access_mode: str = "STRICT"
    """``STRICT`` or ``BASIC``: whether the TLS name of a request must be the host that it asks for. An API that is in
    use goes through ``BASIC`` first."""
    web_acl_arn: pulumi.Input[str] | None = None
    """A web ACL of the REGIONAL scope."""
    resource_policy: dict[str, Any] | None = None
    """Who may call the API, as an IAM policy document; None: whoever has an API key, where one is required."""
    throttle_rate_limit: float = 100
    """Requests per second: the default of every method of the stage, and the limit of each API key. The document's
    ``x-method-settings`` sets others for single methods."""
    throttle_burst_limit: int = 200
    """Requests at once, likewise."""
    quota_limit: int | None = 100_000
    """Requests per period of each API key; None without a quota."""
    quota_period: str = "MONTH"
    """``DAY``, ``WEEK`` or ``MONTH``."""
    api_key_required: bool = True
    """Whether callers need an API key, except where the document says ``security: []``. Preflights never need one."""
    cors_allowed_origins: list[str] = field(default_factory=list[str])
    """Origins whose scripts may call the API; ``*`` for all, none for no CORS."""
    cors_allow_credentials: bool = False
    """Whether these scripts may send cookies."""
    access_log_retention_days: int = 30
    """How long access and execution logs are kept, in days; one of the periods of CloudWatch Logs."""
    execution_log_level: str = "ERROR"
    """``OFF``, ``ERROR`` or ``INFO``; what is inside requests and responses is never logged."""
    detailed_metrics: bool = False
    """Whether every method also has metrics of its own: five, at 0.30 USD a month each, for each method that is called.
    The stage's own metrics are always there and cost nothing."""
    xray: bool = True
    """Whether requests are traced."""
    account_logging_role: bool = True
    """Whether to set the role that API Gateway logs with: one stack of an account and region does, the others not."""
    client_certificate: bool = False
    """Whether API Gateway shows a certificate to the backend, which only an HTTPS backend can check. It is valid for a
    year, and a new one means a new stage setting."""
    integration_timeout_milliseconds: int = 29_000
    """How long the backend may take, in milliseconds."""
    minimum_compression_bytes: int = 1024
    """Size from which on responses are compressed for clients that ask for it."""
    fail_on_warnings: bool = True
    """Whether an import with warnings fails, which leaves the API as it was."""
    kms_key_arn: pulumi.Input[str] | None = None
    """The KMS key of the log groups."""


@dataclass(frozen=True, kw_only=True)
class PrivateApiTransforms:
    """Changes to the arguments of `PrivateApi`'s resources."""

    rest_api: Transform | None = None
    deployment: Transform | None = None
    stage: Transform | None = None
    method_settings: Transform | None = None
    client_certificate: Transform | None = None
    web_acl_association: Transform | None = None
    vpc_link: ApiVpcLinkTransforms | None = None
    logging: ApiLoggingTransforms | None = None
    usage_plan: UsagePlanTransforms | None = None
    domain: ApiDomainTransforms | None = None


@dataclass(frozen=True, kw_only=True)
class PrivateApiNodes:
    """The resources of `PrivateApi`; settings of methods by method path."""

    rest_api: aws.apigateway.RestApi
    deployment: aws.apigateway.Deployment
    stage: aws.apigateway.Stage
    method_settings: dict[str, aws.apigateway.MethodSettings]
    client_certificate: aws.apigateway.ClientCertificate | None
    vpc_link: ApiVpcLink
    logging: ApiLogging
    usage_plan: UsagePlan | None
    domain: ApiDomain | None
