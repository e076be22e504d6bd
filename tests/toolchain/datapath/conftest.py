"""An emulator for the tests of the data path, empty at the beginning of each module."""

import urllib.request
from collections.abc import Iterator

import pytest

from toolchain.datapath.control_plane import ControlPlane
from toolchain.emulator.process import Emulator


@pytest.fixture(scope="session")
def _shared_emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:  # pyright: ignore[reportUnusedFunction]
    """The URL of an emulator. Its start takes 1.2 s of processor time, and the first use of its services as much."""
    running = Emulator(tmp_path_factory.mktemp("emulator") / "emulator")
    yield running.start()
    running.stop()


@pytest.fixture(scope="module")
def empty_emulator(_shared_emulator: str) -> str:
    """The URL of an emulator without resources."""
    urllib.request.urlopen(urllib.request.Request(f"{_shared_emulator}/moto-api/reset", method="POST")).close()
    return _shared_emulator


@pytest.fixture(scope="module")
def control_plane(empty_emulator: str) -> ControlPlane:
    """The control plane of an emulator without resources."""
    return ControlPlane(empty_emulator, check_seconds=0)
