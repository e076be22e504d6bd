"""Creates what all other parts need: the provider, the keys, the alert topic, the network and the names."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import pulumi
import pulumi_aws as aws

import spot_platform
from composition.existing_network import existing_network
from composition.network import Network, own_network
from composition.refusal import refusal
from configuration.rules.profiles import EMULATED_ACCOUNT
from configuration.settings import StackSettings
from spot_planning.api.openapi_import import needs_link_of_version_2
from spot_planning.declarations import with_settings
from spot_planning.monitoring.event_logs import QUERY_LOG_REGION
from spot_planning.network.subnets import zone_letters
from spot_planning.network.zones import choose_zones, unknown_zones, unsuitable_zone_ids
from spot_planning.problems import listed
from spot_planning.waf.web_acl import CLOUDFRONT_REGION
from spot_platform.names.certificates import VALIDATION_MINUTES

NAT_INSTANCE_IMAGE = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64"
"""The public parameter with the newest Amazon Linux 2023 image (AWS Systems Manager User Guide, "Calling AMI public
parameters")."""


@dataclass(frozen=True, kw_only=True)
class Foundation:
    """The components that all other parts need."""

    options: pulumi.ResourceOptions
    """The options of every component, with the stack's provider."""
    key: spot_platform.EncryptionKey
    global_key: spot_platform.EncryptionKey
    """The key in us-east-1; for a stack in us-east-1 it is `key`."""
    alerts: spot_platform.AlertTopic
    log_delivery_policy: pulumi.Output[str]
    """Name of the resource policy with which AWS services write to the stack's log groups."""
    network: Network
    names: spot_platform.PublicNames


def make_foundation(settings: StackSettings) -> Foundation:
    """Create the foundation of a stack.

    This also looks up the availability zones, an existing network, the hosted zone and the NAT instance's image.
    """
    name, region, account_id = settings.name, settings.aws.region, settings.aws.account_id
    provider = spot_platform.aws_provider(
        region,
        account_id,
        settings.aws.endpoint_url,
        {"project": pulumi.get_project(), "stack": pulumi.get_stack(), **settings.tags},
    )
    look_up = pulumi.InvokeOptions(provider=provider)
    zone_ids = _zone_ids(settings, look_up)
    existing, zones = None, list[str]()
    if settings.vpc.existing_id is None:
        zones = _zones(settings, zone_ids)
    else:
        existing = existing_network(
            settings.vpc,
            existing_id=settings.vpc.existing_id,
            zone_ids=zone_ids,
            unsuitable=_unsuitable(settings),
            look_up=look_up,
        )
    options = pulumi.ResourceOptions(provider=provider)
    key = spot_platform.EncryptionKey(
        name,
        spot_platform.EncryptionKeyArgs(
            account_id=account_id,
            region=region,
            retain=settings.leaves_encrypted_data,
            flow_logs=settings.vpc.flow_log_destination == spot_platform.FlowLogDestination.S3,
        ),
        options,
    )
    global_key = key
    if region != CLOUDFRONT_REGION:
        global_args = spot_platform.EncryptionKeyArgs(account_id=account_id, region=CLOUDFRONT_REGION)
        global_key = spot_platform.EncryptionKey(f"{name}-{CLOUDFRONT_REGION}", global_args, options)
    alerts = spot_platform.AlertTopic(
        name,
        spot_platform.AlertTopicArgs(
            account_id=account_id,
            emails=settings.observability.alarm_emails,
            urls=settings.observability.alarm_urls,
            kms_key_arn=key.arn,
        ),
        options,
    )
    workspace, channel = settings.observability.slack_workspace_id, settings.observability.slack_channel_id
    if workspace is not None and channel is not None:
        slack = spot_platform.SlackAlertsArgs(topic_arn=alerts.arn, workspace_id=workspace, channel_id=channel)
        spot_platform.SlackAlerts(name, slack, options)
    log_delivery_policy = _log_delivery_policy(settings, options)
    return Foundation(
        options=options,
        key=key,
        global_key=global_key,
        alerts=alerts,
        log_delivery_policy=log_delivery_policy,
        network=existing or own_network(_vpc(settings, zones, key, options, look_up)),
        names=_names(settings, global_key, log_delivery_policy, options, look_up),
    )


def _zone_ids(settings: StackSettings, look_up: pulumi.InvokeOptions) -> dict[str, str]:
    """Look up the Region's availability zones for this account, name -> id, before anything but the provider is made.

    Zones count in any state. Otherwise an update while a zone is ``impaired`` (AvailabilityZone, Amazon EC2 API
    Reference) would move the network, and everything in it, out of that zone.
    """
    without_local_zones = aws.GetAvailabilityZonesFilterArgs(name="zone-type", values=["availability-zone"])
    try:
        found = aws.get_availability_zones(filters=[without_local_zones], opts=look_up)
    except Exception as error:  # Pulumi raises nothing narrower.
        raise _refused(settings, str(error)) from error
    return dict(zip(found.names, found.zone_ids, strict=True))


def _zones(settings: StackSettings, zone_ids: dict[str, str]) -> list[str]:
    """Return the names of the availability zones of the stack's own network.

    Raises:
        pulumi.RunError: The account has too few zones, or a zone that the settings name is unknown or unsuitable.
    """
    vpc, region = settings.vpc, settings.aws.region
    if vpc.availability_zones:
        unknown = unknown_zones(vpc.availability_zones, zone_ids)
        if unknown:
            what = f"{listed(unknown)} is not allowed in this account, which has {listed(sorted(zone_ids))}"
            raise refusal("vpc.availability_zones", what)
        unsuitable = _unsuitable(settings)
        lacking = [f"{name} ({zone_ids[name]})" for name in vpc.availability_zones if zone_ids[name] in unsuitable]
        if lacking:
            what = f"{listed(lacking)} is not allowed: AWS has no Fargate or no VPC links there"
            raise refusal("vpc.availability_zones", what)
        return vpc.availability_zones
    chosen = choose_zones(zone_ids, region=region, letters=zone_letters(vpc.cidr_block), wanted=vpc.zones)
    if len(chosen) < vpc.zones:
        what = f"{vpc.zones} is not allowed in {region}, which has {len(chosen)} zones for this account"
        raise refusal("vpc.zones", what)
    return chosen


def _unsuitable(settings: StackSettings) -> frozenset[str]:
    return unsuitable_zone_ids(settings.aws.region, vpc_links=needs_link_of_version_2(settings.api))


def _refused(settings: StackSettings, said: str) -> pulumi.RunError:
    """Make the error that says, in one line, why the first request to AWS failed.

    Args:
        settings: The stack's settings.
        said: The message of Pulumi and the provider, which has several lines.
    """
    # The account of the credentials is only in this text: the provider's error has no code, and a lookup without
    # `allowed_account_ids` would need a second provider, which every preview would have to start. If a later provider
    # words its message differently, the message is shown as it is.
    other = re.search(r"account ID not allowed: ([0-9]{12})", said)
    if other is not None:
        what = f"the credentials are of account {other[1]}; this stack is for {settings.aws.account_id}"
        return refusal("aws.account_id", what)
    return refusal("aws", f"AWS did not answer: {' '.join(said.split())}")


def _vpc(
    settings: StackSettings,
    zones: list[str],
    key: spot_platform.EncryptionKey,
    options: pulumi.ResourceOptions,
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
        options,
    )


def _log_delivery_policy(settings: StackSettings, options: pulumi.ResourceOptions) -> pulumi.Output[str]:
    logs_queries = settings.dns.manage_zone and settings.aws.region == QUERY_LOG_REGION
    args = spot_platform.LogDeliveryPolicyArgs(
        account_id=settings.aws.account_id,
        region=settings.aws.region,
        zone_name=settings.dns.zone_name if logs_queries else None,
    )
    return spot_platform.LogDeliveryPolicy(settings.name, args, options).policy_name


def _names(
    settings: StackSettings,
    global_key: spot_platform.EncryptionKey,
    log_delivery_policy: pulumi.Output[str],
    options: pulumi.ResourceOptions,
    look_up: pulumi.InvokeOptions,
) -> spot_platform.PublicNames:
    existing_zone_id = None
    if settings.dns.zone_name is not None and not settings.dns.manage_zone:
        existing_zone_id = aws.route53.get_zone_output(name=settings.dns.zone_name, opts=look_up).zone_id
    names = spot_platform.PublicNames(
        settings.name,
        with_settings(spot_platform.PublicNamesArgs, settings.dns)(
            zone_name=settings.dns.zone_name,
            hosted_zone_id=existing_zone_id,
            site_domains=settings.site_domains,
            api_domain=settings.dns.api_domain,
            query_log_kms_key_arn=global_key.arn,
            # Route 53 logs in us-east-1 only, where a stack of another Region has no policy to share.
            log_delivery_policy=log_delivery_policy if settings.aws.region == QUERY_LOG_REGION else None,
        ),
        options,
    )
    zone_name, domains = settings.dns.zone_name, [*settings.site_domains, settings.dns.api_domain]
    # The emulator and the offline provider issue certificates without asking the internet.
    is_aws = settings.aws.endpoint_url is None and settings.aws.account_id != EMULATED_ACCOUNT
    if zone_name is not None and settings.dns.manage_zone and any(domains) and is_aws:
        names.name_servers.apply(partial(_say_name_servers, zone_name))
    return names


def _say_name_servers(zone_name: str, name_servers: Sequence[str]) -> None:
    """Say the name servers of a zone as soon as it exists: the certificates wait until it is delegated to them."""
    if not pulumi.runtime.is_dry_run():
        pulumi.log.info(
            f"The name servers of {zone_name} are {', '.join(sorted(name_servers))}: enter them where {zone_name} is "
            "registered, unless they are there already. Certificates are issued only after that; this update waits "
            f"{VALIDATION_MINUTES} minutes for them and can be run again."
        )
