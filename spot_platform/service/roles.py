"""The two IAM roles of a Fargate task."""

from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from spot_planning.declarations import arguments
from spot_planning.documents import canonical_json
from spot_planning.iam.policy_documents import Document, assume_role_document, document
from spot_planning.service.roles import execution_policy, task_statements, tasks_of
from spot_platform.component import Component, Transform
from spot_platform.planned import planned_json
from spot_platform.service.arguments import FargateSpotServiceArgs


@arguments
class ServiceRolesWiring:
    """Arguments that `ServiceRoles` gets from its service."""

    log_group_arn: pulumi.Input[str]
    """ARN of the tasks' log group."""
    cluster_arn: pulumi.Input[str]
    """ARN of the cluster on which the tasks run."""
    command_log_group_arn: pulumi.Input[str] | None = None
    """ARN of the log group of ECS Exec sessions; needed with ``execute_command``."""


@dataclass(frozen=True, kw_only=True)
class ServiceRolesTransforms:
    """Changes to the arguments of `ServiceRoles`' resources."""

    role: Transform | None = None
    role_policy: Transform | None = None


@dataclass(frozen=True, kw_only=True)
class ServiceRolesNodes:
    """The resources of `ServiceRoles`."""

    execution_role: aws.iam.Role
    execution_policy: aws.iam.RolePolicy
    task_role: aws.iam.Role
    task_policy: aws.iam.RolePolicy | None


class ServiceRoles(Component):
    """spot-platform:index:ServiceRoles: the execution role and the task role of a Fargate service.

    Makes: an execution role that may pull from one repository, read the named secrets and write to one log group; a
    task role with the application's own statements and those that tracing, ECS Exec and `describe_tasks` need; an
    inline policy for each role. Only tasks of this account and Region can assume the roles.

    Costs: nothing.

    Risks: an attacker in the application has all permissions of ``task_policy_statements``, so keep them narrow.
    """

    execution_role_arn: pulumi.Output[str]
    """ARN of the role with which Amazon ECS starts a task."""
    task_role_arn: pulumi.Output[str]
    """ARN of the application's role."""

    def __init__(
        self,
        name: str,
        args: FargateSpotServiceArgs,
        wiring: ServiceRolesWiring,
        opts: pulumi.ResourceOptions | None = None,
        *,
        transforms: ServiceRolesTransforms | None = None,
    ) -> None:
        super().__init__(name, opts)
        self._transforms = transforms or ServiceRolesTransforms()
        trust = trust_policy(args)
        execution_role = self._role(f"{name}-execution", trust, "Starts the tasks: image, secrets and log")
        task_role = self._role(f"{name}-task", trust, "The application in the tasks")
        execution = self._policy(
            f"{name}-execution",
            execution_role,
            execution_document(args, wiring.log_group_arn, list(args.secrets.values())),
        )
        self.nodes = ServiceRolesNodes(
            execution_role=execution_role,
            execution_policy=execution,
            task_role=task_role,
            task_policy=self._task_policy(name, args, wiring, task_role),
        )
        self.execution_role_arn = execution_role.arn
        self.task_role_arn = task_role.arn
        self.finish()

    @property
    def policies(self) -> list[pulumi.Resource]:
        """The policies that must exist before a task starts and until it stops. A service depends on them."""
        policies = (self.nodes.execution_policy, self.nodes.task_policy)
        return [policy for policy in policies if policy is not None]

    def _role(self, name: str, trust: str, description: str) -> aws.iam.Role:
        return aws.iam.Role(
            name,
            assume_role_policy=trust,
            description=description,
            opts=self.child(self._transforms.role),
        )

    def _policy(self, name: str, role: aws.iam.Role, policy: pulumi.Input[str]) -> aws.iam.RolePolicy:
        return aws.iam.RolePolicy(name, role=role.name, policy=policy, opts=self.child(self._transforms.role_policy))

    def _task_policy(
        self, name: str, args: FargateSpotServiceArgs, wiring: ServiceRolesWiring, role: aws.iam.Role
    ) -> aws.iam.RolePolicy | None:
        # IAM refuses a policy without a statement. Whether there is one is known before any Output.
        if not (args.task_policy_statements or args.tracing or args.execute_command or args.describe_tasks):
            return None

        def task_policy(*, cluster_arn: str | None, **known: Any) -> Document:
            described = None if cluster_arn is None else tasks_of(cluster_arn)
            return document(*task_statements(described_tasks_arn=described, **known))

        policy = planned_json(
            task_policy,
            given=args.task_policy_statements,
            tracing=args.tracing,
            cluster_arn=wiring.cluster_arn if args.describe_tasks else None,
            command_log_group_arn=wiring.command_log_group_arn if args.execute_command else None,
            kms_key_arn=args.kms_key_arn,
        )
        return self._policy(f"{name}-task", role, policy)


def trust_policy(args: FargateSpotServiceArgs) -> str:
    """Return the trust policy of the tasks' roles: Amazon ECS, for tasks of this account and Region."""
    return canonical_json(
        assume_role_document(
            "ecs-tasks.amazonaws.com",
            account_id=args.account_id,
            # Amazon ECS does not send the cluster or the task here, so the pattern cannot be narrower.
            source_arn=f"arn:{args.partition}:ecs:{args.region}:{args.account_id}:*",
        )
    )


def execution_document(
    args: FargateSpotServiceArgs, log_group_arn: pulumi.Input[str], secrets: list[pulumi.Input[str]]
) -> pulumi.Output[str]:
    """Return the policy of an execution role as JSON.

    Args:
        args: The service's arguments.
        log_group_arn: ARN of the tasks' log group.
        secrets: ``valueFrom`` ARNs of the container.
    """
    return planned_json(
        execution_policy,
        log_group_arn=log_group_arn,
        region=args.region,
        repository_arn=args.repository_arn,
        secrets=secrets,
        kms_key_arn=args.kms_key_arn,
    )
