"""Runs the migration of a release: one task on Fargate, with the release's image, before anything else changes.

The Pulumi program creates the migration's task definition. Only this task definition may read the master user's
password. A release registers a revision of it with the new image. Roles, secrets, network and command stay those of the
program, so the migration gets no further permissions and `up` need not run twice. Afterwards the revision is
deregistered.
"""

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, cast

from botocore.exceptions import ClientError

from ops.errors import OperationError
from ops.release.target import Target
from ops.release.task_logs import TaskLog

POLL_SECONDS: Final = 2.0
LAST_LINES: Final = 20
STARTED_BY: Final = "ops-release"
_TAKEN: Final = (
    "family",
    "taskRoleArn",
    "executionRoleArn",
    "networkMode",
    "containerDefinitions",
    "volumes",
    "placementConstraints",
    "requiresCompatibilities",
    "cpu",
    "memory",
    "runtimePlatform",
    "ephemeralStorage",
)
"""The keys that are copied from the response of `describe_task_definition` to `register_task_definition`."""


@dataclass(frozen=True)
class Clients:
    """The clients of boto3 that a migration needs."""

    ecs: Any
    logs: Any


def with_image(definition: Mapping[str, Any], tags: list[dict[str, str]], image: str) -> dict[str, Any]:
    """Return the arguments of `register_task_definition` for a revision with another image.

    Args:
        definition: ``taskDefinition`` of `describe_task_definition`.
        tags: The task definition's tags.
        image: The new image of the first container. The program creates only this container.
    """
    taken: dict[str, Any] = {key: definition[key] for key in _TAKEN if definition.get(key)}
    first, *others = cast("list[dict[str, Any]]", definition["containerDefinitions"])
    taken["containerDefinitions"] = [{**first, "image": image}, *others]
    return {**taken, "tags": tags} if tags else taken


def failure_of(task: Mapping[str, Any], container: str) -> str | None:
    """Return why a stopped task failed; None when it succeeded.

    Args:
        task: The task, from `describe_tasks`.
        container: Name of the container that runs the migration.
    """
    containers = cast("list[dict[str, Any]]", task.get("containers", []))
    own: dict[str, Any] = next(
        (each for each in containers if each.get("name") == container), cast("dict[str, Any]", {})
    )
    code = own.get("exitCode")
    if code == 0:
        return None
    reasons = [str(each) for each in (own.get("reason"), task.get("stoppedReason")) if each]
    ended = "never started" if code is None else f"ended with exit code {code}"
    return f"{ended}: {'; '.join(dict.fromkeys(reasons))}" if reasons else ended


class Migration:
    """The migration of a release.

    Args:
        clients: Clients of boto3.
        target: The stack's service.
        say: Called for each event, with its name and a text.
        pause: Sleeps for a number of seconds; replaced in tests.
        clock: A monotonic clock, in seconds; replaced in tests.
    """

    def __init__(
        self,
        clients: Clients,
        target: Target,
        say: Callable[[str, str], None],
        pause: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ecs = clients.ecs
        self._logs = clients.logs
        self._target = target
        self._say = say
        self._pause = pause
        self._clock = clock

    def run(self, image: str, timeout_seconds: float) -> bool:
        """Run the migration and wait until it ends.

        Args:
            image: The release's image, by digest.
            timeout_seconds: Timeout of the task.

        Returns:
            Whether there was a migration: a stack without a database has none.

        Raises:
            OperationError: The task failed, took too long, or could not be placed.
            ClientError: AWS refused.
        """
        if self._target.migration_arn is None:
            self._say("migration", "this stack has no migration")
            return False
        answer = self._ecs.describe_task_definition(taskDefinition=self._target.migration_arn, include=["TAGS"])
        arguments = with_image(answer["taskDefinition"], answer.get("tags", []), image)
        definition = self._ecs.register_task_definition(**arguments)["taskDefinition"]
        try:
            self._migrate(definition, timeout_seconds)
        finally:
            with suppress(ClientError):  # a revision that stays does no harm and must not hide the migration's result
                self._ecs.deregister_task_definition(taskDefinition=definition["taskDefinitionArn"])
        return True

    def _migrate(self, definition: Mapping[str, Any], timeout_seconds: float) -> None:
        container = str(definition["containerDefinitions"][0]["name"])
        task_arn = self._start(str(definition["taskDefinitionArn"]))
        self._say("migration", f"the migration runs as task {task_arn.rpartition('/')[2]}")
        log = TaskLog.of(self._logs, definition, task_arn, container)
        deadline = self._clock() + timeout_seconds
        last: list[str] = []
        try:
            while (task := self._described(task_arn))["lastStatus"] != "STOPPED":
                self._stream(log, last)
                self._check(deadline, timeout_seconds)
                self._pause(POLL_SECONDS)
        except BaseException:
            self._ecs.stop_task(cluster=self._target.cluster, task=task_arn, reason="The release was given up")
            raise
        self._stream(log, last)
        failure = failure_of(task, container)
        if failure is not None:
            said = f"; its last line: {last[-1]}" if last else ""
            raise OperationError(f"the migration {failure}{said}; nothing else has changed")
        self._say("migration", "the migration has ended well")

    def _check(self, deadline: float, timeout_seconds: float) -> None:
        if self._clock() > deadline:
            raise OperationError(f"the migration took longer than {timeout_seconds:.0f} s and is stopped")

    def _start(self, definition_arn: str) -> str:
        answer = self._ecs.run_task(
            cluster=self._target.cluster,
            taskDefinition=definition_arn,
            count=1,
            capacityProviderStrategy=[{"capacityProvider": "FARGATE", "weight": 1}],
            networkConfiguration={
                "awsvpcConfiguration": {
                    "subnets": list(self._target.subnet_ids),
                    "securityGroups": list(self._target.security_group_ids),
                    "assignPublicIp": "DISABLED",
                }
            },
            startedBy=STARTED_BY,
            propagateTags="TASK_DEFINITION",
        )
        if not answer.get("tasks"):
            why = "; ".join(str(each.get("reason", each)) for each in answer.get("failures", []))
            raise OperationError(f"Amazon ECS could not place the migration's task: {why or 'no reason given'}")
        return str(answer["tasks"][0]["taskArn"])

    def _described(self, task_arn: str) -> dict[str, Any]:
        tasks = self._ecs.describe_tasks(cluster=self._target.cluster, tasks=[task_arn])["tasks"]
        # A task that has just started may not be found yet ("RunTask", eventual consistency).
        return tasks[0] if tasks else {"lastStatus": "PENDING"}

    def _stream(self, log: TaskLog | None, last: list[str]) -> None:
        for line in () if log is None else log.new_lines():
            self._say("migration-log", line)
            last.append(line)
            del last[:-LAST_LINES]
