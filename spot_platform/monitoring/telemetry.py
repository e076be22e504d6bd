"""The names of the platform's parts in CloudWatch, from which the alarms and the dashboard are made."""

import pulumi

from spot_planning.declarations import arguments
from spot_planning.network.load_balancer import LoadBalancerKind


@arguments
class ServiceTelemetry:
    """A Fargate service; `FargateSpotService.telemetry` returns it."""

    cluster_name: pulumi.Input[str]
    """Name of the cluster."""
    service_name: pulumi.Input[str]
    """Name of the service."""
    load_balancer_kind: LoadBalancerKind = LoadBalancerKind.NETWORK
    """``network`` or ``application``."""
    load_balancer: pulumi.Input[str]
    """The load balancer's name in CloudWatch: ``net/NAME/ID``."""
    target_group: pulumi.Input[str]
    """The target group's name in CloudWatch: ``targetgroup/NAME/ID``."""
    event_namespace: pulumi.Input[str]
    """The namespace of the metrics that count the service's events."""
    min_tasks: int = 1
    """Minimum number of tasks; 0 if a schedule may scale the service to zero."""
    max_tasks: int = 10
    """Maximum number of tasks for autoscaling."""
    uses_spot: bool = True
    """Whether tasks may run on Fargate Spot."""
    spot_tasks: int = 1
    """How many of the minimum tasks run on Fargate Spot."""
    container_insights: bool = True
    """Whether Container Insights counts the tasks."""
    redeployment: pulumi.Input[str] | None = None
    """ARN of the state machine that replaces the tasks when a secret changes; None for none."""


@arguments
class ApiTelemetry:
    """A stage of a REST API."""

    name: pulumi.Input[str]
    """The API's name."""
    stage: pulumi.Input[str]
    """The stage's name."""
    refusal_namespace: pulumi.Input[str] | None = None
    """The namespace of the metric that counts requests with status 429; None for no such metric."""
    latency_milliseconds: int = 2000
    """Limit for the latency of 95 % of the requests."""


@arguments
class DatabaseTelemetry:
    """An RDS for PostgreSQL instance."""

    identifier: pulumi.Input[str]
    """Identifier of the instance."""
    instance_class: str
    """The instance class, such as ``db.t4g.small``."""
    allocated_storage_gib: int
    """Initial storage, GiB."""
    max_allocated_storage_gib: int = 0
    """Limit up to which the storage grows automatically, GiB."""
    replica_identifier: pulumi.Input[str] | None = None
    """Identifier of the read replica; None for none."""


@arguments
class CacheTelemetry:
    """An ElastiCache replication group without sharding."""

    replication_group_id: pulumi.Input[str]
    """Id of the replication group."""
    nodes: int = 1
    """Number of nodes."""
    node_type: str = "cache.t4g.micro"
    """Type of the nodes."""


@arguments
class SiteTelemetry:
    """A CloudFront distribution."""

    distribution_id: pulumi.Input[str]
    """Id of the distribution."""


@arguments
class NatTelemetry:
    """The NAT gateways of a VPC."""

    gateway_ids: dict[str, pulumi.Input[str]]
    """Letter of the zone -> the gateway's id."""


@arguments
class CertificateTelemetry:
    """Certificates of AWS Certificate Manager in the platform's Region."""

    arns: dict[str, pulumi.Input[str]]
    """Purpose of the certificate, such as ``api`` -> its ARN."""


@arguments
class BackupTelemetry:
    """A vault of AWS Backup."""

    vault_name: pulumi.Input[str]
    """Name of the vault for the recovery points."""
    copy_namespace: pulumi.Input[str] | None = None
    """The namespace of the metric that counts failed copies; None without copies."""
