"""An emulator for the tests of API Gateway's part."""

import pytest

from toolchain.emulator.process import Emulator


@pytest.fixture(scope="session")
def endpoint(tmp_path_factory):
    emulator = Emulator(tmp_path_factory.mktemp("emulator"))
    yield emulator.start()
    emulator.stop()
