"""A container's processes end together, also those in another process group, such as tini's child."""

import asyncio
import signal
import sys
from pathlib import Path

import psutil
import pytest

from tests.toolchain.datapath.running import FOREVER, KEEPS_A_CHILD
from tests.waiting import wait_until
from toolchain.datapath.children import CHILDREN_FILE, Children
from toolchain.datapath.control_plane import ControlPlane
from toolchain.datapath.tasks.logs import LogStream
from toolchain.datapath.tasks.process import Container, Program
from toolchain.system.processes import is_running

DEADLINE_SECONDS = 60.0


@pytest.mark.parametrize("how", ["the container is killed", "its first process is killed"])
def test_no_process_outlives_its_container(tmp_path: Path, how: str) -> None:
    async def run() -> None:
        program = Program((sys.executable, "-c", KEEPS_A_CHILD, FOREVER), tmp_path, tmp_path, tmp_path)
        log = LogStream(ControlPlane("http://127.0.0.1:1"), "", "stream")
        container = Container("app", program, Children(tmp_path / CHILDREN_FILE), log, None)
        before = set(psutil.Process().children())
        await container.start()
        (first,) = set(psutil.Process().children()) - before
        child = (await asyncio.to_thread(wait_until, first.children, "it has a child", DEADLINE_SECONDS))[0]
        if how == "the container is killed":
            container.kill()
        else:
            first.send_signal(signal.SIGKILL)
        await asyncio.wait_for(container.ended.wait(), DEADLINE_SECONDS)
        await asyncio.to_thread(wait_until, lambda: not is_running(child.pid), "the child ends", DEADLINE_SECONDS)
        assert container.exit_code == 137

    asyncio.run(run())
