"""Flow logs of a VPC, in CloudWatch Logs or in a bucket."""

from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from spot_planning.declarations import arguments
from spot_planning.network.flow_logs import (
    flow_log_bucket_statements,
    flow_log_trust_policy,
    flow_log_write_policy,
)
from spot_planning.network.settings import FlowLogDestination, VpcFlowLogsSettings
from spot_platform.component import Component, Transform
from spot_platform.iam.policy_statements import known_later
from spot_platform.planned import planned
from spot_platform.storage.private_bucket import PrivateBucket, PrivateBucketArgs, PrivateBucketTransforms

_STATEMENTS = 2
"""Number of statements in a bucket's policy that allow flow logs."""


@arguments
class VpcFlowLogsArgs(VpcFlowLogsSettings):
    """Arguments of `VpcFlowLogs`."""

    vpc_id: pulumi.Input[str]
    """The VPC."""
    vpc_arn: pulumi.Input[str]
    """The VPC's ARN."""
    kms_key_arn: pulumi.Input[str] | None = None
    """The KMS key of the log group or the bucket. The key's policy must allow CloudWatch Logs, or for a bucket the
    delivery of flow logs."""


@dataclass(frozen=True, kw_only=True)
class VpcFlowLogsTransforms:
    """Changes to the arguments of `VpcFlowLogs`'s resources."""

    flow_log: Transform | None = None
    bucket: PrivateBucketTransforms | None = None
    log_group: Transform | None = None
    role: Transform | None = None
    role_policy: Transform | None = None


@dataclass(frozen=True, kw_only=True)
class VpcFlowLogsNodes:
    """The resources of `VpcFlowLogs`."""

    flow_log: aws.ec2.FlowLog
    bucket: PrivateBucket | None
    log_group: aws.cloudwatch.LogGroup | None
    role: aws.iam.Role | None


class VpcFlowLogs(Component):
    """spot-platform:index:VpcFlowLogs: logs of accepted and rejected traffic in a VPC.

    Makes: a flow log of all traffic (aggregated over 10 minutes); and either a log group with retention and a role that
    can write only to this log group, or a private bucket that deletes the logs after the same time.

    Costs: 0.50 USD per GB delivered and 0.03 USD per GB-month stored; in a bucket 0.25 and 0.023.

    Risks: a busy VPC writes a lot: shorten the retention or, from some hundred GB a month, use a bucket. Amazon Athena
    can search the logs in a bucket. Access to the bucket is not logged.
    """

    log_group_name: pulumi.Output[str] | None
    """Name of the log group, for queries; None with a bucket."""
    bucket_name: pulumi.Output[str] | None
    """Name of the bucket; None with a log group."""

    def __init__(
        self,
        name: str,
        args: VpcFlowLogsArgs,
        opts: pulumi.ResourceOptions | None = None,
        *,
        transforms: VpcFlowLogsTransforms | None = None,
    ) -> None:
        super().__init__(name, opts)
        self._args, self._transforms = args, transforms or VpcFlowLogsTransforms()
        if args.flow_log_destination == FlowLogDestination.S3:
            self.nodes = self._in_bucket(name)
        else:
            self.nodes = self._in_log_group(name)
        group, bucket = self.nodes.log_group, self.nodes.bucket
        self.log_group_name = None if group is None else group.name
        self.bucket_name = None if bucket is None else bucket.bucket_name
        self.finish()

    def _in_bucket(self, name: str) -> VpcFlowLogsNodes:
        args = self._args
        statements = [
            known_later(planned(_statement, vpc_arn=args.vpc_arn, position=position)) for position in range(_STATEMENTS)
        ]
        bucket = PrivateBucket(
            name,
            PrivateBucketArgs(
                kms_key_arn=args.kms_key_arn,
                expiration_days=args.flow_log_retention_days,
                # A log is never replaced, so this only applies to objects that somebody deleted.
                noncurrent_version_expiration_days=1,
                extra_policy_statements=statements,
                force_destroy=args.flow_log_force_destroy,
            ),
            self.child(),
            transforms=self._transforms.bucket,
        )
        flow_log = aws.ec2.FlowLog(
            f"{name}-s3",
            vpc_id=args.vpc_id,
            traffic_type="ALL",
            log_destination_type="s3",
            log_destination=bucket.arn,
            max_aggregation_interval=600,
            tags={"Name": name},
            # If a permission were missing, CreateFlowLogs itself would add it to the bucket's policy, without this
            # program.
            opts=self.child(self._transforms.flow_log, pulumi.ResourceOptions(depends_on=[bucket.nodes.policy])),
        )
        return VpcFlowLogsNodes(flow_log=flow_log, bucket=bucket, log_group=None, role=None)

    def _in_log_group(self, name: str) -> VpcFlowLogsNodes:
        args, transforms = self._args, self._transforms
        log_group = aws.cloudwatch.LogGroup(
            name,
            retention_in_days=args.flow_log_retention_days,
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
            # Without its policy the role could not write, and the flow log would begin in an error state.
            opts=self.child(transforms.flow_log, pulumi.ResourceOptions(depends_on=[role_policy])),
        )
        return VpcFlowLogsNodes(flow_log=flow_log, bucket=None, log_group=log_group, role=role)


def _statement(vpc_arn: str, position: int) -> dict[str, Any]:
    return flow_log_bucket_statements(vpc_arn)[position]
