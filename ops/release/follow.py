"""Follows a rollout while `up` runs, and collects the reasons when it fails."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError
from rich.table import Table

from ops.aws_errors import in_one_line
from ops.errors import OperationError
from ops.release.rollout import Snapshot, Stage, Watch, changes
from ops.release.service_reader import ServiceReader
from ops.release.target import Target, revision_of
from ops.release.task_logs import TaskLog
from ops.release.up import UpRun
from ops.reporting import Reporter

POLL_SECONDS: Final = 2.0
MISSED_LOOKS: Final = 5
"""Number of consecutive failed reads of the service, from throttling or the network, after which the follower fails."""
SHOWN_TASKS: Final = 3
SHOWN_LINES: Final = 10


class RolloutError(OperationError):
    """The release did not become live."""


@dataclass
class Follower:
    """Follows the rollout of an image.

    Attributes:
        reader: Reads the service.
        logs: A client of CloudWatch Logs.
        target: The stack's service before the release.
        image: Name of the image that is to run, ``repository@sha256:...``.
        reporter: Prints the events.
        pause: Sleeps for a number of seconds.
        clock: A monotonic clock, in seconds.
    """

    reader: ServiceReader
    logs: Any
    target: Target
    image: str
    reporter: Reporter
    pause: Callable[[float], None]
    clock: Callable[[], float]

    def follow(self, up: UpRun, timeout_seconds: float, asked_for: Callable[[], Target]) -> Snapshot:
        """Watch until the image is live.

        Args:
            up: The running `up`.
            timeout_seconds: Timeout for `up` and the rollout together.
            asked_for: Reads the stack's outputs after `up` has succeeded: they name the revision that it deployed.

        Returns:
            The service when the image is live.

        Raises:
            RolloutError: The deployment was rolled back, `up` failed, or the timeout passed.
            ClientError: AWS refused.
        """
        deadline = self.clock() + timeout_seconds
        old = self._look(self.target.service)
        known = {each.revision for each in old.deployments}
        watch, before, told, ended = Watch(), old, "", False
        with self.reporter.live():
            while True:
                code = up.exit_code  # read before the service, so that the snapshot includes all that `up` did
                if code == 0 and not ended:
                    ended = True
                    self.reporter.say("up", "up has ended; the service is looked at until the release is live")
                    after = asked_for()
                    watch.revision = revision_of(after.task_definition_arn)
                snapshot = self._look(self.target.service)
                if watch.revision is None:
                    watch.revision = self._begun(snapshot, known)
                verdict = watch.judge(snapshot)
                self._report(before, snapshot)
                before = snapshot
                if verdict.stage is Stage.FAILED and verdict.reason != told:
                    told = verdict.reason
                    self.reporter.say("failed", f"the rollout has failed: {told}", revision=watch.revision)
                if code is not None and code != 0:
                    raise RolloutError(told or f"up failed with exit code {code}: {up.why()}")
                if ended and verdict.stage is Stage.FAILED:
                    raise RolloutError(verdict.reason)
                if ended and verdict.stage is Stage.LIVE:
                    return snapshot
                if self.clock() > deadline:
                    raise RolloutError(f"not live after {timeout_seconds:.0f} s: {told or verdict.reason}")
                self.pause(POLL_SECONDS)

    def why(self) -> list[str]:
        """Return lines with the reasons why tasks of the release stopped, and their last log lines.

        Raises:
            ClientError: AWS refused.
        """
        service = self.reader.service_with(self.image, self.target.service)
        if service is None:
            return []
        stopped = [
            task
            for task in self.reader.tasks(str(service["serviceName"]), "STOPPED")
            if self.reader.image(str(task["taskDefinitionArn"])) == self.image
        ]
        lines: list[str] = []
        for task in sorted(stopped, key=_stopped_at, reverse=True)[:SHOWN_TASKS]:
            lines.append(f"task {str(task['taskArn']).rpartition('/')[2]}: {_reason(task)}")
            lines += [f"  {line}" for line in self._log(task)]
        return lines

    def _log(self, task: dict[str, Any]) -> list[str]:
        definition = self.reader.definition(str(task["taskDefinitionArn"]))
        log = TaskLog.of(self.logs, definition, str(task["taskArn"]), self.target.container)
        return [] if log is None else log.last_lines(SHOWN_LINES)

    def _look(self, service: str) -> Snapshot:
        for missed in range(1, MISSED_LOOKS + 1):
            try:
                return self.reader.snapshot(self.reader.service_with(self.image, service))
            except (ClientError, BotoCoreError) as error:
                if missed == MISSED_LOOKS:
                    raise
                self.reporter.say(
                    "look", f"a look at the service failed, {missed} of {MISSED_LOOKS}: {in_one_line(error)}"
                )
                self.pause(POLL_SECONDS)
        raise AssertionError

    def _begun(self, snapshot: Snapshot, known: set[str]) -> str | None:
        new = (each.revision for each in snapshot.deployments if each.revision not in known)
        return next((each for each in new if self.reader.image(each) == self.image), None)

    def _report(self, before: Snapshot, after: Snapshot) -> None:
        for event, text in changes(before, after):
            self.reporter.say(event, text)
        self.reporter.show(table_of(after))


def table_of(snapshot: Snapshot) -> Table:
    """Return the tasks of a service as a table.

    Args:
        snapshot: The service.
    """
    table = Table("task", "revision", "status", "health", "target", "capacity", "zone", box=None, pad_edge=False)
    for task in snapshot.tasks:
        table.add_row(
            task.identifier[:8],
            task.revision,
            task.status.lower(),
            task.health.lower(),
            task.target,
            task.provider,
            task.zone,
        )
    return table


def _stopped_at(task: dict[str, Any]) -> str:
    return str(task.get("stoppedAt") or task.get("stoppingAt") or "")


def _reason(task: dict[str, Any]) -> str:
    containers = task.get("containers", [])
    codes = [f"exit code {each['exitCode']}" for each in containers if each.get("exitCode") is not None]
    reasons = [str(each["reason"]) for each in containers if each.get("reason")]
    said = [str(task.get("stoppedReason") or ""), *reasons, *codes]
    return "; ".join(dict.fromkeys(each for each in said if each)) or "no reason given"
