"""Sends a container's output to Amazon CloudWatch Logs, as the log driver ``awslogs`` does."""

import asyncio
import time
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from toolchain.datapath.control_plane import ControlPlane

LONGEST_LINE_BYTES: Final = 16 * 1024
"""Maximum length of a line; Docker splits longer lines."""
KEPT_EVENTS: Final = 20_000
"""Maximum number of unsent lines; then the oldest are dropped, as in the driver's ``non-blocking`` mode."""
BATCH_EVENTS: Final = 1_000
BATCH_BYTES: Final = 500_000
"""Well below the 1 048 576 bytes of PutLogEvents."""
_OVERHEAD_BYTES: Final = 26
"""Bytes added for each event: Amazon CloudWatch Logs API Reference, "PutLogEvents"."""
PAUSE_SECONDS: Final = 0.5
FLUSH_SECONDS: Final = 10.0


class LogError(Exception):
    """The log stream cannot be made. The message is worded as Amazon ECS words ``stoppedReason``."""


class LogStream:
    """A container's log stream.

    Args:
        control_plane: The emulator.
        group: Name of the log group; empty to drop all lines.
        stream: Name of the log stream.
    """

    def __init__(self, control_plane: ControlPlane, group: str, stream: str) -> None:
        self._control_plane = control_plane
        self.group = group
        self.stream = stream
        self._events: deque[dict[str, Any]] = deque()
        self._dropped = 0
        self._sender: asyncio.Task[None] | None = None
        self._closing = asyncio.Event()

    async def open(self) -> None:
        """Make the log stream and start the task that sends lines.

        Raises:
            LogError: The log group does not exist.
        """
        if not self.group:
            return
        try:
            await self._control_plane.call(
                "logs", "create_log_stream", logGroupName=self.group, logStreamName=self.stream
            )
        except ClientError as error:
            about = error.response.get("Error", {})
            if about.get("Code") != "ResourceAlreadyExistsException":
                raise LogError(
                    "ResourceInitializationError: failed to validate logger args: create stream has been retried 1 "
                    f"times: failed to create Cloudwatch log stream: {about.get('Code')}: {about.get('Message')} "
                    f"({self.group}) : exit status 1"
                ) from error
        self._sender = asyncio.create_task(self._send())

    def write(self, line: str) -> None:
        """Queue a line; it is sent soon."""
        if not self.group or not line:
            return
        if len(self._events) >= KEPT_EVENTS:
            self._events.popleft()
            self._dropped += 1
        self._events.append({"timestamp": int(time.time() * 1000), "message": line})

    async def close(self) -> None:
        """Send the queued lines, with a timeout of `FLUSH_SECONDS`."""
        if self._sender is None:
            return
        self._closing.set()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._sender, FLUSH_SECONDS)

    async def _send(self) -> None:
        while not self._closing.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(self._closing.wait(), PAUSE_SECONDS)
            await self._send_all()
        await self._send_all()

    async def _send_all(self) -> None:
        while self._events:
            if self._dropped:
                note = {**self._events[0], "message": f"{self._dropped} lines were dropped: the log was full"}
                self._events.appendleft(note)
                self._dropped = 0
            batch = self._batch()
            try:
                await self._control_plane.call(
                    "logs", "put_log_events", logGroupName=self.group, logStreamName=self.stream, logEvents=batch
                )
            except (ClientError, BotoCoreError):
                return  # no group, or the emulator does not respond: this batch is lost, as with the driver

    def _batch(self) -> list[dict[str, Any]]:
        batch: list[dict[str, Any]] = []
        size = 0
        while self._events and len(batch) < BATCH_EVENTS and size < BATCH_BYTES:
            event = self._events.popleft()
            size += len(event["message"].encode()) + _OVERHEAD_BYTES
            batch.append(event)
        return batch


def log_of(control_plane: ControlPlane, definition: Mapping[str, Any], task_id: str) -> LogStream:
    """Return the log stream of a container; with a log driver other than ``awslogs``, it drops all lines.

    Args:
        control_plane: The emulator.
        definition: The container definition.
        task_id: The task's id, which is the last part of the stream's name.
    """
    configuration: Mapping[str, Any] = definition.get("logConfiguration") or {}
    options: Mapping[str, str] = configuration.get("options") or {}
    group = options.get("awslogs-group", "") if configuration.get("logDriver") == "awslogs" else ""
    prefix = options.get("awslogs-stream-prefix", "ecs")
    return LogStream(control_plane, group, f"{prefix}/{definition['name']}/{task_id}")


async def copy_lines(reader: asyncio.StreamReader, log: LogStream) -> None:
    """Copy a process's output into its log, in lines of at most `LONGEST_LINE_BYTES`."""
    rest = b""
    while piece := await reader.read(LONGEST_LINE_BYTES):
        *lines, rest = (rest + piece).split(b"\n")
        for line in lines:
            _write(line, log)
        while len(rest) >= LONGEST_LINE_BYTES:
            _write(rest[:LONGEST_LINE_BYTES], log)
            rest = rest[LONGEST_LINE_BYTES:]
    if rest:
        _write(rest, log)


def _write(line: bytes, log: LogStream) -> None:
    text = line.removesuffix(b"\r")
    for start in range(0, len(text), LONGEST_LINE_BYTES):
        log.write(text[start : start + LONGEST_LINE_BYTES].decode(errors="replace"))
