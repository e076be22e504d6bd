"""The Amazon ECS cluster that Fargate services share."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from spot_platform.component import PACKAGE, Component, Transform
from spot_platform.service.arguments import ClusterArgs, ClusterReference
from spot_platform.service.events import ClusterEvents, ClusterEventsTransforms, ClusterEventsWiring


@dataclass(frozen=True, kw_only=True)
class ClusterTransforms:
    """Changes to the arguments of `Cluster`'s resources."""

    cluster: Transform | None = None
    cluster_capacity_providers: Transform | None = None
    command_log_group: Transform | None = None
    events: ClusterEventsTransforms | None = None


@dataclass(frozen=True, kw_only=True)
class ClusterNodes:
    """The resources of `Cluster`."""

    cluster: aws.ecs.Cluster
    cluster_capacity_providers: aws.ecs.ClusterCapacityProviders
    command_log_group: aws.cloudwatch.LogGroup | None
    events: ClusterEvents


class Cluster(Component):
    """spot-platform:index:Cluster: an Amazon ECS cluster for Fargate and Fargate Spot.

    Makes: the cluster with Container Insights and both Fargate capacity providers; rules, log group and metrics for
    Spot interruptions, failed placements and failed deployments; and, with ECS Exec, the log group for its sessions.
    Services share the cluster through `reference`.

    Costs: Container Insights as custom metrics, 0.30 USD per metric and month (about 8 USD; ``enhanced`` about 28 USD).

    Risks: the cluster deliberately has no default capacity provider strategy. A service that uses a default strategy
    has a difference at every refresh (pulumi-aws issue 5903), so each service and each ``RunTask`` needs its own
    strategy.
    """

    cluster_name: pulumi.Output[str]
    """The cluster's name."""
    cluster_arn: pulumi.Output[str]
    """ARN of the cluster."""
    event_log_group_name: pulumi.Output[str]
    """Name of the log group of Spot interruptions, failed placements and failed deployments."""

    def __init__(
        self,
        name: str,
        args: ClusterArgs,
        opts: pulumi.ResourceOptions | None = None,
        *,
        transforms: ClusterTransforms | None = None,
    ) -> None:
        super().__init__(name, pulumi.ResourceOptions.merge(opts, _formerly("ServiceCluster", name)))
        transforms = transforms or ClusterTransforms()
        # Log groups have fixed names instead of Pulumi's auto-naming, because people look for them.
        owner = f"{pulumi.get_project()}-{pulumi.get_stack()}"
        command_log_group = None
        if args.execute_command:
            command_log_group = aws.cloudwatch.LogGroup(
                f"{name}-commands",
                name=f"/ecs/{owner}/{name}-commands",
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
        events = ClusterEvents(
            name,
            args,
            ClusterEventsWiring(cluster_name=cluster.name, log_group_name=f"/aws/events/{owner}/{name}"),
            self.child(options=_formerly("ServiceEvents", name)),
            transforms=transforms.events,
        )
        self.nodes = ClusterNodes(
            cluster=cluster,
            cluster_capacity_providers=cluster_capacity_providers,
            command_log_group=command_log_group,
            events=events,
        )
        self.cluster_name = cluster.name
        self.cluster_arn = cluster.arn
        self.event_log_group_name = events.log_group_name
        self.finish()

    @property
    def reference(self) -> ClusterReference:
        """The reference to the cluster that services need."""
        commands = self.nodes.command_log_group
        ready = pulumi.Output.all(arn=self.cluster_arn, name=self.nodes.cluster_capacity_providers.cluster_name)
        return ClusterReference(
            # A service also needs the capacity providers, not only the cluster.
            name=ready["name"],
            arn=ready["arn"],
            event_namespace=self.nodes.events.metric_namespace,
            command_log_group_arn=None if commands is None else commands.arn,
        )


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


def _formerly(component: str, name: str) -> pulumi.ResourceOptions:
    """Return options with an alias for the time when each service made its own cluster, so that nothing is replaced."""
    service = f"urn:pulumi:{pulumi.get_stack()}::{pulumi.get_project()}::{PACKAGE}:index:FargateSpotService::{name}"
    return pulumi.ResourceOptions(aliases=[pulumi.Alias(type_=f"{PACKAGE}:index:{component}", parent=service)])
