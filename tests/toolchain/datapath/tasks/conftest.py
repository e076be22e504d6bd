"""Fixtures for one emulator with a service's resources, and one data path, for each module."""

from collections.abc import Generator

import pytest

from tests.toolchain.datapath.tasks.world import DataPath, World
from toolchain.emulator.process import Emulator


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Generator[World]:
    emulator = Emulator(tmp_path_factory.mktemp("emulator"))
    yield World(emulator.start(), tmp_path_factory.mktemp("world"))
    emulator.stop()


@pytest.fixture(scope="module")
def data_path(world: World) -> Generator[DataPath]:
    running = DataPath(world.endpoint, world.folder / "datapath")
    running.start()
    yield running
    print(*running.lines, sep="\n")  # shown with a failure
    running.stop()
