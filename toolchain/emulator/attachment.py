"""Stores whether a data path runs the emulator's resources. Without a data path, moto simulates their states."""

import time
from dataclasses import dataclass

ALIVE_SECONDS = 10.0
"""A data path reports twice a second. If it has not reported for this long, it counts as ended."""


@dataclass
class Attachment:
    """The data path that reports to this emulator."""

    session: str = ""
    """Id of the data path's process; empty until a data path has reported. It is kept after the process has ended,
    until the next data path reports."""
    reported: float = float("-inf")
    """Time of the last report, on the monotonic clock."""

    @property
    def is_known(self) -> bool:
        """Whether a data path has ever reported."""
        return bool(self.session)

    @property
    def is_alive(self) -> bool:
        """Whether a data path has reported within `ALIVE_SECONDS`."""
        return self.is_known and time.monotonic() - self.reported < ALIVE_SECONDS

    def note(self, session: str) -> None:
        """Record a report of a data path.

        Args:
            session: Id of the data path's process.
        """
        self.session = session
        self.reported = time.monotonic()


ATTACHMENT = Attachment()
"""The only attachment of this process, because an emulator has at most one data path."""
