"""Fixtures for a service's resources in the emulator, and one data path, for each module."""

from collections.abc import Generator

import pytest

from tests.toolchain.datapath.tasks.world import DataPath, World


@pytest.fixture(scope="module")
def world(empty_emulator: str, tmp_path_factory: pytest.TempPathFactory) -> World:
    return World(empty_emulator, tmp_path_factory.mktemp("world"))


@pytest.fixture(scope="module")
def data_path(world: World) -> Generator[DataPath]:
    running = DataPath(world.endpoint, world.folder / "datapath")
    running.start()
    yield running
    print(*running.lines, sep="\n")  # shown with a failure
    running.stop()
