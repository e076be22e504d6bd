"""The alarms and the dashboard of the platform."""

from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from spot_planning.account import REGION
from spot_planning.data.alarms import backup_alarms, cache_alarms, database_alarms
from spot_planning.declarations import arguments, setting
from spot_planning.documents import canonical_json
from spot_planning.monitoring.alarms import (
    Alarm,
    api_alarms,
    certificate_alarms,
    check_alarms,
    nat_alarms,
    site_alarms,
)
from spot_planning.monitoring.dashboard import Sections, fill_templates, plan_dashboard
from spot_planning.monitoring.settings import ObservabilitySettings
from spot_planning.network.load_balancer import LoadBalancerKind
from spot_planning.service.alarms import service_alarms
from spot_planning.waf.web_acl import CLOUDFRONT_REGION
from spot_platform.component import Component, Transform, errors_of
from spot_platform.monitoring.metric_alarm import metric_alarm
from spot_platform.monitoring.telemetry import (
    ApiTelemetry,
    BackupTelemetry,
    CacheTelemetry,
    CertificateTelemetry,
    DatabaseTelemetry,
    NatTelemetry,
    ServiceTelemetry,
    SiteTelemetry,
)


@arguments
class ObservabilityArgs(ObservabilitySettings):
    """Arguments of `Observability`: the parts of the platform to watch, and the topic for alarms."""

    region: str = setting(allowed=REGION)
    """The Region of the platform."""
    alert_topic_arn: pulumi.Input[str] | None = None
    """The SNS topic to which every alarm publishes. None for alarms that only appear in CloudWatch."""
    service: ServiceTelemetry | None = None
    """The service; None while it waits for an image, since its alarms would all be raised."""
    api: ApiTelemetry | None = None
    """The API; None for none, as for the other parts below."""
    database: DatabaseTelemetry | None = None
    """The database."""
    cache: CacheTelemetry | None = None
    """The cache."""
    site: SiteTelemetry | None = None
    """The site."""
    backups: BackupTelemetry | None = None
    """The backups."""
    nat: NatTelemetry | None = None
    """The NAT gateways."""
    certificates: CertificateTelemetry | None = None
    """The certificates."""


@dataclass(frozen=True, kw_only=True)
class ObservabilityTransforms:
    """Changes to the arguments of `Observability`'s resources."""

    alarm: Transform | None = None
    dashboard: Transform | None = None


@dataclass(frozen=True, kw_only=True)
class ObservabilityNodes:
    """The resources of `Observability`. The key of `alarms` is `Alarm.key`."""

    alarms: dict[str, aws.cloudwatch.MetricAlarm]
    dashboard: aws.cloudwatch.Dashboard | None


class Observability(Component):
    """spot-platform:index:Observability: alarms on every part of the platform, and one dashboard.

    Makes: CloudWatch alarms for the service, its targets and events, the API, the database, every node of the cache,
    failed backups and copies, NAT gateways, certificates and, in us-east-1, the site; a dashboard.

    Costs: 0.10 USD a month for each alarm after the first ten, 3 USD for each dashboard after the first three.

    Risks: CloudFront's metrics are in us-east-1 only, and an alarm can publish only to a topic in its own Region. So in
    other Regions the site is on the dashboard but raises no alarm.
    """

    dashboard_name: pulumi.Output[str | None]
    """The dashboard's name."""

    def __init__(
        self,
        name: str,
        args: ObservabilityArgs,
        opts: pulumi.ResourceOptions | None = None,
        *,
        transforms: ObservabilityTransforms | None = None,
    ) -> None:
        with errors_of(Observability, name):
            planned = _alarms(args)
            check_alarms(planned)
        super().__init__(name, opts)
        transforms = transforms or ObservabilityTransforms()
        names = _names(args)
        actions = [] if args.alert_topic_arn is None else [args.alert_topic_arn]
        options = self.child(transforms.alarm)
        alarms = {alarm.key: metric_alarm(f"{name}-{alarm.key}", alarm, names, actions, options) for alarm in planned}
        dashboard = None
        if args.dashboard:
            plan = plan_dashboard(_sections(args), args.region)

            def body(known: dict[str, Any]) -> str:
                return canonical_json(fill_templates(plan, known))

            dashboard = aws.cloudwatch.Dashboard(
                name,
                dashboard_name=f"{pulumi.get_project()}-{pulumi.get_stack()}",
                dashboard_body=pulumi.Output.all(**names).apply(body),
                opts=self.child(transforms.dashboard),
            )
        self.nodes = ObservabilityNodes(alarms=alarms, dashboard=dashboard)
        self.dashboard_name = pulumi.Output.from_input(None if dashboard is None else dashboard.dashboard_name)
        self.finish()


def _alarms(args: ObservabilityArgs) -> list[Alarm]:
    alarms: list[Alarm] = []
    if (service := args.service) is not None:
        alarms += service_alarms(
            load_balancer_kind=service.load_balancer_kind,
            min_tasks=service.min_tasks,
            max_tasks=service.max_tasks,
            uses_spot=service.uses_spot,
            container_insights=service.container_insights,
            redeploys=service.redeployment is not None,
            spot_tasks=service.spot_tasks,
        )
    if args.api is not None:
        alarms += api_alarms(
            latency_milliseconds=args.api.latency_milliseconds, refusals=args.api.refusal_namespace is not None
        )
    if (database := args.database) is not None:
        alarms += database_alarms(
            instance_class=database.instance_class,
            allocated_storage_gib=database.allocated_storage_gib,
            max_allocated_storage_gib=database.max_allocated_storage_gib,
            replica=database.replica_identifier is not None,
        )
    if args.cache is not None:
        alarms += cache_alarms(nodes=args.cache.nodes, node_type=args.cache.node_type)
    if args.backups is not None:
        alarms += backup_alarms(copies=args.backups.copy_namespace is not None)
    if args.nat is not None:
        alarms += nat_alarms(args.nat.gateway_ids)
    if args.certificates is not None:
        alarms += certificate_alarms(args.certificates.arns)
    if args.site is not None and args.region == CLOUDFRONT_REGION:
        alarms += site_alarms()
    return alarms


def _sections(args: ObservabilityArgs) -> Sections:
    service = args.service
    return Sections(
        service=service is not None,
        uses_spot=service is not None and service.uses_spot,
        container_insights=service is not None and service.container_insights,
        load_balancer_kind=LoadBalancerKind.NETWORK if service is None else service.load_balancer_kind,
        api=args.api is not None,
        database=args.database is not None,
        cache_nodes=0 if args.cache is None else args.cache.nodes,
        site=args.site is not None,
    )


def _names(args: ObservabilityArgs) -> dict[str, pulumi.Input[str]]:
    """Return the values for the names in the templates of alarms and dashboard."""
    names: dict[str, pulumi.Input[str]] = {}
    if (service := args.service) is not None:
        names |= {
            "cluster_name": service.cluster_name,
            "service_name": service.service_name,
            "load_balancer": service.load_balancer,
            "target_group": service.target_group,
            "event_namespace": service.event_namespace,
        }
        if service.redeployment is not None:
            names["redeployment"] = service.redeployment
    if args.api is not None:
        names |= {"api_name": args.api.name, "api_stage": args.api.stage}
        if args.api.refusal_namespace is not None:
            names["refusal_namespace"] = args.api.refusal_namespace
    if args.database is not None:
        names["database_identifier"] = args.database.identifier
        if args.database.replica_identifier is not None:
            names["replica_identifier"] = args.database.replica_identifier
    if args.cache is not None:
        names["cache_group"] = args.cache.replication_group_id
    if args.site is not None:
        names["distribution_id"] = args.site.distribution_id
    return names | _names_of_backups(args) | _names_of_the_edge(args)


def _names_of_backups(args: ObservabilityArgs) -> dict[str, pulumi.Input[str]]:
    if args.backups is None:
        return {}
    copies = args.backups.copy_namespace
    return {"backup_vault": args.backups.vault_name} | ({} if copies is None else {"copy_namespace": copies})


def _names_of_the_edge(args: ObservabilityArgs) -> dict[str, pulumi.Input[str]]:
    names: dict[str, pulumi.Input[str]] = {}
    if args.nat is not None:
        names |= {f"nat_{zone}": gateway_id for zone, gateway_id in args.nat.gateway_ids.items()}
    if args.certificates is not None:
        names |= {f"{use}_certificate": arn for use, arn in args.certificates.arns.items()}
    return names
