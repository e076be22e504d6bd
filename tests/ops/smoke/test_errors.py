"""What `smoke` says when AWS refuses or throttles, and when it is interrupted."""

import json
import signal
from typing import Any

import pytest

from ops.cli import main
from ops.errors import AWS_REFUSED, INTERRUPTED
from ops.smoke import commands as smoke
from ops.smoke.visit import Status, Visit
from tests.ops.conftest import FakeSession
from tests.ops.refusing import CREDENTIALS_EXPIRED, Refusing
from tests.ops.smoke.test_commands import command, found, platform, visit

__all__ = ["command", "platform", "visit"]

WORDS = ["smoke", "--stack", "dev", "--json", "--only", "database"]


def refuse(monkeypatch: pytest.MonkeyPatch, refusing: Refusing) -> None:
    clients = FakeSession.client

    def client(self: FakeSession, service: str, **_: Any) -> Any:
        return refusing.client if service == "rds" else clients(self, service)

    monkeypatch.setattr(FakeSession, "client", client)


def test_expired_credentials_are_told_in_one_line(
    command: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    refuse(monkeypatch, Refusing("rds", "ExpiredTokenException"))
    assert main(WORDS) == AWS_REFUSED
    assert capsys.readouterr().err == CREDENTIALS_EXPIRED


def test_a_check_that_is_denied_is_skipped_and_names_the_action(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    refuse(monkeypatch, Refusing("rds", "AccessDenied", status=403))
    finding = found("database", visit)
    assert finding.status is Status.SKIPPED
    assert finding.reason == (
        "the credentials may not do rds:DescribeDBInstances: let them, or use others (AccessDenied)"
    )


def test_throttling_is_told_after_six_attempts(
    command: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    slept: list[float] = []
    monkeypatch.setattr("botocore.endpoint.time.sleep", slept.append)
    refusing = Refusing("rds", "Throttling")
    refuse(monkeypatch, refusing)
    assert main(WORDS) == AWS_REFUSED
    assert capsys.readouterr().err == (
        "error: AWS throttled rds:DescribeDBInstances 6 times (Throttling): wait a minute and run it again\n"
    )
    assert (len(refusing.asked), len(slept)) == (6, 5)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_is_one_line(
    command: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], number: signal.Signals
) -> None:
    monkeypatch.setattr(smoke, "look", lambda *_: signal.raise_signal(number))
    assert main(WORDS) == INTERRUPTED
    said = capsys.readouterr()
    assert said.err == "error: interrupted; run it again\n"
    assert [json.loads(line) for line in said.out.splitlines()] == []
