"""The arguments, transforms and nodes of `PrivateApi`."""

from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from spot_planning.api.settings import PrivateApiSettings
from spot_planning.declarations import arguments, setting
from spot_planning.names.domain_names import DOMAIN_NAME
from spot_planning.network.load_balancer import ListenerSettings
from spot_platform.api.domain import ApiDomain, ApiDomainTransforms
from spot_platform.api.logs import ApiLogging, ApiLoggingTransforms
from spot_platform.api.usage_plan import UsagePlan, UsagePlanTransforms
from spot_platform.api.vpc_link import ApiVpcLink, ApiVpcLinkTransforms
from spot_platform.component import Transform


@arguments
class PrivateApiArgs(PrivateApiSettings, ListenerSettings):
    """Arguments of `PrivateApi`."""

    document: dict[str, Any]
    """The OpenAPI 3.0 or 3.1 document of the API."""
    stage_name: str
    """Name of the stage. It is part of the URL, unless there is a `domain_name` and no `path_on_site`."""
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
    domain_name: str | None = setting(default=None, allowed=DOMAIN_NAME)
    """The API's own domain name; the API then has no other name. None for the name that AWS gives it. With
    `path_on_site` it is the name by which CloudFront calls the API."""
    certificate_arn: pulumi.Input[str] | None = None
    """The validated certificate for `domain_name`, in the API's Region."""
    hosted_zone_id: pulumi.Input[str] | None = None
    """The hosted zone that gets the alias records; None if DNS is managed elsewhere."""
    web_acl_arn: pulumi.Input[str] | None = None
    """A web ACL of the REGIONAL scope; None for none."""
    resource_policy: dict[str, Any] | None = None
    """IAM policy document with the allowed callers. None for every caller, who needs an API key if it is required."""
    logging_role_arn: pulumi.Input[str] | None = None
    """ARN of the account's role for logs, from `ApiAccount` in the same stack. None if the account has one already:
    without a role API Gateway refuses the stage."""
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
    sampling_rule: Transform | None = None
    web_acl_association: Transform | None = None
    vpc_link: ApiVpcLinkTransforms | None = None
    logging: ApiLoggingTransforms | None = None
    usage_plan: UsagePlanTransforms | None = None
    domain: ApiDomainTransforms | None = None


@dataclass(frozen=True, kw_only=True)
class PrivateApiNodes:
    """The resources of `PrivateApi`. The key of `method_settings` is the method path."""

    rest_api: aws.apigateway.RestApi
    deployment: aws.apigateway.Deployment
    stage: aws.apigateway.Stage
    method_settings: dict[str, aws.apigateway.MethodSettings]
    client_certificate: aws.apigateway.ClientCertificate | None
    vpc_link: ApiVpcLink
    logging: ApiLogging
    usage_plan: UsagePlan | None
    domain: ApiDomain | None
    sampling_rule: aws.xray.SamplingRule | None
