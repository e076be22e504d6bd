"""Keeps what was read of the emulator until something may have changed in it."""

import asyncio
import json
import pickle
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Any, Final

CHECK_SECONDS: Final = 0.2
"""The data path sees a change of the emulator this much later, and asks that much less often."""
LONGEST_SECONDS: Final = 15.0
"""A reading is kept no longer, in case something changes in the emulator by itself."""
KEPT: Final = 500
_READING: Final = ("describe_", "get_", "list_")


def only_reads(operation: str) -> bool:
    """Whether an operation of boto3, such as ``describe_services``, changes nothing."""
    return operation.startswith(_READING)


class Readings:
    """Answers of the emulator by what was asked.

    Args:
        ask_revision: Asks the emulator for its revision.
        clock: Seconds that only grow.
        check_seconds: Seconds for which an answer about the revision holds: a change is seen that much later.
    """

    def __init__(
        self,
        ask_revision: Callable[[], Awaitable[int]],
        clock: Callable[[], float] = time.monotonic,
        check_seconds: float = CHECK_SECONDS,
    ) -> None:
        self._ask_revision = ask_revision
        self._clock = clock
        self._check_seconds = check_seconds
        self._revision = -1
        self._checked_at = float("-inf")
        self._lock = asyncio.Lock()
        self._kept: OrderedDict[str, tuple[int, float, bytes]] = OrderedDict()

    def changed(self) -> None:
        """Note that this process has changed something: what is read next is read anew."""
        self._checked_at = float("-inf")

    async def read(self, asked: tuple[Any, ...], ask: Callable[[], Awaitable[Any]]) -> Any:
        """What the emulator answers, or has answered since it changed last.

        Args:
            asked: What is asked: plain data.
            ask: Asks it.
        """
        revision = await self._current()
        key = json.dumps(asked, sort_keys=True, default=str)
        kept = self._kept.get(key)
        if kept is not None and kept[0] == revision and self._clock() - kept[1] < LONGEST_SECONDS:
            return pickle.loads(kept[2])  # noqa: S301 - this process's own
        began = self._clock()
        answer = await ask()
        try:
            # a copy that costs a tenth of what `copy.deepcopy` holds the event loop up
            plain = pickle.dumps(answer)
        except TypeError:  # it holds a stream, which is read once
            return answer
        # The revision from before: a change while it was read shows as a newer one.
        self._kept[key] = (revision, began, plain)
        self._kept.move_to_end(key)
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return answer

    async def _current(self) -> int:
        async with self._lock:
            if self._clock() - self._checked_at >= self._check_seconds:
                began = self._clock()
                self._revision = await self._ask_revision()
                self._checked_at = began
            return self._revision
