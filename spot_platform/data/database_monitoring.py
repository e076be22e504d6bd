"""The log groups of a database, and the role of Enhanced Monitoring."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from spot_planning.data.database import LOG_TYPES, log_group_name, monitoring_policy_arn, monitoring_trust_policy
from spot_planning.declarations import arguments, setting
from spot_planning.monitoring.log_retention import LOG_RETENTION_DAYS
from spot_platform.component import Component, Transform
from spot_platform.planned import planned


@arguments
class DatabaseMonitoringArgs:
    """Arguments of `DatabaseMonitoring`."""

    identifiers: dict[str, pulumi.Input[str]]
    """Role of the instance (``primary``, ``replica``) -> its identifier."""
    sibling_arn: pulumi.Input[str]
    """ARN of any other Amazon RDS resource in the same partition, Region and account."""
    enhanced_monitoring: bool
    """Whether there is a role for Enhanced Monitoring."""
    log_retention_days: int = setting(allowed=LOG_RETENTION_DAYS)
    """Days that the logs are kept; a retention period of CloudWatch Logs."""
    kms_key_arn: pulumi.Input[str] | None = None
    """The KMS key of the log groups. The key's policy must allow CloudWatch Logs."""


@dataclass(frozen=True, kw_only=True)
class DatabaseMonitoringTransforms:
    """Changes to the arguments of `DatabaseMonitoring`'s resources."""

    log_group: Transform | None = None
    role: Transform | None = None
    role_policy_attachment: Transform | None = None


@dataclass(frozen=True, kw_only=True)
class DatabaseMonitoringNodes:
    """The resources of `DatabaseMonitoring`."""

    log_groups: dict[str, aws.cloudwatch.LogGroup]
    role: aws.iam.Role | None


class DatabaseMonitoring(Component):
    """spot-platform:index:DatabaseMonitoring: log groups of PostgreSQL instances and the Enhanced Monitoring role.

    Makes: a log group for each exported log of each instance, with the name to which Amazon RDS writes, so that it has
    retention and a key from the beginning; and a role with AmazonRDSEnhancedMonitoringRole that Amazon RDS can assume
    only for instances of this account and Region.

    Costs: logs 0.50 USD per GB and 0.03 USD per GB-month; Enhanced Monitoring is billed as logs.

    Risks: AWS determines the names of the log groups. A log group that is left over from an earlier stack must be
    imported or deleted by hand.
    """

    role_arn: pulumi.Output[str | None]
    """ARN of the Enhanced Monitoring role; None without one."""

    def __init__(
        self,
        name: str,
        args: DatabaseMonitoringArgs,
        opts: pulumi.ResourceOptions | None = None,
        *,
        transforms: DatabaseMonitoringTransforms | None = None,
    ) -> None:
        super().__init__(name, opts)
        self._transforms = transforms = transforms or DatabaseMonitoringTransforms()

        log_groups = {
            f"{role}-{log_type}": self._log_group(f"{name}-{role}-{log_type}", identifier, log_type, args)
            for role, identifier in args.identifiers.items()
            for log_type in LOG_TYPES
        }
        role = self._role(name, args.sibling_arn) if args.enhanced_monitoring else None

        self.nodes = DatabaseMonitoringNodes(log_groups=log_groups, role=role)
        self.role_arn = pulumi.Output.from_input(None if role is None else role.arn)
        self.finish()

    def _log_group(
        self, name: str, identifier: pulumi.Input[str], log_type: str, args: DatabaseMonitoringArgs
    ) -> aws.cloudwatch.LogGroup:
        def named(known: str) -> str:
            return log_group_name(known, log_type)

        return aws.cloudwatch.LogGroup(
            name,
            name=pulumi.Output.from_input(identifier).apply(named),
            retention_in_days=args.log_retention_days,
            kms_key_id=args.kms_key_arn,
            # The name is fixed, so the old and the new log group cannot exist at the same time.
            opts=self.child(self._transforms.log_group, pulumi.ResourceOptions(delete_before_replace=True)),
        )

    def _role(self, name: str, sibling_arn: pulumi.Input[str]) -> aws.iam.Role:
        role = aws.iam.Role(
            name,
            description="Enhanced Monitoring of Amazon RDS",
            assume_role_policy=planned(monitoring_trust_policy, arn=sibling_arn),
            tags={"Name": name},
            opts=self.child(self._transforms.role),
        )
        aws.iam.RolePolicyAttachment(
            name,
            role=role.name,
            policy_arn=planned(monitoring_policy_arn, arn=sibling_arn),
            opts=self.child(self._transforms.role_policy_attachment),
        )
        return role
