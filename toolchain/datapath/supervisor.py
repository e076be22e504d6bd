"""Runs the parts of one process of the data path until the process is asked to stop."""

import asyncio
import re
from collections.abc import Callable, Sequence
from typing import Final

from toolchain.datapath.part import Part

PAUSE_SECONDS = 0.5
"""Pause between two reconciliations of a part."""
_RETRIES: Final = re.compile(r" \(reached max retries: \d+\)")
"""Text that botocore adds to an error message after retries; it would make the same error look different."""


async def supervise(parts: Sequence[Part], stopped: asyncio.Event, say: Callable[[str], None]) -> None:
    """Reconcile all parts concurrently, again and again, until ``stopped`` is set; then close all parts.

    A part that fails is called again. Its error is logged once, until the error changes.

    Args:
        parts: Parts; each part depends on the parts before it, so they are closed in reverse order.
        stopped: Event that ends the run.
        say: Function that writes a line into the log.
    """
    await asyncio.gather(*(_keep(part, stopped, say) for part in parts))
    for part in reversed(parts):
        try:
            await part.close()
        except Exception as error:  # noqa: BLE001 - the other parts must be closed all the same
            say(f"{part.name}: closing failed: {_described(error)}")


async def _keep(part: Part, stopped: asyncio.Event, say: Callable[[str], None]) -> None:
    told = ""
    while not stopped.is_set():
        try:
            await part.converge()
        except Exception as error:  # noqa: BLE001 - it may be temporary, and a bug must not end the other parts
            described = _described(error)
            if described != told:
                say(f"{part.name}: {described}")
            told = described
        else:
            if told:
                say(f"{part.name}: works again")
            told = ""
        try:
            await asyncio.wait_for(stopped.wait(), PAUSE_SECONDS)
        except TimeoutError:
            continue


def _described(error: Exception) -> str:
    return _RETRIES.sub("", " ".join(f"{type(error).__name__}: {error}".split()))
