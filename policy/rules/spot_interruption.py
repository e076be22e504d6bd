"""Fargate Spot: enough time for a task to stop when AWS reclaims it."""

from collections.abc import Iterator

from policy.documents import containers
from policy.graph import Graph, names_more
from policy.resources import ResourceView
from policy.rule import Concern, Config, Rule, Setting, Severity, Verdict, guarded, per_resource, undecided, violation
from policy.rules.spot import (
    SERVICE,
    SERVICES,
    TARGET_GROUP,
    TASK_DEFINITION,
    promised,
    uses_spot,
)
from policy.values import State

NOTICE_SECONDS = 120
"""Seconds that a reclaimed Spot task has in total ("Amazon ECS clusters for Fargate", termination notices)."""


DEFAULT_STOP_SECONDS = 30
"""Seconds that ECS waits for a container without a stopTimeout ("Container definition: stopTimeout")."""


def _stops_in_time(graph: Graph, task: ResourceView, config: Config) -> Iterator[Verdict]:
    services = graph.dependents(task, SERVICE, "taskDefinition")
    if not promised(task, config) and not any(map(uses_spot, services)):
        return  # a one-off task, or one that never runs on Spot
    for container in containers(task):
        if container.at("essential").known() is False:
            continue  # a sidecar: ECS stops it after the others
        yield from guarded(_container_stops_in_time(container.at("stopTimeout").number(), container.path))


def _container_stops_in_time(seconds: float | None, path: str) -> Iterator[Verdict]:
    if seconds is None:
        yield violation(
            f"{path}.stopTimeout",
            f"{path}.stopTimeout is absent (ECS waits {DEFAULT_STOP_SECONDS} s); draining takes longer",
        )
    elif not DEFAULT_STOP_SECONDS < seconds <= NOTICE_SECONDS:
        yield violation(
            f"{path}.stopTimeout",
            f"{path}.stopTimeout is {seconds:g}; it must be more than {DEFAULT_STOP_SECONDS} "
            f"and at most {NOTICE_SECONDS} s",
        )


def _deregisters_in_time(graph: Graph, service: ResourceView, _config: Config) -> Iterator[Verdict]:
    if not uses_spot(service):
        return
    balancers = service.at("loadBalancers")
    groups = graph.targets(service, "loadBalancers", TARGET_GROUP)
    named = [] if balancers.state is State.UNKNOWN else [item.at("targetGroupArn") for item in balancers.items()]
    if names_more(graph, service, "loadBalancers", named, TARGET_GROUP) or (balancers.present and not groups):
        yield undecided(balancers.path, "not every target group is part of this stack")
    for group in groups:
        yield from guarded(_lets_go(group))


def _lets_go(group: ResourceView) -> Iterator[Verdict]:
    delay = group.at("deregistrationDelay")
    if (delay.number() or 0) >= NOTICE_SECONDS:
        yield violation(delay.path, f"{delay}; a reclaimed task has {NOTICE_SECONDS} s, so it must be less", group)


RULES = (
    Rule(
        id="ecs-stop-timeout",
        title="A reclaimed container has time to drain, but no more than Spot allows",
        problem="A task that Spot reclaims is killed before it has drained",
        severity=Severity.MEDIUM,
        concern=Concern.SPOT,
        types=(TASK_DEFINITION, SERVICE),
        remediation="Set stopTimeout of every container to more than 30 and at most 120 seconds.",
        settings=(Setting("service.stop_timeout_seconds", "31 to 120", "FargateSpotService"),),
        check_graph=per_resource(_stops_in_time, TASK_DEFINITION),
        config={"services": SERVICES},
        note="It checks this platform's services and others with Spot, but no one-off tasks and no sidecars.",
    ),
    Rule(
        id="ecs-deregistration-delay",
        title="The load balancer deregisters a task before Spot stops it",
        problem="Spot stops the task before the load balancer has deregistered it",
        severity=Severity.MEDIUM,
        concern=Concern.SPOT,
        types=(SERVICE, TARGET_GROUP),
        remediation="Set deregistrationDelay of the target group to less than 120 seconds.",
        check_graph=per_resource(_deregisters_in_time, SERVICE),
        note="The provider's default is 300 s, but Spot stops a reclaimed task after 120 s.",
    ),
)
