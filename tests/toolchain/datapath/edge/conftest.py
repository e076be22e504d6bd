"""Fixtures of the edge's tests: an emulator, clients for it, and helpers that run parts of the data path."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests import emulated
from toolchain.datapath.addresses import Addresses
from toolchain.datapath.children import Children
from toolchain.datapath.control_plane import ControlPlane
from toolchain.datapath.part import Surroundings
from toolchain.emulator.process import Emulator


@pytest.fixture(scope="session")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    running = Emulator(tmp_path_factory.mktemp("emulator"))
    yield running.start()
    running.stop()


@pytest.fixture(scope="session")
def endpoint(emulator: str) -> str:
    """The emulator's URL."""
    return emulator


@pytest.fixture(scope="session")
def aws(emulator: str) -> Callable[[str], Any]:
    return partial(emulated.client, emulator)


def origin_access_control(cloudfront: Any, name: str) -> str:
    """Create an origin access control for buckets and return its id."""
    made = cloudfront.create_origin_access_control(
        OriginAccessControlConfig={
            "Name": name,
            "SigningProtocol": "sigv4",
            "SigningBehavior": "always",
            "OriginAccessControlOriginType": "s3",
        }
    )
    return made["OriginAccessControl"]["Id"]


@pytest.fixture
def surroundings(emulator: str, tmp_path: Path) -> Surroundings:
    return surroundings_of(emulator, tmp_path)


def surroundings_of(emulator: str, folder: Path) -> Surroundings:
    lines: list[str] = []
    return Surroundings(
        ControlPlane(emulator, check_seconds=0),
        Addresses(folder),
        Children(folder / "children.json"),
        folder,
        lines.append,
    )


@asynccontextmanager
async def running(*parts: Any) -> AsyncIterator[None]:
    for part in parts:
        await part.converge()
    try:
        yield
    finally:
        for part in reversed(parts):
            await part.close()


async def until(holds: Callable[[], Awaitable[bool]], seconds: float = 20) -> None:
    async with asyncio.timeout(seconds):
        while not await holds():
            await asyncio.sleep(0.05)
