"""The rules between a Fargate service's settings, with their limits."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spot_planning.network.load_balancer import LoadBalancerKind
from spot_planning.service import rules
from spot_planning.service.capacity import (
    CLOSING_SECONDS,
    FARGATE_MEMORY_MIB,
    SPOT_NOTICE_SECONDS,
    finished_after_seconds,
    noticed_after_seconds,
    replaced_after_seconds,
)
from spot_planning.service.settings import FargateSpotServiceSettings, ScheduledScaling
from tests.unit.planning.saying import lines, said

NIGHT = {"name": "night", "schedule": "rate(1 day)", "min_tasks": 0, "max_tasks": 1}


def service(**settings: Any) -> FargateSpotServiceSettings:
    return FargateSpotServiceSettings(**settings)


@given(st.sampled_from(sorted(FARGATE_MEMORY_MIB)), st.integers(0, 300_000))
def test_a_task_size_is_accepted_exactly_when_fargate_has_it(cpu: int, memory: int) -> None:
    assert (said(service(cpu=cpu, memory=memory), rules.RULES) == []) == (memory in FARGATE_MEMORY_MIB[cpu])


@pytest.mark.parametrize(
    ("settings", "line"),
    [
        ({"memory": 8192}, "memory is not allowed with cpu 512; allowed: 1024, 2048, 3072, 4096"),
        (
            {"cpu": 8192, "memory": 1},
            "memory is not allowed with cpu 8192; allowed: 16384 to 61440 in steps of 4096",
        ),
        ({"cpu": 32768, "memory": 1}, "memory is not allowed with cpu 32768; allowed: 61440, 122880, 249856"),
        ({"cpu": 600}, "cpu is not allowed; allowed: 256, 512, 1024, 2048, 4096, 8192, 16384, 32768"),
        ({"spot_weight": 1001}, "spot_weight is not allowed; allowed: 0 to 1000"),
        ({"on_demand_base": -1}, "on_demand_base is not allowed; allowed: 0 to 100000"),
        (
            {"spot_base": 2},
            (
                "spot_base and on_demand_base=1: Amazon ECS allows a base on one capacity provider only; set one of them "
                "to 0"
            ),
        ),
        (
            {"spot_weight": 0, "on_demand_weight": 0, "on_demand_base": 0},
            "spot_weight and on_demand_weight=0: Amazon ECS needs a weight above 0 on one of them",
        ),
        (
            {"on_demand_weight": 0},
            (
                "on_demand_base needs on_demand_weight of 1 or more, not 0: Amazon ECS places no task on a capacity "
                "provider of weight 0"
            ),
        ),
        (
            {"on_demand_base": 0, "spot_base": 1, "spot_weight": 0},
            (
                "spot_base needs spot_weight of 1 or more, not 0: Amazon ECS places no task on a capacity provider of "
                "weight 0"
            ),
        ),
        ({"min_tasks": 0}, "min_tasks is not allowed; allowed: 1 to 2147483647"),
        ({"min_tasks": 2, "desired_tasks": 1}, "desired_tasks must be between min_tasks=2 and max_tasks=10"),
        ({"max_tasks": 3, "desired_tasks": 4}, "desired_tasks must be between min_tasks=1 and max_tasks=3"),
        ({"stop_timeout_seconds": 121}, "stop_timeout_seconds is not allowed; allowed: 2 to 120"),
        (
            {"drain_seconds": 10},
            (
                "drain_seconds must be 25 or more: until then the load balancer may not have noticed (2 checks, one every "
                "10 s, 5 s for the last)"
            ),
        ),
        ({"egress_ports": [443, 443]}, "egress_ports[1] is there twice"),
        ({"writable_paths": ["/tmp", "/tmp"]}, "writable_paths[1] is there twice"),
        (
            {"writable_paths": ["/var/tmp", "/var-tmp"]},
            "writable_paths[1] and /var/tmp would both have the volume var-tmp; choose another path",
        ),
        (
            {"writable_paths": ["/managed.agents"], "execute_command": True},
            "writable_paths[0] and /managed-agents would both have the volume managed-agents; choose another path",
        ),
        (
            {"scheduled_scaling": [ScheduledScaling(**NIGHT), ScheduledScaling(**NIGHT)]},
            "scheduled_scaling[1].name is there twice",
        ),
    ],
)
def test_settings_that_do_not_go_together(settings: dict[str, Any], line: str) -> None:
    assert said(service(**settings), rules.RULES) == [line]


def test_every_rule_speaks_when_every_setting_is_right_in_itself() -> None:
    assert said(service(min_tasks=5, max_tasks=3), rules.RULES) == [
        "max_tasks is not allowed with min_tasks 5; allowed: 5 or more",
        "desired_tasks must be between min_tasks=5 and max_tasks=3",
    ]


def test_the_default_stop_fits_into_the_notice_of_spot() -> None:
    settings = service()
    assert noticed_after_seconds(settings.health_check_interval_seconds) == 25
    assert finished_after_seconds(settings.drain_seconds, 29) == 80 + 29 + CLOSING_SECONDS == 114
    assert 114 <= settings.stop_timeout_seconds < SPOT_NOTICE_SECONDS


def test_on_a_normal_deployment_the_drain_comes_after_the_deregistration() -> None:
    """Amazon ECS Developer Guide, "Optimize load balancer connection draining parameters for Amazon ECS"."""
    settings = service()
    idle = replaced_after_seconds(settings.deregistration_delay_seconds, settings.drain_seconds, 0)
    assert idle == 115 + 80 + CLOSING_SECONDS
    busy = replaced_after_seconds(settings.deregistration_delay_seconds, settings.drain_seconds, 29)
    assert busy == idle + 29


@given(
    stop_timeout_seconds=st.integers(2, 120),
    drain_seconds=st.integers(0, 120),
    deregistration_delay_seconds=st.integers(0, 310),
    health_check_interval_seconds=st.integers(5, 60),
    request_seconds=st.integers(1, 60),
)
def test_a_stop_is_accepted_exactly_when_it_leaves_time_for_each_of_its_steps(
    request_seconds: int, **seconds: int
) -> None:
    settings = service(**seconds)
    problems = [
        *rules.load_balancer_notices(settings),
        *rules.drain_fits(settings, request_seconds),
        *rules.deregistration_fits(settings, request_seconds),
    ]
    fits = (
        seconds["drain_seconds"] >= 2 * seconds["health_check_interval_seconds"] + 5
        and seconds["drain_seconds"] + request_seconds + CLOSING_SECONDS <= seconds["stop_timeout_seconds"]
        and request_seconds <= seconds["deregistration_delay_seconds"] < SPOT_NOTICE_SECONDS
    )
    assert (problems == []) == fits


def test_a_stop_that_does_not_fit_names_the_sum() -> None:
    assert lines(rules.drain_fits(service(stop_timeout_seconds=30), 29)) == [
        "drain_seconds + 29 s for the longest request + 5 s for closing = 114 s must fit into stop_timeout_seconds=30"
    ]
    assert lines(rules.deregistration_fits(service(deregistration_delay_seconds=300), 29)) == [
        (
            "deregistration_delay_seconds must be 29 (the longest request) to 119 (a reclaimed Spot task is gone after "
            "120 s)"
        )
    ]


def test_only_an_application_load_balancer_counts_requests() -> None:
    asked = service(requests_per_task_target=100)
    assert lines(rules.requests_are_counted(asked, LoadBalancerKind.APPLICATION)) == []
    assert lines(rules.requests_are_counted(service(), LoadBalancerKind.NETWORK)) == []
    assert lines(rules.requests_are_counted(asked, LoadBalancerKind.NETWORK)) == [
        (
            "requests_per_task_target is not allowed with load_balancer_kind network, which counts no requests; allowed "
            "with application"
        )
    ]


def test_schedules_are_the_right_way_round_and_in_a_time_zone() -> None:
    entries = [ScheduledScaling(**{**NIGHT, "min_tasks": 3}), ScheduledScaling(**{**NIGHT, "timezone": "Mars"})]
    assert lines(rules.schedules(service(scheduled_scaling=entries))) == [
        "scheduled_scaling[0].max_tasks is not allowed with min_tasks 3; allowed: 3 or more",
        "scheduled_scaling[1].timezone is not allowed; allowed: a time zone such as UTC or Europe/Lisbon",
    ]


@pytest.mark.parametrize("name", ["DATABASE_PASSWORD", "JWT_SECRET", "API_KEY", "AWS_ACCESS_KEY_ID", "token"])
def test_what_names_a_secret_is_none_in_plain(name: str) -> None:
    (problem,) = rules.plain_environment({name: "x"})
    assert (problem.path, problem.text) == (("environment", name), "names a secret; give it in secrets")
    assert not problem.shows_value


@pytest.mark.parametrize("name", ["TOKEN_TTL_SECONDS", "SECRETARY_EMAIL", "PUBLIC_KEY_URL", "PASSWORD_MIN_LENGTH"])
def test_what_only_sounds_like_a_secret_is_fine(name: str) -> None:
    assert not list(rules.plain_environment({name: "https://example.com/a:b@c"}))


def test_a_url_with_a_password_is_a_secret() -> None:
    (problem,) = rules.plain_environment({"BROKER": "amqp://user:pass@broker"})
    assert problem.text == "is a URL with a password; give it in secrets"


def test_a_variable_is_set_once() -> None:
    assert lines(rules.set_once({"A": "1", "B": "2"}, {"B": "arn"})) == [
        "environment.B is also in secrets; keep one of them"
    ]
