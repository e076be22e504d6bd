"""What Amazon ECS itself says of the task that the service runs in: its capacity provider."""

from contextlib import closing
from typing import Any, Final

import boto3.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

CONNECT_SECONDS: Final = 1
READ_SECONDS: Final = 10
"""Nothing waits for the answer, and an emulator that is busy with a deployment takes seconds."""
ATTEMPTS: Final = 1
"""Nothing but a word on a page hangs on it, and a rollout of many tasks must not send each question several times."""
_REGION_FIELD: Final = 3
_ARN_FIELDS: Final = 6


class DescribeError(Exception):
    """Amazon ECS did not tell; the message is the error's code or type, without an ARN."""


def capacity_provider_of(task_arn: str, cluster: str, endpoint_url: str | None) -> str:
    """Ask for the capacity provider of a task; takes 11 s at most.

    The role of the task needs ``ecs:DescribeTasks`` on it.

    Args:
        task_arn: The task, as the task metadata endpoint names it.
        cluster: Its cluster, ARN or name.
        endpoint_url: Another address than AWS's, for tests and the local stack.

    Returns:
        ``tasks[].capacityProviderName`` (Amazon ECS API Reference, "Task"), such as ``FARGATE_SPOT``.

    Raises:
        DescribeError: There is no answer, it is a refusal, or it names no capacity provider.
    """
    fields = task_arn.split(":")
    if len(fields) != _ARN_FIELDS:
        raise DescribeError("NoTaskArn")
    try:
        # A session of its own: the one that boto3 keeps must not be used by two threads at once.
        session: Any = boto3.session.Session()
        client = session.client(
            "ecs",
            region_name=fields[_REGION_FIELD],
            endpoint_url=endpoint_url,
            config=Config(
                connect_timeout=CONNECT_SECONDS,
                read_timeout=READ_SECONDS,
                retries={"total_max_attempts": ATTEMPTS, "mode": "standard"},
            ),
        )
        with closing(client):
            answer = client.describe_tasks(cluster=cluster, tasks=[task_arn])
    except ClientError as error:
        raise DescribeError(error.response.get("Error", {}).get("Code", "ClientError")) from error
    except (BotoCoreError, ValueError) as error:
        raise DescribeError(type(error).__name__) from error
    told = next((task.get("capacityProviderName") for task in answer.get("tasks", ())), None)
    if not told:
        raise DescribeError("NoCapacityProvider")
    return told
