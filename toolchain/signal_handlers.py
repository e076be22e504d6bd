"""Handles signals during a block."""

import signal
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from types import FrameType


@contextmanager
def handled_by(handler: Callable[[int, FrameType | None], None], numbers: Iterable[signal.Signals]) -> Generator[None]:
    """Call a function for signals that come during the block; after it their handlers are as before.

    A signal that is ignored (``nohup``, a background job) stays ignored.

    Args:
        handler: The function, called in the main thread with the signal's number.
        numbers: The signals.

    Raises:
        ValueError: There are signals to handle, and this is not the main thread.
    """
    before = {number: signal.getsignal(number) for number in numbers}
    handled = [number for number in before if before[number] is not signal.SIG_IGN]
    for number in handled:
        signal.signal(number, handler)
    try:
        yield
    finally:
        for number in handled:
            signal.signal(number, before[number])
