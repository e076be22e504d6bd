"""A Network Load Balancer on a machine without HAProxy."""

import socket
from collections.abc import Iterator

import pytest

from tests.toolchain.datapath.balancer.conftest import balancing
from tests.toolchain.datapath.balancer.network import Network
from tests.toolchain.datapath.balancer.target import targets
from tests.toolchain.datapath.balancer.test_balancers import Load, ask, name_at, serve, wait_for
from tests.toolchain.datapath.running import Running, wait_until
from toolchain.datapath.control_plane import ControlPlane

pytestmark = pytest.mark.emulator


@pytest.fixture(scope="module")
def path(control_plane: ControlPlane, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with balancing(tmp_path_factory.mktemp("datapath"), control_plane.endpoint, lambda: None) as path:
        yield path


def test_targets_come_and_go_under_load_and_no_request_is_lost(network: Network, path: Running) -> None:
    group = network.target_group(**{"target_health_state.unhealthy.connection_termination.enabled": "false"})
    balancer = network.load_balancer("network", group, "TCP")
    port = path.wait_for_port(balancer["DNSName"], 80)
    with targets("one", "two") as (one, two):
        first, second = serve(path, network, one), serve(path, network, two)
        network.register(group, first)
        wait_for(network, group, first, "healthy")
        wait_until(lambda: name_at(port) == "one", "it answers")
        with Load(port).running() as load:
            network.register(group, second)
            wait_for(network, group, second, "healthy")
            network.listener(balancer, group, "TCP", 8080)
            other = path.wait_for_port(balancer["DNSName"], 8080)
            wait_until(lambda: {name_at(other) for _ in range(8)} == {"one", "two"}, "both get requests")
            network.deregister(group, first)
            wait_until(lambda: {name_at(port) for _ in range(8)} == {"two"}, "the first gets nothing new")
            wait_until(lambda: set(network.health(group)) == {second}, "the deregistration completes")
            sent = load.sent
            wait_until(lambda: load.sent > sent + 20, "the load goes on")
        assert load.failures == []
        assert (one.requests > 0, two.requests > 0) == (True, True)
    network.elb.delete_load_balancer(LoadBalancerArn=balancer["LoadBalancerArn"])
    path.wait_until(lambda: path.addresses.local_port(balancer["DNSName"], 80) is None, "the balancer is gone")
    assert name_at(port) == ""
    assert any("runs without HAProxy, which is not on PATH" in line for line in path.lines)


def test_a_connection_outlives_its_target_until_the_delay_is_over(network: Network, path: Running) -> None:
    group = network.target_group(**{"deregistration_delay.connection_termination.enabled": "true"})
    port = path.wait_for_port(network.load_balancer("network", group, "TCP")["DNSName"], 80)
    assert name_at(port) == ""  # no target yet
    with targets("one") as (one,):
        address = serve(path, network, one)
        network.register(group, address)
        wait_for(network, group, address, "healthy")
        wait_until(lambda: name_at(port) == "one", "it answers")
        with socket.create_connection(("127.0.0.1", port), timeout=30) as kept:
            ask(kept)
            network.deregister(group, address)
            wait_until(lambda: name_at(port) == "", "no new connection is taken")
            ask(kept)
            assert kept.recv(1) == b""  # closed at the end of the deregistration delay


def test_a_client_that_has_said_all_still_gets_its_answer(network: Network, path: Running) -> None:
    group = network.target_group()
    port = path.wait_for_port(network.load_balancer("network", group, "TCP")["DNSName"], 80)
    with targets("one") as (one,):
        network.register(group, serve(path, network, one))
        wait_until(lambda: name_at(port) == "one", "it answers")
        with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
            connection.sendall(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
            connection.shutdown(socket.SHUT_WR)
            assert connection.recv(65536).startswith(b"HTTP/1.1 200")
            assert connection.recv(1) == b""


def test_an_application_load_balancer_needs_haproxy(network: Network, path: Running) -> None:
    group = network.target_group("HTTP")
    balancer = network.load_balancer("application", group, "HTTP")
    said = f"{balancer['LoadBalancerName']}, an Application Load Balancer, needs haproxy on PATH"
    path.wait_until(lambda: any(said in line for line in path.lines), "it is said")
    network.elb.delete_load_balancer(LoadBalancerArn=balancer["LoadBalancerArn"])
