"""Whether a data path plays what the emulator holds: without one, moto's own pretence stands."""

import time
from dataclasses import dataclass

ALIVE_SECONDS = 10.0
"""A data path that has not reported for this long is taken for gone; it reports twice a second."""


@dataclass
class Attachment:
    """The data path that reports to this emulator."""

    session: str = ""
    """Names the data path's process; empty until one has reported. It stays when that process is gone: its place is
    taken by the next one."""
    reported: float = float("-inf")
    """When it last reported, on the monotonic clock."""

    @property
    def is_known(self) -> bool:
        """Whether a data path has ever reported."""
        return bool(self.session)

    @property
    def is_alive(self) -> bool:
        """Whether a data path reports now."""
        return self.is_known and time.monotonic() - self.reported < ALIVE_SECONDS

    def note(self, session: str) -> None:
        """Note a report."""
        self.session = session
        self.reported = time.monotonic()


ATTACHMENT = Attachment()
"""Of this process: an emulator has one data path at most."""
