"""A container's output, as it is sent to CloudWatch Logs."""

import asyncio
from typing import Any

import pytest
from botocore.exceptions import ClientError

from toolchain.datapath.tasks import logs
from toolchain.datapath.tasks.logs import LONGEST_LINE_BYTES, LogError, LogStream, copy_lines, log_of


class Recorded:
    """Records the calls to the control plane."""

    def __init__(self, error: str = "") -> None:
        self.batches: list[list[str]] = []
        self._error = error

    async def call(self, service: str, operation: str, **arguments: Any) -> dict[str, Any]:
        assert service == "logs"
        if operation == "create_log_stream" and self._error:
            raise ClientError({"Error": {"Code": self._error, "Message": "m"}}, operation)
        if operation == "put_log_events":
            assert (arguments["logGroupName"], arguments["logStreamName"]) == ("group", "ecs/api/1")
            self.batches.append([event["message"] for event in arguments["logEvents"]])
        return {}


def stream(recorded: Recorded, driver: str = "awslogs") -> LogStream:
    options = {"awslogs-group": "group", "awslogs-stream-prefix": "ecs"}
    definition = {"name": "api", "logConfiguration": {"logDriver": driver, "options": options}}
    return log_of(recorded, definition, "1")  # type: ignore[arg-type]


def sent(content: bytes, recorded: Recorded | None = None) -> list[str]:
    recorded = recorded or Recorded()

    async def run() -> None:
        log = stream(recorded)
        await log.open()
        reader = asyncio.StreamReader()
        reader.feed_data(content)
        reader.feed_eof()
        await copy_lines(reader, log)
        await log.close()

    asyncio.run(run())
    return [message for batch in recorded.batches for message in batch]


def test_lines_are_sent_in_their_order_also_the_last_without_an_end() -> None:
    assert sent("eins\r\n\nzwei \u00e4\ndrei".encode()) == ["eins", "zwei \u00e4", "drei"]


def test_a_long_line_is_split_as_docker_splits_it() -> None:
    pieces = sent(b"x" * (2 * LONGEST_LINE_BYTES + 5) + b"\nshort\n")
    assert [len(piece) for piece in pieces] == [LONGEST_LINE_BYTES, LONGEST_LINE_BYTES, 5, 5]


def test_batches_are_bounded() -> None:
    recorded = Recorded()
    assert len(sent(b"line\n" * 2500, recorded)) == 2500
    assert [len(batch) for batch in recorded.batches] == [1000, 1000, 500]


def test_the_oldest_lines_are_dropped_when_the_log_is_full(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "KEPT_EVENTS", 3)
    assert sent(b"1\n2\n3\n4\n5\n") == ["2 lines were dropped: the log was full", "3", "4", "5"]


def test_a_missing_log_group_stops_the_task() -> None:
    with pytest.raises(LogError, match="failed to create Cloudwatch log stream: ResourceNotFoundException"):
        sent(b"", Recorded("ResourceNotFoundException"))


def test_a_stream_that_is_there_is_taken() -> None:
    assert sent(b"again\n", Recorded("ResourceAlreadyExistsException")) == ["again"]


def test_another_drivers_lines_go_nowhere() -> None:
    recorded = Recorded()

    async def run() -> None:
        log = stream(recorded, "fluentd")
        await log.open()
        log.write("line")
        await log.close()

    asyncio.run(run())
    assert recorded.batches == []
