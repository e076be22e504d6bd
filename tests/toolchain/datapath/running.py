"""Runs parts of the data path in a thread, as its process does."""

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
"""As `tests.waiting`, for what the emulator is asked about: less often, since it has work to do."""


class Running:
    """A data path that runs; its surroundings may be asked from the test's thread."""

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
        """The local port of an address in AWS, once it is served."""
        return self.wait_until(lambda: self.addresses.local_port(host, port), f"{host}:{port} is served")

    def wait_until(self, condition: Callable[[], Any], what: str) -> Any:
        """As `wait_until`; a failure shows the data path's log."""
        try:
            return wait_until(condition, what)
        except AssertionError as error:
            raise AssertionError("\n".join([str(error), *self.lines])) from None


@contextmanager
def running(folder: Path, endpoint: str, *makers: Callable[[Surroundings], Part]) -> Generator[Running]:
    """Run parts while the block lasts."""
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
"""A Python program that starts another, in a process group of its own, as tini does."""
