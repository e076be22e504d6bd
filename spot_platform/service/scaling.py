"""Autoscaling of a Fargate service."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from spot_planning.declarations import arguments
from spot_platform.component import Component, Transform
from spot_platform.service.arguments import FargateSpotServiceArgs

_NAMESPACE = "ecs"
_DIMENSION = "ecs:service:DesiredCount"
_METRICS = {
    "cpu": "ECSServiceAverageCPUUtilization",
    "memory": "ECSServiceAverageMemoryUtilization",
    "requests": "ALBRequestCountPerTarget",
}


@arguments
class ServiceScalingWiring:
    """Arguments that `ServiceScaling` gets from its service."""

    cluster_name: pulumi.Input[str]
    """Name of the service's cluster."""
    service_name: pulumi.Input[str]
    """Name of the service."""
    request_metric_label: pulumi.Input[str] | None = None
    """Resource label of the request metric, ``app/NAME/ID/targetgroup/NAME/ID``; needed with
    ``requests_per_task_target``."""


@dataclass(frozen=True, kw_only=True)
class ServiceScalingTransforms:
    """Changes to the arguments of `ServiceScaling`'s resources."""

    target: Transform | None = None
    policy: Transform | None = None
    scheduled_action: Transform | None = None


@dataclass(frozen=True, kw_only=True)
class ServiceScalingNodes:
    """The resources of `ServiceScaling`."""

    target: aws.appautoscaling.Target
    policies: dict[str, aws.appautoscaling.Policy]
    scheduled_actions: dict[str, aws.appautoscaling.ScheduledAction]


class ServiceScaling(Component):
    """spot-platform:index:ServiceScaling: autoscaling of the number of tasks of a Fargate service.

    Makes: a scalable target, target tracking policies for CPU, memory and (with `requests_per_task_target`) requests,
    and scheduled actions.

    Costs: the alarms that Application Auto Scaling creates, two for each policy, 0.10 USD a month each.

    Risks: with several policies the largest number of tasks wins, and tasks are removed only when all policies agree.
    With schedules, the scheduled actions control the limits: ``min_tasks`` and ``max_tasks`` apply until the first
    action, and later changes of them have no effect, so that an update at night does not start the day's tasks.
    """

    resource_id: pulumi.Output[str]
    """Id of the scalable target: ``service/CLUSTER/SERVICE``."""

    def __init__(
        self,
        name: str,
        args: FargateSpotServiceArgs,
        wiring: ServiceScalingWiring,
        opts: pulumi.ResourceOptions | None = None,
        *,
        transforms: ServiceScalingTransforms | None = None,
    ) -> None:
        super().__init__(name, opts)
        self._transforms = transforms or ServiceScalingTransforms()
        self._request_metric_label = wiring.request_metric_label
        schedule_owns_bounds = ["minCapacity", "maxCapacity"] if args.scheduled_scaling else []
        target = aws.appautoscaling.Target(
            name,
            service_namespace=_NAMESPACE,
            scalable_dimension=_DIMENSION,
            resource_id=pulumi.Output.format("service/{0}/{1}", wiring.cluster_name, wiring.service_name),
            min_capacity=args.min_tasks,
            max_capacity=args.max_tasks,
            opts=self.child(
                self._transforms.target,
                pulumi.ResourceOptions(
                    # Application Auto Scaling adds tags to a target, which the provider would remove.
                    ignore_changes=["tags", "tagsAll", *schedule_owns_bounds],
                ),
            ),
        )
        targets = {"cpu": args.cpu_target_percent, "memory": args.memory_target_percent}
        if args.requests_per_task_target is not None:
            targets["requests"] = args.requests_per_task_target
        policies = {kind: self._policy(f"{name}-{kind}", kind, value, target, args) for kind, value in targets.items()}
        self.nodes = ServiceScalingNodes(
            target=target,
            policies=policies,
            scheduled_actions=self._scheduled_actions(name, args, target),
        )
        self.resource_id = target.resource_id
        self.finish()

    def _policy(
        self, name: str, kind: str, value: int, target: aws.appautoscaling.Target, args: FargateSpotServiceArgs
    ) -> aws.appautoscaling.Policy:
        return aws.appautoscaling.Policy(
            name,
            policy_type="TargetTrackingScaling",
            service_namespace=target.service_namespace,
            scalable_dimension=target.scalable_dimension,
            resource_id=target.resource_id,
            target_tracking_scaling_policy_configuration=aws.appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationArgs(
                target_value=value,
                scale_out_cooldown=args.scale_out_cooldown_seconds,
                scale_in_cooldown=args.scale_in_cooldown_seconds,
                predefined_metric_specification=aws.appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationPredefinedMetricSpecificationArgs(
                    predefined_metric_type=_METRICS[kind],
                    resource_label=self._request_metric_label if kind == "requests" else None,
                ),
            ),
            opts=self.child(self._transforms.policy),
        )

    def _scheduled_actions(
        self, name: str, args: FargateSpotServiceArgs, target: aws.appautoscaling.Target
    ) -> dict[str, aws.appautoscaling.ScheduledAction]:
        actions: dict[str, aws.appautoscaling.ScheduledAction] = {}
        previous: list[pulumi.Resource] = []
        for planned in args.scheduled_scaling:
            action = aws.appautoscaling.ScheduledAction(
                f"{name}-{planned.name}",
                service_namespace=target.service_namespace,
                scalable_dimension=target.scalable_dimension,
                resource_id=target.resource_id,
                schedule=planned.schedule,
                timezone=planned.timezone,
                scalable_target_action=aws.appautoscaling.ScheduledActionScalableTargetActionArgs(
                    min_capacity=planned.min_tasks, max_capacity=planned.max_tasks
                ),
                # One after the other: Application Auto Scaling refuses concurrent changes of a scalable target.
                opts=self.child(self._transforms.scheduled_action, pulumi.ResourceOptions(depends_on=[*previous])),
            )
            previous = [action]
            actions[planned.name] = action
        return actions
