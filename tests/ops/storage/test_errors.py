"""What `storage migrate` says when AWS refuses, throttles or does not answer, and when it is interrupted."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from botocore.exceptions import EndpointConnectionError
from moto import mock_aws

from ops.aws import make_client
from ops.cli import main
from ops.storage import commands as storage
from tests.ops.refusing import CREDENTIALS_EXPIRED
from tests.ops.site_world import REGION, Network, refusal, session

BUCKET = "uploads-bucket"


class World:
    """A folder and a bucket in moto, with a network that can disturb requests."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.network = Network()
        self.client = make_client(session(), "s3", REGION, None)
        self.folder = folder
        self._capsys = capsys
        folder.mkdir()
        for number in range(5):
            (folder / f"{number}.txt").write_text(f"content {number}")

    def migrate(self) -> tuple[int, str]:
        code = main(["storage", "migrate", str(self.folder), "--bucket", BUCKET, "--yes", "--json", "--workers", "1"])
        return code, self._capsys.readouterr().err

    def keys(self) -> list[str]:
        self.network.reset()
        return [each["Key"] for each in self.client.list_objects_v2(Bucket=BUCKET).get("Contents", [])]


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[World]:
    monkeypatch.chdir(tmp_path)
    with mock_aws():
        made = World(tmp_path / "uploads", capsys)
        made.client.create_bucket(Bucket=BUCKET)
        made.network.watch(made.client)
        monkeypatch.setattr(storage.aws, "make_client", lambda *_, **__: made.client)
        yield made


OPERATIONS = ["HeadBucket", "HeadObject", "PutObject"]


@pytest.mark.parametrize("operation", OPERATIONS)
def test_expired_credentials_are_told_in_one_line(world: World, operation: str) -> None:
    world.network.answer(operation, lambda: refusal(400, "ExpiredTokenException"))
    assert world.migrate() == (3, CREDENTIALS_EXPIRED)
    world.network.reset()
    assert world.migrate() == (0, "")
    assert len(world.keys()) == 5


@pytest.mark.parametrize(
    ("operation", "action"),
    [("HeadBucket", "s3:ListBucket"), ("HeadObject", "s3:GetObject"), ("PutObject", "s3:PutObject")],
)
def test_a_denial_names_the_action(world: World, operation: str, action: str) -> None:
    world.network.answer(operation, lambda: refusal(403, "AccessDenied"))
    code, error = world.migrate()
    assert code == 3
    assert error.startswith(f"error: the credentials may not do {action}: let them, or use others")
    assert error.count("\n") == 1


def test_a_listing_that_is_denied_names_the_action(world: World) -> None:
    assert world.migrate()[0] == 0
    world.network.answer("ListObjectsV2", lambda: refusal(403, "AccessDenied"))
    assert world.migrate() == (
        3, "error: the credentials may not do s3:ListBucket: let them, or use others (AccessDenied)\n"
    )  # fmt: skip


def test_a_file_whose_answer_was_lost_counts_as_sent(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """moto stores the object although the answer is an error, so the repeated request is refused (IfNoneMatch)."""
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda _: None)
    asked = world.network.answer("PutObject", lambda: refusal(500, "InternalError"), times=1)
    assert world.migrate() == (0, "")
    assert asked == ["PutObject"]
    assert len(world.keys()) == 5


def test_throttling_is_waited_out(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr("botocore.endpoint.time.sleep", slept.append)
    asked = world.network.answer("PutObject", lambda: refusal(503, "SlowDown"), times=3)
    assert world.migrate() == (0, "")
    assert len(asked) == len(slept) == 3
    assert len(world.keys()) == 5


def test_throttling_without_an_end_stops_the_run_and_the_next_goes_on(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []
    monkeypatch.setattr("botocore.endpoint.time.sleep", slept.append)
    world.network.answer("PutObject", lambda: refusal(503, "SlowDown"), after=2)
    assert world.migrate() == (
        3, "error: AWS throttled s3:PutObject 6 times (SlowDown): wait a minute and run it again\n"
    )  # fmt: skip
    world.network.reset()
    assert world.migrate() == (0, "")
    assert len(world.keys()) == 5


def test_a_network_that_is_gone_stops_the_run(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda _: None)

    def gone() -> None:
        raise EndpointConnectionError(endpoint_url="https://s3")

    world.network.answer("PutObject", gone)
    code, error = world.migrate()
    assert (code, error.startswith("error: AWS does not answer")) == (3, True)
    assert error.count("\n") == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_says_what_holds_and_the_next_goes_on(world: World, number: signal.Signals) -> None:
    world.network.answer("PutObject", lambda: signal.raise_signal(number), times=1, after=2)
    code, error = world.migrate()
    assert code == 130
    assert error == f"error: interrupted; {storage.INTERRUPTED}\n"
    assert world.migrate() == (0, "")
    assert len(world.keys()) == 5
