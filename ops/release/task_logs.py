"""Reads the log of a task from Amazon CloudWatch Logs."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from botocore.exceptions import ClientError

from ops.aws_errors import code_of


@dataclass
class TaskLog:
    """The log stream of a task's container; remembers which lines were read.

    Attributes:
        logs: A client of CloudWatch Logs.
        group: The log group.
        stream: The log stream.
    """

    logs: Any
    group: str
    stream: str
    _token: str | None = field(default=None, init=False)

    @classmethod
    def of(cls, logs: Any, definition: Mapping[str, Any], task_arn: str, container: str) -> "TaskLog | None":
        """Find the log stream of a container; None when the container does not log to CloudWatch Logs.

        Args:
            logs: A client of CloudWatch Logs.
            definition: ``taskDefinition`` of `describe_task_definition`.
            task_arn: ARN of the task.
            container: Name of the container.
        """
        containers = cast("list[dict[str, Any]]", definition.get("containerDefinitions", []))
        found: dict[str, Any] = next(
            (each for each in containers if each.get("name") == container), cast("dict[str, Any]", {})
        )
        options = cast("dict[str, str]", found.get("logConfiguration", {}).get("options", {}))
        group, prefix = options.get("awslogs-group"), options.get("awslogs-stream-prefix")
        if group is None or prefix is None:
            return None
        # "Using the awslogs log driver": prefix/container/task id.
        return cls(logs, group, f"{prefix}/{container}/{task_arn.rpartition('/')[2]}")

    def new_lines(self) -> Iterator[str]:
        """Yield the lines since the last call; none while the stream does not exist yet.

        Raises:
            ClientError: AWS refused.
        """
        while True:
            given = {} if self._token is None else {"nextToken": self._token}
            lines, following = self._look(startFromHead=True, **given)
            yield from lines
            # The end is reached when the token stays the same (API Reference, "GetLogEvents").
            before, self._token = self._token, following or self._token
            if not lines or self._token == before:
                return

    def last_lines(self, count: int) -> list[str]:
        """Return the last lines.

        Args:
            count: Maximum number of lines.

        Raises:
            ClientError: AWS refused.
        """
        return self._look(startFromHead=False, limit=count)[0][-count:]

    def _look(self, **options: Any) -> tuple[list[str], str | None]:
        """Read a page of lines, and the token of the next page; no lines while the stream does not exist yet."""
        try:
            answer = self.logs.get_log_events(logGroupName=self.group, logStreamName=self.stream, **options)
        except ClientError as error:
            if code_of(error) == "ResourceNotFoundException":
                return [], None
            raise
        return [str(event["message"]).rstrip("\n") for event in answer["events"]], answer.get("nextForwardToken")
