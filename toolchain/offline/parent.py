"""Ends a plugin process when the engine that started it is gone, however the engine ended."""

import os
import threading
import time
from collections.abc import Callable

PARENT_VARIABLE = "PULUMI_AWS_OFFLINE_PARENT_PID"
"""Environment variable with the PID of the process that started the launcher.

The launcher sets it before Python starts: by then the parent may be gone already.
"""

_CHECK_SECONDS = 1.0


def end_with_parent(end: Callable[[], object]) -> None:
    """Call ``end`` when the process that started this one is gone: the system then changes this process's parent."""
    parent = int(os.environ.get(PARENT_VARIABLE) or os.getppid())

    def wait() -> None:
        while os.getppid() == parent:
            time.sleep(_CHECK_SECONDS)
        end()

    threading.Thread(target=wait, daemon=True).start()
