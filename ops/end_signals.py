"""Turns the signals by which a CI system or a closed terminal ends a command into a ``KeyboardInterrupt``."""

import signal
import threading
from collections.abc import Generator
from contextlib import contextmanager
from types import FrameType
from typing import Final

from toolchain.signal_handlers import handled_by

_SIGNALS: Final = (signal.SIGTERM, signal.SIGHUP)


@contextmanager
def end_signals_raised() -> Generator[None]:
    """Raise a ``KeyboardInterrupt`` when SIGTERM or SIGHUP comes during the block, so that cleanup code runs.

    A signal that is ignored (``nohup``) or has a handler already keeps it, so blocks may be nested. Outside the main
    thread, where Python allows no handlers, this does nothing.
    """
    is_main = threading.current_thread() is threading.main_thread()
    unhandled = [each for each in _SIGNALS if is_main and signal.getsignal(each) is signal.SIG_DFL]
    with handled_by(_interrupt, unhandled):
        yield


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
