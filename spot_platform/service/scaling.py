"""Autoscaling of a Fargate service."""

from dataclasses import dataclass, field

import pulumi
import pulumi_aws as aws

from spot_platform.component import Component, Transform

_NAMESPACE = "ecs"
_DIMENSION = "ecs:service:DesiredCount"
_METRICS = {
    "cpu": "ECSServiceAverageCPUUtilization",
    "memory": "ECSServiceAverageMemoryUtilization",
    "requests": "ALBRequestCountPerTarget",
}


@dataclass(kw_only=True)
class ScheduledScaling:
    """New bounds of autoscaling at a given time: few tasks at night, more before a campaign."""

    name: str
    """Name of the schedule, unique in the service."""
    schedule: str
    """``cron(0 20 ? * MON-FRI *)``, ``rate(1 day)`` or ``at(2026-12-24T08:00:00)``."""
    timezone: str = "UTC"
    """IANA time zone of the schedule, such as ``America/Sao_Paulo``."""
    min_tasks: int
    """The fewest tasks from then on; 0 together with ``max_tasks=0`` stops the service."""
    max_tasks: int
    """The most tasks from then on."""


@dataclass(kw_only=True)
class ServiceScalingArgs:
    """Arguments of `ServiceScaling`."""

    cluster_name: pulumi.Input[str]
    """The cluster of the service."""
    service_name: pulumi.Input[str]
    """The service."""
    min_tasks: int = 1
    """The fewest tasks."""
    max_tasks: int = 10
    """The most tasks."""
    cpu_target_percent: int = 70
    """CPU utilisation that the number of tasks is kept at, percent."""
    memory_target_percent: int = 80
    """Memory utilisation that the number of tasks is kept at, percent."""
    requests_per_task_target: int | None = None
    """Requests per task and minute that the number of tasks is kept at; behind an application load balancer only."""
    request_metric_label: pulumi.Input[str] | None = None
    """``app/NAME/ID/targetgroup/NAME/ID``; needed with ``requests_per_task_target``."""
    scale_out_cooldown_seconds: int = 60
    """Seconds after a scale-out before the next one."""
    scale_in_cooldown_seconds: int = 300
    """Seconds after a scale-in before the next one."""
    scheduled_scaling: list[ScheduledScaling] = field(default_factory=list[ScheduledScaling])
    """Changes of the bounds by time."""


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
    """spot-platform:index:ServiceScaling: keeps the number of tasks of a Fargate service in line with its load.

    Makes: a scalable target, target tracking policies for CPU, memory and, behind an application load balancer,
    requests, and scheduled actions.

    Costs: the alarms that Application Auto Scaling makes for its policies, 0.10 USD a month each, two a policy.

    Risks: with several policies the largest number of tasks wins, and tasks go only when all policies agree.
    With schedules, the schedule owns the bounds: ``min_tasks`` and ``max_tasks`` hold until its first action, and a
    later change of them is left to the schedule, so that an update at night does not start the day's tasks.
    """

    resource_id: pulumi.Output[str]
    """The scalable target: ``service/CLUSTER/SERVICE``."""

    def __init__(
        self,
        name: str,
        args: ServiceScalingArgs,
        opts: pulumi.ResourceOptions | None = None,
        *,
        transforms: ServiceScalingTransforms | None = None,
    ) -> None:
        super().__init__(name, opts)
        self._transforms = transforms or ServiceScalingTransforms()
        schedule_owns_bounds = ["minCapacity", "maxCapacity"] if args.scheduled_scaling else []
        target = aws.appautoscaling.Target(
            name,
            service_namespace=_NAMESPACE,
            scalable_dimension=_DIMENSION,
            resource_id=pulumi.Output.format("service/{0}/{1}", args.cluster_name, args.service_name),
            min_capacity=args.min_tasks,
            max_capacity=args.max_tasks,
            opts=self.child(
                self._transforms.target,
                pulumi.ResourceOptions(
                    # Application Auto Scaling tags a target by itself, and the provider would take the tags away.
                    ignore_changes=["tags", "tagsAll", *schedule_owns_bounds],
                ),
            ),
        )
        targets = {"cpu": args.cpu_target_percent, "memory": args.memory_target_percent}
        if args.requests_per_task_target is not None:
            targets["requests"] = args.requests_per_task_target
        policies = {kind: self._policy(name, kind, value, target, args) for kind, value in targets.items()}
        self.nodes = ServiceScalingNodes(
            target=target,
            policies=policies,
            scheduled_actions=self._scheduled_actions(name, args, target),
        )
        self.resource_id = target.resource_id
        self.register_outputs({"resource_id": self.resource_id})

    def _policy(
        self, name: str, kind: str, value: int, target: aws.appautoscaling.Target, args: ServiceScalingArgs
    ) -> aws.appautoscaling.Policy:
        return aws.appautoscaling.Policy(
            f"{name}-{kind}",
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
                    resource_label=args.request_metric_label if kind == "requests" else None,
                ),
            ),
            opts=self.child(self._transforms.policy),
        )

    def _scheduled_actions(
        self, name: str, args: ServiceScalingArgs, target: aws.appautoscaling.Target
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
                # One at a time: Application Auto Scaling refuses concurrent changes of one scalable target.
                opts=self.child(self._transforms.scheduled_action, pulumi.ResourceOptions(depends_on=[*previous])),
            )
            previous = [action]
            actions[planned.name] = action
        return actions
