"""Handles Ctrl-C and other signals to end: the engine must stop in order, and no process may remain."""

import signal
import subprocess
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from types import FrameType

import psutil

from toolchain import coroutines

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_SAME_SIGNAL_SECONDS = 2.0
"""A signal to a process group reaches its processes within microseconds; the rest is for a machine under load."""


class Interrupts:
    """The signals to end that this process received, and how it reacts to them."""

    def __init__(self) -> None:
        self._seen: list[int] = []

    @property
    def exit_code(self) -> int | None:
        """The shell's code for the first signal; None when there was none."""
        return 128 + self._seen[0] if self._seen else None

    @contextmanager
    def raised(self) -> Generator[None]:
        """Turn each signal into a `KeyboardInterrupt`, so that what was begun is cleaned up."""
        with _handled_by(self._raise):
            yield

    @contextmanager
    def left_to_the_engine(self) -> Generator[None]:
        """Leave each signal to the engine: it finishes what it has begun, and gives up on the second signal.

        A signal to the whole process group, as the terminal sends for Ctrl-C, has reached the engine already. One to
        this process alone, as by ``kill`` or a CI system, is passed on as one interrupt. A helper process in the group
        tells the two cases apart: it ends on the first signal that reaches the group.

        Raises:
            KeyboardInterrupt: At the end, when the engine has succeeded all the same: the next step must not begin.
        """
        with _helper_process() as helper, _handled_by(lambda number, _frame: self._pass_on(number, helper)):
            yield
        if self._seen:
            raise KeyboardInterrupt

    def _raise(self, number: int, _frame: FrameType | None) -> None:
        self._seen.append(number)
        raise KeyboardInterrupt

    def _pass_on(self, number: int, helper: "subprocess.Popen[bytes]") -> None:
        self._seen.append(number)
        # The program runs in this process, and the engine no longer answers it: its tasks are dropped where they are.
        coroutines.ignore()
        if _engines() and _is_running_still(helper):
            stop_engine()


def stop_engine() -> None:
    """Ask the engine to end: it finishes the operations that it has begun, and saves the state."""
    for engine in _engines():
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
def _helper_process() -> Generator["subprocess.Popen[bytes]"]:
    """A process in this one's group that receives the group's signals; it also ends when this process is gone."""
    nothing = subprocess.DEVNULL
    with subprocess.Popen(
        ["/bin/sh", "-c", "read _"], stdin=subprocess.PIPE, stdout=nothing, stderr=nothing
    ) as process:
        yield process


def _is_running_still(helper: "subprocess.Popen[bytes]") -> bool:
    try:
        helper.wait(_SAME_SIGNAL_SECONDS)
    except subprocess.TimeoutExpired:
        return True
    return False


@contextmanager
def _handled_by(handler: Callable[[int, FrameType | None], None]) -> Generator[None]:
    # A signal that this process was started to ignore (nohup, a background job) stays ignored.
    before = {number: signal.getsignal(number) for number in _SIGNALS}
    handled = [number for number in _SIGNALS if before[number] is not signal.SIG_IGN]
    for number in handled:
        signal.signal(number, handler)
    try:
        yield
    finally:
        for number in handled:
            signal.signal(number, before[number])
