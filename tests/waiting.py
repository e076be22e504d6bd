"""Waits for a condition that another process fulfils."""

import time
from collections.abc import Callable
from typing import Any

START_SECONDS = 180.0


def wait_until(
    condition: Callable[[], Any], what: str, seconds: float = START_SECONDS, pause_seconds: float = 0.02
) -> Any:
    """Poll until a condition holds, and return what it returned."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(pause_seconds)
    raise AssertionError(f"{what}: not within {seconds:g} s")
