"""Counts recovery points that AWS Backup could not copy."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from spot_planning.data.copy_events import FILTER_PATTERN, METRIC_NAME, failed_copies
from spot_planning.declarations import arguments, setting
from spot_planning.monitoring.event_logs import EVENT_LOG_GROUP_PREFIX, log_delivery_policy
from spot_planning.monitoring.log_retention import LOG_RETENTION_DAYS
from spot_platform.component import Component, Transform
from spot_platform.monitoring.log_delivery import LogDelivery
from spot_platform.monitoring.metric_filter import metric_filter
from spot_platform.ordering import after
from spot_platform.planned import planned_json


@arguments
class CopyEventsArgs(LogDelivery):
    """Arguments of `CopyEvents`."""

    vault_arn: pulumi.Input[str]
    """ARN of the vault whose recovery points are copied."""
    retention_days: int = setting(allowed=LOG_RETENTION_DAYS)
    """Days that the events are kept; a retention period of CloudWatch Logs."""
    kms_key_arn: pulumi.Input[str] | None = None
    """The KMS key of the log group. The key's policy must allow CloudWatch Logs."""


@dataclass(frozen=True, kw_only=True)
class CopyEventsTransforms:
    """Changes to the arguments of `CopyEvents`' resources."""

    log_group: Transform | None = None
    log_resource_policy: Transform | None = None
    rule: Transform | None = None
    target: Transform | None = None
    metric_filter: Transform | None = None


@dataclass(frozen=True, kw_only=True)
class CopyEventsNodes:
    """The resources of `CopyEvents`."""

    log_group: aws.cloudwatch.LogGroup
    rule: aws.cloudwatch.EventRule
    target: aws.cloudwatch.EventTarget
    metric_filter: aws.cloudwatch.LogMetricFilter


class CopyEvents(Component):
    """spot-platform:index:CopyEvents: logs and counts recovery points that could not be copied to another Region.

    Makes: an EventBridge rule for failed copy jobs of one vault, a log group for its events, which contain the reason
    of the failure, and a metric that counts them, for an alarm.

    Costs: 0.50 USD per GB of events (a few kB each) and 0.30 USD a month for the metric.

    Risks: AWS Backup sends events every five minutes, as a best effort.
    """

    log_group_name: pulumi.Output[str]
    """Name of the log group of the events."""
    metric_namespace: pulumi.Output[str]
    """The CloudWatch namespace of the metric FailedCopies."""

    def __init__(
        self,
        name: str,
        args: CopyEventsArgs,
        opts: pulumi.ResourceOptions | None = None,
        *,
        transforms: CopyEventsTransforms | None = None,
    ) -> None:
        super().__init__(name, opts)
        transforms = transforms or CopyEventsTransforms()
        log_group = aws.cloudwatch.LogGroup(
            name,
            name_prefix=f"{EVENT_LOG_GROUP_PREFIX}{name}-",
            retention_in_days=args.retention_days,
            kms_key_id=args.kms_key_arn,
            opts=self.child(transforms.log_group),
        )
        rule = aws.cloudwatch.EventRule(
            name,
            description="AWS Backup could not copy a recovery point",
            event_pattern=planned_json(failed_copies, vault_arn=args.vault_arn),
            opts=self.child(transforms.rule),
        )
        policy_name = args.log_delivery_policy
        if policy_name is None:
            policy_name = aws.cloudwatch.LogResourcePolicy(
                name,
                policy_name=name,
                policy_document=planned_json(log_delivery_policy, log_group_arn=log_group.arn, rule_arns=[rule.arn]),
                opts=self.child(transforms.log_resource_policy),
            ).policy_name
        target = aws.cloudwatch.EventTarget(
            name,
            rule=rule.name,
            arn=after(log_group.arn, policy_name),
            opts=self.child(transforms.target),
        )
        # The names of log groups are unique per account and Region, so two stacks never share a metric.
        self.metric_namespace = pulumi.Output.concat("SpotPlatform", log_group.name)
        failures = metric_filter(
            name,
            log_group,
            pattern=FILTER_PATTERN,
            namespace=self.metric_namespace,
            metric_name=METRIC_NAME,
            opts=self.child(transforms.metric_filter),
        )
        self.nodes = CopyEventsNodes(log_group=log_group, rule=rule, target=target, metric_filter=failures)
        self.log_group_name = log_group.name
        self.finish()
