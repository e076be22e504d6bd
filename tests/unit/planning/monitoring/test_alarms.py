"""The plan of the alarms."""

import re
from string import Formatter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spot_planning.data.alarms import (
    GIB,
    backup_alarms,
    cache_alarms,
    database_alarms,
)
from spot_planning.data.connections import instance_memory_gib
from spot_planning.data.database import EVENT_SUBSCRIPTIONS
from spot_planning.monitoring.alarms import (
    BREACHING,
    GREATER,
    LESS,
    MISSING,
    NOT_BREACHING,
    Alarm,
    api_alarms,
    certificate_alarms,
    check_alarms,
    nat_alarms,
    site_alarms,
)
from spot_planning.service.alarms import rollback_alarms, service_alarms
from spot_planning.service.rotation import redeployment

NAMES = {
    "cluster_name",
    "service_name",
    "target_group",
    "load_balancer",
    "event_namespace",
    "api_name",
    "api_stage",
    "database_identifier",
    "replica_identifier",
    "cache_group",
    "distribution_id",
    "backup_vault",
    "copy_namespace",
    "refusal_namespace",
    "redeployment",
    "nat_a",
    "site_certificate",
    "api_certificate",
}

EVERYTHING = (
    *service_alarms(
        load_balancer_kind="network", min_tasks=2, max_tasks=10, uses_spot=True, container_insights=True, redeploys=True
    ),
    *api_alarms(latency_milliseconds=2000, refusals=True),
    *database_alarms(instance_class="db.t4g.small", allocated_storage_gib=20, replica=True),
    *cache_alarms(nodes=2),
    *backup_alarms(copies=True),
    *site_alarms(),
    *nat_alarms(["a"]),
    *certificate_alarms(["site", "api"]),
)


def by_key(alarms: tuple[Alarm, ...]) -> dict[str, Alarm]:
    return {alarm.key: alarm for alarm in alarms}


def names_in(alarm: Alarm) -> set[str]:
    templates = [alarm.namespace, *alarm.dimensions.values()]
    return {name for template in templates for _, name, _, _ in Formatter().parse(template) if name}


def test_the_whole_plan_is_one_that_cloudwatch_takes() -> None:
    check_alarms(EVERYTHING)


@pytest.mark.parametrize(
    "alarm", [*EVERYTHING, *rollback_alarms(load_balancer_kind="application", api=True)], ids=lambda alarm: alarm.key
)
def test_every_alarm_is_complete(alarm: Alarm) -> None:
    assert re.fullmatch(r"[a-z0-9-]+", alarm.key)
    assert alarm.description.endswith(".")
    assert len(alarm.description) <= 1024
    assert names_in(alarm) <= NAMES
    assert 1 <= (alarm.datapoints_to_alarm or 1) <= alarm.evaluation_periods
    assert alarm.treat_missing_data in {BREACHING, MISSING, NOT_BREACHING}
    # With more than an hour in total, CloudWatch requires periods of a minute or more; the limit of the total is a day.
    assert alarm.period_seconds >= 60


@pytest.mark.parametrize(
    "key",
    [
        "failed-deployment",
        "failed-redeployment",
        "failed-backup",
        "expired-backup",
        "failed-copy",
        "api-refusals",
        "capacity",
        "spot-interruptions",
        "targets-unhealthy",
        "api-errors",
        "site-errors",
    ],
)
def test_no_errors_are_good_news(key: str) -> None:
    assert by_key(EVERYTHING)[key].treat_missing_data == NOT_BREACHING


@pytest.mark.parametrize(
    "key",
    ["targets-healthy", "service-running-tasks", "database-cpu", "database-replica-lag", "cache-1-cpu", "cache-2-cpu"],
)
def test_silence_of_what_should_live_is_bad_news(key: str) -> None:
    assert by_key(EVERYTHING)[key].treat_missing_data == BREACHING


def test_without_container_insights_nothing_counts_tasks() -> None:
    alarms = service_alarms(
        load_balancer_kind="network", min_tasks=1, max_tasks=2, uses_spot=True, container_insights=False
    )
    assert {alarm.namespace for alarm in alarms} == {"AWS/ECS", "AWS/NetworkELB", "{event_namespace}"}


def test_a_redeployment_ends_in_no_way_that_its_alarm_neither_counts_nor_names() -> None:
    """ExecutionsFailed does not count runs that time out, so there must be no timeout."""
    assert "TimeoutSeconds" not in redeployment(cluster="cluster", service="api")
    description = by_key(EVERYTHING)["failed-redeployment"].description
    assert "stopped and events that EventBridge could not deliver are not watched" in description


def test_missing_capacity_is_noticed_however_rarely_amazon_ecs_tries() -> None:
    """Amazon ECS retries less and less often, up to 27 minutes apart, so two failures are not in adjacent periods."""
    capacity = by_key(EVERYTHING)["capacity"]
    assert capacity.datapoints_to_alarm == 2
    assert capacity.evaluation_periods * capacity.period_seconds > 2 * 27 * 60


@pytest.mark.parametrize(
    ("spot_tasks", "interruptions", "speaks"),
    [
        # prod with its minimum of two tasks, one of them on Spot (Pulumi.prod.yaml, profile prod): a normal reclaim,
        # and a reclaim that takes the replacement too.
        (1, 1, False),
        (1, 2, True),
        # Ten tasks, seven of them on Spot: a reclaim of one task, and of a whole capacity pool.
        (7, 1, False),
        (7, 3, False),
        (7, 5, True),
        (0, 1, False),
    ],
)
def test_the_alarm_on_interruptions_can_fire_and_is_quiet_on_a_normal_day(
    spot_tasks: int, interruptions: int, *, speaks: bool
) -> None:
    alarm = by_key(
        service_alarms(
            load_balancer_kind="network",
            min_tasks=2,
            max_tasks=10,
            uses_spot=True,
            container_insights=False,
            spot_tasks=spot_tasks,
        )
    )["spot-interruptions"]
    assert alarm.comparison == "GreaterThanOrEqualToThreshold"
    assert (interruptions >= alarm.threshold) is speaks


def test_without_spot_nothing_waits_for_its_interruptions() -> None:
    alarms = service_alarms(
        load_balancer_kind="network", min_tasks=1, max_tasks=2, uses_spot=False, container_insights=True
    )
    assert "spot-interruptions" not in by_key(alarms)
    assert "capacity" in by_key(alarms)


@given(min_tasks=st.integers(1, 100), more=st.integers(0, 100))
def test_being_at_the_maximum_is_news_only_when_there_is_a_way_to_it(min_tasks: int, more: int) -> None:
    alarms = by_key(
        service_alarms(
            load_balancer_kind="network",
            min_tasks=min_tasks,
            max_tasks=min_tasks + more,
            uses_spot=True,
            container_insights=True,
        )
    )
    assert alarms["service-running-tasks"].threshold == min_tasks
    reached_by_default = min_tasks >= alarms["service-at-maximum"].threshold
    assert not reached_by_default


def test_a_service_that_may_sleep_raises_no_alarm_by_sleeping() -> None:
    asleep = by_key(
        service_alarms(load_balancer_kind="network", min_tasks=0, max_tasks=2, uses_spot=True, container_insights=True)
    )
    assert {key for key, alarm in asleep.items() if alarm.treat_missing_data == BREACHING} == set()


@pytest.mark.parametrize("kind", ["network", "application"])
def test_what_rolls_back_names_no_service(kind: str) -> None:
    """The service refers to its alarms, so an alarm that referred to the service would make a cycle."""
    for alarm in rollback_alarms(load_balancer_kind=kind):
        assert names_in(alarm) == {"target_group", "load_balancer"}
        assert alarm.treat_missing_data == NOT_BREACHING


@pytest.mark.parametrize(
    ("instance_class", "gib"),
    [
        ("db.t4g.micro", 1),
        ("db.t4g.small", 2),
        ("db.t4g.large", 8),
        ("db.m7g.large", 8),
        ("db.r7g.large", 16),
        ("db.x2g.large", None),
        ("nonsense", None),
    ],
)
def test_memory_of_an_instance_class(instance_class: str, gib: int | None) -> None:
    assert instance_memory_gib(instance_class) == gib


def test_connections_are_judged_by_the_class() -> None:
    small = by_key(database_alarms(instance_class="db.t4g.small", allocated_storage_gib=20))
    assert small["database-connections"].threshold == 128  # 80 % of the 160 that the parameter group sets
    unknown = by_key(database_alarms(instance_class="db.x2g.large", allocated_storage_gib=20))
    assert "database-connections" not in unknown


@given(st.integers(20, 65536))
def test_the_storage_alarm_comes_after_autoscaling_had_its_chance(allocated_storage_gib: int) -> None:
    alarm = by_key(database_alarms(instance_class="db.t4g.small", allocated_storage_gib=allocated_storage_gib))[
        "database-storage"
    ]
    assert alarm.comparison == LESS
    assert GIB <= alarm.threshold < allocated_storage_gib * GIB / 10


def test_amazon_rds_itself_tells_of_low_storage_after_growth() -> None:
    """The alarm is made for the initial size, so at a larger one it is late: 1.6 of 100 GiB."""
    (alarm,) = (
        each
        for each in database_alarms(
            instance_class="db.t4g.small", allocated_storage_gib=20, max_allocated_storage_gib=100
        )
        if each.key == "database-storage"
    )
    assert alarm.threshold == pytest.approx(1.6 * GIB, abs=1)
    assert "low storage" in EVENT_SUBSCRIPTIONS["db-instance"]


@given(st.integers(1, 6))
def test_every_node_of_the_cache_is_watched(nodes: int) -> None:
    watched = {alarm.dimensions["CacheClusterId"] for alarm in cache_alarms(nodes=nodes)}
    assert watched == {f"{{cache_group}}-00{number}" for number in range(1, nodes + 1)}


def test_two_alarms_of_one_name_are_refused() -> None:
    alarm = EVERYTHING[0]
    with pytest.raises(ValueError, match=f"^two alarms are called {alarm.key}$"):
        check_alarms([alarm, alarm])


def test_more_than_a_day_is_refused() -> None:
    alarm = Alarm(
        key="slow",
        description=".",
        namespace="N",
        metric_name="M",
        statistic="Sum",
        comparison=GREATER,
        threshold=0,
        period_seconds=3600,
        evaluation_periods=25,
    )
    with pytest.raises(ValueError, match=r"^alarm slow looks back longer than a day$"):
        check_alarms([alarm])
