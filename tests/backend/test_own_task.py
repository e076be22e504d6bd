"""The service reads its task's capacity provider from Amazon ECS: Spot or on demand."""

import json
import socket
from pathlib import Path
from typing import Any

import pytest

from service import own_task
from service.own_task import DescribeError, capacity_provider_of
from tests.backend.conftest import unchanged_database
from tests.backend.ecs import ACCOUNT, TASK, ecs, endpoint
from tests.backend.servers import wait_until
from tests.backend.test_task_metadata import WHEREABOUTS, service

database = unchanged_database

SILENCE = "Amazon ECS does not tell the capacity provider"
ARN = TASK["TaskARN"]
CLUSTER = TASK["Cluster"]
REFUSED = {
    "__type": "AccessDeniedException",
    "message": f"User: arn:aws:sts::{ACCOUNT}:assumed-role/api/1 is not authorized to perform: ecs:DescribeTasks",
}


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """Set credentials as of the task's role, and use no proxy for requests to this machine."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("no_proxy", "127.0.0.1")


@pytest.fixture
def environment(environment: dict[str, str], tmp_path: Path) -> dict[str, str]:
    return {**environment, "STORAGE_FOLDER": str(tmp_path), "PUBLIC_URL": "http://testserver", "DESCRIBE_TASKS": "true"}


def test_it_asks_once_for_its_own_task_in_its_own_cluster_and_region() -> None:
    with ecs() as server:
        assert capacity_provider_of(ARN, CLUSTER, server.url) == "FARGATE_SPOT"
    (asked,) = server.asked
    assert (asked["cluster"], asked["tasks"]) == (CLUSTER, [ARN])
    assert asked["of"] == "AmazonEC2ContainerServiceV20141113.DescribeTasks"
    assert "/eu-west-1/ecs/" in asked["signed"]


@pytest.mark.parametrize(
    ("status", "answer", "cause"),
    [
        (400, REFUSED, "AccessDeniedException"),
        (400, {"__type": "ThrottlingException"}, "ThrottlingException"),
        (500, {}, "500"),
        (200, {"tasks": [], "failures": [{"arn": ARN, "reason": "MISSING"}]}, "NoCapacityProvider"),
        (200, {"tasks": [{"taskArn": ARN, "launchType": "FARGATE"}]}, "NoCapacityProvider"),
    ],
)
def test_a_refusal_is_not_asked_again_and_names_no_account(status: int, answer: object, cause: str) -> None:
    with ecs(answer, status) as server, pytest.raises(DescribeError) as caught:
        capacity_provider_of(ARN, CLUSTER, server.url)
    assert str(caught.value) == cause
    assert len(server.asked) == 1


@pytest.mark.parametrize("url", ["nothing", "http://", "http://127.0.0.1:1"])
def test_without_an_answer_it_is_not_known(url: str) -> None:
    with pytest.raises(DescribeError):
        capacity_provider_of(ARN, CLUSTER, url)


@pytest.mark.parametrize("arn", ["None", "", "x:y"])
def test_what_is_no_task_is_not_asked_for(arn: str) -> None:
    with ecs() as server, pytest.raises(DescribeError, match="NoTaskArn"):
        capacity_provider_of(arn, CLUSTER, server.url)
    assert server.asked == []


def test_the_health_says_spot(environment: dict[str, str]) -> None:
    with endpoint(json.dumps(TASK).encode()) as metadata, ecs() as server:
        told = environment | {"AWS_ENDPOINT_URL": server.url}
        with service(told, metadata.uri) as client:
            wait_until(
                lambda: client.get("/health").json().get("capacityProvider") == "FARGATE_SPOT", "it is known", 10
            )
            assert ACCOUNT not in client.get("/health").text
            assert len(server.asked) == 1


@pytest.mark.parametrize("name", ["arn:aws:ecs:eu-west-1:111122223333:capacity-provider/mine", "a b", "x" * 300])
def test_a_name_of_another_form_is_not_repeated(
    environment: dict[str, str], caplog: pytest.LogCaptureFixture, name: str
) -> None:
    with (
        endpoint(json.dumps(TASK).encode()) as metadata,
        ecs({"tasks": [{"capacityProviderName": name}]}) as server,
        service(environment | {"AWS_ENDPOINT_URL": server.url}, metadata.uri) as client,
    ):
        wait_until(lambda: any("in another form" in line for line in caplog.messages), "a log line", 10)
        assert client.get("/health").json()["capacityProvider"] == "unknown"


def test_a_refusal_leaves_the_rest_and_one_line(environment: dict[str, str], caplog: pytest.LogCaptureFixture) -> None:
    with (
        endpoint(json.dumps(TASK).encode()) as metadata,
        ecs(REFUSED, 400) as server,
        service(environment | {"AWS_ENDPOINT_URL": server.url}, metadata.uri) as client,
    ):
        wait_until(lambda: SILENCE in caplog.messages, "a log line", 10)
        answer = client.get("/health").json()
        assert {name: answer.get(name) for name in WHEREABOUTS} == {
            "task": "cd189a933e5849daa93386466019ab50",
            "zone": "eu-west-1a",
            "launchType": "FARGATE",
            "capacityProvider": "unknown",
        }
    assert caplog.messages.count(SILENCE) == 1
    assert [vars(line)["cause"] for line in caplog.records if line.message == SILENCE] == ["AccessDeniedException"]
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("more", "task"),
    [({"DESCRIBE_TASKS": "false"}, TASK), ({}, {**TASK, "CapacityProviderName": "FARGATE"})],
    ids=["without leave", "the endpoint has told"],
)
def test_nobody_asks_in_vain(environment: dict[str, str], more: dict[str, str], task: dict[str, Any]) -> None:
    with endpoint(json.dumps(task).encode()) as metadata, ecs() as server:
        with service(environment | {"AWS_ENDPOINT_URL": server.url} | more, metadata.uri) as client:
            expected = task.get("CapacityProviderName", "unknown")
            wait_until(lambda: client.get("/health").json().get("capacityProvider") == expected, "it is known", 10)
        assert server.asked == []


def test_a_silent_ecs_keeps_the_service_neither_from_starting_nor_from_serving(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own_task, "READ_SECONDS", 0.5)
    with endpoint(json.dumps(TASK).encode()) as metadata, socket.create_server(("127.0.0.1", 0)) as silent:
        told = environment | {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{silent.getsockname()[1]}"}
        with service(told, metadata.uri) as client:
            wait_until(lambda: "zone" in client.get("/health").json(), "what the endpoint said is known", 10)
            assert client.get("/health").json()["capacityProvider"] == "unknown"
