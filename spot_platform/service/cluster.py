"""The Amazon ECS cluster of a Fargate service."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from spot_platform.component import Component, Transform


@dataclass(kw_only=True)
class ServiceClusterArgs:
    """Arguments of `ServiceCluster`."""

    container_insights: str = "enabled"
    """``enabled``, ``enhanced`` or ``disabled``."""
    execute_command: bool = False
    """Whether sessions of ECS Exec are possible, and so recorded."""
    command_log_group_name: str
    """The name of the log group of the sessions."""
    log_retention_days: int = 30
    """Days that sessions are kept; one of the periods of CloudWatch Logs."""
    kms_key_arn: pulumi.Input[str] | None = None
    """The KMS key of the sessions and their log group."""


@dataclass(frozen=True, kw_only=True)
class ServiceClusterTransforms:
    """Changes to the arguments of `ServiceCluster`'s resources."""

    cluster: Transform | None = None
    cluster_capacity_providers: Transform | None = None
    command_log_group: Transform | None = None


@dataclass(frozen=True, kw_only=True)
class ServiceClusterNodes:
    """The resources of `ServiceCluster`."""

    cluster: aws.ecs.Cluster
    cluster_capacity_providers: aws.ecs.ClusterCapacityProviders
    command_log_group: aws.cloudwatch.LogGroup | None


class ServiceCluster(Component):
    """spot-platform:index:ServiceCluster: an Amazon ECS cluster for Fargate and Fargate Spot.

    Makes: the cluster with Container Insights, both Fargate capacity providers attached to it and, with ECS Exec, the
    log group that its sessions are recorded in.

    Costs: Container Insights as custom metrics, 0.30 USD a metric and month (about 8 USD; ``enhanced`` about 28 USD).

    Risks: the cluster has no default strategy on purpose. A service that leans on one shows a difference at every
    refresh (pulumi-aws issue 5903), so a strategy belongs to each service and to each ``RunTask``.
    """

    cluster_name: pulumi.Output[str]
    """The cluster's name."""
    cluster_arn: pulumi.Output[str]
    """The cluster."""

    def __init__(
        self,
        name: str,
        args: ServiceClusterArgs,
        opts: pulumi.ResourceOptions | None = None,
        *,
        transforms: ServiceClusterTransforms | None = None,
    ) -> None:
        super().__init__(name, opts)
        transforms = transforms or ServiceClusterTransforms()
        command_log_group = None
        if args.execute_command:
            command_log_group = aws.cloudwatch.LogGroup(
                f"{name}-commands",
                name=args.command_log_group_name,
                retention_in_days=args.log_retention_days,
                kms_key_id=args.kms_key_arn,
                opts=self.child(transforms.command_log_group),
            )
        cluster = aws.ecs.Cluster(
            name,
            settings=[aws.ecs.ClusterSettingArgs(name="containerInsights", value=args.container_insights)],
            configuration=None
            if command_log_group is None
            else _recorded_sessions(command_log_group, args.kms_key_arn),
            tags={"Name": name},
            opts=self.child(transforms.cluster),
        )
        cluster_capacity_providers = aws.ecs.ClusterCapacityProviders(
            name,
            cluster_name=cluster.name,
            capacity_providers=["FARGATE", "FARGATE_SPOT"],
            opts=self.child(transforms.cluster_capacity_providers),
        )
        self.nodes = ServiceClusterNodes(
            cluster=cluster,
            cluster_capacity_providers=cluster_capacity_providers,
            command_log_group=command_log_group,
        )
        self.cluster_name = cluster.name
        self.cluster_arn = cluster.arn
        self.register_outputs({"cluster_name": self.cluster_name, "cluster_arn": self.cluster_arn})


def _recorded_sessions(
    log_group: aws.cloudwatch.LogGroup, kms_key_arn: pulumi.Input[str] | None
) -> aws.ecs.ClusterConfigurationArgs:
    return aws.ecs.ClusterConfigurationArgs(
        execute_command_configuration=aws.ecs.ClusterConfigurationExecuteCommandConfigurationArgs(
            kms_key_id=kms_key_arn,
            logging="OVERRIDE",
            log_configuration=aws.ecs.ClusterConfigurationExecuteCommandConfigurationLogConfigurationArgs(
                cloud_watch_log_group_name=log_group.name,
                cloud_watch_encryption_enabled=kms_key_arn is not None,
            ),
        )
    )
