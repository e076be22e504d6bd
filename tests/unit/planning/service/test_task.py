"""Containers, their policies and their events, as data."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spot_planning.documents import canonical_json
from spot_planning.service.events import event_kinds
from spot_planning.service.roles import OWN_TASK_SIDS, execution_policy, task_statements
from spot_planning.service.task import (
    ContainerSpec,
    container_definitions,
    mounted_paths,
    volume_name,
)

variables = st.dictionaries(st.from_regex(r"[A-Z][A-Z0-9_]{0,10}", fullmatch=True), st.text(max_size=20), max_size=8)
CLUSTER = "arn:aws:ecs:eu-west-1:123456789012:cluster/api-1234567"


def spec(**changes: Any) -> ContainerSpec:
    given_values: dict[str, Any] = {
        "name": "api",
        "image": "api@sha256:1",
        "port": 3333,
        "cpu": 512,
        "memory": 1024,
        "environment": {},
        "secrets": {},
        "log_group": "/ecs/api",
        "region": "eu-west-1",
        "health_check_command": ["CMD", "true"],
        "start_period_seconds": 60,
        "stop_timeout_seconds": 115,
        "user": "1001:1001",
        "writable_paths": ["/tmp"],
        "execute_command": False,
    }
    return ContainerSpec(**{**given_values, **changes})


@given(environment=variables, secrets=variables, seed=st.randoms())
def test_the_order_of_variables_does_not_make_a_new_revision(
    environment: dict[str, str], secrets: dict[str, str], seed: Any
) -> None:
    def shuffled(values: dict[str, str]) -> dict[str, str]:
        items = list(values.items())
        seed.shuffle(items)
        return dict(items)

    first = container_definitions(spec(environment=environment, secrets=secrets))
    second = container_definitions(spec(environment=shuffled(environment), secrets=shuffled(secrets)))
    assert canonical_json(first) == canonical_json(second)


def test_volumes_are_named_after_their_paths() -> None:
    assert volume_name("/var/log/app.d") == "var-log-app-d"
    assert mounted_paths(["/tmp", "/cache"], execute_command=False) == ["/cache", "/tmp"]
    assert len(mounted_paths(["/tmp"], execute_command=True)) == 4


def test_the_agent_of_ecs_exec_keeps_what_root_has() -> None:
    (closed,) = container_definitions(spec())
    (opened,) = container_definitions(spec(execute_command=True))
    assert closed["linuxParameters"]["capabilities"]["drop"] == ["ALL"]
    assert "capabilities" not in opened["linuxParameters"]
    assert opened["readonlyRootFilesystem"] is True


def test_secrets_of_one_document_are_granted_once() -> None:
    arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-AbCdEf"
    policy = execution_policy(
        log_group_arn="arn:aws:logs:eu-west-1:123456789012:log-group:/ecs/api",
        region="eu-west-1",
        repository_arn=None,
        secrets=[f"{arn}:username::", f"{arn}:password::"],
        kms_key_arn=None,
    )
    by_sid = {statement["Sid"]: statement for statement in policy["Statement"]}
    assert by_sid["ReadNamedSecrets"]["Resource"] == [arn]
    assert set(by_sid) == {"WriteLog", "ReadNamedSecrets"}


@pytest.mark.parametrize("tracing", [False, True])
@pytest.mark.parametrize("command_log_group_arn", [None, "arn:aws:logs:eu-west-1:123456789012:log-group:/ecs/x"])
def test_only_what_has_no_resource_level_permissions_is_for_all(
    tracing: bool, command_log_group_arn: str | None
) -> None:
    statements = task_statements(
        given=[], tracing=tracing, command_log_group_arn=command_log_group_arn, kms_key_arn=None
    )
    for statement in statements:
        if statement["Resource"] == ["*"]:
            for action in statement["Action"]:
                assert action.startswith(("xray:", "ssmmessages:")) or action == "logs:DescribeLogGroups"


def test_the_task_roles_own_sids_are_listed() -> None:
    statements = task_statements(
        given=[],
        tracing=True,
        command_log_group_arn="arn:aws:logs:eu-west-1:123456789012:log-group:/ecs/x",
        kms_key_arn="arn:aws:kms:eu-west-1:123456789012:key/k",
        described_tasks_arn="arn:aws:ecs:eu-west-1:123456789012:task/api/*",
    )
    assert sorted(statement["Sid"] for statement in statements) == sorted(OWN_TASK_SIDS)


def test_events_are_of_one_cluster_and_counted_once() -> None:
    kinds = {kind.key: kind for kind in event_kinds(cluster_arn=CLUSTER)}
    assert kinds["spot-interruption"].pattern["detail"]["clusterArn"] == [CLUSTER]
    assert kinds["capacity"].pattern["detail"]["clusterArn"] == [CLUSTER]
    assert kinds["failed-deployment"].pattern["resources"] == [
        {"prefix": "arn:aws:ecs:eu-west-1:123456789012:service/api-1234567/"}
    ]
    assert kinds["capacity"].filter_pattern == (
        '{ ($.detail.eventName = "SERVICE_TASK_PLACEMENT_FAILURE") || '
        '($.detail.eventName = "SERVICE_TASK_START_IMPAIRED") }'
    )
