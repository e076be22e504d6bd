"""What the service publishes about its own task, read from Amazon ECS's task metadata endpoint."""

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from openapi_schema_validator import OAS30Validator

from service.api import CONTRACT
from service.app import create_app
from service.settings import Settings, load
from service.task_metadata import TaskMetadata, task_metadata
from tests.backend.conftest import unchanged_database
from tests.backend.ecs import ACCOUNT, CONTAINER, DIGEST, TASK, endpoint
from tests.backend.servers import wait_until
from toolchain.datapath.ports import free_port

database = unchanged_database

SILENCE = "the task metadata endpoint does not answer"
WHEREABOUTS = {"task", "zone", "launchType", "capacityProvider"}


def test_of_fargate_it_is_not_known_whether_it_is_spot() -> None:
    assert task_metadata(TASK, CONTAINER) == TaskMetadata(
        task="cd189a933e5849daa93386466019ab50",
        zone="eu-west-1a",
        launch_type="FARGATE",
        capacity_provider="unknown",
        image_digest=DIGEST,
    )


@pytest.mark.parametrize("name", ["FARGATE_SPOT", "FARGATE", "my-own_provider2"])
def test_a_capacity_provider_that_is_told_is_believed(name: str) -> None:
    assert task_metadata({**TASK, "CapacityProviderName": name}, CONTAINER).capacity_provider == name


def test_a_task_of_before_cluster_names_has_an_id_too() -> None:
    arn = f"arn:aws:ecs:eu-west-1:{ACCOUNT}:task/9781c248-0edd-4cdb-9a93-f63cb662a5d3"
    assert task_metadata({"TaskARN": arn}, {}).task == "9781c248-0edd-4cdb-9a93-f63cb662a5d3"


@pytest.mark.parametrize(
    "value", [None, 7, ["x"], "", f"arn:aws:ecs:eu-west-1:{ACCOUNT}:task", f"arn:aws:iam::{ACCOUNT}:role/x", "a b"]
)
def test_what_has_another_form_is_not_repeated(value: object) -> None:
    names = ("TaskARN", "AvailabilityZone", "LaunchType", "CapacityProviderName")
    found = task_metadata(dict.fromkeys(names, value), {"ImageID": value})
    assert found == TaskMetadata(None, None, None, "unknown", None)


def test_of_an_image_only_the_digest_is_told() -> None:
    image = f"{ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com/service@{DIGEST}"
    assert task_metadata({}, {"ImageID": image}).image_digest == DIGEST


@pytest.fixture
def environment(environment: dict[str, str], tmp_path: Path) -> dict[str, str]:
    """The environment with a folder for files, because an S3 client would search for credentials through the proxy."""
    return {**environment, "STORAGE_FOLDER": str(tmp_path), "PUBLIC_URL": "http://testserver"}


@contextmanager
def service(environment: dict[str, str], uri: str) -> Iterator[TestClient]:
    """Yield a client of a service that runs in a task and is ready."""
    told = {"APP_RELEASE": "1.4.0", "ECS_CONTAINER_METADATA_URI_V4": uri}
    with TestClient(create_app(load(environment | told))) as client:
        wait_until(lambda: client.get("/health/ready").status_code == 200, "ready", 10)
        yield client


def test_the_summary_says_where_it_runs_and_no_account(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{free_port()}")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    document = json.dumps({**TASK, "CapacityProviderName": "FARGATE_SPOT"}).encode()
    with endpoint(document) as server, service(environment, server.uri) as client:
        wait_until(lambda: "task" in client.get("/health").json(), "the task is known", 10)
        answer = client.get("/health")
        assert {name: value for name, value in answer.json().items() if name in {*WHEREABOUTS, "release"}} == {
            "task": "cd189a933e5849daa93386466019ab50",
            "zone": "eu-west-1a",
            "launchType": "FARGATE",
            "capacityProvider": "FARGATE_SPOT",
            "release": DIGEST,
        }
        for path in ("/health", "/health/live", "/health/ready"):
            assert ACCOUNT not in client.get(path).text
        assert sorted(server.asked) == ["/v4/id", "/v4/id/task"]
        schema = CONTRACT.document["components"]["schemas"]["Health"]
        OAS30Validator(schema).validate(answer.json())
        assert answer.json().keys() == schema["properties"].keys()


def test_outside_ecs_it_says_nothing_of_a_task(settings: Settings) -> None:
    assert settings.ecs_container_metadata_uri_v4 is None
    with TestClient(create_app(settings)) as client:
        answer = client.get("/health").json()
        assert WHEREABOUTS & answer.keys() == set()
        assert answer["release"] == "unknown"


@pytest.mark.parametrize(
    ("status", "task"), [(500, b"{}"), (404, b""), (200, b"<html>"), (200, b"[]"), (200, b'{"TaskARN":')]
)
def test_an_endpoint_that_answers_otherwise_changes_nothing(
    environment: dict[str, str], caplog: pytest.LogCaptureFixture, status: int, task: bytes
) -> None:
    with endpoint(task, status) as server, service(environment, server.uri) as client:
        wait_until(lambda: SILENCE in caplog.messages, "a log line", 10)
        answer = client.get("/health").json()
        assert WHEREABOUTS & answer.keys() == set()
        assert answer["release"] == "1.4.0"


@pytest.mark.parametrize("uri", ["file:///etc/passwd", "nothing", "http://", "http://["])
def test_an_address_that_is_none_changes_nothing(
    environment: dict[str, str], caplog: pytest.LogCaptureFixture, uri: str
) -> None:
    with service(environment, uri) as client:
        wait_until(lambda: SILENCE in caplog.messages, "a log line", 10)
        assert WHEREABOUTS & client.get("/health").json().keys() == set()


def test_an_endpoint_that_hangs_keeps_the_service_neither_from_starting_nor_from_ending(
    environment: dict[str, str],
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        uri = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with service(environment, uri) as client:
            assert WHEREABOUTS & client.get("/health").json().keys() == set()
