"""Runs parts of the data path in a thread of the test, in the way of the data path's process."""

import asyncio
import threading
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from tests import waiting
from toolchain.datapath.addresses import Addresses
from toolchain.datapath.children import Children
from toolchain.datapath.control_plane import ControlPlane
from toolchain.datapath.part import Part, Surroundings
from toolchain.datapath.supervisor import supervise

DEADLINE_SECONDS = 120.0
wait_until = partial(waiting.wait_until, seconds=DEADLINE_SECONDS, pause_seconds=0.05)
"""`tests.waiting.wait_until` with a longer pause, for conditions that poll the emulator, which is busy."""


class Running:
    """A running data path. The test's thread may use its surroundings."""

    def __init__(self, folder: Path, endpoint: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.lines: list[str] = []
        self.surroundings = Surroundings(
            ControlPlane(endpoint),
            Addresses(folder),
            Children(folder / "children.json"),
            folder,
            self.lines.append,
        )

    @property
    def addresses(self) -> Addresses:
        return self.surroundings.addresses

    def wait_for_port(self, host: str, port: int) -> int:
        """Wait until an address in AWS is served locally, and return its local port."""
        return self.wait_until(lambda: self.addresses.local_port(host, port), f"{host}:{port} is served")

    def wait_until(self, condition: Callable[[], Any], what: str) -> Any:
        """Poll until a condition holds; a failure contains the data path's log."""
        try:
            return wait_until(condition, what)
        except AssertionError as error:
            raise AssertionError("\n".join([str(error), *self.lines])) from None


@contextmanager
def running(folder: Path, endpoint: str, *makers: Callable[[Surroundings], Part]) -> Generator[Running]:
    """Run parts of the data path while the block runs."""
    path = Running(folder, endpoint)
    loop = asyncio.new_event_loop()
    stopped = asyncio.Event()
    parts: Sequence[Part] = [make(path.surroundings) for make in makers]
    thread = threading.Thread(target=lambda: loop.run_until_complete(supervise(parts, stopped, path.lines.append)))
    thread.start()
    try:
        yield path
    finally:
        loop.call_soon_threadsafe(stopped.set)
        thread.join(DEADLINE_SECONDS)
        loop.close()


FOREVER = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"
"""A Python program that only SIGKILL ends."""
KEEPS_A_CHILD = """
import subprocess, sys
subprocess.Popen([sys.executable, "-c", sys.argv[1]], process_group=0).wait()
"""
"""A Python program that starts a child process in a new process group, as tini does."""
