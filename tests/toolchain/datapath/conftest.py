"""A separate emulator for the tests of the data path."""

from collections.abc import Iterator

import pytest

from toolchain.datapath.control_plane import ControlPlane
from toolchain.emulator.process import Emulator


@pytest.fixture(scope="module")
def control_plane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    """The control plane of a running emulator."""
    emulator = Emulator(tmp_path_factory.mktemp("emulator") / "emulator")
    yield ControlPlane(emulator.start(), check_seconds=0)
    emulator.stop()
