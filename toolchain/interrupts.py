"""Ctrl-C, and being told to end: the engine must stop in order, and nothing may be left behind."""

import signal
from collections.abc import Callable, Generator
from contextlib import contextmanager
from types import FrameType

import psutil

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interrupts:
    """What this process was told by signals, and what it makes of it."""

    def __init__(self) -> None:
        self._seen: list[int] = []

    @property
    def exit_code(self) -> int | None:
        """The shell's code for the first signal; None when there was none."""
        return 128 + self._seen[0] if self._seen else None

    @contextmanager
    def raised(self) -> Generator[None]:
        """Make each a `KeyboardInterrupt`, so that what was begun is cleaned up."""
        with _handled_by(self._raise):
            yield

    @contextmanager
    def left_to_the_engine(self) -> Generator[None]:
        """Leave each to the engine, which finishes what it has begun, and gives up on the second.

        Ctrl-C reaches it from the terminal; the others come to this process alone and are passed on.

        Raises:
            KeyboardInterrupt: At the end, if the engine has ended well all the same: what is next must not begin.
        """
        with _handled_by(self._pass_on):
            yield
        if self._seen:
            raise KeyboardInterrupt

    def _raise(self, number: int, _frame: FrameType | None) -> None:
        self._seen.append(number)
        raise KeyboardInterrupt

    def _pass_on(self, number: int, _frame: FrameType | None) -> None:
        self._seen.append(number)
        if number != signal.SIGINT:
            for child in psutil.Process().children():
                if child.name() == "pulumi":
                    child.send_signal(signal.SIGINT)


@contextmanager
def _handled_by(handler: Callable[[int, FrameType | None], None]) -> Generator[None]:
    # What this process was started to ignore (nohup, a background job), it goes on to ignore.
    before = {number: signal.getsignal(number) for number in _SIGNALS}
    handled = [number for number in _SIGNALS if before[number] is not signal.SIG_IGN]
    for number in handled:
        signal.signal(number, handler)
    try:
        yield
    finally:
        for number in handled:
            signal.signal(number, before[number])
