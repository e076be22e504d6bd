"""The data path's process: `python -m toolchain.datapath STATUS_FILE ENDPOINT`, serving until SIGTERM."""

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from toolchain.background import is_written
from toolchain.datapath.addresses import Addresses
from toolchain.datapath.balancer.part import Balancers
from toolchain.datapath.children import CHILDREN_FILE, Children
from toolchain.datapath.control_plane import ControlPlane
from toolchain.datapath.edge.api_gateway import ApiGateway
from toolchain.datapath.edge.cloudfront import CloudFront
from toolchain.datapath.edge.server import Edge
from toolchain.datapath.edge.waf import WebAcls
from toolchain.datapath.part import Part, Surroundings
from toolchain.datapath.stores.part import Stores
from toolchain.datapath.supervisor import supervise
from toolchain.datapath.tasks import Tasks
from toolchain.files import private_folder, write_whole

CHECK_SECONDS = 2.0
SWITCH_SECONDS = 0.0005
"""A thread that reads an answer of the emulator gives way to the event loop after this long. With Python's own 5 ms
each step of a request waits so long for each such thread, and a request has dozens: edge, gateway, stores."""


def parts_in(surroundings: Surroundings) -> Sequence[Part]:
    """The parts of the data path, in the order in which they stand on each other."""
    web_acls = WebAcls(surroundings)
    api_gateway = ApiGateway(surroundings, web_acls=web_acls)
    cloudfront = CloudFront(surroundings, (api_gateway,), web_acls)
    return (
        Stores(surroundings),
        Balancers(surroundings),
        Tasks(surroundings),
        api_gateway,
        cloudfront,
        Edge(surroundings, (cloudfront, api_gateway)),
    )


async def serve(status_file: Path, endpoint: str) -> None:
    """Serve until SIGTERM, or until the status file is gone, for example with the checkout.

    Args:
        status_file: In the data path's folder, which ends with the stack.
        endpoint: The emulator's address.
    """
    folder = private_folder(status_file.parent)
    children = Children(folder / CHILDREN_FILE)
    ended = children.end_leftovers()
    if ended:
        _say(f"ended {ended} programs of a data path that was killed")
    surroundings = Surroundings(ControlPlane(endpoint), Addresses(folder / "addresses.json"), children, folder, _say)
    stopped = asyncio.Event()
    about = json.dumps({"pid": os.getpid(), "emulator": endpoint})
    loop = asyncio.get_running_loop()

    def stop() -> None:
        stopped.set()
        if is_written(status_file, about):  # closing takes a while, in which nobody must rely on this process
            write_whole(status_file, json.dumps({"pid": os.getpid(), "emulator": None}))

    loop.add_signal_handler(signal.SIGTERM, stop)
    loop.add_signal_handler(signal.SIGINT, lambda: None)  # Ctrl-C ends the run, but not the data path
    write_whole(status_file, about)
    forgotten = asyncio.create_task(_stop_when_forgotten(status_file, about, stopped))
    await supervise(parts_in(surroundings), stopped, _say)
    forgotten.cancel()


async def _stop_when_forgotten(status_file: Path, about: str, stopped: asyncio.Event) -> None:
    while is_written(status_file, about):
        await asyncio.sleep(CHECK_SECONDS)
    stopped.set()


def _say(line: str) -> None:
    now = datetime.fromtimestamp(time.time(), tz=UTC).isoformat(timespec="milliseconds")
    sys.stdout.write(f"{now} {line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.setswitchinterval(SWITCH_SECONDS)
    asyncio.run(serve(Path(sys.argv[1]), sys.argv[2]))
