"""Caches responses of the emulator until its state may have changed."""

import asyncio
import json
import pickle
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from math import isinf
from typing import Any, Final

import httpx

CHECK_SECONDS: Final = 0.2
"""Interval at which the emulator's revision is read; the data path sees a change up to this much later."""
LONGEST_SECONDS: Final = 15.0
"""Maximum age of a cached response, in case the emulator's state changes without a new revision."""
KEPT: Final = 500
_READING: Final = ("describe_", "get_", "list_")


def only_reads(operation: str) -> bool:
    """Check whether a boto3 operation, such as ``describe_services``, only reads."""
    return operation.startswith(_READING)


class Readings:
    """A cache of the emulator's responses, by request.

    Args:
        ask_revision: Function that reads the emulator's revision.
        clock: Function that returns monotonic seconds.
        check_seconds: Seconds between two reads of the revision; a change is seen up to this much later.
        await_revision: Function that returns the revision as soon as it is no longer the given one. While such a call
            waits, a change is seen at once, and the revision need not be read. None to only read it.
    """

    def __init__(
        self,
        ask_revision: Callable[[], Awaitable[int]],
        clock: Callable[[], float] = time.monotonic,
        check_seconds: float = CHECK_SECONDS,
        await_revision: Callable[[int], Awaitable[int]] | None = None,
    ) -> None:
        self._ask_revision = ask_revision
        self._clock = clock
        self._check_seconds = check_seconds
        self._await_revision = await_revision
        self._watch: asyncio.Task[None] | None = None
        self._revision = -1
        self._checked_at = float("-inf")
        self._lock = asyncio.Lock()
        self._kept: OrderedDict[str, tuple[int, float, bytes]] = OrderedDict()

    def changed(self) -> None:
        """Make the next read check the revision, because this process has changed something in the emulator."""
        self._checked_at = float("-inf")

    async def read(self, asked: tuple[Any, ...], ask: Callable[[], Awaitable[Any]]) -> Any:
        """Return the emulator's response: from the cache, if the emulator has not changed since, else from `ask`.

        Args:
            asked: The request as plain data, which is the cache key.
            ask: Function that sends the request.
        """
        revision = await self._current()
        key = json.dumps(asked, sort_keys=True, default=str)
        kept = self._kept.get(key)
        if kept is not None and kept[0] == revision and self._clock() - kept[1] < LONGEST_SECONDS:
            return pickle.loads(kept[2])  # noqa: S301 - this process's own
        began = self._clock()
        answer = await ask()
        try:
            # a copy that blocks the event loop a tenth as long as `copy.deepcopy`
            plain = pickle.dumps(answer)
        except TypeError:  # the response contains a stream, which can be read only once
            return answer
        # The revision from before the request: after a change during the request, the cached response counts as old.
        self._kept[key] = (revision, began, plain)
        self._kept.move_to_end(key)
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return answer

    @property
    def _is_watched(self) -> bool:
        return self._watch is not None and not self._watch.done()

    async def _current(self) -> int:
        if self._is_watched and not isinf(self._checked_at):
            return self._revision
        async with self._lock:
            if self._clock() - self._checked_at >= self._check_seconds:
                began = self._clock()
                self._revision = await self._ask_revision()
                self._checked_at = began
            if self._await_revision is not None and not self._is_watched:
                self._watch = asyncio.create_task(self._watched(self._await_revision))
            return self._revision

    async def _watched(self, await_revision: Callable[[int], Awaitable[int]]) -> None:
        """Follow the revision until a call fails; then it is read again, and the reader gets the error."""
        try:
            while True:
                revision = await await_revision(self._revision)
                if revision < self._revision:
                    # The answer is older than a change of its own, or it is of another emulator.
                    self.changed()
                    await asyncio.sleep(self._check_seconds)
                else:
                    self._revision = revision
        except (httpx.HTTPError, OSError, ValueError, KeyError):
            self.changed()
