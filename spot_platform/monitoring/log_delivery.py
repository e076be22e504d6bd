"""The resource policy of CloudWatch Logs that the parts of a stack share."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from spot_planning.account import ACCOUNT_ID, PARTITION, REGION
from spot_planning.declarations import arguments, setting
from spot_planning.documents import canonical_json
from spot_planning.monitoring.event_logs import QUERY_LOG_REGION, shared_log_delivery_policy
from spot_planning.names.domain_names import DOMAIN_NAME
from spot_planning.problems import Problem
from spot_platform.component import Component, Transform, check


@arguments
class LogDelivery:
    """What components take that have a log group to which an AWS service writes."""

    log_delivery_policy: pulumi.Input[str] | None = None
    """Name of a shared `LogDeliveryPolicy` in the log group's Region. None to make a resource policy for this component
    alone, of which an account has 10 per Region."""


@arguments
class LogDeliveryPolicyArgs:
    """Arguments of `LogDeliveryPolicy`."""

    account_id: str = setting(allowed=ACCOUNT_ID)
    """The AWS account, 12 digits."""
    region: str = setting(allowed=REGION)
    """The Region of the log groups, such as ``us-east-1``."""
    partition: str = setting(default="aws", allowed=PARTITION)
    """The AWS partition: ``aws``, ``aws-cn`` or ``aws-us-gov``."""
    zone_name: str | None = setting(default=None, allowed=DOMAIN_NAME)
    """The zone of a `HostedZone` whose queries Route 53 may log, in us-east-1 only; None for none."""


@dataclass(frozen=True, kw_only=True)
class LogDeliveryPolicyTransforms:
    """Changes to the arguments of `LogDeliveryPolicy`'s resources."""

    log_resource_policy: Transform | None = None


@dataclass(frozen=True, kw_only=True)
class LogDeliveryPolicyNodes:
    """The resources of `LogDeliveryPolicy`."""

    log_resource_policy: aws.cloudwatch.LogResourcePolicy


class LogDeliveryPolicy(Component):
    """spot-platform:index:LogDeliveryPolicy: lets AWS services write to the log groups of a stack.

    Makes: one resource policy of CloudWatch Logs, of which an account has 10 per Region. With it the account's rules of
    EventBridge write to log groups below ``/aws/events/``, and Route 53 to the log group of one zone. `Cluster`,
    `Backups` and `HostedZone` take its name as `log_delivery_policy`; without it each makes a policy of its own.

    Costs: nothing.

    Risks: all rules of EventBridge in this account and Region may write to all log groups below ``/aws/events/``.
    """

    policy_name: pulumi.Output[str]
    """Name of the resource policy, known once it exists."""

    def __init__(
        self,
        name: str,
        args: LogDeliveryPolicyArgs,
        opts: pulumi.ResourceOptions | None = None,
        *,
        transforms: LogDeliveryPolicyTransforms | None = None,
    ) -> None:
        further: list[Problem] = []
        if args.zone_name is not None and args.region != QUERY_LOG_REGION:
            further.append(Problem(("zone_name",), f"is not allowed in {args.region}; allowed: in {QUERY_LOG_REGION}"))
        check(LogDeliveryPolicy, name, args, (), further)
        super().__init__(name, opts)
        transforms = transforms or LogDeliveryPolicyTransforms()
        policy = shared_log_delivery_policy(
            partition=args.partition, region=args.region, account_id=args.account_id, zone_name=args.zone_name
        )
        log_resource_policy = aws.cloudwatch.LogResourcePolicy(
            name,
            # Not the name of any policy that a component makes for itself. If a stack had one of those and the names
            # were equal, its deletion would delete this policy.
            policy_name=f"{name}-log-delivery",
            region=args.region,
            policy_document=canonical_json(policy),
            opts=self.child(transforms.log_resource_policy),
        )
        self.nodes = LogDeliveryPolicyNodes(log_resource_policy=log_resource_policy)
        self.policy_name = log_resource_policy.policy_name.apply(str)
        self.finish()
