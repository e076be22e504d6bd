"""Logs and counts events about Spot interruptions, missing capacity and failed deployments."""

from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from spot_planning.declarations import arguments
from spot_planning.documents import canonical_json
from spot_planning.monitoring.event_logs import log_delivery_policy
from spot_planning.service.events import EventKind, event_kinds
from spot_platform.component import Component, Transform
from spot_platform.monitoring.metric_filter import metric_filter
from spot_platform.ordering import after
from spot_platform.planned import planned_json
from spot_platform.service.arguments import ClusterArgs


@arguments
class ClusterEventsWiring:
    """Arguments that `ClusterEvents` gets from its cluster."""

    cluster_name: pulumi.Input[str]
    """Name of the cluster whose events are kept."""
    log_group_name: str
    """Name of the log group to create."""


@dataclass(frozen=True, kw_only=True)
class ClusterEventsTransforms:
    """Changes to the arguments of `ClusterEvents`' resources."""

    log_group: Transform | None = None
    log_resource_policy: Transform | None = None
    rule: Transform | None = None
    target: Transform | None = None
    metric_filter: Transform | None = None


@dataclass(frozen=True, kw_only=True)
class ClusterEventsNodes:
    """The resources of `ClusterEvents`. The keys of dictionaries are `EventKind.key`."""

    log_group: aws.cloudwatch.LogGroup
    log_resource_policy: aws.cloudwatch.LogResourcePolicy | None
    rules: dict[str, aws.cloudwatch.EventRule]
    targets: dict[str, aws.cloudwatch.EventTarget]
    metric_filters: dict[str, aws.cloudwatch.LogMetricFilter]


class ClusterEvents(Component):
    """spot-platform:index:ClusterEvents: logs and counts events of a cluster's tasks and deployments.

    Makes: EventBridge rules for Spot interruptions, failed placements and failed deployments of one cluster, a log
    group for the events, and metrics that count them, for alarms.

    Costs: 0.50 USD per GB of events (a few kB each) and 0.30 USD a month for each metric.

    Risks: events arrive at least once and may arrive late, so use them for people and alarms, not for exact counts.
    They are not sent directly to an SNS topic, because EventBridge supports no conditions in the policies of a topic
    and of its KMS key.
    """

    log_group_name: pulumi.Output[str]
    """Name of the log group of the events."""
    metric_namespace: pulumi.Output[str]
    """The CloudWatch namespace of the metrics SpotInterruptions, CapacityFailures and FailedDeployments."""

    def __init__(
        self,
        name: str,
        args: ClusterArgs,
        wiring: ClusterEventsWiring,
        opts: pulumi.ResourceOptions | None = None,
        *,
        transforms: ClusterEventsTransforms | None = None,
    ) -> None:
        super().__init__(name, opts)
        self._transforms = transforms or ClusterEventsTransforms()
        cluster_arn = pulumi.Output.format(
            "arn:{0}:ecs:{1}:{2}:cluster/{3}", args.partition, args.region, args.account_id, wiring.cluster_name
        )
        # The names of clusters are unique per account and Region, so two stacks never share a metric.
        self.metric_namespace = pulumi.Output.format("SpotPlatform/{0}", wiring.cluster_name)
        log_group = aws.cloudwatch.LogGroup(
            f"{name}-events",
            name=wiring.log_group_name,
            retention_in_days=args.log_retention_days,
            kms_key_id=args.kms_key_arn,
            opts=self.child(self._transforms.log_group),
        )
        # Only the patterns need the cluster's ARN, which may not be known yet.
        kinds = event_kinds(cluster_arn="")
        rules = {
            kind.key: self._rule(f"{name}-{kind.key}", kind, _pattern(cluster_arn, index))
            for index, kind in enumerate(kinds)
        }
        log_resource_policy = None
        if args.log_delivery_policy is None:
            log_resource_policy = self._log_resource_policy(name, log_group, list(rules.values()))
        policy_name = args.log_delivery_policy if log_resource_policy is None else log_resource_policy.policy_name
        targets = {
            kind.key: aws.cloudwatch.EventTarget(
                f"{name}-{kind.key}",
                rule=rules[kind.key].name,
                arn=after(log_group.arn, policy_name),
                opts=self.child(self._transforms.target),
            )
            for kind in kinds
        }
        metric_filters = {
            kind.key: metric_filter(
                f"{name}-{kind.key}",
                log_group,
                pattern=kind.filter_pattern,
                namespace=self.metric_namespace,
                metric_name=kind.metric_name,
                opts=self.child(self._transforms.metric_filter),
            )
            for kind in kinds
        }
        self.nodes = ClusterEventsNodes(
            log_group=log_group,
            log_resource_policy=log_resource_policy,
            rules=rules,
            targets=targets,
            metric_filters=metric_filters,
        )
        self.log_group_name = log_group.name
        self.finish()

    def _log_resource_policy(
        self, name: str, log_group: aws.cloudwatch.LogGroup, rules: list[aws.cloudwatch.EventRule]
    ) -> aws.cloudwatch.LogResourcePolicy:
        return aws.cloudwatch.LogResourcePolicy(
            f"{name}-events",
            policy_document=planned_json(
                log_delivery_policy, log_group_arn=log_group.arn, rule_arns=[rule.arn for rule in rules]
            ),
            policy_name=f"{name}-events",
            opts=self.child(self._transforms.log_resource_policy),
        )

    def _rule(self, name: str, kind: EventKind, pattern: pulumi.Output[str]) -> aws.cloudwatch.EventRule:
        return aws.cloudwatch.EventRule(
            name, description=kind.description, event_pattern=pattern, opts=self.child(self._transforms.rule)
        )


def _pattern(cluster_arn: pulumi.Output[str], index: int) -> pulumi.Output[str]:
    def pattern(arn: str) -> str:
        kinds: Any = event_kinds(cluster_arn=arn)
        return canonical_json(kinds[index].pattern)

    return cluster_arn.apply(pattern)
