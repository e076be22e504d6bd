"""The task that migrates the database before a release."""

from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from spot_planning.declarations import arguments
from spot_planning.service.task import ContainerSpec, container_definitions
from spot_platform.component import Component, Transform
from spot_platform.service.arguments import FargateSpotServiceArgs
from spot_platform.service.roles import execution_document, trust_policy
from spot_platform.service.task_definition import fargate_task_definition, planned_container_definitions


@arguments
class ServiceMigrationWiring:
    """Arguments that `ServiceMigration` gets from its service."""

    family: str
    """The name of the task definition, unique in account and Region."""
    log_group: aws.cloudwatch.LogGroup
    """The service's log group. The names of the task's log streams begin with ``migration``."""


@dataclass(frozen=True, kw_only=True)
class ServiceMigrationTransforms:
    """Changes to the arguments of `ServiceMigration`'s resources."""

    role: Transform | None = None
    role_policy: Transform | None = None
    task_definition: Transform | None = None


@dataclass(frozen=True, kw_only=True)
class ServiceMigrationNodes:
    """The resources of `ServiceMigration`."""

    execution_role: aws.iam.Role
    execution_policy: aws.iam.RolePolicy
    task_definition: aws.ecs.TaskDefinition


class ServiceMigration(Component):
    """spot-platform:index:ServiceMigration: a separate task definition for migrations.

    Makes: an execution role, the only role that reads the secret of the database's master user, and a task definition
    with the service's image, size, network mode and log group and the migration's command. It has no task role, because
    a migration does not call AWS. Only `ops release` runs it, and on demand: a migration that Spot interrupts would
    have to start again.

    Costs: one task while the migration runs.

    Risks: a principal who may run a task with this role (``iam:PassRole`` on it) can log in as the database's master
    user.
    """

    task_definition_arn: pulumi.Output[str]
    """ARN of the revision of the task definition."""

    def __init__(
        self,
        name: str,
        args: FargateSpotServiceArgs,
        wiring: ServiceMigrationWiring,
        opts: pulumi.ResourceOptions | None = None,
        *,
        transforms: ServiceMigrationTransforms | None = None,
    ) -> None:
        super().__init__(name, opts)
        transforms = transforms or ServiceMigrationTransforms()
        role = aws.iam.Role(
            name,
            assume_role_policy=trust_policy(args),
            description="Starts the migration: image, the master's secret and log",
            opts=self.child(transforms.role),
        )
        policy = aws.iam.RolePolicy(
            name,
            role=role.name,
            policy=execution_document(args, wiring.log_group.arn, list(args.migration_secrets.values())),
            opts=self.child(transforms.role_policy),
        )
        task_definition = fargate_task_definition(
            name,
            args,
            family=wiring.family,
            execution_role_arn=role.arn,
            container_definitions=_container_definitions(args, wiring.log_group),
            execute_command=False,
            opts=self.child(transforms.task_definition, pulumi.ResourceOptions(depends_on=[policy])),
        )
        self.nodes = ServiceMigrationNodes(
            execution_role=role, execution_policy=policy, task_definition=task_definition
        )
        self.task_definition_arn = task_definition.arn
        self.finish()


def _container_definitions(args: FargateSpotServiceArgs, group: aws.cloudwatch.LogGroup) -> pulumi.Output[str]:
    def definitions(
        image: str, environment: dict[str, str], secrets: dict[str, str], log_group: str
    ) -> list[dict[str, Any]]:
        spec = ContainerSpec(
            name="migration",
            image=image,
            port=None,
            cpu=args.cpu,
            memory=args.memory,
            environment={"AWS_REGION": args.region, "NODE_ENV": args.node_env, **environment},
            secrets=secrets,
            log_group=log_group,
            region=args.region,
            health_check_command=(),
            start_period_seconds=0,
            stop_timeout_seconds=args.stop_timeout_seconds,
            user=args.user,
            writable_paths=args.writable_paths,
            execute_command=False,
            command=args.migration_command,
            log_stream_prefix="migration",
        )
        return container_definitions(spec)

    return planned_container_definitions(
        args, definitions, environment=args.migration_environment, secrets=args.migration_secrets, log_group=group
    )
