"""Handles SIGINT (Ctrl-C), SIGTERM and SIGHUP, so that the engine stops in order and no child process remains."""

import signal
import subprocess
from collections.abc import Generator
from contextlib import contextmanager, suppress
from types import FrameType

import psutil

from toolchain.signal_handlers import handled_by
from toolchain.system import coroutines

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_SAME_SIGNAL_SECONDS = 2.0
"""How long to wait until the helper process gets the same signal: usually microseconds, longer under load."""


class Interrupts:
    """Records the signals that this process received, and reacts to them."""

    def __init__(self) -> None:
        self._seen: list[int] = []

    @property
    def exit_code(self) -> int | None:
        """The exit code for the first signal, as shells compute it (128 plus its number); None without a signal."""
        return 128 + self._seen[0] if self._seen else None

    @contextmanager
    def raised(self) -> Generator[None]:
        """Turn each signal into a `KeyboardInterrupt`, so that cleanup code runs."""
        with handled_by(self._raise, _SIGNALS):
            yield

    @contextmanager
    def left_to_the_engine(self) -> Generator[None]:
        """Let the engine handle each signal: it finishes its running operations, and stops at once on a second signal.

        A terminal sends Ctrl-C to the whole process group, so the engine has already received it. ``kill`` or a CI
        system signals this process alone, so an interrupt is sent on to the engine. A helper process in the group
        shows which of the two cases it is: it ends on the first signal that reaches the group.

        Raises:
            KeyboardInterrupt: A signal came, but the engine succeeded. Raised at the end, so that no further step
                begins.
        """
        with _helper_process() as helper, handled_by(lambda number, _frame: self._pass_on(number, helper), _SIGNALS):
            yield
        if self._seen:
            raise KeyboardInterrupt

    def _raise(self, number: int, _frame: FrameType | None) -> None:
        self._seen.append(number)
        raise KeyboardInterrupt

    def _pass_on(self, number: int, helper: "subprocess.Popen[bytes]") -> None:
        self._seen.append(number)
        # The program runs in this process. The engine no longer answers it, so its coroutines are never awaited.
        coroutines.ignore()
        if _engines() and _is_running_still(helper):
            stop_engine()


def stop_engine() -> None:
    """Ask the engine to stop: it finishes its running operations and saves the state."""
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
    """Start a child process that gets the signals of this process group; it also ends when this process ends."""
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
