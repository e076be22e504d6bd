"""Fargate Spot: the share of tasks that runs on it, and the number of tasks."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

from policy.checks import number_setting, setting_number, setting_texts, texts_setting
from policy.graph import Graph
from policy.iam.arns import matches
from policy.resources import COMPONENT, ResourceView
from policy.rule import Concern, Config, Rule, Setting, Severity, Verdict, per_resource, violation
from policy.values import State, UndecidableError

SERVICE = "aws:ecs/service:Service"
TASK_DEFINITION = "aws:ecs/taskDefinition:TaskDefinition"
CLUSTER = "aws:ecs/cluster:Cluster"
CLUSTER_CAPACITY_PROVIDERS = "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders"
TARGET_GROUP = "aws:lb/targetGroup:TargetGroup"
SCALING_TARGET = "aws:appautoscaling/target:Target"
SCHEDULED_ACTION = "aws:appautoscaling/scheduledAction:ScheduledAction"

ROUNDING = 1e-9
"""Tolerance for floating-point rounding: 2.4 / 3 is not exactly 0.8."""
ON_DEMAND, SPOT = "FARGATE", "FARGATE_SPOT"


@dataclass(frozen=True)
class Share:
    """One capacity provider's part of a strategy."""

    base: int
    weight: int


def split(tasks: int, on_demand: Share, spot: Share) -> float:
    """Return the share of tasks that runs on Spot: first each base, then the remaining tasks by weight.

    Args:
        tasks: The total number of tasks, at least 1.
        on_demand: FARGATE's part of the strategy.
        spot: FARGATE_SPOT's part of the strategy.

    Returns:
        A fraction from 0 to 1, not rounded to whole tasks: ECS does not document its rounding.
    """
    on_spot = min(tasks, spot.base)
    on_fargate = min(tasks - on_spot, on_demand.base)
    weights = on_demand.weight + spot.weight
    rest = tasks - on_spot - on_fargate
    return (on_spot + (rest * spot.weight / weights if weights else 0)) / tasks


def strategy(service: ResourceView) -> dict[str, Share]:
    """Read a service's capacity provider strategy.

    Args:
        service: An ECS service.

    Returns:
        Capacity provider -> its part; empty when the service has none.
    """
    return {
        str(item.at("capacityProvider").text()): Share(
            int(item.at("base").number() or 0), int(item.at("weight").number() or 0)
        )
        for item in service.at("capacityProviderStrategies").items()
    }


def promised(resource: ResourceView, config: Config) -> bool:
    """Check whether a service, task definition or cluster must have this platform's mix of Spot and on-demand.

    Args:
        resource: The service, task definition or cluster.
        config: The rule's configuration; its ``services`` may name further resources.
    """
    own = resource.component.startswith(COMPONENT)
    return own or any(matches(pattern, resource.name) for pattern in setting_texts(config, "services"))


def uses_spot(service: ResourceView) -> bool:
    """Check whether some of a service's tasks may run on Spot."""
    part = strategy(service).get(SPOT)
    return part is not None and (part.base > 0 or part.weight > 0)


def answers_requests(service: ResourceView) -> bool:
    """Check whether a service is behind a load balancer. A worker is not, and may stop without anybody noticing.

    Args:
        service: An ECS service.
    """
    balancers = service.at("loadBalancers")
    return balancers.state is State.UNKNOWN or bool(balancers.items())


def _no_launch_type(service: ResourceView, config: Config) -> Iterator[Verdict]:
    launch_type = service.at("launchType")
    if launch_type.present and promised(service, config):
        yield violation(launch_type.path, f"{launch_type}; it excludes a capacity provider strategy")


def _has_strategy(service: ResourceView, config: Config) -> Iterator[Verdict]:
    if not promised(service, config):
        return
    parts = service.at("capacityProviderStrategies")
    if not parts.items():
        yield violation(parts.path, f"{parts}; the service itself must have the strategy, not only the cluster")
        return
    strangers = sorted(set(strategy(service)) - {ON_DEMAND, SPOT})
    if strangers:
        yield violation(parts.path, f"{parts.path} has {', '.join(strangers)}; only FARGATE and FARGATE_SPOT")
    given = strategy(service).values()
    if sum(share.base > 0 for share in given) > 1:
        yield violation(parts.path, f"{parts.path} gives a base twice; ECS takes it from one provider only")
    if not any(share.weight for share in given):
        yield violation(parts.path, f"{parts.path} has no weight above 0, so that ECS starts no task")


def _on_demand_base(service: ResourceView, config: Config) -> Iterator[Verdict]:
    if not answers_requests(service) or not uses_spot(service):
        return
    parts = strategy(service)
    least = setting_number(config, "minimum-on-demand-base")
    base = parts[ON_DEMAND].base if ON_DEMAND in parts else 0
    if base < least:
        path = "capacityProviderStrategies"
        yield violation(path, f"{path} gives FARGATE base {base}; it must be at least {least:g}")


def _spot_share(graph: Graph, service: ResourceView, config: Config) -> Iterator[Verdict]:
    parts = strategy(service)
    if not parts or not promised(service, config):
        return
    for capacity, tasks in _task_counts(graph, service):
        least, most = _bounds(config, capacity)
        share = split(tasks, parts.get(ON_DEMAND, Share(0, 0)), parts.get(SPOT, Share(0, 0)))
        if not least - ROUNDING <= share <= most + ROUNDING:
            yield violation(
                "capacityProviderStrategies",
                f"capacityProviderStrategies puts {share:.0%} of {tasks} tasks ({capacity} capacity) on Spot; "
                f"it must be {least:.0%} to {most:.0%}",
            )


def _bounds(config: Config, capacity: str) -> tuple[float, float]:
    bounds = cast("dict[str, list[float]]", config["spot-share"])[capacity]
    return bounds[0], bounds[1]


def _task_counts(graph: Graph, service: ResourceView) -> Iterator[tuple[str, int]]:
    desired = service.number("desiredCount")
    counts = {"desired": desired}
    for target in _scaling(graph, service):
        counts["minimum"] = target.number("minCapacity")
        counts["maximum"] = target.number("maxCapacity")
    return ((name, int(count)) for name, count in counts.items() if count)


def _scaling(graph: Graph, service: ResourceView) -> list[ResourceView]:
    return graph.dependents(service, SCALING_TARGET, "resourceId") or graph.once(_scaling, lambda: _no_other(graph))


def _no_other(graph: Graph) -> list[ResourceView]:
    """Return no scaling target; raise UndecidableError if some target may scale any service."""
    for target in graph.of_type(SCALING_TARGET):
        resource = target.at("resourceId")
        of_services = resource.state is State.UNKNOWN or (resource.text() or "").startswith("service/")
        if of_services and not graph.targets(target, "resourceId", SERVICE):
            raise UndecidableError(resource.path, target.urn, "whether it scales a service of this stack is not known")
    return []


def _desired_ignored(graph: Graph, service: ResourceView, _config: Config) -> Iterator[Verdict]:
    if "desiredCount" not in service.ignore_changes and _scaling(graph, service):
        yield violation("desiredCount", "desiredCount is owned by Application Auto Scaling; ignoreChanges must name it")


def _desired_within(graph: Graph, service: ResourceView, _config: Config) -> Iterator[Verdict]:
    desired = service.at("desiredCount")
    count = desired.number() or 0
    if "desiredCount" in service.ignore_changes:
        # In an update the count is the former one, not the program's; autoscaling brings it within new bounds.
        return
    for target in _scaling(graph, service):
        least, most = target.number("minCapacity") or 0, target.number("maxCapacity") or 0
        if not least <= count <= most:
            yield violation(desired.path, f"{desired}; it must be within the scaling target's {least:g} to {most:g}")


def _both_attached(graph: Graph, cluster: ResourceView, config: Config) -> Iterator[Verdict]:
    if not promised(cluster, config):
        return
    attached = graph.dependents(cluster, CLUSTER_CAPACITY_PROVIDERS, "clusterName")
    if not attached:
        yield violation("capacityProviders", "no ClusterCapacityProviders of the stack is for this cluster")
    for owner in attached:
        providers = owner.at("capacityProviders")
        missing = sorted({ON_DEMAND, SPOT} - set(providers.texts()))
        if missing:
            yield violation(providers.path, f"{providers}; it must have {' and '.join(missing)}", owner)


_SHARE_BOUNDS: dict[str, object] = {
    "type": "array",
    "items": {"type": "number", "minimum": 0, "maximum": 1},
    "minItems": 2,
    "maxItems": 2,
}

SERVICES = texts_setting([], "Patterns of names of further services to check, besides this platform's own.")

RULES = (
    Rule(
        id="ecs-no-launch-type",
        title="The service has no launch type",
        problem="The service has a launch type, so that no task runs on Spot",
        severity=Severity.HIGH,
        concern=Concern.SPOT,
        types=(SERVICE,),
        remediation="Remove launchType; a capacity provider strategy decides instead.",
        check=_no_launch_type,
        config={"services": SERVICES},
        note="It checks only this platform's services: another service that only runs on demand may have one.",
    ),
    Rule(
        id="ecs-capacity-provider-strategy",
        title="The service has its own capacity provider strategy",
        problem="The service has no valid capacity provider strategy of its own",
        severity=Severity.HIGH,
        concern=Concern.SPOT,
        types=(SERVICE,),
        remediation="Give capacityProviderStrategies with FARGATE and FARGATE_SPOT.",
        check=_has_strategy,
        config={"services": SERVICES},
        note="A strategy on the cluster only is lost by refresh (pulumi/pulumi-aws issue 5903).",
    ),
    Rule(
        id="ecs-on-demand-base",
        title="Some tasks never run on Spot",
        problem="All tasks may run on Spot, and be lost at once",
        severity=Severity.HIGH,
        concern=Concern.SPOT,
        types=(SERVICE,),
        remediation="Set the base of FARGATE to at least the configured number.",
        settings=(Setting("service.on_demand_base", "at least 1", "FargateSpotService"),),
        check=_on_demand_base,
        config={"minimum-on-demand-base": number_setting(1, "Least base of FARGATE, in tasks.")},
    ),
    Rule(
        id="ecs-spot-share",
        title="The share of tasks on Spot is within bounds at every capacity",
        problem="Too few or too many tasks run on Spot",
        severity=Severity.MEDIUM,
        concern=Concern.SPOT,
        types=(SERVICE, SCALING_TARGET),
        remediation="Change weights, bases or capacities until the share fits.",
        settings=(
            Setting(
                "service.spot_weight",
                "a weight against service.on_demand_weight that keeps the share within the bounds",
                "FargateSpotService",
            ),
        ),
        check_graph=per_resource(_spot_share, SERVICE),
        config={
            "services": SERVICES,
            "spot-share": {
                "type": "object",
                "properties": dict.fromkeys(("minimum", "desired", "maximum"), _SHARE_BOUNDS),
                "required": ["minimum", "desired", "maximum"],
                "additionalProperties": False,
                "default": {"minimum": [0, 0.8], "desired": [0, 0.8], "maximum": [0.5, 0.8]},
                "description": "Bounds of the share on Spot, 0 to 1, at each capacity.",
            },
        },
    ),
    Rule(
        id="ecs-desired-count-ignored",
        title="Only autoscaling changes the desired count",
        problem="An update resets the number of tasks that autoscaling chose",
        severity=Severity.MEDIUM,
        concern=Concern.SPOT,
        types=(SERVICE, SCALING_TARGET),
        remediation="Put desiredCount into the service's ignoreChanges.",
        check_graph=per_resource(_desired_ignored, SERVICE),
    ),
    Rule(
        id="ecs-desired-count-within-scaling",
        title="The service starts within its scaling target",
        problem="The service starts outside its scaling target",
        severity=Severity.MEDIUM,
        concern=Concern.SPOT,
        types=(SERVICE, SCALING_TARGET),
        remediation="Set desiredCount between minCapacity and maxCapacity.",
        check_graph=per_resource(_desired_within, SERVICE),
    ),
    Rule(
        id="ecs-cluster-capacity-providers",
        title="Both Fargate capacity providers are attached to the cluster",
        problem="A Fargate capacity provider is not attached to the cluster",
        severity=Severity.HIGH,
        concern=Concern.SPOT,
        types=(CLUSTER, CLUSTER_CAPACITY_PROVIDERS),
        remediation="Attach FARGATE and FARGATE_SPOT with ClusterCapacityProviders.",
        check_graph=per_resource(_both_attached, CLUSTER),
        config={"services": SERVICES},
    ),
)
