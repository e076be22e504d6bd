"""Flow logs of a VPC, in CloudWatch Logs."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from spot_planning.declarations import arguments
from spot_planning.network.flow_logs import flow_log_trust_policy, flow_log_write_policy
from spot_platform.component import Component, Transform
from spot_platform.planned import planned


@arguments
class VpcFlowLogsArgs:
    """Arguments of `VpcFlowLogs`."""

    vpc_id: pulumi.Input[str]
    """The VPC."""
    vpc_arn: pulumi.Input[str]
    """The VPC's ARN."""
    retention_days: int
    """How long flow logs are kept, in days; one of the periods of CloudWatch Logs."""
    kms_key_arn: pulumi.Input[str] | None = None
    """The KMS key of the log group, whose policy must admit CloudWatch Logs."""


@dataclass(frozen=True, kw_only=True)
class VpcFlowLogsTransforms:
    """Changes to the arguments of `VpcFlowLogs`'s resources."""

    flow_log: Transform | None = None
    log_group: Transform | None = None
    role: Transform | None = None
    role_policy: Transform | None = None


@dataclass(frozen=True, kw_only=True)
class VpcFlowLogsNodes:
    """The resources of `VpcFlowLogs`."""

    flow_log: aws.ec2.FlowLog
    log_group: aws.cloudwatch.LogGroup
    role: aws.iam.Role


class VpcFlowLogs(Component):
    """spot-platform:index:VpcFlowLogs: who talked to whom in a VPC, accepted and rejected.

    Makes: a flow log of all traffic (aggregated over 10 minutes), a log group with retention, and a role that can write
    to this log group only.

    Costs: 0.50 USD per GB delivered and 0.03 USD per GB-month stored.

    Risks: a busy VPC writes a lot; shorten the retention, or deliver to S3 (a transform of the flow log) beyond some
    hundred GB a month.
    """

    log_group_name: pulumi.Output[str]
    """The log group, for queries."""

    def __init__(
        self,
        name: str,
        args: VpcFlowLogsArgs,
        opts: pulumi.ResourceOptions | None = None,
        *,
        transforms: VpcFlowLogsTransforms | None = None,
    ) -> None:
        super().__init__(name, opts)
        transforms = transforms or VpcFlowLogsTransforms()

        log_group = aws.cloudwatch.LogGroup(
            name,
            retention_in_days=args.retention_days,
            kms_key_id=args.kms_key_arn,
            opts=self.child(transforms.log_group),
        )
        role = aws.iam.Role(
            name,
            description="VPC flow logs to their log group",
            assume_role_policy=planned(flow_log_trust_policy, vpc_arn=args.vpc_arn),
            opts=self.child(transforms.role),
        )
        role_policy = aws.iam.RolePolicy(
            f"{name}-write",
            role=role.name,
            policy=planned(flow_log_write_policy, log_group_arn=log_group.arn),
            opts=self.child(transforms.role_policy),
        )
        flow_log = aws.ec2.FlowLog(
            name,
            vpc_id=args.vpc_id,
            traffic_type="ALL",
            log_destination_type="cloud-watch-logs",
            log_destination=log_group.arn,
            iam_role_arn=role.arn,
            max_aggregation_interval=600,
            tags={"Name": name},
            # Without its policy the role would be refused, and the flow log would begin in an error state.
            opts=self.child(transforms.flow_log, pulumi.ResourceOptions(depends_on=[role_policy])),
        )

        self.nodes = VpcFlowLogsNodes(flow_log=flow_log, log_group=log_group, role=role)
        self.log_group_name = log_group.name
        self.finish()
