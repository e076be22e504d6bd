"""Ends a plugin process when the engine that started it has ended, even if the engine was killed."""

import os
import threading
import time
from collections.abc import Callable

PARENT_VARIABLE = "PULUMI_AWS_OFFLINE_PARENT_PID"
"""Environment variable with the PID of the process that started the launcher.

The launcher sets it before Python starts, because the parent may end while Python starts.
"""

_CHECK_SECONDS = 1.0


def end_with_parent(end: Callable[[], object]) -> None:
    """Call ``end`` when the parent process has ended. Then the system gives this process another parent."""
    parent = int(os.environ.get(PARENT_VARIABLE) or os.getppid())

    def wait() -> None:
        while os.getppid() == parent:
            time.sleep(_CHECK_SECONDS)
        end()

    threading.Thread(target=wait, daemon=True).start()
