"""Access log lines are sent in batches; without the log group, lines are lost but requests still work."""

import asyncio

from botocore.exceptions import ClientError

from toolchain.datapath.edge.api_gateway import access_log
from toolchain.datapath.edge.api_gateway.access_log import AccessLog, group_of

ARN = "arn:aws:logs:us-east-1:123456789012:log-group:access"


class Logs:
    """Stands in for the control plane."""

    def __init__(self):
        self.calls = []
        self.is_away = False

    async def call(self, service, operation, **arguments):
        assert service == "logs"
        if self.is_away:
            raise ClientError({"Error": {"Code": "ResourceNotFoundException", "Message": "no"}}, operation)
        self.calls.append((operation, arguments.get("logGroupName"), arguments.get("logEvents")))


def test_lines_are_written_in_order_and_in_batches(monkeypatch):
    monkeypatch.setattr(access_log, "BATCH", 2)
    logs = Logs()
    log = AccessLog(logs, print)
    for second in (3, 1, 2):
        log.write(ARN, second, f"line {second}")
    asyncio.run(log.flush())
    asyncio.run(log.flush())
    batches = [[each["message"] for each in events] for operation, _, events in logs.calls if events]
    assert batches == [["line 1", "line 2"], ["line 3"]]
    assert [operation for operation, _, _ in logs.calls].count("create_log_stream") == 1


def test_a_group_that_is_away_is_told_of_once_and_used_again_when_it_is_back():
    logs, said = Logs(), []
    log = AccessLog(logs, said.append)
    logs.is_away = True
    for _ in range(2):
        log.write(ARN, 1, "lost")
        asyncio.run(log.flush())
    logs.is_away = False
    log.write(ARN, 1, "kept")
    asyncio.run(log.flush())
    assert len(said) == 1
    assert logs.calls[-1][2] == [{"timestamp": 1000, "message": "kept"}]


def test_no_more_lines_wait_than_there_is_room_for(monkeypatch):
    monkeypatch.setattr(access_log, "MAXIMUM_WAITING", 10)
    logs = Logs()
    log = AccessLog(logs, print)
    for second in range(25):
        log.write(ARN, second, str(second))
    asyncio.run(log.flush())
    assert [each["message"] for each in logs.calls[-1][2]] == [str(second) for second in range(15, 25)]


def test_the_name_of_a_group_is_in_its_arn():
    assert group_of(ARN) == group_of(f"{ARN}:*") == "access"
