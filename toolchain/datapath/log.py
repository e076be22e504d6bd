"""The data path's log."""

import sys
import time
from datetime import UTC, datetime


def say(line: str) -> None:
    """Write a line with the time; all processes write to the same file."""
    now = datetime.fromtimestamp(time.time(), tz=UTC).isoformat(timespec="milliseconds")
    sys.stdout.write(f"{now} {line}\n")
    sys.stdout.flush()
