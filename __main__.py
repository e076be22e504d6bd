"""The composition root: the settings of the stack, turned into components and outputs."""

from pathlib import Path

import pulumi
import pulumi_aws as aws

import components
from components.planning.openapi_import import read_document
from components.planning.secret_references import value_from
from settings import SettingsError, from_pulumi

try:
    settings = from_pulumi()
except SettingsError as error:
    raise pulumi.RunError(str(error)) from None
root = Path(__file__).parent
name, region, account_id = settings.name, settings.aws.region, settings.aws.account_id

tags = {"project": pulumi.get_project(), "stack": pulumi.get_stack(), **settings.tags}
providers = components.aws_providers(
    region, account_id, settings.aws.endpoint_url, tags, backup_region=settings.backups.copy_region
)
main = pulumi.ResourceOptions(provider=providers.main)
us_east_1 = pulumi.ResourceOptions(provider=providers.us_east_1)
look_up = pulumi.InvokeOptions(provider=providers.main)
in_region = aws.GetAvailabilityZonesFilterArgs(name="zone-type", values=["availability-zone"])
zones = sorted(aws.get_availability_zones(filters=[in_region], opts=look_up).names)[: settings.vpc.zones]

key = components.EncryptionKey(name, components.EncryptionKeyArgs(account_id=account_id, region=region), main)
encrypted = {"kms_key_arn": key.arn}
vpc = components.Vpc(
    name,
    components.VpcArgs(availability_zones=zones, region=region, **encrypted, **settings.vpc.arguments()),
    main,
)
private = {"vpc_id": vpc.vpc_id, "subnet_ids": vpc.private_subnet_ids}
alerts = components.AlertTopic(
    name,
    components.AlertTopicArgs(account_id=account_id, emails=settings.observability.alarm_emails, **encrypted),
    main,
)
names = components.PublicNames(
    name,
    components.PublicNamesArgs(
        zone_name=settings.dns.zone_name,
        hosted_zone_id=aws.route53.get_zone_output(name=settings.dns.zone_name, opts=look_up).zone_id
        if settings.dns.zone_name and not settings.dns.manage_zone
        else None,
        site_domains=settings.site_domains,
        api_domain=settings.dns.api_domain,
        query_log_retention_days=settings.dns.query_log_retention_days,
    ),
    main,
    us_east_1=providers.us_east_1,
)
registry = components.ContainerRegistry(
    name, components.ContainerRegistryArgs(**encrypted, **settings.registry.arguments()), main
)
data = components.ManagedData(
    name,
    components.ManagedDataArgs(
        vpc_id=vpc.vpc_id,
        subnet_ids=vpc.isolated_subnet_ids,
        database=components.DatabaseArgs(**settings.database.arguments()),
        cache=components.CacheArgs(**settings.cache.arguments()),
        notification_topic_arn=alerts.arn,
        **encrypted,
    ),
    main,
)
jwt = components.GeneratedSecret(
    f"{name}-jwt", components.GeneratedSecretArgs(description="Signs the API's tokens", **encrypted), main
)
balancer = components.InternalLoadBalancer(
    name,
    components.InternalLoadBalancerArgs(
        kind=settings.api.load_balancer, deletion_protection=settings.api.deletion_protection, **private
    ),
    main,
)
pulumi.export("vpc_id", vpc.vpc_id)
