"""Computes what the stacks cost without any traffic, from unit prices and the resources of a recorded program.

`python -m tests.prices` writes the table of docs/cost.md.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from spot_planning.service.capacity import CapacityMix, split_tasks
from tests.program import record_with_image
from tests.recording import Recorded, Recording

PAGE: Final = Path(__file__).parents[1] / "docs" / "cost.md"
STACKS: Final = ("dev", "staging", "prod")
HOURS: Final = 730
"""Hours of a month, as AWS counts them in its calculator."""
BEGIN: Final = "| | unit price |"

Costs = Iterable[tuple[str, float]]
"""Pairs of a row of the table and USD a month."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """A row of the table."""

    label: str
    unit: str
    """Unit prices in us-east-1, USD, as text of the page."""


NAT, ADDRESS, NAT_INSTANCE, BALANCER = "nat", "address", "nat-instance", "balancer"
ON_DEMAND, SPOT, DATABASE, STORAGE, CACHE = "on-demand", "spot", "database", "storage", "cache"
KEYS, SECRETS, ACL, INSIGHTS, ALARMS, METRICS = "keys", "secrets", "acl", "insights", "alarms", "metrics"
ZONE, ENDPOINT, API_CACHE = "zone", "endpoint", "api-cache"

ROWS: Final[Mapping[str, Row]] = {
    NAT: Row(label="NAT gateways", unit="0.045 an hour"),
    NAT_INSTANCE: Row(label="NAT instance t4g.nano, 8 GiB gp3", unit="0.0042 an hour, 0.08 per GiB"),
    ADDRESS: Row(label="public IPv4 addresses of the NAT", unit="0.005 an hour"),
    ENDPOINT: Row(label="interface endpoints", unit="0.01 an hour and zone"),
    BALANCER: Row(label="load balancer, network or application", unit="0.0225 an hour"),
    ON_DEMAND: Row(label="tasks of 0.5 vCPU, 1 GB, ARM64: on demand", unit="0.03238 a vCPU-hour, 0.00356 a GB-hour"),
    SPOT: Row(label="the same on Spot", unit="0.01031 a vCPU-hour, 0.00113 a GB-hour"),
    DATABASE: Row(
        label="RDS for PostgreSQL t4g.micro, t4g.small, t4g.small Multi-AZ", unit="0.016, 0.032, 0.065 an hour"
    ),
    STORAGE: Row(label="its 20 GiB of gp3", unit="0.115, Multi-AZ 0.23 per GiB"),
    CACHE: Row(label="ElastiCache for Valkey t4g.micro", unit="0.0128 an hour and node"),
    API_CACHE: Row(label="cache of the API's stage, 0.5 GB", unit="0.02 an hour"),
    KEYS: Row(label="KMS keys, with that of the copy region", unit="1.00 each"),
    SECRETS: Row(label="secrets, with that of RDS", unit="0.40 each"),
    ACL: Row(label="web ACLs and their rules", unit="5.00 an ACL, 1.00 a rule"),
    ZONE: Row(label="DNS zone, where the stack makes it", unit="0.50 each"),
    INSIGHTS: Row(label="Container Insights", unit="about 8.40"),
    ALARMS: Row(label="alarms", unit="0.10 each"),
    METRICS: Row(label="metrics counted from events and logs", unit="0.30 each"),
}

DATABASE_HOURS: Final = {
    ("db.t4g.micro", False): 0.016,
    ("db.t4g.micro", True): 0.032,
    ("db.t4g.small", False): 0.032,
    ("db.t4g.small", True): 0.065,
}
CACHE_NODE_HOURS: Final = {"cache.t4g.micro": 0.0128}
INSTANCE_HOURS: Final = {"t4g.nano": 0.0042}
STAGE_CACHE_HOURS: Final = {"0.5": 0.02}


def _tasks(recording: Recording, service: Recorded) -> Costs:
    if service.inputs["desiredCount"] == 0:
        return  # the service waits for its first image
    strategies = {item["capacityProvider"]: item for item in service.inputs["capacityProviderStrategies"]}
    on_demand, spot = strategies.get("FARGATE", {}), strategies.get("FARGATE_SPOT", {})
    mix = CapacityMix(
        spot_weight=int(spot.get("weight", 0)),
        spot_base=int(spot.get("base", 0)),
        on_demand_weight=int(on_demand.get("weight", 0)),
        on_demand_base=int(on_demand.get("base", 0)),
    )
    split = split_tasks(int(service.inputs["desiredCount"]), mix)
    task = recording.one("aws:ecs/taskDefinition:TaskDefinition", service.name).inputs
    assert task["runtimePlatform"]["cpuArchitecture"] == "ARM64"
    vcpus, gigabytes = int(task["cpu"]) / 1024, int(task["memory"]) / 1024
    yield ON_DEMAND, split.on_demand * HOURS * (vcpus * 0.03238 + gigabytes * 0.00356)
    yield SPOT, split.spot * HOURS * (vcpus * 0.01030969 + gigabytes * 0.00113349)


def _database(_recording: Recording, database: Recorded) -> Costs:
    inputs = database.inputs
    multi_az = bool(inputs.get("multiAz"))
    yield DATABASE, HOURS * DATABASE_HOURS[inputs["instanceClass"], multi_az]
    yield STORAGE, inputs["allocatedStorage"] * (0.23 if multi_az else 0.115)
    if inputs.get("manageMasterUserPassword"):
        yield SECRETS, 0.40


def _cache(_recording: Recording, group: Recorded) -> Costs:
    yield CACHE, HOURS * CACHE_NODE_HOURS[group.inputs["nodeType"]] * group.inputs["numCacheClusters"]


def _instance(_recording: Recording, instance: Recorded) -> Costs:
    volume = instance.inputs["rootBlockDevice"]
    assert volume["volumeType"] == "gp3"
    yield NAT_INSTANCE, HOURS * INSTANCE_HOURS[instance.inputs["instanceType"]] + volume["volumeSize"] * 0.08


def _web_acl(_recording: Recording, acl: Recorded) -> Costs:
    yield ACL, 5.0 + len(acl.inputs["rules"])


def _endpoint(_recording: Recording, endpoint: Recorded) -> Costs:
    if endpoint.inputs.get("vpcEndpointType") == "Interface":
        yield ENDPOINT, HOURS * 0.01 * len(endpoint.inputs["subnetIds"])


def _cluster(_recording: Recording, cluster: Recorded) -> Costs:
    if {"name": "containerInsights", "value": "enabled"} in cluster.inputs["settings"]:
        yield INSIGHTS, 8.40


def _stage(_recording: Recording, stage: Recorded) -> Costs:
    if stage.inputs.get("cacheClusterEnabled"):
        yield API_CACHE, HOURS * STAGE_CACHE_HOURS[stage.inputs["cacheClusterSize"]]


def _each(row: str, price: float) -> Callable[[Recording, Recorded], Costs]:
    return lambda _recording, _resource: [(row, price)]


PRICED: Final[Mapping[str, Callable[[Recording, Recorded], Costs]]] = {
    "aws:apigateway/stage:Stage": _stage,
    "aws:cloudwatch/logMetricFilter:LogMetricFilter": _each(METRICS, 0.30),
    "aws:cloudwatch/metricAlarm:MetricAlarm": _each(ALARMS, 0.10),
    "aws:ec2/eip:Eip": _each(ADDRESS, HOURS * 0.005),
    "aws:ec2/instance:Instance": _instance,
    "aws:ec2/natGateway:NatGateway": _each(NAT, HOURS * 0.045),
    "aws:ec2/vpcEndpoint:VpcEndpoint": _endpoint,
    "aws:ecs/cluster:Cluster": _cluster,
    "aws:ecs/service:Service": _tasks,
    "aws:elasticache/replicationGroup:ReplicationGroup": _cache,
    "aws:kms/key:Key": _each(KEYS, 1.00),
    "aws:lb/loadBalancer:LoadBalancer": _each(BALANCER, HOURS * 0.0225),
    "aws:rds/instance:Instance": _database,
    "aws:route53/zone:Zone": _each(ZONE, 0.50),
    "aws:secretsmanager/secret:Secret": _each(SECRETS, 0.40),
    "aws:wafv2/webAcl:WebAcl": _web_acl,
}
"""Type of resource -> function that computes what one resource costs without any traffic."""

BY_USE: Final[Mapping[str, str]] = {
    "aws:apigateway/restApi:RestApi": "3.50 per million requests",
    "aws:backup/vault:Vault": "0.095 per GB-month of recovery points beyond the database's size, and as much in the "
    "copy region",
    "aws:cloudfront/distribution:Distribution": "a terabyte and ten million requests a month are free",
    "aws:cloudfront/function:Function": "two million calls a month are free",
    "aws:cloudwatch/dashboard:Dashboard": "3.00 a month after the first three of the account",
    "aws:cloudwatch/eventRule:EventRule": "events of AWS services are free",
    "aws:cloudwatch/logGroup:LogGroup": "0.50 per GB written, 0.03 per GB-month kept",
    "aws:ec2/flowLog:FlowLog": "0.50 per GB written",
    "aws:ecr/repository:Repository": "0.10 per GB-month",
    "aws:budgets/budget:Budget": "a budget that only tells is free",
    "aws:s3/bucket:Bucket": "0.023 per GB-month",
    "aws:sfn/stateMachine:StateMachine": "4,000 transitions a month are free",
    "aws:sns/topic:Topic": "1,000 mails a month are free",
}
"""Type of resource -> price of its use. Without use it costs nothing."""

FREE: Final = (
    "aws:acm/", "aws:apigateway/", "aws:appautoscaling/", "aws:backup/plan", "aws:backup/selection",
    "aws:cloudfront/originAccessControl", "aws:cloudfront/responseHeadersPolicy", "aws:cloudwatch/eventTarget",
    "aws:cloudwatch/logDelivery", "aws:cloudwatch/logResourcePolicy", "aws:ec2/defaultSecurityGroup",
    "aws:ec2/internetGateway", "aws:ec2/route", "aws:ec2/securityGroup", "aws:ec2/subnet", "aws:ec2/vpc:Vpc",
    "aws:ecr/lifecyclePolicy", "aws:ecs/clusterCapacityProviders", "aws:ecs/taskDefinition",
    "aws:elasticache/parameterGroup", "aws:elasticache/subnetGroup", "aws:iam/", "aws:kms/alias", "aws:lb/listener",
    "aws:lb/targetGroup", "aws:rds/eventSubscription", "aws:rds/parameterGroup", "aws:rds/subnetGroup",
    "aws:route53/record", "aws:s3/bucket", "aws:secretsmanager/secretPolicy", "aws:secretsmanager/secretRotation",
    "aws:secretsmanager/secretVersion", "aws:sns/topicPolicy", "aws:sns/topicSubscription", "aws:vpc/securityGroup",
    "aws:wafv2/webAclAssociation", "aws:wafv2/webAclLoggingConfiguration", "aws:xray/samplingRule",
)  # fmt: skip
"""Prefixes of types that cost nothing: settings of other resources, and resources that AWS charges by traffic."""


def recorded(stack: str) -> Recording:
    """Record the program of a stack, with an image."""
    return record_with_image(stack)


def unpriced(recording: Recording) -> set[str]:
    """Return the types of resources that have no price in this module."""
    types = {resource.type for resource in recording.resources if resource.type.startswith("aws:")}
    return {type_ for type_ in types if type_ not in PRICED and type_ not in BY_USE and not type_.startswith(FREE)}


def monthly(recording: Recording) -> dict[str, float]:
    """Return USD a month by row of the table."""
    sums: dict[str, float] = defaultdict(float)
    for resource in recording.resources:
        for row, cost in PRICED[resource.type](recording, resource) if resource.type in PRICED else ():
            sums[row] += cost
    return sums


def table() -> str:
    """Return the table of docs/cost.md."""
    costs = {stack: monthly(recorded(stack)) for stack in STACKS}
    lines = [f"{BEGIN} {' | '.join(STACKS)} |", "|---|---|---|---|---|"]
    for key, row in ROWS.items():
        cells = [f"{costs[stack][key]:.2f}" if costs[stack].get(key) else "" for stack in STACKS]
        if any(cells):
            lines.append("|" + "|".join(f" {cell} " if cell else " " for cell in (row.label, row.unit, *cells)) + "|")
    sums = [f"**{sum(costs[stack].values()):.0f}**" for stack in STACKS]
    lines.append(f"| **all** | | {' | '.join(sums)} |")
    return "\n".join(lines) + "\n"


def table_of(page: str) -> str:
    """Return the table that a page contains."""
    begin = page.index(BEGIN)
    return page[begin : page.index("\n\n", begin) + 1]


if __name__ == "__main__":
    before = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(before.replace(table_of(before), table()), encoding="utf-8")
