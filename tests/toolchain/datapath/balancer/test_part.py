"""What the load balancers report to the emulator, and when."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.toolchain.datapath.balancer.network import PORT, Network
from tests.toolchain.datapath.balancer.target import targets
from tests.toolchain.datapath.running import Running
from toolchain.datapath.balancer import part
from toolchain.datapath.balancer.forwarder import NetworkForwarder
from toolchain.datapath.balancer.health import State
from toolchain.datapath.balancer.part import Balancers
from toolchain.datapath.control_plane import ControlPlane

pytestmark = pytest.mark.emulator


def test_no_target_is_reported_healthy_before_it_gets_connections(
    network: Network, control_plane: ControlPlane, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = Running(tmp_path, control_plane.endpoint)
    balancers = Balancers(path.surroundings)
    follow = NetworkForwarder.follow
    given: list[bool] = []

    async def slow_follow(self: NetworkForwarder, balancer: Any, groups: Any, servers: Any) -> None:
        await follow(self, balancer, groups, servers)
        given.append(any(server.is_ready for server in servers[group]))
        async with asyncio.timeout(30):
            # As a HAProxy that takes long to start: the checks go on meanwhile.
            while balancers._targets[group].report()[0]["State"] != State.HEALTHY:
                await asyncio.sleep(0.02)

    monkeypatch.setattr(part, "program", lambda: None)
    monkeypatch.setattr(NetworkForwarder, "follow", slow_follow)
    group = network.target_group()
    network.load_balancer("network", group, "TCP")

    async def converge() -> None:
        try:
            await balancers.converge()
            assert given == [False]
            assert network.health(group)[address].startswith("initial ")
            await balancers.converge()
            assert given == [False, True]
            assert network.health(group)[address] == "healthy"
        finally:
            await balancers.close()

    with targets("one") as (one,):
        address = network.interface()
        path.addresses.serve(address, PORT, one.port)
        network.register(group, address)
        asyncio.run(converge())
