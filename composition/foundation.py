"""What everything else stands on: providers, keys, the alert topic, the network and the names."""

import re
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

import spot_platform
from configuration.settings import StackSettings
from spot_planning.declarations import with_settings
from spot_planning.network.subnets import zone_letters
from spot_planning.network.zones import choose_zones, unknown_zones
from spot_planning.problems import listed
from spot_planning.waf.web_acl import CLOUDFRONT_REGION
from spot_platform.aws_providers import AwsProviders

NAT_INSTANCE_IMAGE = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64"
"""The public parameter with the newest Amazon Linux 2023 image (AWS Systems Manager User Guide, "Calling AMI public
parameters")."""


@dataclass(frozen=True, kw_only=True)
class Foundation:
    """What the other parts are made with."""

    providers: AwsProviders
    main: pulumi.ResourceOptions
    """Options of resources in the stack's region."""
    us_east_1: pulumi.ResourceOptions
    """Options of resources that CloudFront and Route 53 need in us-east-1."""
    key: spot_platform.EncryptionKey
    global_key: spot_platform.EncryptionKey
    """The key in us-east-1; the same as `key` in a stack that is there anyway."""
    alerts: spot_platform.AlertTopic
    vpc: spot_platform.Vpc
    names: spot_platform.PublicNames


def make_foundation(settings: StackSettings) -> Foundation:
    """Make the foundation of a stack; looks up availability zones, the hosted zone and the NAT instance's image."""
    name, region, account_id = settings.name, settings.aws.region, settings.aws.account_id
    providers = spot_platform.aws_providers(
        region,
        account_id,
        settings.aws.endpoint_url,
        {"project": pulumi.get_project(), "stack": pulumi.get_stack(), **settings.tags},
        backup_region=settings.backups.copy_region,
    )
    look_up = pulumi.InvokeOptions(provider=providers.main)
    zones = _zones(settings, look_up)
    main = pulumi.ResourceOptions(provider=providers.main)
    us_east_1 = pulumi.ResourceOptions(provider=providers.us_east_1)
    key = spot_platform.EncryptionKey(
        name,
        spot_platform.EncryptionKeyArgs(
            account_id=account_id,
            region=region,
            retain=settings.leaves_encrypted_data,
            flow_logs=settings.vpc.flow_log_destination == spot_platform.FlowLogDestination.S3,
        ),
        main,
    )
    global_key = key
    if region != CLOUDFRONT_REGION:
        global_args = spot_platform.EncryptionKeyArgs(account_id=account_id, region=CLOUDFRONT_REGION)
        global_key = spot_platform.EncryptionKey(f"{name}-{CLOUDFRONT_REGION}", global_args, us_east_1)
    alerts = spot_platform.AlertTopic(
        name,
        spot_platform.AlertTopicArgs(
            account_id=account_id,
            emails=settings.observability.alarm_emails,
            urls=settings.observability.alarm_urls,
            kms_key_arn=key.arn,
        ),
        main,
    )
    workspace, channel = settings.observability.slack_workspace_id, settings.observability.slack_channel_id
    if workspace is not None and channel is not None:
        slack = spot_platform.SlackAlertsArgs(topic_arn=alerts.arn, workspace_id=workspace, channel_id=channel)
        spot_platform.SlackAlerts(name, slack, main)
    return Foundation(
        providers=providers,
        main=main,
        us_east_1=us_east_1,
        key=key,
        global_key=global_key,
        alerts=alerts,
        vpc=_vpc(settings, zones, key, main, look_up),
        names=_names(settings, providers, global_key, look_up),
    )


def _zones(settings: StackSettings, look_up: pulumi.InvokeOptions) -> list[str]:
    """The zones of the stack, looked up before anything but a provider is made: there may be too few.

    Whatever their state: an update while the first zone is ``impaired`` (AvailabilityZone, Amazon EC2 API Reference)
    would otherwise move the network, and everything in it, out of that zone.
    """
    without_local_zones = aws.GetAvailabilityZonesFilterArgs(name="zone-type", values=["availability-zone"])
    try:
        found = aws.get_availability_zones(filters=[without_local_zones], opts=look_up)
    except Exception as error:  # Pulumi raises nothing narrower.
        raise pulumi.RunError(_refused(settings, str(error))) from error
    zone_ids = dict(zip(found.names, found.zone_ids, strict=True))
    vpc, region = settings.vpc, settings.aws.region
    if vpc.availability_zones:
        unknown = unknown_zones(vpc.availability_zones, zone_ids)
        if unknown:
            what = f"{listed(unknown)} is not allowed in this account, which has {listed(sorted(zone_ids))}"
            raise pulumi.RunError(f"{pulumi.get_project()}:vpc.availability_zones: {what}")
        return vpc.availability_zones
    chosen = choose_zones(zone_ids, region=region, letters=zone_letters(vpc.cidr_block), wanted=vpc.zones)
    if len(chosen) < vpc.zones:
        what = f"{vpc.zones} is not allowed in {region}, which has {len(chosen)} zones for this account"
        raise pulumi.RunError(f"{pulumi.get_project()}:vpc.zones: {what}")
    return chosen


def _refused(settings: StackSettings, said: str) -> str:
    """Why the first question to AWS got no answer, in one line.

    Args:
        settings: The stack's.
        said: The error as Pulumi and the provider put it, on several lines.
    """
    other = re.search(r"account ID not allowed: ([0-9]{12})", said)
    if other is not None:
        what = f"the credentials are of account {other[1]}; this stack is for {settings.aws.account_id}"
        return f"{pulumi.get_project()}:aws.account_id: {what}"
    return f"{pulumi.get_project()}:aws: AWS did not answer: {' '.join(said.split())}"


def _vpc(
    settings: StackSettings,
    zones: list[str],
    key: spot_platform.EncryptionKey,
    main: pulumi.ResourceOptions,
    look_up: pulumi.InvokeOptions,
) -> spot_platform.Vpc:
    image = None
    if settings.vpc.nat == spot_platform.Nat.INSTANCE:
        image = aws.ssm.get_parameter_output(name=NAT_INSTANCE_IMAGE, opts=look_up).value
    return spot_platform.Vpc(
        settings.name,
        with_settings(spot_platform.VpcArgs, settings.vpc)(
            availability_zones=zones,
            region=settings.aws.region,
            nat_instance_image_id=image,
            kms_key_arn=key.arn,
        ),
        main,
    )


def _names(
    settings: StackSettings,
    providers: AwsProviders,
    global_key: spot_platform.EncryptionKey,
    look_up: pulumi.InvokeOptions,
) -> spot_platform.PublicNames:
    existing_zone_id = None
    if settings.dns.zone_name is not None and not settings.dns.manage_zone:
        existing_zone_id = aws.route53.get_zone_output(name=settings.dns.zone_name, opts=look_up).zone_id
    return spot_platform.PublicNames(
        settings.name,
        with_settings(spot_platform.PublicNamesArgs, settings.dns)(
            zone_name=settings.dns.zone_name,
            hosted_zone_id=existing_zone_id,
            site_domains=settings.site_domains,
            api_domain=settings.dns.api_domain,
            query_log_kms_key_arn=global_key.arn,
        ),
        pulumi.ResourceOptions(provider=providers.main),
        us_east_1=providers.us_east_1,
    )
