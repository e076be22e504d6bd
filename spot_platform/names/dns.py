"""A public hosted zone."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from spot_planning.declarations import arguments, setting
from spot_planning.monitoring.event_logs import QUERY_LOG_REGION
from spot_planning.names.dns import query_log_group_name, query_log_policy
from spot_planning.names.domain_names import DOMAIN_NAME
from spot_planning.names.settings import HostedZoneSettings
from spot_platform.component import Component, Transform
from spot_platform.monitoring.log_delivery import LogDelivery
from spot_platform.ordering import after
from spot_platform.planned import planned


@arguments
class HostedZoneArgs(HostedZoneSettings, LogDelivery):
    """Arguments of `HostedZone`."""

    zone_name: str = setting(allowed=DOMAIN_NAME)
    """The zone's domain name, such as ``example.com``, without a final dot."""
    query_log_kms_key_arn: pulumi.Input[str] | None = None
    """The KMS key of the query logs, in us-east-1. The key's policy must allow CloudWatch Logs."""


@dataclass(frozen=True, kw_only=True)
class HostedZoneTransforms:
    """Changes to the arguments of `HostedZone`'s resources."""

    zone: Transform | None = None
    log_group: Transform | None = None
    log_resource_policy: Transform | None = None
    query_log: Transform | None = None


@dataclass(frozen=True, kw_only=True)
class HostedZoneNodes:
    """The resources of `HostedZone`."""

    zone: aws.route53.Zone
    log_group: aws.cloudwatch.LogGroup
    query_log: aws.route53.QueryLog


class HostedZone(Component):
    """spot-platform:index:HostedZone: a public Route 53 hosted zone that logs its queries.

    Makes: the zone, a log group in us-east-1, without `log_delivery_policy` also the policy that lets Route 53 write to
    it, and query logging (Security Hub Route53.2). DNSSEC is not set up: it needs a KMS key and a record in the parent
    zone, which somebody would have to enter at the registrar, and a mistake would make the domain unreachable.

    Costs: 0.50 USD a month, 0.40 USD per million queries, and the logs at 0.50 USD per GB.

    Risks: somebody must enter the name servers at the registrar once; until then the domain does not work. A zone that
    is created again has other name servers. The zone can be deleted only if it contains no records that were made
    elsewhere.
    """

    zone_id: pulumi.Output[str]
    """The hosted zone's id."""
    name_servers: pulumi.Output[list[str]]
    """The name servers to enter at the registrar."""

    def __init__(
        self,
        name: str,
        args: HostedZoneArgs,
        opts: pulumi.ResourceOptions | None = None,
        *,
        transforms: HostedZoneTransforms | None = None,
    ) -> None:
        super().__init__(name, opts)
        transforms = transforms or HostedZoneTransforms()

        zone = aws.route53.Zone(
            name,
            name=args.zone_name,
            comment=f"Public names under {args.zone_name}",
            force_destroy=False,
            opts=self.child(transforms.zone),
        )
        log_group = aws.cloudwatch.LogGroup(
            name,
            name=query_log_group_name(args.zone_name),
            region=QUERY_LOG_REGION,
            retention_in_days=args.query_log_retention_days,
            kms_key_id=args.query_log_kms_key_arn,
            opts=self.child(transforms.log_group),
        )
        policy_name = args.log_delivery_policy
        if policy_name is None:
            policy_name = aws.cloudwatch.LogResourcePolicy(
                name,
                policy_name=f"route53-query-logs-{args.zone_name}",
                region=QUERY_LOG_REGION,
                policy_document=planned(query_log_policy, log_group_arn=log_group.arn),
                opts=self.child(transforms.log_resource_policy),
            ).policy_name
        query_log = aws.route53.QueryLog(
            name,
            zone_id=zone.zone_id,
            # Route 53 tests whether it can write before it accepts the configuration.
            cloudwatch_log_group_arn=after(log_group.arn, policy_name),
            opts=self.child(transforms.query_log),
        )

        self.nodes = HostedZoneNodes(zone=zone, log_group=log_group, query_log=query_log)
        self.zone_id = zone.zone_id
        self.name_servers = zone.name_servers.apply(list)
        self.finish()
