"""What a FargateSpotService can be told."""

from collections.abc import Iterator
from typing import Any

import pulumi

from spot_planning.account import ACCOUNT_ID, PARTITION, REGION
from spot_planning.declarations import arguments, between, setting
from spot_planning.iam.policy_documents import statement_problems
from spot_planning.network.load_balancer import LoadBalancerKind
from spot_planning.problems import Problem
from spot_planning.service import rules
from spot_planning.service.fargate_spot_service import LONGEST_NAME, owned_environment
from spot_planning.service.image import IMAGE
from spot_planning.service.settings import ClusterSettings, FargateSpotServiceSettings
from spot_planning.service.task import VARIABLE_NAME


@arguments
class ClusterArgs(ClusterSettings):
    """Arguments of `Cluster`."""

    account_id: str = setting(allowed=ACCOUNT_ID)
    """The AWS account, 12 digits."""
    region: str = setting(allowed=REGION)
    """The Region, such as ``us-east-1``."""
    partition: str = setting(default="aws", allowed=PARTITION)
    """The AWS partition: ``aws``, ``aws-cn`` or ``aws-us-gov``."""
    kms_key_arn: pulumi.Input[str] | None = None
    """The KMS key of the ECS Exec sessions, their log group and that of the events."""


@arguments
class ClusterReference:
    """A cluster that a service runs on, as `Cluster.reference` gives it."""

    name: pulumi.Input[str]
    """The cluster's name; known once its capacity providers are attached."""
    arn: pulumi.Input[str]
    """The cluster."""
    event_namespace: pulumi.Input[str]
    """The CloudWatch namespace of the metrics that count its events."""
    command_log_group_arn: pulumi.Input[str] | None = None
    """The log group of ECS Exec sessions."""


@arguments
class LoadBalancerReference:
    """A load balancer in front of a service, as `InternalLoadBalancer.reference` gives it."""

    kind: LoadBalancerKind = LoadBalancerKind.NETWORK
    """``network`` or ``application``."""
    arn: pulumi.Input[str]
    """The load balancer."""
    security_group_id: pulumi.Input[str]
    """Its security group, which gets a way out to the tasks."""


@arguments
class ApiReference:
    """The stage of a REST API in front of a service; both names are known before there is an API."""

    name: pulumi.Input[str]
    """The API's name, as `api_name` of `PrivateApi` gives it."""
    stage: pulumi.Input[str]
    """The stage's name."""


@arguments
class FargateSpotServiceArgs(FargateSpotServiceSettings):
    """Arguments of `FargateSpotService`."""

    account_id: str = setting(allowed=ACCOUNT_ID)
    """The AWS account, 12 digits."""
    region: str = setting(allowed=REGION)
    """The Region, such as ``us-east-1``."""
    partition: str = setting(default="aws", allowed=PARTITION)
    """The AWS partition: ``aws``, ``aws-cn`` or ``aws-us-gov``."""
    cluster: ClusterReference | None = None
    """The cluster, which services can share; without one the service makes its own."""
    vpc_id: pulumi.Input[str]
    """The VPC of the tasks."""
    subnet_ids: pulumi.Input[list[str]]
    """Private subnets for the tasks, with a way out to ECR, CloudWatch Logs and Secrets Manager."""
    security_group_ids: list[pulumi.Input[str]] = setting(default_factory=list[pulumi.Input[str]])
    """Further security groups of the tasks, such as the one that lets them reach the database."""
    ipv6: bool = False
    """Whether the tasks may go out over IPv6 too."""
    load_balancer: LoadBalancerReference | None = None
    """The internal load balancer; a service without one is a worker, which nobody sends requests."""
    api: ApiReference | None = None
    """The API in front of it, whose server errors roll a deployment back."""
    image: pulumi.Input[str] | None = setting(default=None, allowed=IMAGE)
    """The container image, by digest. None as long as there is none: the service then waits with zero tasks."""
    repository_arn: pulumi.Input[str] | None = None
    """The private ECR repository that the image is pulled from; none for a public image."""
    environment: dict[str, pulumi.Input[str]] = setting(
        default_factory=dict[str, pulumi.Input[str]], keys=VARIABLE_NAME
    )
    """Environment variables that are no secrets, beside those of the container contract (PORT, NODE_ENV, AWS_REGION,
    TRUST_PROXY, AUTO_MIGRATE, DRAIN_SECONDS, DESCRIBE_TASKS), which the component sets."""
    secrets: dict[str, pulumi.Input[str]] = setting(default_factory=dict[str, pulumi.Input[str]], keys=VARIABLE_NAME)
    """Environment variables from Secrets Manager: name to ARN, with ``:KEY::`` for one key of a JSON secret; encrypted
    with ``kms_key_arn`` or with Secrets Manager's own key. A running task keeps the value it started with."""
    migration_environment: dict[str, pulumi.Input[str]] = setting(
        default_factory=dict[str, pulumi.Input[str]], keys=VARIABLE_NAME
    )
    """Environment variables of the migration task that are no secrets."""
    migration_secrets: dict[str, pulumi.Input[str]] = setting(
        default_factory=dict[str, pulumi.Input[str]], keys=VARIABLE_NAME
    )
    """Secrets of the migration task, such as the master user's of the database, in the form of `secrets`; without any
    there is no migration task."""
    redeploy_on_rotation: bool = True
    """Whether the tasks are replaced when one of these secrets gets a new value, such as the database's password, which
    Amazon RDS rotates every seven days."""
    task_policy_statements: list[dict[str, Any]] = setting(default_factory=list[dict[str, Any]])
    """What the application may do in AWS: statements of an IAM policy in IAM's own keys (``Sid`` is optional), whose
    values may be outputs."""
    request_timeout_seconds: int = setting(default=29, allowed=between(1, 3600))
    """Seconds that the longest request takes: the integration timeout of the API."""
    alert_topic_arn: pulumi.Input[str] | None = None
    """The SNS topic that the rollback alarms tell."""
    kms_key_arn: pulumi.Input[str] | None = None
    """The KMS key of the logs, and of the secrets."""

    @property
    def contract_environment(self) -> dict[str, str]:
        """The environment variables of the container contract."""
        return owned_environment(
            port=self.container_port,
            region=self.region,
            node_env=self.node_env,
            drain_seconds=self.drain_seconds,
            describe_tasks=self.describe_tasks,
        )


def further_problems(name: str, args: FargateSpotServiceArgs) -> Iterator[Problem]:
    """What is wrong beyond the settings.

    Args:
        name: Name of the component.
        args: Its arguments, each right in itself.
    """
    if len(name) > LONGEST_NAME:
        text = f"has {len(name)} characters; the names of target groups leave room for {LONGEST_NAME}"
        yield Problem(("name",), text, shows_value=False)
    yield from rules.schedules(args)
    yield from rules.drain_fits(args, args.request_timeout_seconds)
    if args.load_balancer is None:
        if args.requests_per_task_target is not None:
            yield Problem(("requests_per_task_target",), "needs an application load balancer, which counts requests")
    else:
        yield from rules.deregistration_fits(args, args.request_timeout_seconds)
        yield from rules.requests_are_counted(args, args.load_balancer.kind)
    for key, variables in (("environment", args.environment), ("secrets", args.secrets)):
        for variable in variables:
            if variable in args.contract_environment:
                text = f"is set by the component (to {args.contract_environment[variable]}); choose another name"
                yield Problem((key, variable), text, shows_value=False)
    yield from rules.set_once(args.environment, args.secrets)
    yield from rules.set_once(args.migration_environment, args.migration_secrets, "migration_")
    yield from rules.plain_environment(args.environment)
    yield from rules.image_can_be_pulled(args.image, args.repository_arn)
    yield from statement_problems("task_policy_statements", args.task_policy_statements)
