"""Replaces the tasks of a service when one of their secrets changes."""

from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from spot_planning.declarations import arguments
from spot_planning.documents import canonical_json
from spot_planning.iam.policy_documents import assume_role_document
from spot_planning.service.rotation import (
    LOG_GROUP_PREFIX,
    redeployment,
    redeployment_policy,
    rotation_pattern,
    start_policy,
)
from spot_platform.component import Component, Transform
from spot_platform.planned import planned_json
from spot_platform.service.arguments import FargateSpotServiceArgs


@arguments
class ServiceRotationWiring:
    """Arguments that `ServiceRotation` gets from its service."""

    cluster_name: pulumi.Input[str]
    """Name of the service's cluster."""
    service_name: pulumi.Input[str]
    """Name of the service."""


@dataclass(frozen=True, kw_only=True)
class ServiceRotationTransforms:
    """Changes to the arguments of `ServiceRotation`'s resources."""

    role: Transform | None = None
    role_policy: Transform | None = None
    log_group: Transform | None = None
    state_machine: Transform | None = None
    rule: Transform | None = None
    target: Transform | None = None


@dataclass(frozen=True, kw_only=True)
class ServiceRotationNodes:
    """The resources of `ServiceRotation`."""

    log_group: aws.cloudwatch.LogGroup
    state_machine: aws.sfn.StateMachine
    rule: aws.cloudwatch.EventRule
    target: aws.cloudwatch.EventTarget


class ServiceRotation(Component):
    """spot-platform:index:ServiceRotation: a new deployment of a Fargate service whenever one of its secrets changes.

    A task keeps the secrets with which it started. After Amazon RDS has rotated the database's password, open sessions
    of the task continue, but new sessions fail. So the service would fail gradually, although nobody changed anything.

    Makes: an EventBridge rule for new values of the secrets; a state machine, traced by AWS X-Ray, that waits until no
    deployment is in progress and then calls UpdateService; a log group for its executions; and two roles, for the rule
    and for the state machine, with only these permissions.

    Costs: nothing within the free 4,000 state transitions a month (a run takes about five, and four more for each
    minute that it waits) and 100,000 traces a month (a run is one).

    Risks: for some minutes, between the rotation and the start of the last new task, new sessions of old tasks fail. If
    two secrets change at the same time, there may be two deployments, of which the second replaces the first.
    """

    state_machine_arn: pulumi.Output[str]
    """ARN of the state machine. If somebody starts it by hand, it redeploys the service."""

    def __init__(
        self,
        name: str,
        args: FargateSpotServiceArgs,
        wiring: ServiceRotationWiring,
        opts: pulumi.ResourceOptions | None = None,
        *,
        transforms: ServiceRotationTransforms | None = None,
    ) -> None:
        super().__init__(name, opts)
        self._transforms = transforms = transforms or ServiceRotationTransforms()
        account, partition, region = args.account_id, args.partition, args.region
        service_arn = pulumi.Output.format(
            "arn:{0}:ecs:{1}:{2}:service/{3}/{4}", partition, region, account, wiring.cluster_name, wiring.service_name
        )
        redeploying = self._role(
            f"{name}-redeploy",
            assume_role_document(
                "states.amazonaws.com",
                account_id=account,
                source_arn=f"arn:{partition}:states:{region}:{account}:stateMachine:*",
            ),
        )
        allowed = self._policy(
            f"{name}-redeploy",
            redeploying,
            planned_json(redeployment_policy, service_arn=service_arn),
        )

        log_group = aws.cloudwatch.LogGroup(
            f"{name}-redeploy",
            name_prefix=f"{LOG_GROUP_PREFIX}{name}-redeploy-",
            retention_in_days=args.log_retention_days,
            kms_key_id=args.kms_key_arn,
            opts=self.child(transforms.log_group),
        )
        state_machine = aws.sfn.StateMachine(
            f"{name}-redeploy",
            role_arn=redeploying.arn,
            definition=planned_json(
                redeployment, cluster=wiring.cluster_name, service=wiring.service_name, partition=partition
            ),
            logging_configuration=aws.sfn.StateMachineLoggingConfigurationArgs(
                level="ALL",
                # The data would only be an event of Secrets Manager, which may contain more some day.
                include_execution_data=False,
                log_destination=pulumi.Output.concat(log_group.arn, ":*"),
            ),
            tracing_configuration=aws.sfn.StateMachineTracingConfigurationArgs(enabled=True),
            opts=self.child(transforms.state_machine, pulumi.ResourceOptions(depends_on=[allowed])),
        )
        starting = self._role(
            f"{name}-rotation",
            assume_role_document(
                "events.amazonaws.com",
                account_id=account,
                source_arn=f"arn:{partition}:events:{region}:{account}:rule/*",
            ),
        )
        started = self._policy(
            f"{name}-rotation", starting, planned_json(start_policy, state_machine_arn=state_machine.arn)
        )
        rule = aws.cloudwatch.EventRule(
            f"{name}-rotation",
            description="A secret of the service has a new value",
            event_pattern=planned_json(rotation_pattern, secrets=list(args.secrets.values())),
            opts=self.child(transforms.rule),
        )
        target = aws.cloudwatch.EventTarget(
            f"{name}-rotation",
            rule=rule.name,
            arn=state_machine.arn,
            role_arn=starting.arn,
            opts=self.child(transforms.target, pulumi.ResourceOptions(depends_on=[started])),
        )
        self.nodes = ServiceRotationNodes(log_group=log_group, state_machine=state_machine, rule=rule, target=target)
        self.state_machine_arn = state_machine.arn
        self.finish()

    def _role(self, name: str, trust: dict[str, Any]) -> aws.iam.Role:
        return aws.iam.Role(name, assume_role_policy=canonical_json(trust), opts=self.child(self._transforms.role))

    def _policy(self, name: str, role: aws.iam.Role, policy: pulumi.Output[str]) -> aws.iam.RolePolicy:
        return aws.iam.RolePolicy(name, role=role.name, policy=policy, opts=self.child(self._transforms.role_policy))
