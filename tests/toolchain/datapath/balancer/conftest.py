"""A network in the emulator, and the data path's load balancers for it."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.toolchain.datapath.balancer.network import Network
from tests.toolchain.datapath.running import Running, running
from toolchain.datapath.balancer import part, reach
from toolchain.datapath.balancer.part import Balancers
from toolchain.datapath.control_plane import ControlPlane


@pytest.fixture(scope="module")
def network(control_plane: ControlPlane) -> Network:
    return Network(control_plane)


@contextmanager
def balancing(folder: Path, endpoint: str, program: Callable[[], str | None] | None = None) -> Generator[Running]:
    """Run the load balancers while the block runs; ``program``, if given, replaces the search for HAProxy."""
    with pytest.MonkeyPatch.context() as patched:
        for module in (part, reach):  # poll more often, for a shorter test
            patched.setattr(module, "LOOK_SECONDS", 0.5)
        if program is not None:
            patched.setattr(part, "program", program)
        with running(folder, endpoint, Balancers) as path:
            yield path
