"""The pause between equal requests of the provider."""

import io
from collections.abc import Iterable
from typing import Any

import pytest

from toolchain.emulator import polls

PROVIDER = "APN/1.0 HashiCorp/1.0 Terraform/0.11 terraform-provider-aws/6.34.0"


class Clock:
    """Counts the seconds that a `PausesPolls` sleeps; a request takes none."""

    def __init__(self) -> None:
        self.now = 100.0
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(round(seconds, 3))
        self.now += seconds


def echo(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    start_response("200 OK", [])
    return [environ["wsgi.input"].read()]


def request(body: bytes = b"Action=DescribeDBInstances", agent: str = PROVIDER, **more: Any) -> dict[str, Any]:
    return {
        "REQUEST_METHOD": "POST",
        "REQUEST_URI": "/",
        "HTTP_HOST": "127.0.0.1:4566",
        "HTTP_USER_AGENT": agent,
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
        **more,
    }


@pytest.fixture
def clock() -> Clock:
    return Clock()


def slept(clock: Clock, *requests: dict[str, Any]) -> list[float]:
    """Return the seconds that the requests had to wait, sent one after the other."""
    application = polls.PausesPolls(echo, lambda: clock.now, clock.sleep)
    for each in requests:
        body = each["wsgi.input"].getvalue()
        assert b"".join(application(each, lambda *_: None)) == body
    return clock.slept


def test_a_poll_of_the_provider_waits(clock: Clock) -> None:
    assert slept(clock, *(request(HTTP_AMZ_SDK_INVOCATION_ID=str(n)) for n in range(3))) == [polls.PAUSE_SECONDS] * 2


@pytest.mark.parametrize(
    "second",
    [
        request(b"Action=DescribeDBSubnetGroups"),
        request(REQUEST_METHOD="GET"),
        request(REQUEST_URI="/other"),
        request(HTTP_HOST="bucket.localhost"),
        request(HTTP_X_AMZ_TARGET="AmazonEC2ContainerServiceV20141113.DescribeServices"),
        request(agent="Boto3/1.44 spot-platform-data-path"),
        {**request(), "wsgi.input_terminated": True},
    ],
)
def test_another_request_or_client_does_not_wait(clock: Clock, second: dict[str, Any]) -> None:
    assert slept(clock, request(), second) == []


def test_a_request_after_the_pause_does_not_wait(clock: Clock) -> None:
    application = polls.PausesPolls(echo, lambda: clock.now, clock.sleep)
    application(request(), lambda *_: None)
    clock.now += polls.PAUSE_SECONDS
    application(request(), lambda *_: None)
    assert clock.slept == []


def test_it_forgets_old_requests(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(polls, "KEPT_REQUESTS", 2)
    assert slept(clock, *(request(body) for body in (b"1", b"2", b"3", b"1"))) == []
    assert slept(clock, *(request(body) for body in (b"1", b"2", b"1"))) == [polls.PAUSE_SECONDS]
