"""A network in the emulator, and the data path's load balancers for it."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.toolchain.datapath.balancer.network import Network
from tests.toolchain.datapath.running import Running, running
from toolchain.datapath.balancer import part, reach
from toolchain.datapath.balancer.haproxy import program
from toolchain.datapath.balancer.part import Balancers
from toolchain.datapath.control_plane import ControlPlane

needs_haproxy = pytest.mark.skipif(program() is None, reason="haproxy is not on PATH (Debian: apt install haproxy)")


@pytest.fixture(scope="module")
def network(control_plane: ControlPlane) -> Network:
    return Network(control_plane)


@contextmanager
def balancing(folder: Path, endpoint: str, found: Callable[[], str | None] = program) -> Generator[Running]:
    """Run the load balancers while the block runs; ``found`` replaces the search for HAProxy."""
    with pytest.MonkeyPatch.context() as patched:
        for module in (part, reach):  # poll more often, for a shorter test
            patched.setattr(module, "LOOK_SECONDS", 0.5)
        patched.setattr(part, "program", found)
        with running(folder, endpoint, Balancers) as path:
            yield path
