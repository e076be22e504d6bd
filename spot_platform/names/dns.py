"""The public names of a platform."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from spot_planning.declarations import arguments, setting
from spot_planning.names.dns import query_log_policy
from spot_planning.names.domain_names import DOMAIN_NAME
from spot_planning.names.settings import HostedZoneSettings
from spot_platform.component import Component, Transform, check
from spot_platform.planned import planned

_QUERY_LOG_REGION = "us-east-1"
"""The only region where Route 53 writes query logs ("Public DNS query logging", Amazon Route 53 Developer Guide)."""


@arguments
class HostedZoneArgs(HostedZoneSettings):
    """Arguments of `HostedZone`."""

    zone_name: str = setting(allowed=DOMAIN_NAME)
    """The zone's domain name, such as ``example.com``, without a final dot."""
    query_log_kms_key_arn: pulumi.Input[str] | None = None
    """The KMS key of the query logs, in us-east-1, whose policy must admit CloudWatch Logs."""


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

    Makes: the zone, a log group in us-east-1 with the policy that lets Route 53 write to it, and query logging
    (Security Hub Route53.2). DNSSEC is not set up: its KMS key and the record in the parent zone need a person at the
    registrar, and a mistake takes the domain off the internet.

    Costs: 0.50 USD a month, 0.40 USD per million queries, and the logs at 0.50 USD per GB.

    Risks: the name servers have to be entered at the registrar by hand once; nothing of the domain works before, and a
    zone that is made again has others. The zone is deleted only when it holds no record of others. CloudWatch Logs
    allows 10 resource policies in an account and region, of which this is one.
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
        check(HostedZone, name, args)
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
            # Route 53's own prefix, which its policy is about.
            name=f"/aws/route53/{args.zone_name}",
            region=_QUERY_LOG_REGION,
            retention_in_days=args.query_log_retention_days,
            kms_key_id=args.query_log_kms_key_arn,
            opts=self.child(transforms.log_group),
        )
        log_resource_policy = aws.cloudwatch.LogResourcePolicy(
            name,
            policy_name=f"route53-query-logs-{args.zone_name}",
            region=_QUERY_LOG_REGION,
            policy_document=planned(query_log_policy, log_group_arn=log_group.arn),
            opts=self.child(transforms.log_resource_policy),
        )
        query_log = aws.route53.QueryLog(
            name,
            zone_id=zone.zone_id,
            cloudwatch_log_group_arn=log_group.arn,
            # Route 53 tries to write before it accepts the configuration.
            opts=self.child(transforms.query_log, pulumi.ResourceOptions(depends_on=[log_resource_policy])),
        )

        self.nodes = HostedZoneNodes(zone=zone, log_group=log_group, query_log=query_log)
        self.zone_id = zone.zone_id
        self.name_servers = zone.name_servers.apply(list)
        self.finish()
