"""Replaces the tasks of a service when a secret of theirs changes."""

from dataclasses import dataclass, field
from typing import Any

import pulumi
import pulumi_aws as aws

from spot_planning.documents import canonical_json
from spot_planning.iam.policy_documents import assume_role_document
from spot_planning.monitoring.log_retention import check_retention_days
from spot_planning.service.rotation import (
    LOG_GROUP_PREFIX,
    redeployment,
    redeployment_policy,
    rotation_pattern,
    start_policy,
)
from spot_platform.component import Component, Transform, refusing


@dataclass(kw_only=True)
class ServiceRotationArgs:
    """Arguments of `ServiceRotation`."""

    account_id: str
    """The AWS account, 12 digits."""
    region: str
    """The region of the service."""
    partition: str = "aws"
    """The AWS partition: ``aws``, ``aws-cn`` or ``aws-us-gov``."""
    cluster_name: pulumi.Input[str]
    """The cluster of the service."""
    service_name: pulumi.Input[str]
    """The service."""
    secrets_from: dict[str, pulumi.Input[str]] = field(default_factory=dict[str, pulumi.Input[str]])
    """Environment variable to the ARN of its secret, as the service has them."""
    log_retention_days: int = 30
    """Days that the log of failed runs is kept; one of the periods of CloudWatch Logs."""
    kms_key_arn: pulumi.Input[str] | None = None
    """The KMS key of the log group, whose policy must admit CloudWatch Logs."""


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

    A task keeps the secrets it started with. When Amazon RDS has rotated the database's password, its open sessions go
    on, but no new one opens, so that the service fails bit by bit, days after anybody changed anything.

    Makes: an EventBridge rule for new values of the secrets, a state machine with one step, which calls UpdateService,
    traced by AWS X-Ray, a log group for its errors, and a role each that may do this and nothing else.

    Costs: nothing; a run is two of 4,000 free state transitions and one of 100,000 free traces a month.

    Risks: between the rotation and the last new task, some minutes, new sessions of the old tasks fail. Two secrets
    that change at once make two deployments, of which the second replaces the first.
    """

    state_machine_arn: pulumi.Output[str]
    """The state machine; starting it by hand redeploys the service."""

    def __init__(
        self,
        name: str,
        args: ServiceRotationArgs,
        opts: pulumi.ResourceOptions | None = None,
        *,
        transforms: ServiceRotationTransforms | None = None,
    ) -> None:
        with refusing(ServiceRotation, name):
            check_retention_days("log_retention_days", args.log_retention_days)
        super().__init__(name, opts)
        self._transforms = transforms = transforms or ServiceRotationTransforms()
        account, partition, region = args.account_id, args.partition, args.region
        service_arn = pulumi.Output.format(
            "arn:{0}:ecs:{1}:{2}:service/{3}/{4}", partition, region, account, args.cluster_name, args.service_name
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
            f"{name}-redeploy", redeploying, service_arn.apply(lambda arn: canonical_json(redeployment_policy(arn)))
        )

        def definition(known: dict[str, Any]) -> str:
            return canonical_json(redeployment(cluster=known["cluster"], service=known["service"], partition=partition))

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
            definition=pulumi.Output.all(cluster=args.cluster_name, service=args.service_name).apply(definition),
            logging_configuration=aws.sfn.StateMachineLoggingConfigurationArgs(
                level="ERROR",
                # An event from Secrets Manager is all there would be, and one day it may carry more.
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
            f"{name}-rotation", starting, state_machine.arn.apply(lambda arn: canonical_json(start_policy(arn)))
        )
        rule = aws.cloudwatch.EventRule(
            f"{name}-rotation",
            description="A secret of the service has a new value",
            event_pattern=pulumi.Output.all(*args.secrets_from.values()).apply(
                lambda secrets: canonical_json(rotation_pattern(secrets))
            ),
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
        self.register_outputs({"state_machine_arn": self.state_machine_arn})

    def _role(self, name: str, trust: dict[str, Any]) -> aws.iam.Role:
        return aws.iam.Role(name, assume_role_policy=canonical_json(trust), opts=self.child(self._transforms.role))

    def _policy(self, name: str, role: aws.iam.Role, policy: pulumi.Output[str]) -> aws.iam.RolePolicy:
        return aws.iam.RolePolicy(name, role=role.name, policy=policy, opts=self.child(self._transforms.role_policy))
