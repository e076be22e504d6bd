"""Creates the API: containers behind a private load balancer, and API Gateway in front of it."""

from dataclasses import dataclass, replace

import pulumi

import spot_platform
from composition.foundation import Foundation
from composition.image import built_image, next_step, pulled_from
from composition.sources import Sources
from composition.stores import Stores
from composition.web_acls import make_web_acl
from configuration.sections import permission_statements
from configuration.settings import StackSettings
from spot_planning.declarations import with_settings
from spot_planning.secrets.secret_references import value_from
from spot_planning.storage.bucket_policy import LOAD_BALANCER_LOG_PREFIX

_UNKNOWN_TO_THE_EMULATOR = spot_platform.PrivateApiTransforms(
    rest_api={"security_policy": None, "endpoint_access_mode": None}
)
"""Removes two arguments for the emulator: a provider plugin that is built from source for it may be too old to know
them. The API's document contains the same settings."""


@dataclass(frozen=True, kw_only=True)
class Backend:
    """The cluster, the service and the API in front of it."""

    cluster: spot_platform.Cluster
    service: spot_platform.FargateSpotService
    api: spot_platform.PrivateApi
    next_step: pulumi.Output[str]


def make_backend(settings: StackSettings, foundation: Foundation, stores: Stores, sources: Sources) -> Backend:
    """Create the load balancer, the cluster, the service and the API."""
    name, options = settings.name, foundation.options
    load_balancer = spot_platform.InternalLoadBalancer(
        name,
        spot_platform.InternalLoadBalancerArgs(
            kind=settings.api.load_balancer_kind,
            vpc_id=foundation.network.vpc_id,
            subnet_ids=foundation.network.private_subnet_ids,
            deletion_protection=settings.api.deletion_protection,
            access_logs_bucket=stores.storage.access_log_bucket_name if settings.load_balancer_logs else None,
            access_logs_prefix=LOAD_BALANCER_LOG_PREFIX if settings.load_balancer_logs else None,
        ),
        options,
    )
    image: pulumi.Input[str] | None = settings.service.image
    if settings.service.build is not None and sources.image_tag is not None:
        image = built_image(
            name,
            folder=settings.service.build,
            tag=sources.image_tag,
            repository_url=stores.registry.repository_url,
            architecture=settings.service.architecture,
            opts=options,
        )
    cluster = _cluster(settings, foundation)
    args = _service_args(settings, foundation, stores, image, sources.request_seconds)
    service = spot_platform.FargateSpotService(
        name, replace(args, cluster=cluster.reference, load_balancer=load_balancer.reference), options
    )
    return Backend(
        cluster=cluster,
        service=service,
        api=_api(settings, foundation, load_balancer, sources),
        next_step=next_step(image, stores.registry.repository_url, is_emulated=settings.aws.endpoint_url is not None),
    )


def _service_args(
    settings: StackSettings,
    foundation: Foundation,
    stores: Stores,
    image: pulumi.Input[str] | None,
    request_seconds: int,
) -> spot_platform.FargateSpotServiceArgs:
    region, account_id = settings.aws.region, settings.aws.account_id
    own_secrets = {
        variable: value_from(reference, region, account_id) for variable, reference in settings.service.secrets.items()
    }
    generated = {variable: secret.arn for variable, secret in stores.generated_secrets.items()}
    return with_settings(spot_platform.FargateSpotServiceArgs, settings.service)(
        account_id=account_id,
        region=region,
        vpc_id=foundation.network.vpc_id,
        subnet_ids=foundation.network.private_subnet_ids,
        security_group_ids=[stores.data.client_security_group_id],
        ipv6=settings.vpc.ipv6,
        api=spot_platform.ApiReference(name=spot_platform.rest_api_name(settings.name), stage=pulumi.get_stack()),
        image=image,
        # The emulator pulls no images, so no role can keep it from another repository.
        repository_arn=stores.registry.repository_arn
        if settings.aws.endpoint_url is not None
        else pulled_from(image, stores.registry.repository_arn),
        environment={
            **_callers(settings),
            **stores.data.environment,
            **stores.storage.environment,
            **settings.service.environment,
        },
        secrets={**stores.data.secrets, **generated, **own_secrets},
        migration_environment=stores.data.environment,
        migration_secrets=stores.data.migration_secrets,
        task_policy_statements=[
            *stores.storage.task_policy_statements,
            *stores.data.task_policy_statements,
            *permission_statements(settings.service.task_permissions),
        ],
        request_timeout_seconds=request_seconds,
        alert_topic_arn=foundation.alerts.arn,
        kms_key_arn=foundation.key.arn,
    )


def _callers(settings: StackSettings) -> dict[str, str]:
    """Return the environment variables about the pages that call the application."""
    if settings.api.path_on_site is not None:
        return {"PATH_PREFIX": settings.api.path_on_site}
    # API Gateway answers preflights, and the application answers the requests themselves. Browsers require
    # Access-Control-Allow-Origin on both responses.
    return {"CORS_ALLOWED_ORIGINS": ",".join(settings.api_origins)}


def _cluster(settings: StackSettings, foundation: Foundation) -> spot_platform.Cluster:
    return spot_platform.Cluster(
        settings.name,
        with_settings(spot_platform.ClusterArgs, settings.service)(
            account_id=settings.aws.account_id,
            region=settings.aws.region,
            kms_key_arn=foundation.key.arn,
            log_delivery_policy=foundation.log_delivery_policy,
        ),
        foundation.options,
    )


def _api(
    settings: StackSettings,
    foundation: Foundation,
    load_balancer: spot_platform.InternalLoadBalancer,
    sources: Sources,
) -> spot_platform.PrivateApi:
    on_site = settings.api.path_on_site is not None
    scope = spot_platform.WebAclScope.REGIONAL
    web_acl = None if on_site else make_web_acl(settings, "api", scope, foundation.key, foundation.options)
    account = None
    if settings.api.account_logging_role:
        account = spot_platform.ApiAccount(settings.name, spot_platform.ApiAccountArgs(), foundation.options)
    return spot_platform.PrivateApi(
        settings.name,
        with_settings(spot_platform.PrivateApiArgs, settings.api)(
            document=dict(sources.api.document),
            stage_name=pulumi.get_stack(),
            load_balancer_arn=load_balancer.arn,
            load_balancer_dns_name=load_balancer.dns_name,
            load_balancer_security_group_id=load_balancer.security_group_id,
            vpc_id=foundation.network.vpc_id,
            subnet_ids=foundation.network.private_subnet_ids,
            listener_port=settings.service.listener_port,
            domain_name=settings.dns.api_domain,
            certificate_arn=foundation.names.api_certificate_arn,
            hosted_zone_id=foundation.names.hosted_zone_id,
            web_acl_arn=None if web_acl is None else web_acl.arn,
            logging_role_arn=None if account is None else account.logging_role_arn,
            kms_key_arn=foundation.key.arn,
            cors_allowed_origins=settings.api_origins,
        ),
        foundation.options,
        plan=sources.api,
        transforms=None if settings.aws.endpoint_url is None else _UNKNOWN_TO_THE_EMULATOR,
    )
