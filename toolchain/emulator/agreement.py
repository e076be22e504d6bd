"""Constants that the emulator and the local data path share; without imports, because both import this module."""

from typing import Final

OWN_PREFIX: Final = "/data-plane/"
"""Path prefix of the emulator's own requests, which are not in AWS's APIs. Only the user who started the emulator may
send them."""
REVISION_PATH: Final = f"{OWN_PREFIX}revision"
"""Path that returns the revision: a counter of the requests that may have changed the emulator. With the query
``after=REVISION`` the emulator answers when the revision is another one, at the latest after `REVISION_SECONDS`."""
REVISION_SECONDS: Final = 20.0
READS_HEADER: Final = "X-Data-Path-Reads"
"""Request header by which the data path marks a request that changes nothing."""
USER_AGENT: Final = "spot-platform-data-path"
"""Part of the data path's user agent. Its successful requests are not logged, because it sends many each second."""
RECLAIM: Final = "spot-platform.spot-reclaim-seconds"
"""Name of the task attribute by which the emulator asks the data path for a Spot reclaim."""
