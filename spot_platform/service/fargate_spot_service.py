"""A container behind a load balancer, on Fargate Spot and on-demand Fargate."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from spot_planning.declarations import with_settings
from spot_planning.network.load_balancer import LoadBalancerKind
from spot_planning.service import rules
from spot_planning.service.capacity import CapacityMix, split_tasks
from spot_planning.service.settings import ContainerInsights
from spot_platform.component import Component, Transform, check
from spot_platform.monitoring.telemetry import ServiceTelemetry
from spot_platform.service.arguments import ClusterArgs, ClusterReference, FargateSpotServiceArgs, further_problems
from spot_platform.service.cluster import Cluster, ClusterTransforms
from spot_platform.service.endpoint import ServiceEndpoint, ServiceEndpointTransforms
from spot_platform.service.listener_ports import port_problems, take_listener_port
from spot_platform.service.migration import ServiceMigration, ServiceMigrationTransforms, ServiceMigrationWiring
from spot_platform.service.rollback import deployment_alarms, make_rollback_alarms, unless_rolled_back
from spot_platform.service.rotation import ServiceRotation, ServiceRotationTransforms, ServiceRotationWiring
from spot_platform.service.scaling import ServiceScaling, ServiceScalingTransforms, ServiceScalingWiring
from spot_platform.service.task import ServiceTask, ServiceTaskTransforms, ServiceTaskWiring


@dataclass(frozen=True, kw_only=True)
class FargateSpotServiceTransforms:
    """Changes to the arguments of `FargateSpotService`'s resources."""

    service: Transform | None = None
    rollback_alarm: Transform | None = None
    cluster: ClusterTransforms | None = None
    task: ServiceTaskTransforms | None = None
    migration: ServiceMigrationTransforms | None = None
    endpoint: ServiceEndpointTransforms | None = None
    scaling: ServiceScalingTransforms | None = None
    rotation: ServiceRotationTransforms | None = None


@dataclass(frozen=True, kw_only=True)
class FargateSpotServiceNodes:
    """The resources of `FargateSpotService`."""

    service: aws.ecs.Service
    rollback_alarms: dict[str, aws.cloudwatch.MetricAlarm]
    cluster: Cluster | None
    task: ServiceTask
    migration: ServiceMigration | None
    endpoint: ServiceEndpoint
    scaling: ServiceScaling | None
    rotation: ServiceRotation | None


@dataclass(frozen=True, kw_only=True)
class _Parts:
    """The parts that the service refers to."""

    cluster: ClusterReference
    endpoint: ServiceEndpoint
    task: ServiceTask
    alarms: dict[str, aws.cloudwatch.MetricAlarm]


class FargateSpotService(Component):
    """spot-platform:index:FargateSpotService: a container on ECS Fargate, mostly on Spot, behind a load balancer.

    Makes: a log group, a task definition with an execution role and a task role, a target group with its listener (none
    for a worker), the tasks' security group, the service with its own capacity provider strategy, autoscaling by CPU,
    memory, requests and schedule, alarms that roll a deployment back, a redeployment when a secret changes, a task
    definition for migrations with a separate role (with `migration_secrets`), and a `Cluster` (without `cluster`).

    Costs: a task of 0.5 vCPU and 1 GB on ARM 14.42 USD a month on demand and about 4.59 USD on Spot (x86 18.02 and
    about 5.74); Container Insights about 8 USD; log events 0.50 USD per GB; the cluster and the service nothing.

    Risks: AWS takes Spot tasks back with a notice of two minutes, and Fargate does not replace them on demand, so the
    on-demand tasks must be able to carry the service alone for a while. Without an image the service has zero tasks and
    another name; the first image replaces it with the real service, with its desired count. Old revisions of the task
    definition stay, because a rollback needs them. With ECS Exec the agent gets writable paths that AWS does not
    document.
    """

    cluster_name: pulumi.Output[str]
    """Name of the cluster."""
    service_name: pulumi.Output[str]
    """Name of the service. With `wait_for_steady_state` this output fails the update if Amazon ECS rolled the
    deployment back."""
    container_name: pulumi.Output[str]
    """Name of the container, for one-off tasks and ECS Exec."""
    task_definition_arn: pulumi.Output[str]
    """ARN of the task definition's revision that this update deploys."""
    migration_task_definition_arn: pulumi.Output[str | None]
    """ARN of the revision of the migration's task definition; None without migration."""
    security_group_id: pulumi.Output[str]
    """Id of the tasks' security group."""
    target_group_arn: pulumi.Output[str | None]
    """ARN of the target group; None for a worker."""
    listener_arn: pulumi.Output[str | None]
    """ARN of the listener; None for a worker."""
    log_group_name: pulumi.Output[str]
    """Name of the tasks' log group."""
    task_role_arn: pulumi.Output[str]
    """ARN of the application's role."""
    execution_role_arn: pulumi.Output[str]
    """ARN of the role that starts the tasks; whoever starts a task of its own must be allowed to pass both roles."""
    max_tasks: pulumi.Output[int]
    """Maximum number of tasks, including scheduled scaling, when there is an image."""

    def __init__(
        self,
        name: str,
        args: FargateSpotServiceArgs,
        opts: pulumi.ResourceOptions | None = None,
        *,
        transforms: FargateSpotServiceTransforms | None = None,
    ) -> None:
        check(FargateSpotService, name, args, (*rules.RULES, port_problems), further_problems(name, args))
        take_listener_port(name, args)
        super().__init__(name, opts)
        self._transforms = transforms = transforms or FargateSpotServiceTransforms()
        # Fixed names instead of Pulumi's auto-naming: people look for them, and the preview knows the task definition.
        owner = f"{pulumi.get_project()}-{pulumi.get_stack()}"

        own_cluster = None if args.cluster is not None else self._cluster(name, args)
        cluster = args.cluster or (own_cluster.reference if own_cluster else None)
        assert cluster is not None  # noqa: S101 (one or the other; for the type checker)
        endpoint = ServiceEndpoint(name, args, self.child(), transforms=transforms.endpoint)
        task = ServiceTask(
            name,
            args,
            ServiceTaskWiring(
                family=f"{owner}-{name}",
                log_group_name=f"/ecs/{owner}/{name}",
                cluster_arn=cluster.arn,
                command_log_group_arn=cluster.command_log_group_arn,
            ),
            self.child(),
            transforms=transforms.task,
        )
        migration = (
            ServiceMigration(
                f"{name}-migration",
                args,
                ServiceMigrationWiring(family=f"{owner}-{name}-migration", log_group=task.nodes.log_group),
                self.child(),
                transforms=transforms.migration,
            )
            if args.migration_secrets
            else None
        )
        alarms = (
            {}
            if args.image is None or args.load_balancer is None
            else make_rollback_alarms(name, args, args.load_balancer, endpoint, self.child(transforms.rollback_alarm))
        )
        parts = _Parts(cluster=cluster, endpoint=endpoint, task=task, alarms=alarms)
        service = self._service(name, args, parts)
        self.nodes = FargateSpotServiceNodes(
            service=service,
            rollback_alarms=alarms,
            cluster=own_cluster,
            task=task,
            migration=migration,
            endpoint=endpoint,
            scaling=None if args.image is None else self._scaling(name, args, parts, service),
            rotation=self._rotation(name, args, cluster, service) if _redeploys(args) else None,
        )
        self.telemetry = _telemetry(args, cluster, self.nodes)
        self.cluster_name = pulumi.Output.from_input(cluster.name)
        self.service_name = (
            service.name if not _waits(args) else unless_rolled_back(name, service, task.task_definition_arn)
        )
        self.container_name = pulumi.Output.from_input(name)
        self.task_definition_arn = task.task_definition_arn
        self.migration_task_definition_arn = pulumi.Output.from_input(
            None if migration is None else migration.task_definition_arn
        )
        self.security_group_id = endpoint.security_group_id
        self.target_group_arn = endpoint.target_group_arn
        self.listener_arn = endpoint.listener_arn
        self.log_group_name = task.log_group_name
        self.task_role_arn = task.task_role_arn
        self.execution_role_arn = task.nodes.roles.execution_role_arn
        self.max_tasks = pulumi.Output.from_input(_most_tasks(args))
        self.finish()

    def _cluster(self, name: str, args: FargateSpotServiceArgs) -> Cluster:
        return Cluster(
            name,
            with_settings(ClusterArgs, args)(
                account_id=args.account_id,
                region=args.region,
                partition=args.partition,
                kms_key_arn=args.kms_key_arn,
            ),
            self.child(),
            transforms=self._transforms.cluster,
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
            # Autoscaling controls the desired count, and does not scale a service up from 0. So the service without an
            # image is another resource than the service with an image, which is created with its desired count.
            f"{name}-awaiting-image" if waiting else name,
            cluster=cluster.arn,
            task_definition=task.task_definition_arn,
            desired_count=0 if waiting else args.desired_tasks,
            capacity_provider_strategies=_strategy(args),
            # Without this a new strategy would replace the service with all its tasks, instead of a rolling update.
            force_new_deployment=True,
            platform_version="LATEST",
            network_configuration=aws.ecs.ServiceNetworkConfigurationArgs(
                subnets=args.subnet_ids,
                security_groups=[endpoint.security_group_id, *args.security_group_ids],
                assign_public_ip=False,
            ),
            load_balancers=None
            if endpoint.nodes.target_group is None
            else [
                aws.ecs.ServiceLoadBalancerArgs(
                    target_group_arn=endpoint.nodes.target_group.arn,
                    container_name=name,
                    container_port=args.container_port,
                )
            ],
            health_check_grace_period_seconds=None
            if endpoint.nodes.target_group is None
            else args.health_check_grace_period_seconds,
            # Never fewer tasks than desired: with 50 % a deployment could stop half of the tasks while Spot takes the
            # other half back.
            deployment_minimum_healthy_percent=100,
            deployment_maximum_percent=200,
            deployment_circuit_breaker=aws.ecs.ServiceDeploymentCircuitBreakerArgs(enable=True, rollback=True),
            alarms=deployment_alarms(alarms, rolls_back=args.rollback_alarms),
            availability_zone_rebalancing="ENABLED",
            enable_ecs_managed_tags=True,
            propagate_tags="SERVICE",
            enable_execute_command=args.execute_command,
            wait_for_steady_state=_waits(args),
            opts=self.child(
                self._transforms.service,
                pulumi.ResourceOptions(
                    ignore_changes=["desiredCount"],
                    # A task fails if it starts before its permissions and its listener exist, and cannot shut down
                    # properly if they are deleted before it stops.
                    depends_on=[
                        *([] if endpoint.nodes.listener is None else [endpoint.nodes.listener]),
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
            args,
            ServiceScalingWiring(
                cluster_name=parts.cluster.name, service_name=service.name, request_metric_label=label
            ),
            self.child(),
            transforms=self._transforms.scaling,
        )

    def _rotation(
        self, name: str, args: FargateSpotServiceArgs, cluster: ClusterReference, service: aws.ecs.Service
    ) -> ServiceRotation:
        return ServiceRotation(
            name,
            args,
            ServiceRotationWiring(cluster_name=cluster.name, service_name=service.name),
            self.child(),
            transforms=self._transforms.rotation,
        )


def _redeploys(args: FargateSpotServiceArgs) -> bool:
    return args.redeploy_on_rotation and args.image is not None and bool(args.secrets)


def _waits(args: FargateSpotServiceArgs) -> bool:
    return args.wait_for_steady_state and args.image is not None


def _strategy(args: FargateSpotServiceArgs) -> list[aws.ecs.ServiceCapacityProviderStrategyArgs]:
    """Return the strategy, without a capacity provider of weight 0, on which no task could be placed."""
    providers = (
        ("FARGATE", args.on_demand_weight, args.on_demand_base),
        ("FARGATE_SPOT", args.spot_weight, args.spot_base),
    )
    return [
        aws.ecs.ServiceCapacityProviderStrategyArgs(capacity_provider=provider, weight=weight, base=base)
        for provider, weight, base in providers
        if weight > 0
    ]


def _mix(args: FargateSpotServiceArgs) -> CapacityMix:
    return CapacityMix(
        spot_weight=args.spot_weight,
        spot_base=args.spot_base,
        on_demand_weight=args.on_demand_weight,
        on_demand_base=args.on_demand_base,
    )


def _most_tasks(args: FargateSpotServiceArgs) -> int:
    return max([args.max_tasks, *(scheduled.max_tasks for scheduled in args.scheduled_scaling)])


def _telemetry(
    args: FargateSpotServiceArgs, cluster: ClusterReference, nodes: FargateSpotServiceNodes
) -> ServiceTelemetry | None:
    if args.image is None:
        return None
    return ServiceTelemetry(
        cluster_name=cluster.name,
        service_name=nodes.service.name,
        load_balancer_kind=LoadBalancerKind.NETWORK if args.load_balancer is None else args.load_balancer.kind,
        load_balancer=nodes.endpoint.load_balancer_arn_suffix,
        target_group=nodes.endpoint.target_group_arn_suffix,
        event_namespace=cluster.event_namespace,
        min_tasks=min([args.min_tasks, *(scheduled.min_tasks for scheduled in args.scheduled_scaling)]),
        max_tasks=_most_tasks(args),
        uses_spot=args.spot_weight > 0,
        spot_tasks=split_tasks(args.min_tasks, _mix(args)).spot,
        container_insights=args.container_insights != ContainerInsights.DISABLED,
        redeployment=None if nodes.rotation is None else nodes.rotation.state_machine_arn,
    )
