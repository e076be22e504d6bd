"""The dashboard of the platform, as a CloudWatch dashboard body.

Like the alarms, the plan has templates for names (``{cluster_name}``) that are filled in when the names are known.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from spot_planning.network.load_balancer import LoadBalancerKind
from spot_planning.waf.web_acl import CLOUDFRONT_REGION

WIDTH = 12
"""Columns of a widget, of the 24 that a dashboard has."""
HEIGHT = 6
"""Rows of a widget."""
PERIOD_SECONDS = 300

Metric = list[Any]
"""One line of a graph: namespace, metric, dimensions by name and value, options."""


@dataclass(frozen=True, kw_only=True)
class Sections:
    """The parts of the platform that exist."""

    service: bool = False
    uses_spot: bool = False
    container_insights: bool = False
    load_balancer_kind: LoadBalancerKind = LoadBalancerKind.NETWORK
    api: bool = False
    database: bool = False
    cache_nodes: int = 0
    site: bool = False


def plan_dashboard(sections: Sections, region: str) -> dict[str, Any]:
    """Return the dashboard's body, with templates for names.

    Args:
        sections: The parts of the platform that exist.
        region: The Region of all metrics except CloudFront's, which are always in us-east-1.

    Source: Amazon CloudWatch API Reference, "Dashboard body structure and syntax".
    """
    widgets: list[dict[str, Any]] = []
    if sections.service:
        widgets += _service(sections, region)
    if sections.api:
        widgets += _api(region)
    if sections.site:
        widgets.append(_site())
    if sections.database:
        widgets += _database(region)
    if sections.cache_nodes:
        widgets.append(_cache(sections.cache_nodes, region))
    placed = [
        {**widget, "x": index % 2 * WIDTH, "y": index // 2 * HEIGHT, "width": WIDTH, "height": HEIGHT}
        for index, widget in enumerate(widgets)
    ]
    return {"widgets": placed}


def fill_templates(value: Any, names: Mapping[str, str]) -> Any:
    """Return the document with all templates in its strings filled in.

    Raises:
        KeyError: A name in a template is missing from `names`.
    """
    if isinstance(value, str):
        return value.format_map(names)
    if isinstance(value, Mapping):
        return {key: fill_templates(item, names) for key, item in value.items()}  # pyright: ignore[reportUnknownVariableType] # JSON
    if isinstance(value, Sequence):
        return [fill_templates(item, names) for item in value]  # pyright: ignore[reportUnknownVariableType] # JSON
    return value


def _graph(title: str, region: str, metrics: Sequence[Metric], **properties: Any) -> dict[str, Any]:
    shared = {"title": title, "region": region, "view": "timeSeries", "period": PERIOD_SECONDS}
    return {"type": "metric", "properties": {**shared, "metrics": [*metrics], **properties}}


def _lines(namespace: str, dimensions: Mapping[str, str], lines: Mapping[str, str]) -> list[Metric]:
    """Return several metrics with the same dimensions, each with its statistic."""
    flat = [part for pair in dimensions.items() for part in pair]
    return [[namespace, metric, *flat, {"stat": statistic}] for metric, statistic in lines.items()]


def _service(sections: Sections, region: str) -> list[dict[str, Any]]:
    ecs = {"ClusterName": "{cluster_name}", "ServiceName": "{service_name}"}
    utilisation = _lines("AWS/ECS", ecs, {"CPUUtilization": "Average", "MemoryUtilization": "Average"})
    namespace = "AWS/NetworkELB" if sections.load_balancer_kind == LoadBalancerKind.NETWORK else "AWS/ApplicationELB"
    target_group = {"TargetGroup": "{target_group}", "LoadBalancer": "{load_balancer}"}
    hosts = _lines(namespace, target_group, {"HealthyHostCount": "Maximum", "UnHealthyHostCount": "Maximum"})
    widgets = [
        _graph("ECS CPU & Memory", region, utilisation, yAxis={"left": {"min": 0, "max": 100}}),
        _graph("Targets", region, hosts, yAxis={"left": {"min": 0}}),
    ]
    if sections.container_insights:
        counts = {"RunningTaskCount": "Average", "DesiredTaskCount": "Average", "PendingTaskCount": "Maximum"}
        widgets.append(_graph("ECS tasks", region, _lines("ECS/ContainerInsights", ecs, counts)))
    events = {"CapacityFailures": "Sum", "FailedDeployments": "Sum"}
    if sections.uses_spot:
        widgets.append(_spot_share(region))
        events = {"SpotInterruptions": "Sum", **events}
    widgets.append(_graph("ECS events", region, _lines("{event_namespace}", {}, events)))
    return widgets


def _spot_share(region: str) -> dict[str, Any]:
    """Return the graph of Spot's share of Fargate. Only the usage metrics of account and Region have this number."""

    def vcpus(capacity: str, metric_id: str) -> Metric:
        of_class = {"Service": "Fargate", "Type": "Resource", "Resource": "vCPU", "Class": f"Standard/{capacity}"}
        flat = [part for pair in of_class.items() for part in pair]
        options = {"id": metric_id, "stat": "Average", "label": f"{capacity} vCPUs", "yAxis": "right"}
        return ["AWS/Usage", "ResourceCount", *flat, options]

    share = {"expression": "100*FILL(spot,0)/(FILL(spot,0)+FILL(demand,0))", "label": "Spot share, %", "id": "share"}
    return _graph(
        "Fargate Spot share (account and Region)",
        region,
        [[share], vcpus("Spot", "spot"), vcpus("OnDemand", "demand")],
        yAxis={"left": {"min": 0, "max": 100}, "right": {"min": 0}},
    )


def _api(region: str) -> list[dict[str, Any]]:
    stage = {"ApiName": "{api_name}", "Stage": "{api_stage}"}
    traffic = {"Count": "Sum", "4XXError": "Sum", "5XXError": "Sum"}
    latency = {"Latency": "Average", "IntegrationLatency": "Average"}
    slowest = _lines("AWS/ApiGateway", stage, {"Latency": "p95"})
    return [
        _graph("API Gateway Metrics", region, _lines("AWS/ApiGateway", stage, traffic)),
        _graph("API latency, ms", region, [*_lines("AWS/ApiGateway", stage, latency), *slowest]),
    ]


def _site() -> dict[str, Any]:
    of_site = {"DistributionId": "{distribution_id}", "Region": "Global"}
    metrics = {"Requests": "Sum", "BytesDownloaded": "Sum", "4xxErrorRate": "Average", "5xxErrorRate": "Average"}
    return _graph("CloudFront Metrics", CLOUDFRONT_REGION, _lines("AWS/CloudFront", of_site, metrics))


def _database(region: str) -> list[dict[str, Any]]:
    instance = {"DBInstanceIdentifier": "{database_identifier}"}
    performance = {"CPUUtilization": "Average", "DatabaseConnections": "Average"}
    room = {"FreeableMemory": "Average", "FreeStorageSpace": "Average"}
    return [
        _graph("RDS Performance", region, _lines("AWS/RDS", instance, performance)),
        _graph("RDS memory and storage, bytes", region, _lines("AWS/RDS", instance, room)),
    ]


def _cache(nodes: int, region: str) -> dict[str, Any]:
    metrics = {"EngineCPUUtilization": "Average", "DatabaseMemoryUsagePercentage": "Average", "Evictions": "Sum"}
    lines = [
        line
        for number in range(1, nodes + 1)
        for line in _lines("AWS/ElastiCache", {"CacheClusterId": f"{{cache_group}}-{number:03}"}, metrics)
    ]
    return _graph("ElastiCache", region, lines)
