"""Imports the service for the fork server of `tests.backend.forked`, without collecting garbage, as the service does."""

import gc

gc.disable()

from tests.backend import drilled  # noqa: E402

gc.freeze()
gc.enable()

__all__ = ["drilled"]
