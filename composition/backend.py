"""The API: containers behind a private load balancer, and API Gateway in front of it."""

from dataclasses import dataclass

import pulumi

import spot_platform
from composition.foundation import Foundation
from composition.sources import Sources
from composition.stores import Stores
from composition.web_acls import make_web_acl
from configuration.settings import StackSettings
from spot_planning.secrets.secret_references import value_from


@dataclass(frozen=True, kw_only=True)
class Backend:
    """What answers the API's callers."""

    service: spot_platform.FargateSpotService
    api: spot_platform.PrivateApi
    next_step: pulumi.Output[str]


def make_backend(settings: StackSettings, foundation: Foundation, stores: Stores, sources: Sources) -> Backend:
    """Make load balancer, service and API."""
    name, main = settings.name, foundation.main
    load_balancer = spot_platform.InternalLoadBalancer(
        name,
        spot_platform.InternalLoadBalancerArgs(
            kind=settings.api.load_balancer,
            vpc_id=foundation.vpc.vpc_id,
            subnet_ids=foundation.vpc.private_subnet_ids,
            deletion_protection=settings.api.deletion_protection,
        ),
        main,
    )
    image: pulumi.Input[str] | None = settings.service.image
    if settings.service.build is not None and sources.image_tag is not None:
        image = spot_platform.built_image(
            name,
            folder=settings.service.build,
            tag=sources.image_tag,
            repository_url=stores.registry.repository_url,
            architecture=settings.service.architecture,
            opts=main,
        )
    service = _service(settings, foundation, stores, load_balancer, image)
    return Backend(
        service=service,
        api=_api(settings, foundation, load_balancer, sources),
        next_step=spot_platform.next_step(image, stores.registry.repository_url),
    )


def _service(
    settings: StackSettings,
    foundation: Foundation,
    stores: Stores,
    load_balancer: spot_platform.InternalLoadBalancer,
    image: pulumi.Input[str] | None,
) -> spot_platform.FargateSpotService:
    region, account_id = settings.aws.region, settings.aws.account_id
    own_secrets = {
        variable: value_from(reference, region, account_id) for variable, reference in settings.service.secrets.items()
    }
    return spot_platform.FargateSpotService(
        settings.name,
        spot_platform.FargateSpotServiceArgs(
            account_id=account_id,
            region=region,
            vpc_id=foundation.vpc.vpc_id,
            subnet_ids=foundation.vpc.private_subnet_ids,
            security_group_ids=[stores.data.client_security_group_id],
            ipv6=settings.vpc.ipv6,
            load_balancer_arn=load_balancer.arn,
            load_balancer_kind=settings.api.load_balancer,
            load_balancer_security_group_id=load_balancer.security_group_id,
            image=image,
            repository_arn=stores.registry.repository_arn,
            environment={**stores.data.environment, **stores.storage.environment, **settings.service.environment},
            secrets_from={**stores.data.secrets, "JWT_SECRET": stores.jwt.arn, **own_secrets},
            scheduled_scaling=[
                spot_platform.ScheduledScaling(**scheduled.model_dump())
                for scheduled in settings.service.scheduled_scaling
            ],
            task_policy_statements=stores.storage.task_policy_statements,
            request_timeout_seconds=settings.api.integration_timeout_seconds,
            alert_topic_arn=foundation.alerts.arn,
            kms_key_arn=foundation.key.arn,
            **settings.service.arguments(),
        ),
        foundation.main,
    )


def _api(
    settings: StackSettings,
    foundation: Foundation,
    load_balancer: spot_platform.InternalLoadBalancer,
    sources: Sources,
) -> spot_platform.PrivateApi:
    web_acl = make_web_acl(settings, "api", "REGIONAL", foundation.key, foundation.main)
    return spot_platform.PrivateApi(
        settings.name,
        spot_platform.PrivateApiArgs(
            document=sources.document,
            stage_name=pulumi.get_stack(),
            load_balancer_kind=settings.api.load_balancer,
            load_balancer_arn=load_balancer.arn,
            load_balancer_dns_name=load_balancer.dns_name,
            load_balancer_security_group_id=load_balancer.security_group_id,
            vpc_id=foundation.vpc.vpc_id,
            subnet_ids=foundation.vpc.private_subnet_ids,
            listener_port=settings.service.listener_port,
            domain_name=settings.dns.api_domain,
            certificate_arn=foundation.names.api_certificate_arn,
            hosted_zone_id=foundation.names.hosted_zone_id,
            web_acl_arn=None if web_acl is None else web_acl.arn,
            kms_key_arn=foundation.key.arn,
            cors_allowed_origins=settings.api_origins,
            **settings.api.arguments(),
        ),
        foundation.main,
    )
