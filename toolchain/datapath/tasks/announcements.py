"""Makes a service's event messages, and its events on EventBridge's default bus.

Sources of the texts: Amazon ECS Developer Guide, "Amazon ECS service event messages", "Amazon ECS service deployment
state change events" and "Amazon ECS service action events".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from toolchain.datapath.tasks.outbox import DEPLOYMENT_CHANGE, SERVICE_ACTION
from toolchain.datapath.tasks.targets import Target
from toolchain.datapath.tasks.task import RunningTask
from toolchain.datapath.tasks.workshop import Workshop


@dataclass
class Announcements:
    """The event messages and events of one service."""

    workshop: Workshop
    arn: str
    name: str
    _messages: list[str] = field(default_factory=list[str])

    def taken(self) -> list[str]:
        """Return the messages since the last call, oldest first, and clear them."""
        messages, self._messages = self._messages, []
        return messages

    def say(self, text: str) -> None:
        """Add a message."""
        self._messages.append(f"(service {self.name}) {text}")
        self.workshop.say(f"service {self.name} {text}")

    def started(self, records: Sequence[Mapping[str, Any]]) -> None:
        """Announce that tasks have been started."""
        names = " ".join(f"(task {record['taskArn'].rpartition('/')[2]})" for record in records)
        self.say(f"has started {len(records)} tasks: {names}.")

    def registered(self, target: Target) -> None:
        """Announce that a task has been registered in a target group."""
        self.say(f"registered 1 targets in (target-group {target.group})")

    def found_unhealthy(self, task: RunningTask, target: tuple[int, str, str]) -> None:
        """Announce that a balancer finds a task unhealthy."""
        port, group, reason = target
        self.say(f"(task {task.id}) (port {port}) is unhealthy in (target-group {group}) due to (reason {reason})")

    def stopped(self, tasks: Sequence[RunningTask]) -> None:
        """Announce that the scheduler stops tasks."""
        draining = [task for task in tasks if task.targets]
        for task in draining:
            self.say(f"deregistered 1 targets in (target-group {task.targets[0].group})")
        if draining:
            self.say(f"has begun draining connections on {len(draining)} tasks.")
        names = " ".join(f"(task {task.id})" for task in tasks)
        self.say(f"has stopped {len(tasks)} running tasks: {names}.")

    def impaired(self) -> None:
        """Announce that several tasks in a row have failed."""
        self.say(
            "is unable to consistently start tasks successfully. For more information, see the Troubleshooting section "
            "of the Amazon ECS Developer Guide."
        )
        self._action("WARN", "SERVICE_TASK_START_IMPAIRED")

    def steady(self) -> None:
        """Announce that the service has reached a steady state."""
        self.say("has reached a steady state.")
        self._action("INFO", "SERVICE_STEADY_STATE")

    def deployment_began(self, identifier: str) -> None:
        """Announce that a deployment is in progress."""
        self._deployment("INFO", "IN_PROGRESS", identifier, f"ECS deployment {identifier} in progress.")

    def deployment_completed(self, identifier: str) -> None:
        """Announce that a deployment is completed."""
        self.say(f"(deployment {identifier}) deployment completed.")
        self._deployment("INFO", "COMPLETED", identifier, f"ECS deployment {identifier} completed.")

    def deployment_failed(self, identifier: str, cause: str, reason: str) -> None:
        """Announce that a deployment has failed."""
        self.say(f"(deployment {identifier}) deployment failed: {reason}.")
        self._deployment("ERROR", "FAILED", identifier, f"ECS deployment {cause}: {reason}.")

    def _deployment(self, kind: str, state: str, identifier: str, reason: str) -> None:
        detail = {
            "eventType": kind,
            "eventName": f"SERVICE_DEPLOYMENT_{state}",
            "deploymentId": identifier,
            "updatedAt": datetime.now(UTC),
            "reason": reason,
        }
        self.workshop.outbox.event(DEPLOYMENT_CHANGE, [self.arn], detail)

    def _action(self, kind: str, name: str) -> None:
        cluster = self.arn.replace(":service/", ":cluster/").rpartition("/")[0]
        detail = {"eventType": kind, "eventName": name, "clusterArn": cluster, "createdAt": datetime.now(UTC)}
        self.workshop.outbox.event(SERVICE_ACTION, [self.arn], detail)
