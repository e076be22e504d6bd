"""What the emulator and the local data path have agreed on; free of imports, since each of them reads it."""

from typing import Final

OWN_PREFIX: Final = "/data-plane/"
"""Below it are the emulator's answers that AWS's APIs do not have; only the user who started it may ask for them."""
REVISION_PATH: Final = f"{OWN_PREFIX}revision"
"""Where the emulator says how often it may have changed."""
READS_HEADER: Final = "X-Data-Path-Reads"
"""By it the data path says that a request of its own changes nothing."""
USER_AGENT: Final = "spot-platform-data-path"
"""In the user agent of the data path, which asks many times a second: what it is granted is not logged."""
RECLAIM: Final = "spot-platform.spot-reclaim-seconds"
"""Name of the attribute of a task by which the emulator asks the data path for a Spot reclaim."""
