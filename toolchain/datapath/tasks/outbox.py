"""Sends reports to the emulator: the state of tasks and services, and the events that Amazon ECS would send."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from toolchain.datapath.control_plane import ControlPlane

TASK_CHANGE: Final = "ECS Task State Change"
DEPLOYMENT_CHANGE: Final = "ECS Deployment State Change"
SERVICE_ACTION: Final = "ECS Service Action"
"""Titles of Amazon ECS's events: Amazon ECS Developer Guide, "Amazon ECS events"."""

EVENTS_AT_ONCE: Final = 10
"""Maximum number of entries in a PutEvents request."""
KEPT_EVENTS: Final = 1_000
"""Maximum number of events that wait while the emulator does not respond; then the oldest events are dropped."""


@dataclass
class Outbox:
    """Collects reports, and sends them all in one request."""

    control_plane: ControlPlane
    session: str
    """Random id of this data path."""
    _tasks: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    _services: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    _events: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])

    def task(self, arn: str, values: Mapping[str, Any]) -> None:
        """Report the new state of a task.

        Args:
            arn: The task's ARN.
            values: Changed fields of ``DescribeTasks``; times in seconds since 1970.
        """
        self._tasks.setdefault(arn, {}).update(values)

    def service(self, arn: str, values: Mapping[str, Any]) -> None:
        """Report the new state of a service.

        Args:
            arn: The service's ARN.
            values: Values for `toolchain.emulator.ecs_services.observe`.
        """
        self._services.append({"service": arn, **values})

    def event(self, title: str, resources: Sequence[str], detail: Mapping[str, Any]) -> None:
        """Send an event to EventBridge's rules.

        Args:
            title: The event's ``detail-type``.
            resources: ARNs of the event's resources.
            detail: The event's ``detail``.
        """
        body = json.dumps(_plain(detail))
        entry = {"Source": "aws.ecs", "DetailType": title, "Resources": [*resources], "Detail": body}
        self._events = [*self._events, {**entry, "Time": datetime.now(UTC)}][-KEPT_EVENTS:]

    async def flush(self) -> None:
        """Send everything. If that fails, keep the reports, so that the next call sends them again.

        Raises:
            httpx.HTTPError: The emulator does not respond, or refuses the report.
        """
        tasks, services = self._tasks, self._services
        self._tasks, self._services = {}, []
        report = {
            "session": self.session,
            "tasks": [{"task": arn, "values": values} for arn, values in tasks.items()],
            "services": services,
        }
        try:
            # Sent even if it is empty: it tells the emulator that this data path still runs.
            await self.control_plane.report("ecs-observed", report, changes=bool(tasks or services))
        except Exception:
            self._tasks = {arn: {**values, **self._tasks.get(arn, {})} for arn, values in tasks.items()} | {
                arn: values for arn, values in self._tasks.items() if arn not in tasks
            }
            self._services = [*services, *self._services]
            raise
        await self._send_events()

    async def _send_events(self) -> None:
        while self._events:
            batch = self._events[:EVENTS_AT_ONCE]
            try:
                await self.control_plane.call("events", "put_events", Entries=batch)
            except (ClientError, BotoCoreError):
                return  # the next flush sends them
            self._events = self._events[len(batch) :]


def _plain(value: Any) -> Any:
    """Convert a boto3 response to plain JSON values, with times in the format of AWS's events."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]  # pyright: ignore[reportUnknownVariableType]
    return value
