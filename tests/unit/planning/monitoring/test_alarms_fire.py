"""Every alarm fires in a situation that really occurred, and does not fire on a normal day.

`state` computes an alarm's state from the newest data points as CloudWatch does ("Configuring how CloudWatch alarms
treat missing data", Amazon CloudWatch User Guide). A data point is the alarm's statistic of one period, or None if the
period has no data.
"""

import importlib
import inspect
import itertools
import operator
import pkgutil
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest

import spot_planning
from spot_planning.data.alarms import cache_alarms
from spot_planning.monitoring.alarms import BREACHING, MISSING, Alarm
from spot_planning.network.load_balancer import LoadBalancerKind

GIB = 1024**3
COMPARISONS = {
    "GreaterThanThreshold": operator.gt,
    "GreaterThanOrEqualToThreshold": operator.ge,
    "LessThanThreshold": operator.lt,
}

TYPICAL: dict[str, Any] = {
    "min_tasks": 2,
    "max_tasks": 10,
    "spot_tasks": 1,
    "latency_milliseconds": 2000,
    "instance_class": "db.t4g.small",
    "allocated_storage_gib": 20,
    "max_allocated_storage_gib": 100,
    "nodes": 2,
    "node_type": "cache.t4g.micro",
    "zones": ["a"],
    "certificates": ["api"],
}
"""Values of a prod stack for the parameters of plans, except switches and choices."""
CHOICES: dict[Any, Sequence[Any]] = {bool: (False, True), LoadBalancerKind: tuple(LoadBalancerKind)}


def plans() -> Iterator[Callable[..., tuple[Alarm, ...]]]:
    """Return each public function of `spot_planning` that returns alarms."""
    for module in pkgutil.walk_packages(spot_planning.__path__, "spot_planning."):
        loaded = importlib.import_module(module.name)
        for name, function in inspect.getmembers(loaded, inspect.isfunction):
            ours = function.__module__ == module.name and not name.startswith("_")
            if ours and "Alarm" in str(function.__annotations__.get("return")):
                yield function


def planned() -> dict[str, list[Alarm]]:
    """Return every alarm that any plan has with any of its switches and choices, by key; some have variants."""
    found: dict[str, list[Alarm]] = {}
    for plan in plans():
        hints = inspect.get_annotations(plan, eval_str=True)
        names = list(inspect.signature(plan).parameters)
        values = [CHOICES[hints[name]] if hints[name] in CHOICES else (TYPICAL[name],) for name in names]
        for chosen in itertools.product(*values):
            for alarm in plan(**dict(zip(names, chosen, strict=True))):
                variants = found.setdefault(alarm.key, [])
                if alarm not in variants:
                    variants.append(alarm)
    return found


ALARMS = planned()
BIG_CACHE = {alarm.key: alarm for alarm in cache_alarms(nodes=1, node_type="cache.m7g.xlarge")}


def state(alarm: Alarm, points: Sequence[float | None]) -> str:
    """Return an alarm's state after these data points; the newest is last."""
    window = points[-alarm.evaluation_periods :]
    assert len(window) == alarm.evaluation_periods, f"{alarm.key} looks at {alarm.evaluation_periods} periods"
    if all(point is None for point in window) and alarm.treat_missing_data == MISSING:
        return "INSUFFICIENT_DATA"
    breaches = COMPARISONS[alarm.comparison]
    bad = sum(
        alarm.treat_missing_data == BREACHING if point is None else breaches(point, alarm.threshold) for point in window
    )
    return "ALARM" if bad >= (alarm.datapoints_to_alarm or alarm.evaluation_periods) else "OK"


@dataclass(frozen=True, kw_only=True)
class Situation:
    """One alarm's data points during a fault and on a normal day."""

    bad: Sequence[float | None]
    what: str
    """Description of the fault."""
    normal: Sequence[float | None]
    source: str
    """The page that describes the metric in this fault, or the alarm on it. The numbers follow from it, from the limits
    of a prod stack, and from what a comment says."""


RECOMMENDED = 'Amazon CloudWatch User Guide, "Recommended alarms"'
ELB_METRICS = 'User Guide for Network Load Balancers, "CloudWatch metrics for your Network Load Balancer"'
ROLLBACK = 'Amazon ECS Developer Guide, "How CloudWatch alarms detect Amazon ECS deployment failures"'
CREDITS = 'Amazon EC2 User Guide, "CPU credits and baseline utilization for burstable performance instances"'
CACHE = 'Amazon ElastiCache User Guide, "Which Metrics Should I Monitor?"'
BACKUP = 'AWS Backup Developer Guide, "AWS Backup metrics with Amazon CloudWatch"'

SITUATIONS = {
    "service-cpu": Situation(
        bad=[97] * 10, what="ten tasks at their limit", normal=[70, 85, 95, 60] * 3, source=RECOMMENDED
    ),
    "service-memory": Situation(
        bad=[91, 93, 95, 97, 99], what="a leak, killed at 100 %", normal=[61] * 5, source=RECOMMENDED
    ),
    "targets-healthy": Situation(
        bad=[0, 0], what="readiness fails with the database", normal=[2, 2], source=ELB_METRICS
    ),
    "targets-unhealthy": Situation(
        bad=[1] * 10, what="one task hangs", normal=[0, 1, 1, 0, 0, 0, 0, 0, 0, 0], source=ELB_METRICS
    ),
    "failed-deployment": Situation(
        bad=[1],
        what="the circuit breaker rolled back",
        normal=[None],
        source='Amazon ECS Developer Guide, "How the Amazon ECS deployment circuit breaker detects failures"',
    ),
    # Amazon ECS retries after at most 27 minutes ("Amazon ECS service throttle logic").
    "capacity": Situation(
        bad=[1, *[None] * 5, 1, *[None] * 5],
        what="Spot has no room",
        normal=[None] * 11 + [1],
        source='Amazon ECS Developer Guide, "Amazon ECS service throttle logic"',
    ),
    "spot-interruptions": Situation(
        bad=[5],
        what="a zone takes back its Spot tasks",
        normal=[1],
        source='Amazon ECS Developer Guide, "Amazon ECS clusters for Fargate" (two minutes of notice, SpotInterruption)',
    ),
    "service-running-tasks": Situation(
        bad=[1] * 5, what="one of two tasks does not start", normal=[2, 1, 2, 2, 2], source=RECOMMENDED
    ),
    "service-at-maximum": Situation(
        bad=[10] * 30,
        what="load beyond ten tasks",
        normal=[2, 4] * 15,
        source='Amazon ECS Developer Guide, "Automatically scale your Amazon ECS service"',
    ),
    "failed-redeployment": Situation(
        bad=[1],
        what="ECS throttled UpdateService",
        normal=[None],
        source='AWS Step Functions Developer Guide, "Monitoring Step Functions metrics using Amazon CloudWatch"',
    ),
    "rollback-unhealthy-targets": Situation(
        bad=[1] * 5, what="the new image never is ready", normal=[0, 1, 1, 0, 0], source=ROLLBACK
    ),
    "rollback-target-errors": Situation(
        bad=[0, 0, 40, 60, 55], what="answers 500", normal=[0, 12, 4, 3, None], source=ROLLBACK
    ),
    # One operation in five fails. The average of 5XXError is a rate from 0 to 1, not a percentage. On a normal day a
    # client repeats a request that fails, and at night five requests make the rate of a minute.
    "rollback-api-errors": Situation(
        bad=[0, 0, 0.2, 0.2, 0.2],
        what="answers 500",
        normal=[0.02, 0.08, 0.2, 0, 0.09],
        source='Amazon API Gateway Developer Guide, "Amazon API Gateway dimensions and metrics" (the average is the rate)',
    ),
    # Every request is 0 or 1, so the average is the rate.
    "api-errors": Situation(
        bad=[0, 0, 0.3, 0.5, 0.4],
        what="a release answers 500",
        normal=[0.01, 0.04, 0.2, 0, None],
        source='Amazon API Gateway Developer Guide, "Amazon API Gateway dimensions and metrics" (the average is the rate)',
    ),
    "api-latency": Situation(
        bad=[2500] * 10, what="a missing index", normal=[280, 250, 3000, 240, 210] * 2, source=RECOMMENDED
    ),
    "database-cpu": Situation(
        bad=[98] * 15, what="a query without an index", normal=[12, 95, 90, 20, 15] * 3, source=RECOMMENDED
    ),
    # Storage autoscaling acts below 2 GiB (10 % of 20 GiB) after five minutes, but only once in six hours.
    "database-storage": Situation(
        bad=[1.5 * GIB] * 3,
        what="grown to the limit",
        normal=[1.9 * GIB] * 3,
        source='Amazon RDS User Guide, "Managing capacity automatically with Amazon RDS storage autoscaling"',
    ),
    "database-memory": Situation(
        bad=[90 * 2**20] * 15, what="90 MiB of 2 GiB free", normal=[400 * 2**20] * 15, source=RECOMMENDED
    ),
    # The parameter group allows 160 connections.
    "database-connections": Situation(
        bad=[140] * 5, what="ten tasks with pools of 14", normal=[20, 40, 130, 40, 20], source=RECOMMENDED
    ),
    # Writes stop at 2 billion ("Transaction ID Wraparound in Postgres", sentry.io). Autovacuum starts at 200 million.
    "database-transaction-ids": Situation(
        bad=[1.2e9],
        what="a forgotten replication slot",
        normal=[2.1e8],
        source='sentry.io, "Transaction ID Wraparound in Postgres"; AWS Database Blog, "Implementing an early warning '
        'system for transaction ID wraparound in Amazon RDS for PostgreSQL"',
    ),
    # Of 576 credits at most, what a night of reports has left.
    "database-credits": Situation(bad=[3] * 12, what="a report all day", normal=[95] * 12, source=CREDITS),
    "database-replica-lag": Situation(
        bad=[300] * 5, what="a long query holds replay", normal=[8, 20, 90, 9, 7], source=RECOMMENDED
    ),
    # On two vCPUs, one busy thread is 50 %. The limit is 45 %, from the 90 % of "Which Metrics Should I Monitor?".
    "cache-1-cpu": Situation(bad=[50] * 5, what="KEYS in a loop", normal=[8, 6, 48, 9, 7], source=CACHE),
    "cache-1-credits": Situation(bad=[2] * 12, what="cache.t4g.micro above its 10 %", normal=[90] * 12, source=CREDITS),
    "cache-1-memory": Situation(bad=[92] * 5, what="sessions without expiry", normal=[40] * 5, source=CACHE),
    "cache-1-evictions": Situation(bad=[900, 1500], what="the memory is full", normal=[40, 15], source=CACHE),
    "cache-1-connections": Situation(bad=[60_000] * 5, what="clients never close", normal=[6_000] * 5, source=CACHE),
    "cache-1-replication-lag": Situation(bad=[30] * 5, what="a full sync", normal=[1.5, 2, 1.2, 15, 3], source=CACHE),
    "failed-backup": Situation(bad=[1], what="the role lost a permission", normal=[None], source=BACKUP),
    "expired-backup": Situation(bad=[1], what="scheduled before a window", normal=[None], source=BACKUP),
    # Real messages: "Copy job failed. Both source and destination account must be a member of the same organization"
    # and "Access denied exception while trying to list tags". There is one event for each job.
    "failed-copy": Situation(
        bad=[1],
        what="the key of the other vault refuses the role",
        normal=[None],
        source='AWS Backup Developer Guide, "Creating backup copies across AWS accounts" (the messages)',
    ),
    # The quota of 100 000 requests a month is used up on the 20th: all of the about 11 requests in five minutes are
    # refused. On a normal day, a script exceeds the rate limit for ten minutes.
    "api-refusals": Situation(
        bad=[9, 14, 11, 8, 12, 10],
        what="the quota is spent",
        normal=[2, 300, 150, 1, 1, 1],
        source='Amazon API Gateway Developer Guide, "Usage plans and API keys for REST APIs in API Gateway"',
    ),
    # A worker without keep-alive to one address: there are 55 000 ports, each used for minutes after its connection.
    "nat-a-ports": Situation(
        bad=[0, 0, 0, 310, 870],
        what="no port for one destination",
        normal=[0, 0, 3, 0, None],
        source='Amazon VPC User Guide, "NAT gateway basics" (55 000 connections to each destination)',
    ),
    "api-certificate": Situation(
        bad=[29],
        what="somebody deleted the validation record",
        normal=[58],
        source='AWS Certificate Manager User Guide, "Supported CloudWatch metrics" (DaysToExpiry); renewal begins 60 days before',
    ),
    # CloudFront's rate is in percent, unlike API Gateway's. What its cache holds is still answered.
    "site-errors": Situation(
        bad=[0, 0, 40, 40, 40],
        what="the key's policy lost CloudFront",
        normal=[0, 2, 1, 9, 3],
        source='Amazon CloudFront Developer Guide, "Types of metrics for CloudFront" (5xxErrorRate is in percent)',
    ),
}


def test_every_alarm_has_a_situation() -> None:
    second_node = {key for key in ALARMS if key.startswith("cache-2-")}
    assert set(ALARMS) - second_node == set(SITUATIONS)
    assert {key.replace("-2-", "-1-") for key in second_node} == {key for key in ALARMS if key.startswith("cache-1-")}


@pytest.mark.parametrize("key", SITUATIONS)
def test_a_situation_has_a_source(key: str) -> None:
    assert re.fullmatch(r'[^"]+, "[^"]{8,}".*', SITUATIONS[key].source)


@pytest.mark.parametrize("key", SITUATIONS)
def test_the_alarm_fires(key: str) -> None:
    states = {state(alarm, SITUATIONS[key].bad) for alarm in ALARMS[key]}
    assert states == {"ALARM"}, SITUATIONS[key].what


@pytest.mark.parametrize("key", SITUATIONS)
def test_the_alarm_is_quiet_on_a_normal_day(key: str) -> None:
    assert {state(alarm, SITUATIONS[key].normal) for alarm in ALARMS[key]} == {"OK"}


@pytest.mark.parametrize("factor", [0.1, 10])
@pytest.mark.parametrize("key", SITUATIONS)
def test_a_threshold_that_is_ten_times_wrong_is_noticed(key: str, factor: float) -> None:
    """A rate is not a percentage, and a count is not a rate. The numbers above are close enough to notice it."""
    for alarm in ALARMS[key]:
        # Counts of whole things: none is good, and one is bad.
        if alarm.threshold <= 1 and alarm.statistic != "Average":
            continue
        wrong = replace(alarm, threshold=alarm.threshold * factor)
        assert (state(wrong, SITUATIONS[key].bad), state(wrong, SITUATIONS[key].normal)) != ("ALARM", "OK")


def test_large_cache_nodes_are_judged_by_the_thread_of_the_engine() -> None:
    assert BIG_CACHE["cache-1-cpu"].metric_name == "EngineCPUUtilization"
    assert state(BIG_CACHE["cache-1-cpu"], [96] * 5) == "ALARM"
    assert "cache-1-credits" not in BIG_CACHE


def test_a_new_node_without_credits_yet_raises_no_alarm() -> None:
    """A node starts without credits and earns 12 an hour ("CPU credits and baseline utilization", EC2 User Guide)."""
    first_hours = [float(minute // 5) for minute in range(0, 120, 5)]
    (alarm,) = ALARMS["cache-1-credits"]
    for end in range(alarm.evaluation_periods, len(first_hours) + 1):
        assert state(alarm, first_hours[:end]) == "OK"


def test_an_instance_that_is_gone_raises_an_alarm() -> None:
    for key in ("database-cpu", "cache-1-cpu"):
        (alarm,) = ALARMS[key]
        assert state(alarm, [None] * alarm.evaluation_periods) == "ALARM"


def test_missing_data_says_nothing_of_the_load() -> None:
    (alarm,) = ALARMS["database-memory"]
    assert state(alarm, [None] * 15) == "INSUFFICIENT_DATA"
