"""The task definition of a Fargate service, with its roles and its log group."""

from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from spot_planning.declarations import arguments
from spot_planning.service.collector import collector_environment
from spot_planning.service.task import ContainerSpec, container_definitions, liveness_command
from spot_platform.component import Component, Transform
from spot_platform.service.arguments import FargateSpotServiceArgs
from spot_platform.service.roles import ServiceRoles, ServiceRolesTransforms, ServiceRolesWiring
from spot_platform.service.task_definition import fargate_task_definition, planned_container_definitions


@arguments
class ServiceTaskWiring:
    """Arguments that `ServiceTask` gets from its service."""

    family: str
    """The name of the task definition, unique in account and Region."""
    log_group_name: str
    """Name of the log group to create."""
    cluster_arn: pulumi.Input[str]
    """ARN of the cluster on which the tasks run."""
    command_log_group_arn: pulumi.Input[str] | None = None
    """ARN of the log group of ECS Exec sessions; None without ECS Exec."""


@dataclass(frozen=True, kw_only=True)
class ServiceTaskTransforms:
    """Changes to the arguments of `ServiceTask`'s resources."""

    log_group: Transform | None = None
    task_definition: Transform | None = None
    roles: ServiceRolesTransforms | None = None


@dataclass(frozen=True, kw_only=True)
class ServiceTaskNodes:
    """The resources of `ServiceTask`."""

    log_group: aws.cloudwatch.LogGroup
    task_definition: aws.ecs.TaskDefinition
    roles: ServiceRoles


class ServiceTask(Component):
    """spot-platform:index:ServiceTask: the task definition of a service, with its roles and its log group.

    Makes: a log group, an execution role, a task role and a task definition with one container: non-root, on a
    read-only root file system, with an init process, a liveness check and secrets that only this container gets; with
    `tracing` also a collector container.

    Costs: log events 0.50 USD per GB written and 0.03 USD per GB-month kept.

    Risks: logging does not block the process, so log events are lost if CloudWatch Logs does not accept them for long.
    Old revisions stay registered, even after the stack is destroyed: they cost nothing, and a rollback needs them.
    """

    task_definition_arn: pulumi.Output[str]
    """ARN of the revision of the task definition."""
    log_group_name: pulumi.Output[str]
    """Name of the log group."""
    task_role_arn: pulumi.Output[str]
    """ARN of the application's role."""

    def __init__(
        self,
        name: str,
        args: FargateSpotServiceArgs,
        wiring: ServiceTaskWiring,
        opts: pulumi.ResourceOptions | None = None,
        *,
        transforms: ServiceTaskTransforms | None = None,
    ) -> None:
        super().__init__(name, opts)
        transforms = transforms or ServiceTaskTransforms()
        log_group = aws.cloudwatch.LogGroup(
            name,
            name=wiring.log_group_name,
            retention_in_days=args.log_retention_days,
            kms_key_id=args.kms_key_arn,
            opts=self.child(transforms.log_group),
        )
        roles = ServiceRoles(
            name,
            args,
            ServiceRolesWiring(
                log_group_arn=log_group.arn,
                cluster_arn=wiring.cluster_arn,
                command_log_group_arn=wiring.command_log_group_arn,
            ),
            self.child(),
            transforms=transforms.roles,
        )
        task_definition = fargate_task_definition(
            name,
            args,
            family=wiring.family,
            execution_role_arn=roles.execution_role_arn,
            container_definitions=_container_definitions(name, args, log_group),
            execute_command=args.execute_command,
            ephemeral_storage=None
            if args.ephemeral_storage_gib is None
            else aws.ecs.TaskDefinitionEphemeralStorageArgs(size_in_gib=args.ephemeral_storage_gib),
            task_role_arn=roles.task_role_arn,
            # A rollback needs the previous revision, which the update would otherwise deregister.
            skip_destroy=True,
            opts=self.child(transforms.task_definition),
        )
        self.nodes = ServiceTaskNodes(log_group=log_group, task_definition=task_definition, roles=roles)
        self.task_definition_arn = task_definition.arn
        self.log_group_name = log_group.name
        self.task_role_arn = roles.task_role_arn
        self.finish()

    @property
    def needed_to_start(self) -> list[pulumi.Resource]:
        """The resources that must exist before a task starts and until the last task has stopped."""
        return [self.nodes.log_group, *self.nodes.roles.policies]


def _container_definitions(
    name: str, args: FargateSpotServiceArgs, group: aws.cloudwatch.LogGroup
) -> pulumi.Output[str]:
    health_check_command = args.health_check_command
    if health_check_command is None:
        health_check_command = liveness_command(args.container_port, args.liveness_path)

    traced = collector_environment(service_name=name, sample_ratio=args.tracing_sample_ratio) if args.tracing else {}

    def definitions(
        image: str, environment: dict[str, str], secrets: dict[str, str], log_group: str
    ) -> list[dict[str, Any]]:
        spec = ContainerSpec(
            name=name,
            image=image,
            port=args.container_port,
            cpu=args.cpu,
            memory=args.memory,
            environment={**traced, **environment, **args.contract_environment},
            secrets=secrets,
            log_group=log_group,
            region=args.region,
            health_check_command=health_check_command,
            # 300 s is the longest start period that Amazon ECS allows; the service's grace period may be longer.
            start_period_seconds=min(args.health_check_grace_period_seconds, 300),
            check_interval_seconds=args.liveness_interval_seconds,
            stop_timeout_seconds=args.stop_timeout_seconds,
            user=args.user,
            writable_paths=args.writable_paths,
            execute_command=args.execute_command,
            collector_image=args.collector_image if args.tracing else None,
        )
        return container_definitions(spec)

    return planned_container_definitions(
        args, definitions, environment=args.environment, secrets=args.secrets, log_group=group
    )
