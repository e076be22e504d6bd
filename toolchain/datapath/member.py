"""Runs one process of the data path: `python -m toolchain.datapath.PACKAGE FOLDER ENDPOINT PARENT`.

`toolchain.datapath` starts it. The packages that forward requests have their own processes, so that no request waits
for the work of other parts.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from toolchain.datapath.addresses import Addresses
from toolchain.datapath.children import Children, children_file
from toolchain.datapath.control_plane import ControlPlane
from toolchain.datapath.log import say
from toolchain.datapath.part import Part, Surroundings
from toolchain.datapath.supervisor import supervise
from toolchain.system.files import private_folder

CHECK_SECONDS: Final = 1.0
THREADS: Final = 16
"""Number of threads that wait for responses of the emulator. Python's default is the processor count plus four."""
SWITCH_SECONDS: Final = 0.0005
"""A thread that reads a response of the emulator gives way to the event loop after this time. With Python's default of
5 ms, each step of a request would wait 5 ms for each of these threads, and a request has dozens of steps."""

Makers = Callable[[Surroundings], Sequence[Part]]
"""A function that makes the parts of a process. Each part depends on the parts before it."""


def run(name: str, make: Makers) -> None:
    """Run a process of the data path with the command line's arguments.

    Args:
        name: Package of the process's parts; the process's files have this name.
        make: Function that makes the parts.
    """
    sys.setswitchinterval(SWITCH_SECONDS)
    asyncio.run(_serve(name, make, Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])))


async def _serve(name: str, make: Makers, folder: Path, endpoint: str, parent: int) -> None:
    private_folder(folder)
    children = Children(children_file(folder, name))
    ended = children.end_leftovers()
    if ended:
        say(f"{name}: ended {ended} programs of a process that was killed")
    loop = asyncio.get_running_loop()
    loop.set_default_executor(ThreadPoolExecutor(THREADS))
    stopped = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stopped.set)
    loop.add_signal_handler(signal.SIGINT, lambda: None)  # Ctrl-C ends the run, but not the data path
    orphaned = asyncio.create_task(_stop_when_orphaned(parent, stopped))
    surroundings = Surroundings(ControlPlane(endpoint), Addresses(folder, name), children, folder, say)
    await supervise(make(surroundings), stopped, say)
    orphaned.cancel()


async def _stop_when_orphaned(parent: int, stopped: asyncio.Event) -> None:
    while os.getppid() == parent:
        await asyncio.sleep(CHECK_SECONDS)
    stopped.set()
