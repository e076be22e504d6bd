"""A container behind a load balancer, on Fargate Spot as far as it goes and on demand as far as it must."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from spot_planning.service.capacity import CapacityMix
from spot_platform.arguments import narrowed
from spot_platform.component import Component, Transform, refusing
from spot_platform.monitoring.telemetry import ServiceTelemetry
from spot_platform.service.arguments import FargateSpotServiceArgs, plan_fargate_spot_service
from spot_platform.service.cluster import ServiceCluster, ServiceClusterArgs, ServiceClusterTransforms
from spot_platform.service.endpoint import (
    ServiceEndpoint,
    ServiceEndpointArgs,
    ServiceEndpointTransforms,
    endpoint_timing,
)
from spot_platform.service.events import ServiceEvents, ServiceEventsArgs, ServiceEventsTransforms
from spot_platform.service.rollback import make_rollback_alarms, unless_rolled_back
from spot_platform.service.rotation import ServiceRotation, ServiceRotationArgs, ServiceRotationTransforms
from spot_platform.service.scaling import ServiceScaling, ServiceScalingArgs, ServiceScalingTransforms
from spot_platform.service.task import ServiceTask, ServiceTaskArgs, ServiceTaskTransforms

__all__ = ["FargateSpotService", "FargateSpotServiceArgs", "FargateSpotServiceNodes", "FargateSpotServiceTransforms"]


@dataclass(frozen=True, kw_only=True)
class FargateSpotServiceTransforms:
    """Changes to the arguments of `FargateSpotService`'s resources."""

    service: Transform | None = None
    rollback_alarm: Transform | None = None
    cluster: ServiceClusterTransforms | None = None
    task: ServiceTaskTransforms | None = None
    endpoint: ServiceEndpointTransforms | None = None
    scaling: ServiceScalingTransforms | None = None
    rotation: ServiceRotationTransforms | None = None
    events: ServiceEventsTransforms | None = None


@dataclass(frozen=True, kw_only=True)
class FargateSpotServiceNodes:
    """The resources of `FargateSpotService`."""

    service: aws.ecs.Service
    rollback_alarms: dict[str, aws.cloudwatch.MetricAlarm]
    cluster: ServiceCluster
    task: ServiceTask
    endpoint: ServiceEndpoint
    scaling: ServiceScaling | None
    rotation: ServiceRotation | None
    events: ServiceEvents


@dataclass(frozen=True, kw_only=True)
class _Parts:
    """What the service is put together from."""

    mix: CapacityMix
    cluster: ServiceCluster
    endpoint: ServiceEndpoint
    task: ServiceTask
    alarms: dict[str, aws.cloudwatch.MetricAlarm]


class FargateSpotService(Component):
    """spot-platform:index:FargateSpotService: a container on ECS Fargate, mostly on Spot, behind a load balancer.

    Makes: an ECS cluster with both Fargate capacity providers, a log group, a task definition with an execution role
    and a task role, a target group with its listener, the tasks' security group, the service with the capacity provider
    strategy on itself, autoscaling on CPU, memory and requests and by schedule, alarms that roll a deployment back,
    rules, log group and metrics for Spot interruptions, failed placements and failed deployments, and a redeployment
    when a secret changes.

    Costs: a task of 0.5 vCPU and 1 GB on ARM 14.42 USD a month on demand and about 4.59 USD on Spot (x86 18.02 and
    about 5.74); Container Insights about 8 USD; log events 0.50 USD per GB; the cluster and the service nothing.

    Risks: Spot tasks go with a notice of two minutes, and Fargate starts none on demand in their place, so the base has
    to carry the service on its own for a while. Without an image the service waits with zero tasks under another name;
    the first image makes the real one anew, with its desired count. Old revisions of the task definition stay, since a
    rollback needs them. With ECS Exec the agent gets writable paths that AWS does not document.
    """

    cluster_name: pulumi.Output[str]
    """The cluster's name."""
    service_name: pulumi.Output[str]
    """The service's name; fails the update when Amazon ECS rolled the deployment back."""
    container_name: pulumi.Output[str]
    """The container's name, for one-off tasks and ECS Exec."""
    task_definition_arn: pulumi.Output[str]
    """The revision of the task definition that this update wants to run."""
    security_group_id: pulumi.Output[str]
    """The security group of the tasks."""
    target_group_arn: pulumi.Output[str]
    """The target group."""
    listener_arn: pulumi.Output[str]
    """The listener."""
    log_group_name: pulumi.Output[str]
    """The log group of the tasks."""
    event_log_group_name: pulumi.Output[str]
    """The log group of Spot interruptions, failed placements and failed deployments."""
    task_role_arn: pulumi.Output[str]
    """The role that the application has."""

    def __init__(
        self,
        name: str,
        args: FargateSpotServiceArgs,
        opts: pulumi.ResourceOptions | None = None,
        *,
        transforms: FargateSpotServiceTransforms | None = None,
    ) -> None:
        with refusing(FargateSpotService, name):
            plan = plan_fargate_spot_service(name, args)
        super().__init__(name, opts)
        self._transforms = transforms = transforms or FargateSpotServiceTransforms()
        # Named, not auto-named: people look for them, and the task definition is known at preview that way.
        owner = f"{pulumi.get_project()}-{pulumi.get_stack()}"

        cluster = ServiceCluster(
            name,
            narrowed(ServiceClusterArgs, args, command_log_group_name=f"/ecs/{owner}/{name}-commands"),
            self.child(),
            transforms=transforms.cluster,
        )
        events = ServiceEvents(
            name,
            narrowed(
                ServiceEventsArgs,
                args,
                cluster_name=cluster.cluster_name,
                log_group_name=f"/aws/events/{owner}/{name}",
            ),
            self.child(),
            transforms=transforms.events,
        )
        endpoint = ServiceEndpoint(
            name,
            narrowed(ServiceEndpointArgs, args, **endpoint_timing(plan.stop)),
            self.child(),
            transforms=transforms.endpoint,
        )
        commands = cluster.nodes.command_log_group
        task = ServiceTask(
            name,
            narrowed(
                ServiceTaskArgs,
                args,
                family=f"{owner}-{name}",
                log_group_name=f"/ecs/{owner}/{name}",
                contract_environment=plan.environment,
                command_log_group_arn=None if commands is None else commands.arn,
            ),
            self.child(),
            transforms=transforms.task,
        )
        alarms = (
            {}
            if args.image is None or not args.rollback_alarms
            else make_rollback_alarms(name, args, endpoint, self.child(transforms.rollback_alarm))
        )
        parts = _Parts(mix=plan.mix, cluster=cluster, endpoint=endpoint, task=task, alarms=alarms)
        service = self._service(name, args, parts)
        self.nodes = FargateSpotServiceNodes(
            service=service,
            rollback_alarms=alarms,
            cluster=cluster,
            task=task,
            endpoint=endpoint,
            scaling=None if args.image is None else self._scaling(name, args, parts, service),
            rotation=self._rotation(name, args, cluster, service) if _redeploys(args) else None,
            events=events,
        )
        self.telemetry = _telemetry(args, plan.mix, self.nodes)
        self.cluster_name = cluster.cluster_name
        self.service_name = (
            service.name if not _waits(args) else unless_rolled_back(name, service, task.task_definition_arn)
        )
        self.container_name = pulumi.Output.from_input(name)
        self.task_definition_arn = task.task_definition_arn
        self.security_group_id = endpoint.security_group_id
        self.target_group_arn = endpoint.target_group_arn
        self.listener_arn = endpoint.listener_arn
        self.log_group_name = task.log_group_name
        self.event_log_group_name = events.log_group_name
        self.task_role_arn = task.task_role_arn
        self.register_outputs(
            {
                "cluster_name": self.cluster_name,
                "service_name": self.service_name,
                "container_name": self.container_name,
                "task_definition_arn": self.task_definition_arn,
                "security_group_id": self.security_group_id,
                "target_group_arn": self.target_group_arn,
                "listener_arn": self.listener_arn,
                "log_group_name": self.log_group_name,
                "event_log_group_name": self.event_log_group_name,
                "task_role_arn": self.task_role_arn,
            }
        )

    def _service(
        self,
        name: str,
        args: FargateSpotServiceArgs,
        parts: _Parts,
    ) -> aws.ecs.Service:
        waiting = args.image is None
        cluster, endpoint, task, alarms = parts.cluster, parts.endpoint, parts.task, parts.alarms
        return aws.ecs.Service(
            # Autoscaling owns the desired count, and lifts no service from 0. So the service that waits for an image is
            # another one than the service that has it, which is then made with its desired count.
            f"{name}-awaiting-image" if waiting else name,
            cluster=cluster.cluster_arn,
            task_definition=task.task_definition_arn,
            desired_count=0 if waiting else args.desired_tasks,
            capacity_provider_strategies=_strategy(parts.mix),
            # Without it a new strategy would replace the service, with all its tasks, instead of rolling it over.
            force_new_deployment=True,
            platform_version="LATEST",
            network_configuration=aws.ecs.ServiceNetworkConfigurationArgs(
                subnets=args.subnet_ids,
                security_groups=[endpoint.security_group_id, *args.security_group_ids],
                assign_public_ip=False,
            ),
            load_balancers=[
                aws.ecs.ServiceLoadBalancerArgs(
                    target_group_arn=endpoint.target_group_arn, container_name=name, container_port=args.container_port
                )
            ],
            health_check_grace_period_seconds=args.health_check_grace_period_seconds,
            # Never fewer than wanted: the seed's 50 % would halve a service whose other half Spot may just take away.
            deployment_minimum_healthy_percent=100,
            deployment_maximum_percent=200,
            deployment_circuit_breaker=aws.ecs.ServiceDeploymentCircuitBreakerArgs(enable=True, rollback=True),
            alarms=aws.ecs.ServiceAlarmsArgs(
                alarm_names=[alarm.name for alarm in alarms.values()], enable=True, rollback=True
            )
            if alarms
            else None,
            availability_zone_rebalancing="ENABLED",
            enable_ecs_managed_tags=True,
            propagate_tags="SERVICE",
            enable_execute_command=args.execute_command,
            wait_for_steady_state=_waits(args),
            opts=self.child(
                self._transforms.service,
                pulumi.ResourceOptions(
                    ignore_changes=["desiredCount"],
                    # A task that starts before its permissions and its listener fails, and one that stops after them
                    # cannot say goodbye.
                    depends_on=[
                        cluster.nodes.cluster_capacity_providers,
                        endpoint.nodes.listener,
                        *endpoint.nodes.security_group_rules,
                        *task.needed_to_start,
                    ],
                ),
            ),
        )

    def _scaling(
        self,
        name: str,
        args: FargateSpotServiceArgs,
        parts: _Parts,
        service: aws.ecs.Service,
    ) -> ServiceScaling:
        endpoint = parts.endpoint
        label = pulumi.Output.format("{0}/{1}", endpoint.load_balancer_arn_suffix, endpoint.target_group_arn_suffix)
        return ServiceScaling(
            name,
            narrowed(
                ServiceScalingArgs,
                args,
                cluster_name=parts.cluster.cluster_name,
                service_name=service.name,
                request_metric_label=label,
            ),
            self.child(),
            transforms=self._transforms.scaling,
        )

    def _rotation(
        self, name: str, args: FargateSpotServiceArgs, cluster: ServiceCluster, service: aws.ecs.Service
    ) -> ServiceRotation:
        return ServiceRotation(
            name,
            narrowed(ServiceRotationArgs, args, cluster_name=cluster.cluster_name, service_name=service.name),
            self.child(),
            transforms=self._transforms.rotation,
        )


def _redeploys(args: FargateSpotServiceArgs) -> bool:
    return args.redeploy_on_rotation and args.image is not None and bool(args.secrets_from)


def _waits(args: FargateSpotServiceArgs) -> bool:
    return args.wait_for_steady_state and args.image is not None


def _strategy(mix: CapacityMix) -> list[aws.ecs.ServiceCapacityProviderStrategyArgs]:
    """The strategy, without a capacity provider of weight 0, which could place nothing."""
    providers = (
        ("FARGATE", mix.on_demand_weight, mix.on_demand_base),
        ("FARGATE_SPOT", mix.spot_weight, mix.spot_base),
    )
    return [
        aws.ecs.ServiceCapacityProviderStrategyArgs(capacity_provider=provider, weight=weight, base=base)
        for provider, weight, base in providers
        if weight > 0
    ]


def _telemetry(
    args: FargateSpotServiceArgs, mix: CapacityMix, nodes: FargateSpotServiceNodes
) -> ServiceTelemetry | None:
    if args.image is None:
        return None
    return ServiceTelemetry(
        cluster_name=nodes.cluster.cluster_name,
        service_name=nodes.service.name,
        load_balancer_kind=args.load_balancer_kind,
        load_balancer=nodes.endpoint.load_balancer_arn_suffix,
        target_group=nodes.endpoint.target_group_arn_suffix,
        event_namespace=nodes.events.metric_namespace,
        min_tasks=min([args.min_tasks, *(scheduled.min_tasks for scheduled in args.scheduled_scaling)]),
        max_tasks=max([args.max_tasks, *(scheduled.max_tasks for scheduled in args.scheduled_scaling)]),
        uses_spot=mix.uses_spot,
        container_insights=args.container_insights != "disabled",
        redeployment=None if nodes.rotation is None else nodes.rotation.state_machine_arn,
    )
