"""The arguments of `Cluster` and `FargateSpotService`."""

from collections.abc import Iterator
from typing import Any

import pulumi

from spot_planning.account import ACCOUNT_ID, PARTITION, REGION
from spot_planning.declarations import arguments, between, setting
from spot_planning.iam.policy_statements import IDENTITY_POLICY, statement_problems
from spot_planning.names.reserved_prefixes import SECURITY_GROUP_PREFIXES, name_problems
from spot_planning.network.load_balancer import LoadBalancerKind
from spot_planning.problems import Problem
from spot_planning.service import rules
from spot_planning.service.fargate_spot_service import LONGEST_NAME, owned_environment
from spot_planning.service.image import IMAGE
from spot_planning.service.roles import OWN_TASK_SIDS
from spot_planning.service.settings import ClusterSettings, FargateSpotServiceSettings
from spot_planning.service.task import VARIABLE_NAME
from spot_platform.monitoring.log_delivery import LogDelivery


@arguments
class ClusterArgs(ClusterSettings, LogDelivery):
    """Arguments of `Cluster`."""

    account_id: str = setting(allowed=ACCOUNT_ID)
    """The AWS account, 12 digits."""
    region: str = setting(allowed=REGION)
    """The Region, such as ``us-east-1``."""
    partition: str = setting(default="aws", allowed=PARTITION)
    """The AWS partition: ``aws``, ``aws-cn`` or ``aws-us-gov``."""
    kms_key_arn: pulumi.Input[str] | None = None
    """The KMS key of the ECS Exec sessions, of their log group and of the events' log group."""


@arguments
class ClusterReference:
    """The cluster on which a service runs; `Cluster.reference` returns it."""

    name: pulumi.Input[str]
    """Name of the cluster, known when its capacity providers are attached."""
    arn: pulumi.Input[str]
    """ARN of the cluster."""
    event_namespace: pulumi.Input[str]
    """The CloudWatch namespace of the metrics that count the cluster's events."""
    command_log_group_arn: pulumi.Input[str] | None = None
    """ARN of the log group of ECS Exec sessions; None without ECS Exec."""


@arguments
class LoadBalancerReference:
    """The load balancer in front of a service; `InternalLoadBalancer.reference` returns it."""

    kind: LoadBalancerKind = LoadBalancerKind.NETWORK
    """``network`` or ``application``."""
    arn: pulumi.Input[str]
    """ARN of the load balancer."""
    security_group_id: pulumi.Input[str]
    """Id of the load balancer's security group. It gets an egress rule to the tasks."""


@arguments
class ApiReference:
    """The stage of a REST API in front of a service. Both names are known before the API exists."""

    name: pulumi.Input[str]
    """The API's name, `api_name` of `PrivateApi`."""
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
    """The cluster, which services can share; None to create a cluster for this service."""
    vpc_id: pulumi.Input[str]
    """The VPC of the tasks."""
    subnet_ids: pulumi.Input[list[str]]
    """Private subnets for the tasks, from which ECR, CloudWatch Logs and Secrets Manager are reachable."""
    security_group_ids: list[pulumi.Input[str]] = setting(default_factory=list[pulumi.Input[str]])
    """Further security groups of the tasks, such as the security group with access to the database."""
    ipv6: bool = False
    """Whether the tasks may also open connections over IPv6."""
    load_balancer: LoadBalancerReference | None = None
    """The internal load balancer; None for a worker, which gets no requests."""
    api: ApiReference | None = None
    """The API in front of the service, whose server errors roll a deployment back; None for none."""
    image: pulumi.Input[str] | None = setting(default=None, allowed=IMAGE)
    """The container image, by digest or by a tag other than latest. None while there is no image: the service then has
    zero tasks."""
    repository_arn: pulumi.Input[str] | None = None
    """ARN of the private ECR repository from which the image is pulled; None for a public image."""
    environment: dict[str, pulumi.Input[str]] = setting(
        default_factory=dict[str, pulumi.Input[str]], keys=VARIABLE_NAME
    )
    """Environment variables that are not secret. The component also sets the variables of the container contract (PORT,
    NODE_ENV, AWS_REGION, TRUST_PROXY, AUTO_MIGRATE, DRAIN_SECONDS, DESCRIBE_TASKS)."""
    secrets: dict[str, pulumi.Input[str]] = setting(default_factory=dict[str, pulumi.Input[str]], keys=VARIABLE_NAME)
    """Environment variables from Secrets Manager: name -> ARN, with ``:KEY::`` for one key of a JSON secret. The
    secrets are encrypted with ``kms_key_arn`` or with Secrets Manager's own key. A running task keeps the values with
    which it started."""
    migration_environment: dict[str, pulumi.Input[str]] = setting(
        default_factory=dict[str, pulumi.Input[str]], keys=VARIABLE_NAME
    )
    """Environment variables of the migration task that are not secret."""
    migration_secrets: dict[str, pulumi.Input[str]] = setting(
        default_factory=dict[str, pulumi.Input[str]], keys=VARIABLE_NAME
    )
    """Secrets of the migration task, such as the database master user's, in the form of `secrets`. When empty, there is
    no migration task."""
    redeploy_on_rotation: bool = True
    """Whether the tasks are replaced when one of their secrets gets a new value, such as a database password that
    Amazon RDS rotates every seven days."""
    task_policy_statements: list[dict[str, Any]] = setting(default_factory=list[dict[str, Any]])
    """The application's permissions in AWS: statements of an IAM policy with IAM's own keys (``Sid`` is optional). The
    values may be Outputs."""
    request_timeout_seconds: int = setting(default=29, allowed=between(1, 3600))
    """Seconds that the longest request takes: the integration timeout of the API."""
    alert_topic_arn: pulumi.Input[str] | None = None
    """ARN of the SNS topic to which the rollback alarms publish; None for none."""
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
    """Check the arguments that are not settings, and the settings together with them.

    Args:
        name: Name of the component.
        args: The component's arguments, each already checked by itself.
    """
    if len(name) > LONGEST_NAME:
        text = f"has {len(name)} characters; the names of target groups leave room for {LONGEST_NAME}"
        yield Problem(("name",), text, shows_value=False)
    yield from name_problems(name, SECURITY_GROUP_PREFIXES)
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
    yield from rules.environment_fits(args.environment)
    yield from rules.image_can_be_pulled(args.image, args.repository_arn)
    statements = args.task_policy_statements
    yield from statement_problems("task_policy_statements", statements, IDENTITY_POLICY, OWN_TASK_SIDS)
