"""Asks Amazon ECS for the capacity provider of the task that the service runs in."""

from contextlib import closing
from typing import Any, Final

CONNECT_SECONDS: Final = 1
READ_SECONDS: Final = 10
"""Long, because nothing waits for the answer, and an emulator that is busy with a deployment takes seconds."""
ATTEMPTS: Final = 1
"""No retry: the answer is only a word on a page, and a rollout of many tasks must not repeat its requests."""
_REGION_FIELD: Final = 3
_ARN_FIELDS: Final = 6


class DescribeError(Exception):
    """Amazon ECS did not return the capacity provider. The message is the error's code or type, without an ARN."""


def capacity_provider_of(task_arn: str, cluster: str, endpoint_url: str | None) -> str:
    """Return the capacity provider of a task. The request takes at most 11 s.

    The task's role needs the permission ``ecs:DescribeTasks`` for the task.

    Args:
        task_arn: ARN of the task, from the task metadata endpoint.
        cluster: ARN or name of the task's cluster.
        endpoint_url: Address to use instead of AWS's, for tests and the local stack; None for AWS.

    Returns:
        ``tasks[].capacityProviderName`` (Amazon ECS API Reference, "Task"), such as ``FARGATE_SPOT``.

    Raises:
        DescribeError: There is no answer, it is an error, or it contains no capacity provider.
    """
    # A service without a bucket needs boto3 for this question only, and boto3 takes 0.1 s of a start.
    import boto3.session  # noqa: PLC0415
    from botocore.config import Config  # noqa: PLC0415
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

    fields = task_arn.split(":")
    if len(fields) != _ARN_FIELDS:
        raise DescribeError("NoTaskArn")
    try:
        # A new session, because two threads must not use boto3's default session at once.
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
