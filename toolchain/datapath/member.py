"""A process of the data path: `python -m toolchain.datapath.PACKAGE FOLDER ENDPOINT PARENT`.

`toolchain.datapath` runs it.
What requests pass through has processes of its own, so that no request waits for what the other parts have to do.
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
from toolchain.files import private_folder

CHECK_SECONDS: Final = 1.0
THREADS: Final = 16
"""They wait for answers of the emulator. Python's own default is four more than there are processors."""
SWITCH_SECONDS: Final = 0.0005
"""A thread that reads an answer of the emulator gives way to the event loop after this long. With Python's own 5 ms
each step of a request waits so long for each such thread, and a request has dozens."""

Makers = Callable[[Surroundings], Sequence[Part]]
"""Makes the parts of a process, in the order in which they stand on each other."""


def run(name: str, make: Makers) -> None:
    """Be a process of the data path, with the arguments of the command line.

    Args:
        name: The package of this process's parts; its files are named for it.
        make: Makes its parts.
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
