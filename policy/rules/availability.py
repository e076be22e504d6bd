"""Availability: nothing that answers requests may depend on one task, one zone or one gateway."""

from collections.abc import Iterator, Sequence

from policy.checks import given, is_true, number_setting, setting_number
from policy.graph import DEFAULT_ROUTE_TABLE, ROUTE, ROUTE_TABLE, ROUTE_TABLE_ASSOCIATION, SUBNET, Graph
from policy.resources import ResourceView
from policy.rule import Concern, Config, Rule, Setting, Severity, Verdict, guarded, per_resource, violation
from policy.rules import cloudfront, elasticache, load_balancer, rds, spot
from policy.rules.network import ENDPOINT
from policy.rules.security_groups import is_world
from policy.values import State, Value

NAT_GATEWAY = "aws:ec2/natGateway:NatGateway"
TWO_ZONES = 2
SUBNETS = {
    spot.SERVICE: "networkConfiguration",
    load_balancer.LOAD_BALANCER: "subnets",
    rds.SUBNET_GROUP: "subnetIds",
    elasticache.SUBNET_GROUP: "subnetIds",
    ENDPOINT: "subnetIds",
    "aws:lambda/function:Function": "vpcConfig",
    "aws:rds/proxy:Proxy": "vpcSubnetIds",
    "aws:autoscaling/group:Group": "vpcZoneIdentifiers",
}
"""Type -> the property that depends on its subnets."""


def _enough_tasks(graph: Graph, service: ResourceView, config: Config) -> Iterator[Verdict]:
    if not spot.answers_requests(service):
        return
    least = setting_number(config, "minimum-tasks")
    targets = graph.dependents(service, spot.SCALING_TARGET, "resourceId")
    for target in targets:
        yield from guarded(_at_least(target.at("minCapacity"), least, target))
        for action in graph.dependents(target, spot.SCHEDULED_ACTION, "resourceId"):
            minimum = action.at("scalableTargetAction.minCapacity")
            if minimum.present:
                yield from guarded(_at_least(minimum, least, action))
    # Without scaling, a desired count of 0 means that the service is switched off, as before its first image.
    if not targets and service.number("desiredCount"):
        yield from _at_least(service.at("desiredCount"), least, service)


def _at_least(count: Value, least: float, owner: ResourceView) -> Iterator[Verdict]:
    if (count.number() or 0) < least:
        yield violation(count.path, f"{count}; it must be at least {least:g}", owner)


def _healthy_while_deploying(service: ResourceView, config: Config) -> Iterator[Verdict]:
    percent = service.at("deploymentMinimumHealthyPercent")
    least = setting_number(config, "minimum-percent")
    if spot.answers_requests(service) and (percent.number() or 0) < least:
        yield violation(percent.path, f"{percent}; it must be at least {least:g}")


def _zones(graph: Graph, owner: ResourceView, _config: Config) -> Iterator[Verdict]:
    property_ = SUBNETS[owner.type]
    if owner.type == spot.SERVICE and not spot.answers_requests(owner):
        return
    if owner.type == load_balancer.LOAD_BALANCER and owner.at("subnetMappings").present:
        property_ = "subnetMappings"
    subnets = graph.targets(owner, property_, SUBNET)
    zones = {zone for subnet in subnets if (zone := zone_of(subnet))}
    if subnets and len(zones) < TWO_ZONES and all(map(zone_of, subnets)):
        path = property_
        yield violation(
            path, f"{path} has subnets of {', '.join(sorted(zones))} only; a second zone must be there", owner
        )


def zone_of(subnet: ResourceView) -> str:
    """Read the zone of a subnet: its name or its id; empty when neither is known."""
    for name in ("availabilityZone", "availabilityZoneId"):
        zone = subnet.at(name)
        if zone.state is State.KNOWN:
            return zone.text() or ""
    return ""


def _own_zones_gateway(graph: Graph, association: ResourceView, _config: Config) -> Iterator[Verdict]:
    subnets = graph.targets(association, "subnetId", SUBNET)
    for table in graph.targets(association, "routeTableId"):
        for route in graph.dependents(table, ROUTE, "routeTableId"):
            for gateway in graph.targets(route, "natGatewayId", NAT_GATEWAY):
                yield from _same_zone(subnets, graph.targets(gateway, "subnetId", SUBNET), route)


def _same_zone(
    subnets: Sequence[ResourceView], gateways: Sequence[ResourceView], route: ResourceView
) -> Iterator[Verdict]:
    for subnet in subnets:
        for other in gateways:
            if zone_of(subnet) and zone_of(other) and zone_of(subnet) != zone_of(other):
                yield violation(
                    "natGatewayId",
                    f"subnet {subnet.name} in {zone_of(subnet)} reaches the internet through {zone_of(other)}",
                    route,
                )


def _through_gateway(carrier: ResourceView, _config: Config) -> Iterator[Verdict]:
    if carrier.type == ROUTE:
        yield from _not_through_instance(carrier.whole, "destinationCidrBlock")
    else:
        for route in carrier.at("routes").items():
            yield from guarded(_not_through_instance(route, "cidrBlock"))


def _not_through_instance(route: Value, name: str) -> Iterator[Verdict]:
    through = route.at("networkInterfaceId")
    if given(through) and is_world(route.at(name).text() or ""):
        yield violation(through.path, f"{through}; it must be a NAT gateway: natGatewayId")


def _is_network(balancer: ResourceView) -> bool:
    return balancer.text("loadBalancerType") in {"network", "gateway"}


RULES = (
    Rule(
        id="ecs-minimum-tasks",
        title="A service that answers requests has at least two tasks",
        problem="A service that answers requests may run on a single task",
        severity=Severity.MEDIUM,
        concern=Concern.AVAILABILITY,
        types=(spot.SERVICE, spot.SCALING_TARGET, spot.SCHEDULED_ACTION),
        remediation="Set minCapacity of its scaling target to at least the configured number.",
        settings=(
            Setting("service.min_tasks", "at least 2", "FargateSpotService", (spot.SCALING_TARGET, spot.SERVICE)),
            Setting(
                "service.scheduled_scaling",
                "entries with min_tasks of at least 2",
                "FargateSpotService",
                (spot.SCHEDULED_ACTION,),
            ),
        ),
        check_graph=per_resource(_enough_tasks, spot.SERVICE),
        config={"minimum-tasks": number_setting(2, "Least tasks of a service behind a load balancer.", least=1)},
        note="It checks only services behind a load balancer: a worker may scale to zero.",
    ),
    Rule(
        id="ecs-healthy-while-deploying",
        title="A deployment keeps enough tasks running",
        problem="A deployment may stop the tasks that answer requests",
        severity=Severity.MEDIUM,
        concern=Concern.AVAILABILITY,
        types=(spot.SERVICE,),
        remediation="Leave deploymentMinimumHealthyPercent at 100.",
        check=_healthy_while_deploying,
        config={"minimum-percent": number_setting(50, "Least share of the desired tasks, in percent.", least=1)},
    ),
    Rule(
        id="two-zones",
        title="Everything that answers requests or keeps data is in two zones",
        problem="All its subnets are in one availability zone",
        severity=Severity.MEDIUM,
        concern=Concern.AVAILABILITY,
        fsbp=(
            "AutoScaling.2",
            "Lambda.5",
        ),
        prowler=(
            "autoscaling_group_multiple_az",
            "awslambda_function_vpc_multi_az",
            "elbv2_is_in_multiple_az",
            "vpc_endpoint_multi_az_enabled",
            "vpc_subnet_different_az",
        ),
        types=(*SUBNETS, SUBNET),
        remediation="Give subnets of at least two availability zones.",
        check_graph=per_resource(_zones, *SUBNETS),
        note="ECS services without a load balancer are not checked. The zone of a subnet given by its id is not known.",
    ),
    Rule(
        id="nat-gateway-per-zone",
        title="Every zone has its own NAT gateway",
        problem="A zone reaches the internet through a gateway in another zone",
        severity=Severity.MEDIUM,
        concern=Concern.AVAILABILITY,
        types=(ROUTE_TABLE_ASSOCIATION, ROUTE, NAT_GATEWAY),
        remediation="Make a NAT gateway for each zone, and a route table with it.",
        settings=(Setting("vpc.nat", "per-az", "Vpc"),),
        check_graph=per_resource(_own_zones_gateway, ROUTE_TABLE_ASSOCIATION),
        note="Otherwise a zone that fails also cuts the other zone off from the internet, and traffic between zones "
        "costs money. A regional NAT gateway (vpc.nat: regional) is in every zone by itself.",
    ),
    Rule(
        id="nat-gateway-used",
        title="The way out to the internet is a NAT gateway",
        problem="The way out to the internet is a single instance, which nobody replaces while it fails",
        severity=Severity.LOW,
        concern=Concern.AVAILABILITY,
        checkov=("CKV2_AWS_35",),
        types=(ROUTE, ROUTE_TABLE, DEFAULT_ROUTE_TABLE),
        remediation="Give the route natGatewayId.",
        settings=(Setting("vpc.nat", "per-az", "Vpc"),),
        check=_through_gateway,
        note="A NAT instance costs a tenth of a gateway, and is right for stacks that nobody depends on.",
    ),
    Rule(
        id="load-balancer-cross-zone",
        title="A network load balancer sends requests to every zone",
        problem="The load balancer sends requests only to targets of the zone that they came to",
        severity=Severity.LOW,
        concern=Concern.AVAILABILITY,
        checkov=("CKV_AWS_152",),
        prowler=("elbv2_cross_zone_load_balancing_enabled",),
        types=(load_balancer.LOAD_BALANCER,),
        remediation="Set enableCrossZoneLoadBalancing to true.",
        check=is_true("enableCrossZoneLoadBalancing", when=_is_network),
        note="An application load balancer always does.",
    ),
    Rule(
        id="cloudfront-enabled",
        title="The site is switched on",
        problem="The site is switched off",
        severity=Severity.LOW,
        concern=Concern.AVAILABILITY,
        checkov=("CKV_AWS_216",),
        types=(cloudfront.DISTRIBUTION,),
        remediation="Set enabled to true, or remove the distribution.",
        check=is_true("enabled"),
    ),
)
