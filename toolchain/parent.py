"""For a process that the engine starts: to end when the engine is gone, however it went."""

import os
import threading
import time
from collections.abc import Callable

PARENT = "SPOT_PLATFORM_PARENT"
"""Set by the launcher, a shell, to the process that started it: when Python has started, that may be gone already."""

_CHECK_SECONDS = 1.0


def end_with_parent(end: Callable[[], object]) -> None:
    """Call ``end`` once the process that started this one is gone: its children then get another parent."""
    parent = int(os.environ.get(PARENT) or os.getppid())

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(_CHECK_SECONDS)
        end()

    threading.Thread(target=watch, daemon=True).start()
