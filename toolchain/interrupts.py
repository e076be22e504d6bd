"""Ctrl-C, and being told to end: the engine must stop in order, and nothing may be left behind."""

import signal
import subprocess
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from types import FrameType

import psutil

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_SAME_SIGNAL_SECONDS = 2.0
"""A signal to a process group reaches its processes within microseconds; the rest is for a machine under load."""


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

        What is sent to the whole process group, as Ctrl-C by the terminal, has reached it already. What is sent to
        this process alone, as by ``kill`` or a CI system, is passed on as one interrupt. Which of both it was, a
        process tells that waits beside the engine and ends with the first signal that it gets.

        Raises:
            KeyboardInterrupt: At the end, if the engine has ended well all the same: what is next must not begin.
        """
        with _witness() as witness, _handled_by(lambda number, _frame: self._pass_on(number, witness)):
            yield
        if self._seen:
            raise KeyboardInterrupt

    def _raise(self, number: int, _frame: FrameType | None) -> None:
        self._seen.append(number)
        raise KeyboardInterrupt

    def _pass_on(self, number: int, witness: "subprocess.Popen[bytes]") -> None:
        self._seen.append(number)
        engines = _engines()
        if engines and _lives_on(witness):
            for engine in engines:
                with suppress(psutil.Error):  # it may have ended meanwhile
                    engine.send_signal(signal.SIGINT)


def _engines() -> list[psutil.Process]:
    found: list[psutil.Process] = []
    for child in psutil.Process().children():
        with suppress(psutil.Error):
            if "pulumi" in child.name():
                found.append(child)
    return found


@contextmanager
def _witness() -> Generator["subprocess.Popen[bytes]"]:
    """A process in this one's group that gets what the group gets; it also ends when this one is gone."""
    nothing = subprocess.DEVNULL
    with subprocess.Popen(
        ["/bin/sh", "-c", "read _"], stdin=subprocess.PIPE, stdout=nothing, stderr=nothing
    ) as process:
        yield process


def _lives_on(witness: "subprocess.Popen[bytes]") -> bool:
    try:
        witness.wait(_SAME_SIGNAL_SECONDS)
    except subprocess.TimeoutExpired:
        return True
    return False


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
