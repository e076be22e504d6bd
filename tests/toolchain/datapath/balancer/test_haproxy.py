"""The HAProxy process of a load balancer: its commands, its end, and what it leaves."""

import json
import signal
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.toolchain.datapath.balancer.conftest import balancing, needs_haproxy
from tests.toolchain.datapath.balancer.network import Network
from tests.toolchain.datapath.balancer.target import targets
from tests.toolchain.datapath.balancer.test_balancers import name_at, serve, wait_for
from tests.toolchain.datapath.running import Running, running, wait_until
from toolchain.datapath.balancer.haproxy import HaProxy
from toolchain.datapath.balancer.part import Balancers
from toolchain.datapath.control_plane import ControlPlane

pytestmark = [pytest.mark.emulator, needs_haproxy]


@pytest.fixture(scope="module")
def path(control_plane: ControlPlane, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with balancing(tmp_path_factory.mktemp("datapath"), control_plane.endpoint) as path:
        yield path


def test_a_target_gets_requests_also_when_haproxy_has_taken_too_long_for_a_command(
    network: Network, path: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    commanded, late = HaProxy._command, ["add server"]

    async def command(self: HaProxy, text: str, expected: str = "") -> str:
        answer = await commanded(self, text, expected)
        if late and late[0] in text:
            late.clear()
            raise TimeoutError
        return answer

    group = network.target_group()
    port = path.wait_for_port(network.load_balancer("network", group, "TCP")["DNSName"], 80)
    monkeypatch.setattr(HaProxy, "_command", command)
    with targets("one") as (one,):
        network.register(group, serve(path, network, one))
        path.wait_until(lambda: name_at(port) == "one", "the target gets requests")
    assert not late


def test_a_killed_haproxy_is_started_again_and_clients_that_come_meanwhile_wait(
    network: Network, path: Running
) -> None:
    group = network.target_group()
    balancer = network.load_balancer("network", group, "TCP")
    port = path.wait_for_port(balancer["DNSName"], 80)
    with targets("one") as (one,):
        address = serve(path, network, one)
        network.register(group, address)
        wait_for(network, group, address, "healthy")
        wait_until(lambda: name_at(port) == "one", "it answers")
        folder = path.surroundings.folder / "balancers" / balancer["LoadBalancerName"]
        (process,) = [item for item in psutil.process_iter() if _works_in(item, folder)]
        process.send_signal(signal.SIGKILL)
        wait_until(lambda: not process.is_running() or process.status() == psutil.STATUS_ZOMBIE, "it is gone")
        assert name_at(port) == "one"
        wait_until(lambda: any("haproxy ended (exit status -9)" in line for line in path.lines), "it is said")


def test_a_closed_data_path_leaves_nothing_and_the_next_takes_the_same_port(
    control_plane: ControlPlane, network: Network, tmp_path: Path
) -> None:
    group = network.target_group()
    balancer = network.load_balancer("network", group, "TCP")
    with running(tmp_path, control_plane.endpoint, Balancers) as first:
        port = first.wait_for_port(balancer["DNSName"], 80)
        folder = first.surroundings.folder / "balancers" / balancer["LoadBalancerName"]
        wait_until(lambda: any(_works_in(item, folder) for item in psutil.process_iter()), "haproxy runs")
    assert json.loads((tmp_path / "children.json").read_text()) == {}
    assert not any(_works_in(item, folder) for item in psutil.process_iter())
    with running(tmp_path, control_plane.endpoint, Balancers) as second:
        assert second.wait_for_port(balancer["DNSName"], 80) == port


def _works_in(process: psutil.Process, folder: Path) -> bool:
    try:
        return process.cwd() == str(folder)
    except (psutil.Error, OSError):
        return False
