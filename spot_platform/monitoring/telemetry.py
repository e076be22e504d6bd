"""By what names CloudWatch knows the parts of the platform: what the alarms and the dashboard are made from."""

import pulumi

from spot_planning.declarations import arguments
from spot_planning.network.load_balancer import LoadBalancerKind


@arguments
class ServiceTelemetry:
    """A Fargate service, as `FargateSpotService.telemetry` gives it."""

    cluster_name: pulumi.Input[str]
    """The cluster."""
    service_name: pulumi.Input[str]
    """The service."""
    load_balancer_kind: LoadBalancerKind = LoadBalancerKind.NETWORK
    """``network`` or ``application``."""
    load_balancer: pulumi.Input[str]
    """The load balancer as CloudWatch names it: ``net/NAME/ID``."""
    target_group: pulumi.Input[str]
    """The target group as CloudWatch names it: ``targetgroup/NAME/ID``."""
    event_namespace: pulumi.Input[str]
    """The namespace of the metrics that count its events."""
    min_tasks: int = 1
    """The fewest tasks there ever should be."""
    max_tasks: int = 10
    """The most tasks autoscaling starts."""
    uses_spot: bool = True
    """Whether tasks may run on Fargate Spot."""
    spot_tasks: int = 1
    """How many of the fewest tasks run on Fargate Spot."""
    container_insights: bool = True
    """Whether Container Insights counts the tasks."""
    redeployment: pulumi.Input[str] | None = None
    """The state machine that replaces the tasks when a secret changes."""


@arguments
class ApiTelemetry:
    """A stage of a REST API."""

    name: pulumi.Input[str]
    """The API's name."""
    stage: pulumi.Input[str]
    """The stage's name."""
    refusal_namespace: pulumi.Input[str] | None = None
    """The namespace of the metric that counts requests refused with status 429."""
    latency_milliseconds: int = 2000
    """What 95 % of the requests should stay below."""


@arguments
class DatabaseTelemetry:
    """An RDS for PostgreSQL instance."""

    identifier: pulumi.Input[str]
    """The instance."""
    instance_class: str
    """Its class, such as ``db.t4g.small``."""
    allocated_storage_gib: int
    """The storage it began with, GiB."""
    max_allocated_storage_gib: int = 0
    """How far its storage may grow by itself, GiB."""
    replica_identifier: pulumi.Input[str] | None = None
    """Its read replica."""


@arguments
class CacheTelemetry:
    """An ElastiCache replication group without sharding."""

    replication_group_id: pulumi.Input[str]
    """The group."""
    nodes: int = 1
    """How many nodes it has."""
    node_type: str = "cache.t4g.micro"
    """Their type."""


@arguments
class SiteTelemetry:
    """A CloudFront distribution."""

    distribution_id: pulumi.Input[str]
    """The distribution."""


@arguments
class NatTelemetry:
    """The NAT gateways of a VPC."""

    gateway_ids: dict[str, pulumi.Input[str]]
    """Letter of the zone to the gateway's id."""


@arguments
class CertificateTelemetry:
    """Certificates of AWS Certificate Manager in the platform's region."""

    arns: dict[str, pulumi.Input[str]]
    """What a certificate is for, such as ``api``, to its ARN."""


@arguments
class BackupTelemetry:
    """A vault of AWS Backup."""

    vault_name: pulumi.Input[str]
    """The vault that recovery points are made in."""
    copy_namespace: pulumi.Input[str] | None = None
    """The namespace of the metric that counts copies that failed; none without copies."""
