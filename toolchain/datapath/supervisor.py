"""Runs the parts of the data path until it is told to stop."""

import asyncio
import re
from collections.abc import Callable, Sequence
from typing import Final

from toolchain.datapath.part import Part

PAUSE_SECONDS = 0.5
"""Between two looks at the emulator; a part that is asked to do more hurries by itself."""
_RETRIES: Final = re.compile(r" \(reached max retries: \d+\)")
"""What botocore adds to the same error from the second time on."""


async def supervise(parts: Sequence[Part], stopped: asyncio.Event, say: Callable[[str], None]) -> None:
    """Let each part converge again and again, side by side, until ``stopped`` is set; then close all.

    A part that fails is asked again; its error is written once for as long as it stays the same.

    Args:
        parts: In the order in which they stand on each other: they are closed in the reverse order.
        stopped: Ends the run.
        say: Writes a line of the log.
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
        except Exception as error:  # noqa: BLE001 - the emulator may be away for a moment, and a bug must not end the rest
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
