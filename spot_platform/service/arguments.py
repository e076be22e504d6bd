"""What a FargateSpotService can be told, and the check of it as a whole."""

from dataclasses import dataclass, field
from typing import Any

import pulumi

from spot_planning.service.capacity import CapacityMix, StopPlan
from spot_planning.service.fargate_spot_service import Schedule, ServiceRequest, check_service, owned_environment
from spot_platform.service.scaling import ScheduledScaling


@dataclass(kw_only=True)
class FargateSpotServiceArgs:
    """Arguments of `FargateSpotService`."""

    account_id: str
    """The AWS account, 12 digits."""
    region: str
    """The region, such as ``us-east-1``."""
    partition: str = "aws"
    """The AWS partition: ``aws``, ``aws-cn`` or ``aws-us-gov``."""
    vpc_id: pulumi.Input[str]
    """The VPC of the tasks."""
    subnet_ids: pulumi.Input[list[str]]
    """Private subnets for the tasks, with a way out to ECR, CloudWatch Logs and Secrets Manager."""
    security_group_ids: list[pulumi.Input[str]] = field(default_factory=list[pulumi.Input[str]])
    """Further security groups of the tasks, such as the one that lets them reach the database."""
    ipv6: bool = False
    """Whether the tasks may go out over IPv6 too."""
    egress_ports: list[int] = field(default_factory=lambda: [443])
    """TCP ports that the tasks may reach anywhere."""

    load_balancer_arn: pulumi.Input[str]
    """The internal load balancer."""
    load_balancer_kind: str = "network"
    """``network`` or ``application``."""
    load_balancer_security_group_id: pulumi.Input[str]
    """The load balancer's security group."""
    listener_port: int = 80
    """The port that the load balancer listens on."""

    image: pulumi.Input[str] | None = None
    """The container image, by digest. None as long as there is none: the service then waits with zero tasks."""
    repository_arn: pulumi.Input[str] | None = None
    """The ECR repository that the image is pulled from; none for an image from elsewhere."""
    container_port: int = 3333
    """The port that the container listens on, above 1023."""
    cpu: int = 512
    """CPU units of a task; 1024 are one vCPU."""
    memory: int = 1024
    """Memory of a task, MiB; one of the sizes Fargate has for ``cpu``."""
    architecture: str = "ARM64"
    """``ARM64`` or ``X86_64``, as the image was built. ARM64 costs a fifth less."""
    user: str = "1001:1001"
    """Numeric user and group of the process, not root."""
    writable_paths: list[str] = field(default_factory=lambda: ["/tmp"])  # noqa: S108 # a path in the container
    """Paths with an empty volume, all others being read-only. Fargate mounts it for root alone unless the image says
    ``VOLUME ["/tmp"]`` after making the directory writable ("Use bind mounts with Amazon ECS")."""
    environment: dict[str, pulumi.Input[str]] = field(default_factory=dict[str, pulumi.Input[str]])
    """Environment variables that are no secrets, beside those of the container contract (PORT, NODE_ENV, AWS_REGION,
    TRUST_PROXY, AUTO_MIGRATE, DRAIN_SECONDS), which the component sets."""
    secrets_from: dict[str, pulumi.Input[str]] = field(default_factory=dict[str, pulumi.Input[str]])
    """Environment variables from Secrets Manager: name to ARN, with ``:KEY::`` for one key of a JSON secret; encrypted
    with ``kms_key_arn`` or with Secrets Manager's own key. A running task keeps the value it started with."""
    redeploy_on_rotation: bool = True
    """Whether the tasks are replaced when one of these secrets gets a new value, such as the database's password, which
    Amazon RDS rotates every seven days."""
    node_env: str = "production"
    """NODE_ENV of the container."""
    task_policy_statements: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    """What the application may do in AWS: statements of an IAM policy, whose values may be outputs."""
    tracing: bool = False
    """Whether the application may send traces to X-Ray."""
    execute_command: bool = False
    """Whether people may open a shell in a task with ECS Exec, for the time of a search for a fault."""

    min_tasks: int = 1
    """The fewest tasks autoscaling keeps. With 1 and an on-demand base of 1 there is no Spot and no spare."""
    desired_tasks: int = 2
    """Tasks the service starts with; autoscaling owns the number from then on."""
    max_tasks: int = 10
    """The most tasks autoscaling starts."""
    spot_weight: int = 4
    """Share of the tasks above the bases on Fargate Spot, against ``on_demand_weight``."""
    spot_base: int = 0
    """Tasks on Fargate Spot before any weight counts."""
    on_demand_weight: int = 1
    """Share of the tasks above the bases on demand, against ``spot_weight``."""
    on_demand_base: int = 1
    """Tasks on demand before any weight counts: what survives when Spot has no capacity."""
    cpu_target_percent: int = 70
    """CPU utilisation that autoscaling aims at, percent."""
    memory_target_percent: int = 80
    """Memory utilisation that autoscaling aims at, percent. Higher than CPU's: a runtime with garbage collection keeps
    the memory it once had, so that a low target would scale out and never in again."""
    requests_per_task_target: int | None = None
    """Requests per task and minute that autoscaling aims at; behind an application load balancer only."""
    scale_out_cooldown_seconds: int = 60
    """Seconds after a scale-out before the next one."""
    scale_in_cooldown_seconds: int = 300
    """Seconds after a scale-in before the next one."""
    scheduled_scaling: list[ScheduledScaling] = field(default_factory=list[ScheduledScaling])
    """Changes of the bounds of autoscaling by time, which own the bounds from then on."""

    health_check_path: str = "/health/ready"
    """The path that the load balancer asks: 200 while the task can serve."""
    liveness_path: str = "/health/live"
    """The path that the container's own check asks: 200 while the process is alive."""
    health_check_command: list[str] | None = None
    """The container's own check, ``["CMD", ...]``, in place of one that needs Node.js; empty for none."""
    health_check_grace_period_seconds: int = 60
    """Seconds after its start in which a task may fail its checks."""
    health_check_interval_seconds: int = 10
    """Seconds between two checks by the load balancer. The faster it notices, the less of the 120 s that Spot gives
    a task goes into waiting for it."""
    stop_timeout_seconds: int = 115
    """Seconds from SIGTERM to SIGKILL; at most 120."""
    drain_seconds: int = 80
    """Seconds that the process goes on accepting requests after SIGTERM, while the load balancer notices."""
    deregistration_delay_seconds: int = 115
    """Seconds that a deregistered task keeps its connections; below 120 because of Spot."""
    request_timeout_seconds: int = 29
    """Seconds that the longest request takes: the integration timeout of the API."""

    rollback_alarms: bool = True
    """Whether a deployment is also rolled back when its targets turn unhealthy, beside the circuit breaker."""
    wait_for_steady_state: bool = True
    """Whether an update waits for the deployment and fails when Amazon ECS rolled it back."""
    alert_topic_arn: pulumi.Input[str] | None = None
    """The SNS topic that the rollback alarms tell."""
    container_insights: str = "enabled"
    """``enabled``, ``enhanced`` (a metric for every task, about 28 USD a month) or ``disabled``."""
    log_retention_days: int = 30
    """Days that logs are kept; one of the periods of CloudWatch Logs."""
    kms_key_arn: pulumi.Input[str] | None = None
    """The KMS key of the logs, and of the secrets."""


@dataclass(frozen=True, kw_only=True)
class FargateSpotServicePlan:
    """What follows from the arguments alone."""

    mix: CapacityMix
    stop: StopPlan
    environment: dict[str, str]
    """The environment variables of the container contract."""


def plan_fargate_spot_service(name: str, args: FargateSpotServiceArgs) -> FargateSpotServicePlan:
    """Check the arguments as a whole, before there is any resource.

    Args:
        name: Name of the component.
        args: Its arguments.

    Raises:
        ValueError: In one line, with the argument, its value and what is allowed.
    """
    mix = CapacityMix(
        spot_weight=args.spot_weight,
        spot_base=args.spot_base,
        on_demand_weight=args.on_demand_weight,
        on_demand_base=args.on_demand_base,
    )
    stop = StopPlan(
        stop_timeout_seconds=args.stop_timeout_seconds,
        drain_seconds=args.drain_seconds,
        deregistration_delay_seconds=args.deregistration_delay_seconds,
        health_check_interval_seconds=args.health_check_interval_seconds,
        request_seconds=args.request_timeout_seconds,
    )
    environment = owned_environment(
        port=args.container_port, region=args.region, node_env=args.node_env, drain_seconds=args.drain_seconds
    )
    check_service(
        ServiceRequest(
            name=name,
            load_balancer_kind=args.load_balancer_kind,
            container_port=args.container_port,
            listener_port=args.listener_port,
            egress_ports=args.egress_ports,
            cpu=args.cpu,
            memory=args.memory,
            architecture=args.architecture,
            user=args.user,
            min_tasks=args.min_tasks,
            desired_tasks=args.desired_tasks,
            max_tasks=args.max_tasks,
            cpu_target_percent=args.cpu_target_percent,
            memory_target_percent=args.memory_target_percent,
            requests_per_task_target=args.requests_per_task_target,
            scale_out_cooldown_seconds=args.scale_out_cooldown_seconds,
            scale_in_cooldown_seconds=args.scale_in_cooldown_seconds,
            schedules=[
                Schedule(
                    name=scheduled.name,
                    schedule=scheduled.schedule,
                    min_tasks=scheduled.min_tasks,
                    max_tasks=scheduled.max_tasks,
                )
                for scheduled in args.scheduled_scaling
            ],
            health_check_path=args.health_check_path,
            liveness_path=args.liveness_path,
            health_check_command=args.health_check_command,
            health_check_grace_period_seconds=args.health_check_grace_period_seconds,
            container_insights=args.container_insights,
            log_retention_days=args.log_retention_days,
            writable_paths=args.writable_paths,
            environment=args.environment,
            secrets=args.secrets_from,
            owned_environment=environment,
        )
    )
    return FargateSpotServicePlan(mix=mix, stop=stop, environment=environment)
