"""Serves the task metadata endpoint, version 4, and the credentials of the task's role.

Sources: Amazon ECS Developer Guide, "Amazon ECS task metadata endpoint version 4 for tasks on Fargate" and "Amazon ECS
task IAM role".
"""

import asyncio
import json
import secrets
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Final
from zlib import crc32

from toolchain.datapath.tasks.credentials import TaskCredentials, UnavailableError

_LONGEST_REQUEST: Final = 8 * 1024
_ANSWER_SECONDS: Final = 5.0
_TOKEN_BYTES: Final = 32
_CREDENTIALS_PATH: Final = "/v2/credentials/"

Described = Mapping[str, Any]


class MetadataServer:
    """A server on a loopback port. Each container has its own URL, which other processes cannot guess."""

    def __init__(self) -> None:
        self._server: asyncio.Server | None = None
        self._containers: dict[str, tuple[Described, str]] = {}
        self._credentials: dict[str, TaskCredentials] = {}
        self.port = 0

    async def start(self) -> None:
        """Listen on a free port."""
        self._server = await asyncio.start_server(self._answer, "127.0.0.1", 0, limit=_LONGEST_REQUEST)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Stop listening."""
        if self._server is not None:
            self._server.close()

    def add(self, task: Described, container: str, credentials: TaskCredentials | None = None) -> str:
        """Add a container, so that the server answers its requests.

        Args:
            task: Result of `task_metadata`; may change while the task runs.
            container: The container's name.
            credentials: Credentials of the task's role; None if the task has no role.

        Returns:
            The container's token, for `variables` and `remove`.
        """
        token = secrets.token_hex(_TOKEN_BYTES)
        self._containers[token] = (task, container)
        if credentials is not None:
            self._credentials[token] = credentials
        return token

    def variables(self, token: str) -> dict[str, str]:
        """Return the environment variables with the URLs of a container's endpoints.

        On Fargate, ``AWS_CONTAINER_CREDENTIALS_RELATIVE_URI`` is a path on 169.254.170.2; that address does not exist
        here, so ``AWS_CONTAINER_CREDENTIALS_FULL_URI`` is set instead.

        Args:
            token: The container's token.
        """
        address = f"http://127.0.0.1:{self.port}"
        return {
            "ECS_CONTAINER_METADATA_URI_V4": f"{address}/v4/{token}",
            "ECS_AGENT_URI": f"{address}/api/{token}",
            **(
                {"AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{address}{_CREDENTIALS_PATH}{token}"}
                if token in self._credentials
                else {}
            ),
        }

    def remove(self, token: str) -> None:
        """Remove a container, so that the server no longer answers its requests."""
        self._containers.pop(token, None)
        self._credentials.pop(token, None)

    async def credentials(self, token: str) -> tuple[HTTPStatus, Any]:
        """Return status and body of the response to a request for the task role's credentials."""
        held = self._credentials.get(token)
        if held is None:
            return HTTPStatus.NOT_FOUND, {"message": "no such task, or one without a task role"}
        try:
            return HTTPStatus.OK, await held.current()
        except UnavailableError as error:
            return HTTPStatus.SERVICE_UNAVAILABLE, {"message": str(error)}

    def answer(self, method: str, path: str) -> tuple[HTTPStatus, Any]:
        """Return status and body of the response to a request for metadata."""
        version, token, *rest = [*path.partition("?")[0].strip("/").split("/"), "", ""]
        found = self._containers.get(token)
        if version not in {"v4", "api"} or found is None:
            return HTTPStatus.NOT_FOUND, {"message": "no such task"}
        task, name = found
        what = "/".join(rest).strip("/")
        if version == "v4" and method == "GET" and what in {"", "task"}:
            containers: list[Described] = task["Containers"]
            own: list[Described] = [item for item in containers if item["Name"] == name]
            return HTTPStatus.OK, dict(task if what else own[0])
        return HTTPStatus.NOT_IMPLEMENTED, {"message": f"the local stack does not play {what or version}"}

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, ValueError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), _ANSWER_SECONDS)
            method, path, _ = head.split(b"\r\n", 1)[0].decode("ascii").split(" ", 2)
            if method == "GET" and path.startswith(_CREDENTIALS_PATH):
                status, body = await self.credentials(path.removeprefix(_CREDENTIALS_PATH))
            else:
                status, body = self.answer(method, path)
            content = json.dumps(body).encode()
            writer.write(
                f"HTTP/1.1 {status.value} {status.phrase}\r\nContent-Type: application/json\r\n"
                f"Content-Length: {len(content)}\r\nConnection: close\r\n\r\n".encode()
            )
            writer.write(content)
            await writer.drain()
        writer.close()


def task_metadata(task: Described, definition: Described, digests: Mapping[str, str]) -> dict[str, Any]:
    """Return the endpoint's response for a task.

    Args:
        task: The task as ``DescribeTasks`` returns it.
        definition: The task's task definition.
        digests: Container name -> digest of its image.
    """
    now = datetime.now(UTC).isoformat()
    limits = {
        **({"CPU": int(definition["cpu"]) / 1024} if definition.get("cpu") else {}),
        **({"Memory": int(definition["memory"])} if definition.get("memory") else {}),
    }
    described = {container["name"]: container for container in task["containers"]}
    return {
        "Cluster": task["clusterArn"],
        "TaskARN": task["taskArn"],
        "Family": definition["family"],
        "Revision": str(definition["revision"]),
        "DesiredStatus": "RUNNING",
        "KnownStatus": "RUNNING",
        "Limits": limits,
        "PullStartedAt": now,
        "PullStoppedAt": now,
        "AvailabilityZone": task.get("availabilityZone", ""),
        "LaunchType": task.get("launchType", "FARGATE"),
        "Containers": [
            _container(described.get(item["name"], {}), item, task, definition, digests.get(item["name"], ""))
            for item in definition["containerDefinitions"]
        ],
        **({"ServiceName": task["group"].partition(":")[2]} if task["group"].startswith("service:") else {}),
    }


def _container(
    about: Described, item: Described, task: Described, definition: Described, digest: str
) -> dict[str, Any]:
    logs: Described = item.get("logConfiguration") or {}
    options: Described = logs.get("options") or {}
    identifier = task["taskArn"].rpartition("/")[2]
    addresses = [network["privateIpv4Address"] for network in about.get("networkInterfaces", ())]
    return {
        "DockerId": f"{identifier}-{crc32(item['name'].encode())}",
        "Name": item["name"],
        "DockerName": item["name"],
        "Image": item["image"],
        "ImageID": digest,
        "Labels": {
            "com.amazonaws.ecs.cluster": task["clusterArn"],
            "com.amazonaws.ecs.container-name": item["name"],
            "com.amazonaws.ecs.task-arn": task["taskArn"],
            "com.amazonaws.ecs.task-definition-family": definition["family"],
            "com.amazonaws.ecs.task-definition-version": str(definition["revision"]),
            **(item.get("dockerLabels") or {}),
        },
        "DesiredStatus": "RUNNING",
        "KnownStatus": "RUNNING",
        "Limits": {"CPU": item.get("cpu", 0), **({"Memory": item["memory"]} if item.get("memory") else {})},
        "CreatedAt": datetime.now(UTC).isoformat(),
        "StartedAt": datetime.now(UTC).isoformat(),
        "Type": "NORMAL",
        "ContainerARN": about.get("containerArn", ""),
        **(
            {
                "LogDriver": "awslogs",
                "LogOptions": {
                    "awslogs-group": options["awslogs-group"],
                    "awslogs-region": options.get("awslogs-region", ""),
                    "awslogs-stream": f"{options.get('awslogs-stream-prefix', 'ecs')}/{item['name']}/{identifier}",
                },
            }
            if options.get("awslogs-group")
            else {}
        ),
        "Networks": [{"NetworkMode": "awsvpc", "IPv4Addresses": addresses}] if addresses else [],
        "Snapshotter": "overlayfs",
    }
