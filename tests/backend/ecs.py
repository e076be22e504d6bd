"""Stands in for Amazon ECS in a task: the task metadata endpoint, and the API operation DescribeTasks."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

ACCOUNT = "111122223333"
DIGEST = f"sha256:{'0123456789abcdef' * 4}"
OTHER_DIGEST = f"sha256:{'fedcba9876543210' * 4}"
CONTAINER: dict[str, Any] = {
    "DockerId": "cd189a933e5849daa93386466019ab50-2495160603",
    "Name": "service",
    "Image": f"{ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com/service:latest",
    "ImageID": DIGEST,
    "Labels": {"com.amazonaws.ecs.task-arn": f"arn:aws:ecs:eu-west-1:{ACCOUNT}:task/main/cd189a933e5849daa933"},
    "ContainerARN": f"arn:aws:ecs:eu-west-1:{ACCOUNT}:container/05966557-f16c-49cb-9352-24b3a0dcd0e1",
}
TASK: dict[str, Any] = {
    "Cluster": f"arn:aws:ecs:eu-west-1:{ACCOUNT}:cluster/main",
    "TaskARN": f"arn:aws:ecs:eu-west-1:{ACCOUNT}:task/main/cd189a933e5849daa93386466019ab50",
    "Family": "service",
    "Revision": "7",
    "AvailabilityZone": "eu-west-1a",
    "LaunchType": "FARGATE",
    "Containers": [{**CONTAINER, "Name": "collector", "ImageID": OTHER_DIGEST}, CONTAINER],
}
"""Task metadata as in the Amazon ECS Developer Guide, "Amazon ECS task metadata v4 JSON response for tasks on
Fargate"."""
TOLD = {
    "tasks": [{"taskArn": TASK["TaskARN"], "launchType": "FARGATE", "capacityProviderName": "FARGATE_SPOT"}],
    "failures": [],
}


@contextmanager
def served(server: ThreadingHTTPServer) -> Iterator[None]:
    """Serve in a thread while the block runs."""
    with server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()


class Endpoint(ThreadingHTTPServer):
    """The task metadata endpoint."""

    def __init__(self, status: int, task: bytes) -> None:
        self.asked: list[str] = []
        self.status = status
        self.answers = {"/v4/id/task": task, "/v4/id": json.dumps(CONTAINER).encode()}
        super().__init__(("127.0.0.1", 0), _MetadataAnswer)

    @property
    def uri(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v4/id"


class _MetadataAnswer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert isinstance(self.server, Endpoint)
        self.server.asked.append(self.path)
        self.send_response(self.server.status)
        self.end_headers()
        self.wfile.write(self.server.answers[self.path])

    def log_message(self, *_: object) -> None:
        """Log nothing."""


@contextmanager
def endpoint(task: bytes, status: int = 200) -> Iterator[Endpoint]:
    server = Endpoint(status, task)
    with served(server):
        yield server


class Ecs(ThreadingHTTPServer):
    """Amazon ECS, with the same answer to every request."""

    def __init__(self, status: int, answer: object) -> None:
        self.asked: list[dict[str, Any]] = []
        self.status = status
        self.answer = json.dumps(answer).encode()
        super().__init__(("127.0.0.1", 0), _EcsAnswer)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _EcsAnswer(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        assert isinstance(self.server, Ecs)
        asked: dict[str, Any] = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append(
            asked | {"of": self.headers["X-Amz-Target"], "signed": self.headers["Authorization"].split(" ")[1]}
        )
        self.send_response(self.server.status)
        self.end_headers()
        self.wfile.write(self.server.answer)

    def log_message(self, *_: object) -> None:
        """Log nothing."""


@contextmanager
def ecs(answer: object = TOLD, status: int = 200) -> Iterator[Ecs]:
    server = Ecs(status, answer)
    with served(server):
        yield server
