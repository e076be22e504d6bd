"""Cost: the stack must have a budget, and scaling out must stay within reach of it."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from policy.checks import number_setting, setting_number
from policy.graph import Graph
from policy.resources import COMPONENT, ResourceView
from policy.rule import (
    Concern,
    Config,
    Outcome,
    Rule,
    Setting,
    Severity,
    Verdict,
    guarded,
    per_resource,
    violation,
)
from policy.rules import rds, spot
from policy.values import Value, some

BUDGET: Final = "aws:budgets/budget:Budget"
MOST_PERCENT: Final = 100
HOURS_A_MONTH: Final = 730
"""The number in AWS's own pricing calculator."""
VCPU_HOUR_USD: Final = 0.04048
GIB_HOUR_USD: Final = 0.004445
"""AWS Fargate's on-demand prices in us-east-1 for Linux on X86_64; ARM64 and Spot cost less."""
CPU_UNITS_A_VCPU: Final = 1024
MIB_A_GIB: Final = 1024
FARGATE_SERVICE: Final = f"{COMPONENT}FargateSpotService"
MOST_TASKS: Final = "max_tasks"
"""The component's output with the number of tasks that it may scale out to."""
COSTLY: Final = (spot.SERVICE, rds.INSTANCE, rds.CLUSTER)
"""Types that need a budget: they cost money by the hour, whether anybody uses them or not."""


def _has_budget(graph: Graph, _config: Config) -> Iterator[Verdict]:
    budgets = list(graph.of_type(BUDGET))
    costly = next(graph.of_type(*COSTLY), None)
    if costly is not None and not budgets:
        yield violation("limitAmount", "the stack costs by the hour, and has no Budget that watches its costs", costly)
    for budget in budgets:
        yield from guarded(_tells_somebody(budget))


def _tells_somebody(budget: ResourceView) -> Iterator[Verdict]:
    notifications = budget.at("notifications")
    told = [
        place
        for notification in notifications.items()
        for name in ("subscriberEmailAddresses", "subscriberSnsTopicArns")
        if (place := notification.at(name)).present
    ]
    if not some(told, lambda place: bool(place.items())):
        yield violation(notifications.path, f"{notifications}; it must notify somebody", budget)
    elif not some(notifications.items(), _in_time):
        yield violation(notifications.path, f"{notifications.path} notify nobody before the limit is exceeded", budget)


def _in_time(notification: Value) -> bool:
    """Check whether a notification is sent by the time the limit is reached; a threshold in USD is always accepted."""
    threshold = notification.at("threshold").number()
    return notification.at("thresholdType").text() != "PERCENTAGE" or (threshold or 0) <= MOST_PERCENT


def _within_reach(graph: Graph, target: ResourceView, config: Config) -> Iterator[Verdict]:
    services = graph.targets(target, "resourceId", spot.SERVICE)
    most = target.at("maxCapacity")
    yield from guarded(_within(graph, most, services, target, config))
    for action in graph.dependents(target, spot.SCHEDULED_ACTION, "resourceId"):
        scheduled = action.at("scalableTargetAction.maxCapacity")
        if scheduled.present:
            yield from guarded(_within(graph, scheduled, services, action, config))


def _will_be_within_reach(graph: Graph, component: ResourceView, config: Config) -> Iterator[Verdict]:
    """Check what a component will scale out to once it has an image; before that it creates no scaling target."""
    services = [service for service in graph.of_type(spot.SERVICE) if service.parent == component.urn]
    scaled = any(graph.dependents(service, spot.SCALING_TARGET, "resourceId") for service in services)
    if not scaled and component.at(MOST_TASKS).present:
        yield from guarded(_within(graph, component.at(MOST_TASKS), services, component, config))


def _within(
    graph: Graph, most: Value, services: Sequence[ResourceView], owner: ResourceView, config: Config
) -> Iterator[Verdict]:
    tasks = most.number() or 0
    ceiling = setting_number(config, "maximum-tasks")
    limit = graph.once(_within_reach, lambda: _lowest_limit(graph))
    if limit is not None:
        for service in services:
            for task in graph.targets(service, "taskDefinition", spot.TASK_DEFINITION):
                purse = Purse(limit, setting_number(config, "budgets"), ceiling)
                reached = list(guarded(_affordable(most, tasks, task, purse)))
                yield from (replace(verdict, urn=owner.urn) for verdict in reached)
                if any(verdict.outcome is Outcome.VIOLATION for verdict in reached):
                    ceiling = math.inf  # reported already, with a number
    if services and tasks > ceiling:
        yield violation(most.path, f"{most}; it must be at most {ceiling:g}, whatever the budget", owner)


def _lowest_limit(graph: Graph) -> float | None:
    monthly = [budget for budget in graph.of_type(BUDGET) if budget.text("timeUnit") == "MONTHLY"]
    limits = [limit for budget in monthly if (limit := budget.number("limitAmount")) is not None]
    return min(limits, default=None)


class Purse(NamedTuple):
    """What a month at the maximum number of tasks may cost.

    Attributes:
        limit: The monthly budget, USD.
        budgets: How many monthly budgets the month may cost.
        ceiling: The most tasks that a service may have, whatever the budget.
    """

    limit: float
    budgets: float
    ceiling: float


def _affordable(most: Value, tasks: float, task: ResourceView, purse: Purse) -> Iterator[Verdict]:
    cpu, memory = task.number("cpu"), task.number("memory")
    each = monthly_usd(cpu or 0, memory or 0)
    if not cpu or not memory or tasks * each <= purse.budgets * purse.limit:
        return
    reached = math.floor(purse.budgets * purse.limit / each)
    wanted = (
        f"want a budget of {math.ceil(tasks * each / purse.budgets)} USD"
        if tasks <= purse.ceiling
        else f"more than {purse.ceiling:g} are refused whatever the budget"
    )
    yield violation(
        most.path,
        f"{most}; it must be at most {min(reached, purse.ceiling):g}, for which {purse.budgets:g} monthly budgets of "
        f"{purse.limit:g} USD reach: {tasks:g} tasks cost about {tasks * each:.0f} USD a month, and {wanted}",
    )


def monthly_usd(cpu: float, memory: float) -> float:
    """Return what one task costs in a month.

    Args:
        cpu: CPU units, 1024 to a vCPU.
        memory: MiB.

    Returns:
        USD per month of 730 hours, on demand.
    """
    hour = cpu / CPU_UNITS_A_VCPU * VCPU_HOUR_USD + memory / MIB_A_GIB * GIB_HOUR_USD
    return hour * HOURS_A_MONTH


def _scales_within_reach(graph: Graph, config: Config) -> Iterator[Verdict]:
    yield from per_resource(_within_reach, spot.SCALING_TARGET)(graph, config)
    yield from per_resource(_will_be_within_reach, FARGATE_SERVICE)(graph, config)


RULES = (
    Rule(
        id="budget-present",
        title="A budget watches the costs of the stack and notifies somebody",
        problem="No budget watches the costs of the stack, or it notifies nobody in time",
        severity=Severity.LOW,
        concern=Concern.AVAILABILITY,
        types=(BUDGET, *COSTLY),
        remediation="Add a Budget with notifications by mail or to a topic.",
        settings=(Setting("budget.monthly_limit_usd", "the most that the stack may cost in a month"),),
        check_graph=_has_budget,
    ),
    Rule(
        id="scaling-within-budget",
        title="Scaling out cannot cost far more than the budget",
        problem="Scaling out may cost far more than the budget",
        severity=Severity.LOW,
        concern=Concern.AVAILABILITY,
        types=(spot.SCALING_TARGET, spot.SCHEDULED_ACTION, BUDGET, FARGATE_SERVICE),
        remediation="Lower maxCapacity to the number that the message names, or raise the budget.",
        settings=(
            Setting(
                "service.max_tasks",
                "the number that the message names, or less",
                "FargateSpotService",
                (spot.SCALING_TARGET, FARGATE_SERVICE),
            ),
            Setting(
                "service.scheduled_scaling",
                "entries with max_tasks of the number that the message names, or less",
                "FargateSpotService",
                (spot.SCHEDULED_ACTION, FARGATE_SERVICE),
            ),
            Setting("budget.monthly_limit_usd", "the budget that the message names, where it names one"),
        ),
        check_graph=_scales_within_reach,
        config={
            "budgets": number_setting(3, "How many monthly budgets a month at the maximum may cost.", least=0.1),
            "maximum-tasks": number_setting(100, "Most tasks of a service, whatever the budget.", least=1),
        },
        note=(
            "It uses the on-demand price, since Spot capacity is not guaranteed. For a service of this library that "
            "has no image yet, it uses the number of tasks that the service will scale out to."
        ),
    ),
)
