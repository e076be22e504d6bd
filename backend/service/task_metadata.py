"""Reads Amazon ECS's task metadata endpoint, version 4, about the task that the service runs in."""

import asyncio
import logging
import re
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, replace
from http.client import HTTPException
from typing import Any, Final, cast

import orjson

from service.own_task import DescribeError, capacity_provider_of

logger = logging.getLogger(__name__)

READ_SECONDS: Final = 2.0
"""Timeout in seconds for connecting, and for the next bytes: the endpoint is on the task's own host."""
MAX_BYTES: Final = 1_000_000
"""Maximum bytes that are read of an answer; for a task with ten containers it has less than 50 000."""
UNKNOWN: Final = "unknown"

_TASK_ARN: Final = re.compile(r"arn:[^/]*:task/(?:[^/]+/)?([A-Za-z0-9-]{1,64})")
_ZONE: Final = re.compile(r"([a-z0-9-]{1,64})")
_LAUNCH_TYPE: Final = re.compile(r"([A-Z0-9_]{1,32})")
_CAPACITY_PROVIDER: Final = re.compile(r"([A-Za-z0-9_-]{1,255})")
"""Letters, numbers, hyphens and underscores (Amazon ECS API Reference, "CreateCapacityProvider")."""
_DIGEST: Final = re.compile(r"(?:.*@)?(sha256:[0-9a-f]{64})")


@dataclass(frozen=True)
class TaskMetadata:
    """The values that everybody may see. They contain no ARN, because an ARN contains the account id."""

    task: str | None
    """Id of the task."""
    zone: str | None
    """Availability Zone, such as ``eu-west-1a``."""
    launch_type: str | None
    """``FARGATE`` (for Fargate Spot too), ``EC2`` or ``EXTERNAL``."""
    capacity_provider: str
    """Name such as ``FARGATE_SPOT``, or `UNKNOWN`. AWS documents no such member of the endpoint's answer ("Amazon ECS
    task metadata v4 JSON response for tasks on Fargate"), and the launch type is the same for Spot and on demand. So
    `TaskMetadataReader` asks Amazon ECS itself."""
    image_digest: str | None
    """Digest of the image of the service's own container, such as ``sha256:...``."""


def task_metadata(task: Mapping[str, Any], container: Mapping[str, Any]) -> TaskMetadata:
    """Take the values that everybody may see from the endpoint's answers.

    Args:
        task: Answer of ``${ECS_CONTAINER_METADATA_URI_V4}/task``.
        container: Answer of ``${ECS_CONTAINER_METADATA_URI_V4}``, which is about the service's own container.

    Returns:
        The values. A value is None (the capacity provider `UNKNOWN`) if it is missing or has not the form that AWS
        documents.
    """
    return TaskMetadata(
        task=_read(_TASK_ARN, task.get("TaskARN")),
        zone=_read(_ZONE, task.get("AvailabilityZone")),
        launch_type=_read(_LAUNCH_TYPE, task.get("LaunchType")),
        capacity_provider=_read(_CAPACITY_PROVIDER, task.get("CapacityProviderName")) or UNKNOWN,
        image_digest=_read(_DIGEST, container.get("ImageID")),
    )


def _read(pattern: re.Pattern[str], value: object) -> str | None:
    found = pattern.fullmatch(value) if isinstance(value, str) else None
    return found[1] if found else None


class TaskMetadataReader:
    """Asks the endpoint once, in the background. The start of the service and its readiness do not wait for the answer.

    After that it asks Amazon ECS itself once for the capacity provider, if the task's role allows this.

    Args:
        uri: ECS_CONTAINER_METADATA_URI_V4, which ECS sets; None outside ECS, where nothing is asked.
        describe_tasks: DESCRIBE_TASKS, whether to ask Amazon ECS for the capacity provider.
        endpoint_url: AWS_ENDPOINT_URL, the address to use for Amazon ECS; None for AWS.
    """

    def __init__(self, uri: str | None, *, describe_tasks: bool = False, endpoint_url: str | None = None) -> None:
        self.found: TaskMetadata | None = None
        """The values of the task; None outside ECS, and as long as the endpoint has not answered."""
        self._uri = uri
        self._describes_tasks = describe_tasks
        self._endpoint_url = endpoint_url
        self._reading: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Start to ask, in the background."""
        if self._uri is not None:
            self._reading = asyncio.create_task(self._read(self._uri.rstrip("/")))

    def stop(self) -> None:
        """Stop waiting for the answers."""
        if self._reading is not None:
            self._reading.cancel()

    async def _read(self, uri: str) -> None:
        try:
            task, container = await asyncio.gather(asyncio.to_thread(_ask, f"{uri}/task"), asyncio.to_thread(_ask, uri))
        except (OSError, HTTPException, ValueError) as error:
            logger.warning("the task metadata endpoint does not answer", extra={"cause": type(error).__name__})
            return
        self.found = found = task_metadata(task, container)
        if self._describes_tasks and found.capacity_provider == UNKNOWN:
            await self._ask_for_capacity_provider(found, task)

    async def _ask_for_capacity_provider(self, found: TaskMetadata, task: Mapping[str, Any]) -> None:
        arn, cluster = str(task.get("TaskARN")), str(task.get("Cluster"))
        try:
            told = await asyncio.to_thread(capacity_provider_of, arn, cluster, self._endpoint_url)
        except DescribeError as error:
            logger.warning("Amazon ECS does not tell the capacity provider", extra={"cause": str(error)})
            return
        if name := _read(_CAPACITY_PROVIDER, told):
            self.found = replace(found, capacity_provider=name)
        else:
            logger.warning("Amazon ECS names a capacity provider in another form than it documents")


def _ask(url: str) -> Mapping[str, Any]:
    """Return an answer of the endpoint.

    Raises:
        OSError: No answer came in time, or it is an error.
        HTTPException: The answer is not HTTP.
        ValueError: The answer is not a JSON object, or the URL is not an HTTP address.
    """
    if not url.startswith("http://"):
        raise ValueError("ECS_CONTAINER_METADATA_URI_V4 is no http address")
    # The proxies of the environment are not used, because they cannot reach an address of the task's own host.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(url, timeout=READ_SECONDS) as answer:
        document: object = orjson.loads(answer.read(MAX_BYTES))
    if not isinstance(document, dict):
        raise ValueError("no JSON object")  # noqa: TRY004 - what is wrong is the answer, not the code
    return cast("Mapping[str, Any]", document)
