"""The common parts of a service's task definitions: the platform, the size, the volumes and the image."""

from collections.abc import Callable, Mapping
from typing import Any

import pulumi
import pulumi_aws as aws

from spot_planning.service.task import AWAITING_IMAGE, mounted_paths, volume_name
from spot_platform.planned import planned_json
from spot_platform.service.arguments import FargateSpotServiceArgs


def fargate_task_definition(
    name: str,
    args: FargateSpotServiceArgs,
    *,
    family: str,
    execution_role_arn: pulumi.Input[str],
    container_definitions: pulumi.Input[str],
    execute_command: bool,
    opts: pulumi.ResourceOptions,
    task_role_arn: pulumi.Input[str] | None = None,
    ephemeral_storage: aws.ecs.TaskDefinitionEphemeralStorageArgs | None = None,
    skip_destroy: bool | None = None,
) -> aws.ecs.TaskDefinition:
    """Create a task definition for Fargate with the service's architecture and size.

    Args:
        name: Name of the resource.
        args: The service's arguments.
        family: The name of the task definition, unique in account and Region.
        execution_role_arn: ARN of the role with which Amazon ECS starts the task.
        container_definitions: JSON from `planned_container_definitions`.
        execute_command: Whether the task also has volumes for the ECS Exec agent.
        opts: Options of the resource.
        task_role_arn: ARN of the application's role; None for no role.
        ephemeral_storage: Size of the ephemeral storage; None for Fargate's default.
        skip_destroy: Whether old revisions stay registered; None for no.
    """
    return aws.ecs.TaskDefinition(
        name,
        family=family,
        requires_compatibilities=["FARGATE"],
        network_mode="awsvpc",
        cpu=str(args.cpu),
        memory=str(args.memory),
        runtime_platform=aws.ecs.TaskDefinitionRuntimePlatformArgs(
            operating_system_family="LINUX", cpu_architecture=args.architecture
        ),
        ephemeral_storage=ephemeral_storage,
        execution_role_arn=execution_role_arn,
        task_role_arn=task_role_arn,
        container_definitions=container_definitions,
        volumes=[
            aws.ecs.TaskDefinitionVolumeArgs(name=volume_name(path))
            for path in mounted_paths(args.writable_paths, execute_command=execute_command)
        ],
        skip_destroy=skip_destroy,
        opts=opts,
    )


def planned_container_definitions(
    args: FargateSpotServiceArgs,
    definitions: Callable[[str, dict[str, str], dict[str, str], str], list[dict[str, Any]]],
    *,
    environment: Mapping[str, pulumi.Input[str]],
    secrets: Mapping[str, pulumi.Input[str]],
    log_group: aws.cloudwatch.LogGroup,
) -> pulumi.Output[str]:
    """Return the ``containerDefinitions`` of a task with the service's image, as JSON.

    Args:
        args: The service's arguments.
        definitions: Planning function that makes them from ``image``, ``environment``, ``secrets`` and ``log_group``.
        environment: Environment variables that are not secret.
        secrets: Environment variable -> ``valueFrom`` ARN.
        log_group: The task's log group.
    """
    return planned_json(
        definitions,
        image=AWAITING_IMAGE if args.image is None else args.image,
        environment=environment,
        secrets=secrets,
        log_group=log_group.name,
    )
