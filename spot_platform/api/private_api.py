"""The API: a REST API of API Gateway in front of an internal load balancer."""

from collections.abc import Iterator

import pulumi
import pulumi_aws as aws

from spot_planning.api.openapi_import import needs_link_of_version_2
from spot_planning.api.private_api import (
    ALL_METHODS,
    PrivateApiPlan,
    backend_host,
    domain_problems,
    plan_private_api,
    redeployment_trigger,
    stage_problems,
    titled,
)
from spot_planning.api.rules import RULES
from spot_planning.declarations import with_settings
from spot_planning.monitoring.access_log import api_access_log_format
from spot_planning.problems import Problem
from spot_platform.api.arguments import PrivateApiArgs, PrivateApiNodes, PrivateApiTransforms
from spot_platform.api.domain import ApiDomain, ApiDomainArgs
from spot_platform.api.logs import ApiLogging, ApiLoggingArgs
from spot_platform.api.tracing import make_sampling_rule
from spot_platform.api.usage_plan import UsagePlan, UsagePlanArgs
from spot_platform.api.vpc_link import ApiVpcLink, ApiVpcLinkArgs
from spot_platform.component import Component, check, errors_of
from spot_platform.ordering import after


class PrivateApi(Component):
    """spot-platform:index:PrivateApi: a regional REST API that leads to an internal load balancer.

    Makes: the REST API from an OpenAPI document, its deployment and stage, settings for all methods and for single
    methods that the document names; `ApiVpcLink`, `ApiLogging`, `UsagePlan` (if an API key is required), `ApiDomain`
    (with `domain_name`), the association with the web ACL, a client certificate (with `client_certificate`), and
    X-Ray's sampling rule for the stage (with `xray`).

    The document is known before any resource exists, because the VPC link and the backend are stage variables. Only
    with a VPC link of version 2 the document itself must name the load balancer, so it is not known at the first
    preview. A new document is imported over the old one and deployed at once. The old deployment is deleted after the
    stage points to the new one.

    With `path_on_site` the API is only for a CloudFront distribution (`SpaFrontend` with `api`): every operation
    requires the API key, there is no CORS, and the service gets the viewer's address, which CloudFront sends. Callers
    without the key get 403. CloudFront calls `domain_name` if it is given; otherwise it calls the execute-api endpoint,
    which then stays on. On both hosts the first segment of a path is the stage's name.

    A caller that has already planned the document with the same arguments passes the plan as ``plan``.

    Costs: 3.50 USD per million requests; access logs 0.50 USD per GB (about 0.40 USD per million requests); X-Ray 5.00
    USD per million traces (by default 5 % of the requests); `detailed_metrics` 1.50 USD a month
    for each method that is called; a cache from 0.02 USD an hour for 0.5 GB.

    Risks: an API key is not authentication. Requests are limited to 10 MB and 29 s. A new `stage_name` replaces the
    stage under a running API. With `domain_name` the execute-api endpoint is switched off. Throttling protects the
    backend as a best effort.
    """

    url: pulumi.Output[str]
    """URL of the API at API Gateway: with its own domain name, or else the stage's URL."""
    rest_api_id: pulumi.Output[str]
    """Id of the API."""
    api_name: pulumi.Output[str]
    """Name of the API, the ``ApiName`` of its CloudWatch metrics."""
    stage_name: pulumi.Output[str]
    """Name of the stage."""
    stage_arn: pulumi.Output[str]
    """ARN of the stage."""
    access_log_group_name: pulumi.Output[str]
    """Name of the log group of access logs."""
    refusal_namespace: pulumi.Output[str]
    """The CloudWatch namespace of the metric Refusals, which counts requests with status 429."""
    api_key_id: pulumi.Output[str | None]
    """Id of the API key; None if no key is required. `ops` or the AWS CLI can read the key's value from AWS."""

    def __init__(
        self,
        name: str,
        args: PrivateApiArgs,
        opts: pulumi.ResourceOptions | None = None,
        *,
        transforms: PrivateApiTransforms | None = None,
        plan: PrivateApiPlan | None = None,
    ) -> None:
        check(PrivateApi, name, args, RULES, _problems(args))
        with errors_of(PrivateApi, name):
            plan = plan or plan_private_api(
                args.document,
                args,
                has_domain=args.domain_name is not None,
                resource_policy=args.resource_policy,
            )
        super().__init__(name, opts)
        self._transforms = transforms = transforms or PrivateApiTransforms()

        body = _body(plan, args, rest_api_name(name))
        rest_api = self._rest_api(name, args, plan, body)
        deployment = aws.apigateway.Deployment(
            name,
            rest_api=rest_api.id,
            description=f"Of the document of {name}",
            triggers={"document": _trigger(body)},
            opts=self.child(transforms.deployment),
        )
        vpc_link = self._vpc_link(name, args)
        logging = self._logging(name, args, rest_api)
        client_certificate = self._client_certificate(name) if args.client_certificate else None
        stage = aws.apigateway.Stage(
            name,
            rest_api=rest_api.id,
            deployment=deployment.id,
            stage_name=args.stage_name,
            variables={
                "vpcLinkId": vpc_link.vpc_link_id,
                "backendHost": pulumi.Output.from_input(args.load_balancer_dns_name).apply(
                    lambda host: backend_host(host, args.listener_port)
                ),
            },
            access_log_settings=aws.apigateway.StageAccessLogSettingsArgs(
                destination_arn=after(logging.access_log_group_arn, args.logging_role_arn),
                format=api_access_log_format(),
            ),
            xray_tracing_enabled=args.xray,
            cache_cluster_enabled=None if args.cache_size_gb is None else True,
            cache_cluster_size=None if args.cache_size_gb is None else f"{args.cache_size_gb:g}",
            client_certificate_id=client_certificate.id if client_certificate else None,
            tags={"Name": name},
            opts=self.child(transforms.stage, pulumi.ResourceOptions(depends_on=logging.nodes.ready)),
        )
        if args.web_acl_arn is not None:
            aws.wafv2.WebAclAssociation(
                name,
                resource_arn=stage.arn,
                web_acl_arn=args.web_acl_arn,
                opts=self.child(transforms.web_acl_association),
            )
        usage_plan = self._usage_plan(name, args, rest_api, stage) if args.api_key_required else None
        domain = self._domain(name, args, rest_api, stage)
        sampling_rule = None
        if args.xray:
            sampling_rule = make_sampling_rule(
                name,
                args,
                api_name=rest_api_name(name),
                stage_arn=stage.arn,
                opts=self.child(transforms.sampling_rule),
            )

        self.nodes = PrivateApiNodes(
            rest_api=rest_api,
            deployment=deployment,
            stage=stage,
            method_settings=self._method_settings(name, args, plan, stage),
            client_certificate=client_certificate,
            vpc_link=vpc_link,
            logging=logging,
            usage_plan=usage_plan,
            domain=domain,
            sampling_rule=sampling_rule,
        )
        self.url = domain.url if domain else stage.invoke_url
        self.rest_api_id = rest_api.id
        self.api_name = rest_api.name
        self.stage_name = stage.stage_name
        self.stage_arn = stage.arn
        self.access_log_group_name = logging.access_log_group_name
        self.refusal_namespace = logging.refusal_namespace
        self.api_key_id = pulumi.Output.from_input(usage_plan.api_key_id if usage_plan else None)
        self.finish()

    def _rest_api(
        self, name: str, args: PrivateApiArgs, plan: PrivateApiPlan, body: pulumi.Input[str]
    ) -> aws.apigateway.RestApi:
        return aws.apigateway.RestApi(
            name,
            name=rest_api_name(name),
            body=body,
            put_rest_api_mode="overwrite",
            fail_on_warnings=args.fail_on_warnings,
            endpoint_configuration=aws.apigateway.RestApiEndpointConfigurationArgs(types="REGIONAL"),
            # These are in the document too. They are repeated here so that the API is created with them: an import
            # that changes them blocks further changes of the API for about 15 minutes ("Security policies for REST
            # APIs").
            security_policy=plan.settings.security_policy,
            endpoint_access_mode=plan.settings.endpoint_access_mode,
            # These two are repeated so that a refresh detects a manual change. The resource policy is not repeated:
            # AWS returns it with other ARNs than it got, which would be a difference at every preview.
            disable_execute_api_endpoint=plan.settings.disable_execute_api_endpoint,
            minimum_compression_size=str(plan.settings.minimum_compression_bytes),
            tags={"Name": name},
            opts=self.child(self._transforms.rest_api),
        )

    def _vpc_link(self, name: str, args: PrivateApiArgs) -> ApiVpcLink:
        return ApiVpcLink(
            name,
            with_settings(ApiVpcLinkArgs, args)(
                is_version_2=needs_link_of_version_2(args),
                load_balancer_arn=args.load_balancer_arn,
                load_balancer_security_group_id=args.load_balancer_security_group_id,
                vpc_id=args.vpc_id,
                subnet_ids=args.subnet_ids,
            ),
            self.child(),
            transforms=self._transforms.vpc_link,
        )

    def _logging(self, name: str, args: PrivateApiArgs, rest_api: aws.apigateway.RestApi) -> ApiLogging:
        return ApiLogging(
            name,
            with_settings(ApiLoggingArgs, args)(
                rest_api_id=rest_api.id, stage_name=args.stage_name, kms_key_arn=args.kms_key_arn
            ),
            self.child(),
            transforms=self._transforms.logging,
        )

    def _client_certificate(self, name: str) -> aws.apigateway.ClientCertificate:
        return aws.apigateway.ClientCertificate(
            name,
            description=f"Shown by {name} to its backend",
            tags={"Name": name},
            opts=self.child(self._transforms.client_certificate),
        )

    def _method_settings(
        self, name: str, args: PrivateApiArgs, plan: PrivateApiPlan, stage: aws.apigateway.Stage
    ) -> dict[str, aws.apigateway.MethodSettings]:
        made: dict[str, aws.apigateway.MethodSettings] = {}
        for limits in plan.methods:
            made[limits.method_path] = aws.apigateway.MethodSettings(
                name if limits.method_path == ALL_METHODS else f"{name}-{limits.method_path}",
                rest_api=stage.rest_api,
                stage_name=stage.stage_name,
                method_path=limits.method_path,
                settings=aws.apigateway.MethodSettingsSettingsArgs(
                    logging_level=args.execution_log_level,
                    metrics_enabled=args.detailed_metrics,
                    # It would log whole requests and responses, including passwords.
                    data_trace_enabled=False,
                    throttling_rate_limit=limits.rate_limit,
                    throttling_burst_limit=limits.burst_limit,
                    caching_enabled=limits.caching_enabled,
                    cache_ttl_in_seconds=limits.cache_ttl_seconds,
                    cache_data_encrypted=limits.cache_data_encrypted,
                ),
                opts=self.child(
                    self._transforms.method_settings,
                    None if limits.method_path == ALL_METHODS else _after(made[ALL_METHODS], args, plan),
                ),
            )
        return made

    def _usage_plan(
        self, name: str, args: PrivateApiArgs, rest_api: aws.apigateway.RestApi, stage: aws.apigateway.Stage
    ) -> UsagePlan:
        return UsagePlan(
            name,
            with_settings(UsagePlanArgs, args)(rest_api_id=rest_api.id, stage_name=stage.stage_name),
            self.child(),
            transforms=self._transforms.usage_plan,
        )

    def _domain(
        self, name: str, args: PrivateApiArgs, rest_api: aws.apigateway.RestApi, stage: aws.apigateway.Stage
    ) -> ApiDomain | None:
        if args.domain_name is None or args.certificate_arn is None:
            return None
        return ApiDomain(
            name,
            with_settings(ApiDomainArgs, args)(
                domain_name=args.domain_name,
                certificate_arn=args.certificate_arn,
                rest_api_id=rest_api.id,
                stage_name=stage.stage_name,
                base_path=None if args.path_on_site is None else stage.stage_name,
                hosted_zone_id=args.hosted_zone_id,
            ),
            self.child(),
            transforms=self._transforms.domain,
        )


def rest_api_name(name: str) -> str:
    """Return the name of a private API in AWS, which is known before the API exists.

    Pulumi's auto-naming is not used: people look for the name, API Gateway's metrics have it as a dimension, and the
    document contains it.

    Args:
        name: Name of the component.
    """
    return f"{pulumi.get_project()}-{pulumi.get_stack()}-{name}"


def _problems(args: PrivateApiArgs) -> Iterator[Problem]:
    yield from stage_problems(args.stage_name)
    yield from domain_problems(args.domain_name, args.certificate_arn, args.hosted_zone_id)


def _after(
    all_methods: aws.apigateway.MethodSettings, args: PrivateApiArgs, plan: PrivateApiPlan
) -> pulumi.ResourceOptions:
    """Return options that replace a single method's settings whenever the settings for all methods change.

    AWS overwrites single methods' settings with the settings for all methods, and the provider does not see a
    difference afterwards (terraform-provider-aws issue 41104). The old settings are deleted first, because deleting
    them later would undo the new ones.
    """
    limits = plan.methods[0]
    return pulumi.ResourceOptions(
        depends_on=[all_methods],
        delete_before_replace=True,
        replacement_trigger=[
            limits.rate_limit,
            limits.burst_limit,
            str(args.execution_log_level),
            bool(args.detailed_metrics),
        ],
    )


def _body(plan: PrivateApiPlan, args: PrivateApiArgs, api_name: str) -> pulumi.Input[str]:
    if needs_link_of_version_2(args):
        return pulumi.Output.from_input(args.load_balancer_arn).apply(lambda arn: titled(plan.body(arn), api_name))
    return titled(plan.body(), api_name)


def _trigger(body: pulumi.Input[str]) -> pulumi.Input[str]:
    if isinstance(body, str):
        return redeployment_trigger(body)
    return pulumi.Output.from_input(body).apply(redeployment_trigger)
