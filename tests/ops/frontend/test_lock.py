"""The lock that allows one run at a time: its owner, its lease, and how another run takes it over."""

import json
import threading
from typing import Any

import pytest

from ops.errors import BusyError, OperationError
from ops.frontend import lock
from ops.frontend.bucket import Versioned
from ops.frontend.lock import LEASE_SECONDS, Lock, locked
from ops.frontend.plan import LOCK_KEY


class OneObject:
    """A bucket with one object and Amazon S3's conditional writes."""

    def __init__(self, text: str | None = None, age_seconds: float = 0) -> None:
        self.text, self.age_seconds, self.version = text, age_seconds, 1
        self.written = threading.Event()

    def read(self, key: str) -> Versioned | None:
        assert key == LOCK_KEY
        return None if self.text is None else Versioned(self.text, str(self.version), self.age_seconds)

    def write(self, key: str, text: str, *, replacing: str | None) -> str | None:
        assert key == LOCK_KEY
        if replacing != (None if self.text is None else str(self.version)):
            return None
        self.text, self.age_seconds, self.version = text, 0, self.version + 1
        self.written.set()
        return str(self.version)

    def delete_if(self, key: str, etag: str) -> None:
        if self.text is not None and etag == str(self.version):
            self.text = None


def hold(bucket: Any, who: str = "user/anna", **options: Any) -> Any:
    defaults: dict[str, Any] = {"wait_seconds": 0, "on_wait": lambda _: None, "sleep": lambda _: None}
    return locked(bucket, who, **{**defaults, **options})


OTHER = json.dumps({"who": "user/bob", "since": "10:00:00 UTC", "run": "r"})


def test_it_is_there_while_the_block_lasts() -> None:
    bucket = OneObject()
    with hold(bucket) as held:
        assert json.loads(str(bucket.text))["who"] == "user/anna"
        held.check()
        with pytest.raises(BusyError, match="user/anna has been deploying to this site since"), hold(bucket):
            pass
    assert bucket.text is None


def test_waiting_has_an_end_and_is_told() -> None:
    bucket, now, told = OneObject(OTHER), [0.0], list[str]()

    def sleep(seconds: float) -> None:
        now[0] += seconds

    with (
        pytest.raises(BusyError, match="wait for its end and run it again, or give it longer with --wait"),
        hold(bucket, wait_seconds=10, on_wait=told.append, sleep=sleep, clock=lambda: now[0]),
    ):
        pass
    assert now == [10]
    assert set(told) == {"user/bob has been deploying to this site since 10:00:00 UTC"}
    assert bucket.text == OTHER


@pytest.mark.parametrize("text", ["", "null", "[]", "{}", "\x1b[31m"])
def test_a_lock_that_says_nothing_is_one_too(text: str) -> None:
    with pytest.raises(BusyError, match="somebody else is deploying to this site"), hold(OneObject(text)):
        pass


def test_one_that_was_left_behind_is_taken_over() -> None:
    bucket = OneObject(OTHER, age_seconds=LEASE_SECONDS)
    with hold(bucket):
        assert json.loads(str(bucket.text))["who"] == "user/anna"


def test_one_that_was_renewed_in_the_meantime_is_not() -> None:
    class Renewed(OneObject):
        def read(self, key: str) -> Versioned | None:
            found = super().read(key)
            if self.age_seconds:  # its owner wakes up between our read and our write
                self.age_seconds, self.version = 0, self.version + 1
            return found

    bucket = Renewed(OTHER, age_seconds=LEASE_SECONDS)
    with pytest.raises(BusyError), hold(bucket):
        pass
    assert bucket.text == OTHER


def test_it_is_renewed_while_it_is_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock, "RENEWED_EVERY_SECONDS", 0.01)
    bucket = OneObject()
    with hold(bucket) as held:
        texts = set[str]()
        for _ in range(2):
            bucket.written.clear()
            assert bucket.written.wait(30)
            texts.add(str(bucket.text))
        assert len(texts) == 2, "whoever looks at it must see that it was renewed"
        held.check()
    assert bucket.text is None


def test_without_renewal_nothing_is_changed_any_more() -> None:
    now = [0.0]
    held = Lock(OneObject("text"), "{}", "1", clock=lambda: now[0])  # type: ignore[arg-type]
    now[0] = LEASE_SECONDS - 1
    held.check()
    for later in (LEASE_SECONDS, -1):  # a clock that was set back cannot be trusted
        now[0] = later
        with pytest.raises(OperationError, match="lost its lock"):
            held.check()


def test_one_that_another_run_took_is_lost_and_left_to_it() -> None:
    bucket = OneObject("text")
    held = Lock(bucket, "{}", "1")  # type: ignore[arg-type]
    bucket.text, bucket.version = OTHER, 2
    held.renew()
    with pytest.raises(OperationError, match="lost its lock"):
        held.check()
    held.release()
    assert bucket.text == OTHER
