"""The ports of the edge."""

import asyncio
import json
from pathlib import Path

import pytest

from tests.toolchain.datapath.edge.conftest import running, surroundings_of
from toolchain.datapath.edge import server
from toolchain.datapath.edge.server import Edge
from toolchain.datapath.ports import free_port


def test_the_ports_stay_the_same_while_the_folder_lives(
    emulator: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Not the usual ports: edges of tests that run at the same time open and close those.
    for name in ("FIRST_PORT", "FIRST_STORAGE_PORT"):
        monkeypatch.setattr(server, name, free_port())

    async def play() -> None:
        surroundings = surroundings_of(emulator, tmp_path)
        first = Edge(surroundings)
        async with running(first):
            assert surroundings.addresses.local_port("edge.localhost", 80) == first.names.edge_port
            assert surroundings.addresses.local_port("s3.us-east-1.amazonaws.com", 443) == first.names.storage_port
            neighbour = Edge(surroundings_of(emulator, tmp_path / "neighbour"))
            (tmp_path / "neighbour").mkdir()
            async with running(neighbour):
                assert neighbour.names.edge_port > first.names.edge_port
                remembered = json.loads((tmp_path / "neighbour" / "edge" / "ports.json").read_text())
        again = Edge(surroundings_of(emulator, tmp_path / "neighbour"))
        async with running(again):
            assert (again.names.edge_port, again.names.storage_port) == (remembered["edge"], remembered["s3"])

    asyncio.run(play())
