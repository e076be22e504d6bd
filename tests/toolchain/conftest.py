"""Fixtures of the toolchain's tests: a folder of launchers and a Pulumi command line."""

import os
from pathlib import Path

import pytest
from pulumi.automation import PulumiCommand

from tests import authorities
from toolchain.offline.launcher import write_launchers
from toolchain.setup.pulumi_command import find_or_install

authorities.share()


@pytest.fixture(scope="session")
def pulumi_command(tmp_path_factory: pytest.TempPathFactory) -> PulumiCommand:
    """The Pulumi command line. ``SPOT_PLATFORM_TEST_PULUMI`` may have the path of an executable to use instead."""
    given = os.environ.get("SPOT_PLATFORM_TEST_PULUMI")
    if given is None:
        return find_or_install(print)
    root = tmp_path_factory.mktemp("pulumi")
    (root / "bin").mkdir()
    (root / "bin" / "pulumi").symlink_to(Path(given).resolve())
    return PulumiCommand(root=str(root))


@pytest.fixture
def launchers(tmp_path: Path) -> Path:
    """A folder with the launchers of the offline providers."""
    directory = tmp_path / "launchers"
    write_launchers(directory)
    return directory
