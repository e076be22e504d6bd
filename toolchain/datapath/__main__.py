"""The data path's first process: `python -m toolchain.datapath STATUS_FILE ENDPOINT`. It runs until SIGTERM.

It starts the other processes (`toolchain.datapath.member`), and restarts a process that has ended.
"""

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Final

from toolchain.datapath.children import CHILDREN_FILE, Children, end_all_leftovers
from toolchain.datapath.log import say
from toolchain.system.background import bound_own_log, is_written
from toolchain.system.files import private_folder, write_whole

MEMBERS: Final = ("stores", "balancer", "tasks", "edge")
"""Packages with their own process. Each package depends on the packages before it."""
CHECK_SECONDS: Final = 1.0
"""Interval of the check for processes that have ended, which are then restarted."""
STOP_SECONDS: Final = 30.0
"""Time that a process gets after SIGTERM to end its own programs."""


async def serve(status_file: Path, endpoint: str) -> None:
    """Run until SIGTERM, or until the status file is gone, for example because the checkout was deleted.

    Args:
        status_file: Path in the data path's folder; the folder is removed with the stack.
        endpoint: The emulator's address.
    """
    folder = private_folder(status_file.parent)
    ended = end_all_leftovers(folder)
    if ended:
        say(f"ended {ended} programs of a data path that was killed")
    stopped = asyncio.Event()
    about = json.dumps({"pid": os.getpid(), "emulator": endpoint})
    loop = asyncio.get_running_loop()

    def stop() -> None:
        stopped.set()
        if is_written(status_file, about):  # closing takes time, and no client may rely on this process meanwhile
            write_whole(status_file, json.dumps({"pid": os.getpid(), "emulator": None}))

    loop.add_signal_handler(signal.SIGTERM, stop)
    loop.add_signal_handler(signal.SIGINT, lambda: None)  # Ctrl-C ends the run, but not the data path
    members = Members(folder, endpoint)
    members.keep()
    write_whole(status_file, about)
    while not stopped.is_set() and is_written(status_file, about):
        members.keep()
        bound_own_log()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stopped.wait(), CHECK_SECONDS)
    await members.end()


class Members:
    """The other processes of the data path.

    Args:
        folder: The data path's folder.
        endpoint: The emulator's address.
    """

    def __init__(self, folder: Path, endpoint: str) -> None:
        self._arguments = (str(folder), endpoint, str(os.getpid()))
        self._children = Children(folder / CHILDREN_FILE)
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def keep(self) -> None:
        """Start every process that does not run."""
        for name in MEMBERS:
            process = self._running.get(name)
            if process is not None and process.poll() is None:
                continue
            if process is not None:
                say(f"{name}: its process has ended (exit status {process.returncode}), starting it again")
                self._children.forget(process)
            command = [sys.executable, "-m", f"{__package__}.{name}", *self._arguments]
            self._running[name] = self._children.start(command, stdin=subprocess.DEVNULL)

    async def end(self) -> None:
        """End all processes, each before the processes that it depends on."""
        for name in reversed(MEMBERS):
            await self._children.end(self._running[name], signal.SIGTERM, STOP_SECONDS)


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), sys.argv[2]))
