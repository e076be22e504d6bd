"""Writes access log lines to CloudWatch Logs.

"Set up CloudWatch logging for REST APIs in API Gateway" (Amazon API Gateway Developer Guide); limits of a batch:
"PutLogEvents" (Amazon CloudWatch Logs API Reference).
"""

import itertools
from collections import deque
from collections.abc import Callable
from typing import Final

from botocore.exceptions import ClientError

from toolchain.datapath.control_plane import ControlPlane

MAXIMUM_WAITING: Final = 10_000
"""Maximum number of waiting lines; then the oldest lines are dropped."""
BATCH: Final = 1_000
"""Lines in a request. Lines have at most a few hundred bytes, so it stays far below the limit of 10 000 events and
1 MiB."""
STREAM: Final = "local-data-path"


class AccessLog:
    """Collects access log lines, and writes them in batches.

    Args:
        control_plane: The emulator.
        say: Function that writes a line into the data path's log.
    """

    def __init__(self, control_plane: ControlPlane, say: Callable[[str], None]) -> None:
        self._control_plane = control_plane
        self._say = say
        self._waiting: deque[tuple[str, int, str]] = deque(maxlen=MAXIMUM_WAITING)
        self._streams: set[str] = set()
        self._told: set[str] = set()

    def write(self, destination: str, seconds: float, line: str) -> None:
        """Queue a line; the next flush writes it.

        Args:
            destination: ARN of the log group.
            seconds: Time of the request, in seconds since 1970.
            line: The line.
        """
        self._waiting.append((group_of(destination), int(seconds * 1000), line))

    async def flush(self) -> None:
        """Write all waiting lines. If a log group refuses them, its lines are lost; the error is logged once."""
        lines = sorted(self._waiting, key=lambda each: each[:2])
        self._waiting.clear()
        for group, of_group in itertools.groupby(lines, key=lambda each: each[0]):
            events: list[dict[str, object]] = [
                {"timestamp": milliseconds, "message": line} for _, milliseconds, line in of_group
            ]
            try:
                await self._write(group, events)
            except ClientError as error:
                self._streams.discard(group)
                if group not in self._told:
                    self._told.add(group)
                    self._say(f"api gateway: access log lines for {group} are lost: {error}")

    async def _write(self, group: str, events: list[dict[str, object]]) -> None:
        if group not in self._streams:
            try:
                await self._control_plane.call("logs", "create_log_stream", logGroupName=group, logStreamName=STREAM)
            except ClientError as error:
                if error.response.get("Error", {}).get("Code") != "ResourceAlreadyExistsException":
                    raise
            self._streams.add(group)
        for start in range(0, len(events), BATCH):
            batch = events[start : start + BATCH]
            await self._control_plane.call(
                "logs", "put_log_events", logGroupName=group, logStreamName=STREAM, logEvents=batch
            )
        self._told.discard(group)


def group_of(destination: str) -> str:
    """Return the log group's name from its ARN, which may end in ``:*``."""
    return destination.partition(":log-group:")[2].removesuffix(":*")
