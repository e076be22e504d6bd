"""Lets only one deployment at a time change a site: a lock in the site's bucket, which expires unless it is renewed."""

import json
import secrets
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from ops.errors import BusyError, OperationError
from ops.frontend.bucket import Bucket, Versioned
from ops.frontend.plan import LOCK_KEY

LEASE_SECONDS: Final = 60
"""Age, by Amazon S3's clock, at which a lock expires: its run was killed, and another run takes the lock over."""
RENEWED_EVERY_SECONDS: Final = LEASE_SECONDS / 4
LOOK_EVERY_SECONDS: Final = 2


class Lock:
    """A lock that this run holds.

    A thread renews the lock. `check` is called before each change: so a run that was suspended, for example on a closed
    laptop, changes nothing after another run has taken the lock over.
    """

    def __init__(self, bucket: Bucket, text: str, etag: str, clock: Callable[[], float] = time.time) -> None:
        self._bucket, self._text, self._etag, self._clock = bucket, text, etag, clock
        self._renewed = clock()
        self._renewals = 0
        self._lost = False
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._renew_until_ended, name="lock", daemon=True)

    def check(self) -> None:
        """Check that this run still holds the lock.

        Raises:
            OperationError: The lock is lost or has expired.
        """
        # This needs the wall clock: a monotonic clock may stand still while the machine is suspended
        if self._lost or not 0 <= self._clock() - self._renewed < LEASE_SECONDS:
            raise OperationError("this run lost its lock to another one: look at `ops frontend releases`, run it again")

    def start(self) -> None:
        """Start the thread that renews the lock."""
        self._thread.start()

    def release(self) -> None:
        """Delete the lock, so that another run need not wait until it expires."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join(timeout=LOOK_EVERY_SECONDS)
        try:
            self._bucket.delete_if(LOCK_KEY, self._etag)
        except (ClientError, BotoCoreError):
            return  # the lock expires, and this error must not hide why the run ended

    def renew(self) -> None:
        """Write the lock again, which resets its age."""
        self._renewals += 1
        # The content must differ, so that the entity tag does: then a run that is about to take the lock over fails
        text = json.dumps({**json.loads(self._text), "renewals": self._renewals})
        try:
            etag = self._bucket.write(LOCK_KEY, text, replacing=self._etag)
        except (ClientError, BotoCoreError):
            return  # the next renewal may succeed; if none does, `check` stops the run
        if etag is None:
            self._lost = True
        else:
            self._etag, self._renewed = etag, self._clock()

    def _renew_until_ended(self) -> None:
        while not self._ended.wait(RENEWED_EVERY_SECONDS) and not self._lost:
            self.renew()


@contextmanager
def locked(
    bucket: Bucket,
    who: str,
    *,
    wait_seconds: float,
    on_wait: Callable[[str], None],
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.time,
) -> Generator[Lock]:
    """Hold the lock of a site during the block.

    Args:
        bucket: The site's bucket.
        who: The credentials' user or role, for the messages of runs that wait.
        wait_seconds: How long to wait for another run.
        on_wait: Called with a sentence, again and again while another run holds the lock.
        sleep: Sleeps for a number of seconds; replaced in tests.
        clock: The wall clock, in seconds; replaced in tests.

    Raises:
        BusyError: Another run still holds the lock after `wait_seconds`.
    """
    text = json.dumps({"who": who, "since": f"{datetime.now(UTC):%H:%M:%S} UTC", "run": secrets.token_hex(8)})
    etag = _acquire(bucket, text, wait_seconds=wait_seconds, on_wait=on_wait, sleep=sleep, clock=clock)
    lock = Lock(bucket, text, etag, clock)
    lock.start()
    try:
        yield lock
    finally:
        lock.release()


def _acquire(
    bucket: Bucket,
    text: str,
    *,
    wait_seconds: float,
    on_wait: Callable[[str], None],
    sleep: Callable[[float], None],
    clock: Callable[[], float],
) -> str:
    deadline = clock() + wait_seconds
    while True:
        etag = bucket.write(LOCK_KEY, text, replacing=None)
        if etag is not None:
            return etag
        held = bucket.read(LOCK_KEY)
        if held is None:
            continue
        if held.age_seconds >= LEASE_SECONDS:
            etag = bucket.write(LOCK_KEY, text, replacing=held.etag)
            if etag is not None:
                return etag
            continue
        said = _said(held)
        if clock() >= deadline:
            raise BusyError(f"{said}: wait for its end and run it again, or give it longer with --wait")
        on_wait(said)
        sleep(LOOK_EVERY_SECONDS)


def _said(held: Versioned) -> str:
    try:
        owner: dict[str, Any] = json.loads(held.text)
        return f"{owner['who']} has been deploying to this site since {owner['since']}"
    except (ValueError, KeyError, TypeError):
        return "somebody else is deploying to this site"
