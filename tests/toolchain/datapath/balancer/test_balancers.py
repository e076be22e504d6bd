"""Load balancers of the emulator run, with HAProxy and without it, and report the health of their targets."""

import re
import socket
import threading
import time
from collections import Counter
from collections.abc import Generator, Iterator
from contextlib import contextmanager

import httpx
import pytest

from tests.toolchain.datapath.balancer.conftest import balancing, needs_haproxy
from tests.toolchain.datapath.balancer.network import PORT, Network
from tests.toolchain.datapath.balancer.target import Target, targets
from tests.toolchain.datapath.running import Running, wait_until
from toolchain.datapath.balancer.haproxy import program
from toolchain.datapath.control_plane import ControlPlane
from toolchain.datapath.ports import free_port

pytestmark = pytest.mark.emulator


@pytest.fixture(scope="module", params=[pytest.param("HAProxy", marks=needs_haproxy), "Python"])
def path(
    request: pytest.FixtureRequest, control_plane: ControlPlane, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    found = program if request.param == "HAProxy" else lambda: None
    with balancing(tmp_path_factory.mktemp("datapath"), control_plane.endpoint, found) as path:
        yield path


@pytest.fixture(autouse=True)
def _tidied(network: Network) -> Iterator[None]:  # pyright: ignore[reportUnusedFunction] - pytest uses it
    yield
    for balancer in network.elb.describe_load_balancers()["LoadBalancers"]:
        network.elb.delete_load_balancer(LoadBalancerArn=balancer["LoadBalancerArn"])


def serve(path: Running, network: Network, target: Target, subnet: int = 0) -> str:
    """Serve a target under an address of a subnet in AWS, and return the address."""
    address = network.interface(subnet)
    path.addresses.serve(address, PORT, target.port)
    return address


def wait_for(network: Network, group: str, address: str, state: str) -> None:
    wait_until(lambda: network.health(group).get(address) == state, f"{address} is {state}: {network.health(group)}")


def answered(port: int, path: str = "/", **headers: str) -> httpx.Response:
    return httpx.get(f"http://127.0.0.1:{port}{path}", headers=headers, timeout=10)


def name_at(port: int) -> str:
    """Return the name of the target that answers; empty if none does."""
    try:
        return answered(port).text.split("\n")[0]
    except httpx.HTTPError:
        return ""


class Load:
    """Clients that open a connection for each request, and clients that keep theirs; none retries."""

    def __init__(self, port: int) -> None:
        self._url = f"http://127.0.0.1:{port}"
        self._ends = threading.Event()
        self.sent = 0
        self.failures: list[str] = []

    @contextmanager
    def running(self) -> Generator["Load"]:
        threads = [threading.Thread(target=self._run, args=(keeps,)) for keeps in (False, False, True, True)]
        for thread in threads:
            thread.start()
        try:
            yield self
        finally:
            self._ends.set()
            for thread in threads:
                thread.join()

    def _run(self, keeps: bool) -> None:
        limits = httpx.Limits(max_connections=1, max_keepalive_connections=1 if keeps else 0, keepalive_expiry=None)
        with httpx.Client(limits=limits, timeout=10) as client:
            while not self._ends.is_set():
                for place in ("/", "/", "/slow"):
                    try:
                        answer = client.get(f"{self._url}{place}")
                        if answer.status_code != 200:
                            self.failures.append(f"{place}: {answer.status_code}")
                    except httpx.HTTPError as error:
                        self.failures.append(f"{place}: {error!r}")
                    self.sent += 1
                time.sleep(0.01)


@pytest.mark.parametrize(("kind", "protocol"), [("network", "TCP"), ("application", "HTTP")])
def test_targets_come_and_go_under_load_and_no_request_is_lost(
    network: Network, path: Running, kind: str, protocol: str
) -> None:
    # As on the platform: a late health check on a busy machine must not close connections.
    group = network.target_group(protocol, **{"target_health_state.unhealthy.connection_termination.enabled": "false"})
    balancer = network.load_balancer(kind, group, protocol)
    port = path.wait_for_port(balancer["DNSName"], 80)
    with targets("one", "two", "three") as (one, two, three):
        first = serve(path, network, one)
        network.register(group, first)
        wait_for(network, group, first, "healthy")
        with Load(port).running() as load:
            addresses = [first]
            for target in (two, three):
                addresses.append(serve(path, network, target))
                network.register(group, addresses[-1])
            for address in addresses[1:]:
                wait_for(network, group, address, "healthy")
            # A new listener changes the configuration, so with HAProxy a second one takes over.
            network.listener(balancer, group, protocol, 8080)
            path.wait_for_port(balancer["DNSName"], 8080)
            for address in addresses[:2]:
                network.deregister(group, address)
            path.wait_until(lambda: {name_at(port) for _ in range(8)} == {"three"}, "the other targets get nothing new")
            path.wait_until(lambda: set(network.health(group)) == {addresses[2]}, "the deregistrations complete")
            sent = load.sent
            wait_until(lambda: load.sent > sent + 20, "the load goes on")
        assert load.failures == []
        assert three.requests > 0
        assert two.requests > 0
    network.elb.delete_load_balancer(LoadBalancerArn=balancer["LoadBalancerArn"])
    path.wait_until(lambda: path.addresses.local_port(balancer["DNSName"], 80) is None, "the balancer is gone")
    assert name_at(port) == ""


def test_a_connection_outlives_its_target_until_the_delay_is_over(network: Network, path: Running) -> None:
    group = network.target_group(**{"deregistration_delay.connection_termination.enabled": "true"})
    balancer = network.load_balancer("network", group, "TCP")
    port = path.wait_for_port(balancer["DNSName"], 80)
    with targets("one") as (one,), socket.create_connection(("127.0.0.1", port), timeout=30) as waiting:
        del waiting  # there is no target yet
        address = serve(path, network, one)
        network.register(group, address)
        wait_for(network, group, address, "healthy")
        with socket.create_connection(("127.0.0.1", port), timeout=30) as kept:
            ask(kept)
            network.deregister(group, address)
            wait_for(network, group, address, "draining Target.DeregistrationInProgress")
            wait_until(lambda: name_at(port) == "", "no new connection is taken")
            ask(kept)
            assert kept.recv(1) == b""  # closed at the end of the deregistration delay
        wait_until(lambda: address not in network.health(group), "the deregistration completes")


def ask(connection: socket.socket) -> None:
    connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    assert connection.recv(65536).startswith(b"HTTP/1.1 200")


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


def test_zones_get_the_same_share_without_cross_zone_load_balancing(network: Network, path: Running) -> None:
    group = network.target_group("HTTP", **{"load_balancing.cross_zone.enabled": "false"})
    port = path.wait_for_port(network.load_balancer("application", group, "HTTP")["DNSName"], 80)
    with targets("one", "two", "three") as served:
        for target, subnet in zip(served, (0, 1, 1), strict=True):
            address = serve(path, network, target, subnet)
            network.register(group, address)
            wait_for(network, group, address, "healthy")

        def asked() -> dict[str, int]:
            return Counter(name_at(port) for _ in range(24))

        path.wait_until(lambda: 11 <= asked()["one"] <= 13, "a zone with one target gets as much as one with two")
        assert set(asked()) == {"one", "two", "three"}


def test_states_and_reasons_are_told_as_aws_does(network: Network, path: Running) -> None:
    unattached, group = network.target_group(), network.target_group()
    balancer = network.load_balancer("network", group, "TCP")
    path.wait_for_port(balancer["DNSName"], 80)
    with targets("one", "two") as (one, two):
        first, second = serve(path, network, one), serve(path, network, two)
        network.register(unattached, first)
        assert network.health(unattached) == {first: "unused Target.NotInUse"}
        network.register(group, first)
        assert network.health(group)[first].startswith("initial Elb.")
        wait_for(network, group, first, "healthy")
        network.register(group, second)
        wait_for(network, group, second, "healthy")
        one.health_status = 503
        wait_for(network, group, first, "unhealthy Target.ResponseCodeMismatch")
        port = path.wait_for_port(balancer["DNSName"], 80)
        wait_until(lambda: {name_at(port) for _ in range(8)} == {"two"}, "the unhealthy target gets nothing new")
        one.answers_health = False
        wait_for(network, group, first, "unhealthy Target.Timeout")
        one.answers_health, one.health_status = True, 204  # in the matcher's range
        wait_for(network, group, first, "healthy")
        path.addresses.serve(second, PORT, free_port())
        wait_for(network, group, second, "unhealthy Target.FailedHealthChecks")
        path.addresses.withdraw(second, PORT)
        wait_for(network, group, second, "unhealthy Target.Timeout")


def test_all_unhealthy_targets_get_requests(network: Network, path: Running) -> None:
    group = network.target_group()
    port = path.wait_for_port(network.load_balancer("network", group, "TCP")["DNSName"], 80)
    with targets("one") as (one,):
        one.health_status = 500
        address = serve(path, network, one)
        network.register(group, address)
        wait_for(network, group, address, "unhealthy Target.ResponseCodeMismatch")
        wait_until(lambda: name_at(port) == "one", "it fails open")


def test_a_security_group_that_refuses_makes_a_target_time_out(network: Network, path: Running) -> None:
    group = network.target_group()
    port = path.wait_for_port(network.load_balancer("network", group, "TCP")["DNSName"], 80)
    with targets("one") as (one,):
        address = serve(path, network, one)
        network.register(group, address)
        wait_for(network, group, address, "healthy")
        network.refuse(network.task_group)
        try:
            wait_for(network, group, address, "unhealthy Target.Timeout")
            wait_until(lambda: name_at(port) == "", "nothing comes through")
            refusal = f"no ingress rule of {network.task_group} allows TCP port {PORT} from {network.balancer_group}"
            assert any(refusal in line for line in path.lines)
        finally:
            network.allow(network.task_group)
        wait_for(network, group, address, "healthy")
        wait_until(lambda: name_at(port) == "one", "it comes through again")


def test_rules_of_an_application_load_balancer_hold(network: Network, path: Running) -> None:
    first, second = network.target_group("HTTP"), network.target_group("HTTP")
    balancer = network.load_balancer("application", first, "HTTP")
    rules = [
        ([{"Field": "path-pattern", "PathPatternConfig": {"Values": ["/two/*"]}}], _forward(second)),
        (
            [{"Field": "host-header", "HostHeaderConfig": {"Values": ["*.old.example"]}}],
            {
                "Type": "redirect",
                "RedirectConfig": {"Protocol": "HTTPS", "Host": "new.example", "Port": "443", "StatusCode": "HTTP_301"},
            },
        ),
        (
            [{"Field": "path-pattern", "PathPatternConfig": {"Values": ["/teapot", "/kettle"]}}],
            {
                "Type": "fixed-response",
                "FixedResponseConfig": {
                    "StatusCode": "418",
                    "MessageBody": 'a "pot" $x\n',
                    "ContentType": "text/plain",
                },
            },
        ),
    ]
    for priority, (conditions, action) in enumerate(rules, start=1):
        network.elb.create_rule(
            ListenerArn=balancer["ListenerArn"], Priority=priority, Conditions=conditions, Actions=[action]
        )
    port = path.wait_for_port(balancer["DNSName"], 80)
    with targets("one", "two") as (one, two):
        for group, target in ((first, one), (second, two)):
            address = serve(path, network, target)
            network.register(group, address)
            wait_for(network, group, address, "healthy")
        wait_until(lambda: answered(port, "/teapot").status_code == 418, "the rules hold")
        # A HAProxy that another one replaces may still take a connection; its rules are old.
        wait_until(lambda: answered(port, "/two/a").text.startswith("two\n"), "the second target gets requests")
        assert answered(port, "/kettle").text == 'a "pot" $x\n'
        assert answered(port, "/two/a").text.startswith("two\n")
        moved = answered(port, "/a?b=c", Host="www.old.example")
        assert (moved.status_code, moved.headers["location"]) == (301, "https://new.example:443/a?b=c")
        # Only the order of the rules decides, not their actions.
        assert answered(port, "/two/a", Host="www.old.example").text.startswith("two\n")
        plain = answered(port, "/", **{"X-Forwarded-For": "203.0.113.9"}).text.lower()
        assert plain.startswith("one\n")
        assert ", ".join(re.findall("x-forwarded-for: (.*)\r", plain)) == "203.0.113.9, 127.0.0.1"
        assert "x-forwarded-proto: http\r\nx-forwarded-port: 80\r\nx-amzn-trace-id: root=1-" in plain


def _forward(group: str) -> dict[str, str]:
    return {"Type": "forward", "TargetGroupArn": group}


def test_attributes_that_are_not_played_are_said_once(network: Network, path: Running) -> None:
    group = network.target_group(**{"preserve_client_ip.enabled": "true"})
    network.load_balancer("network", group, "TCP")
    name = group.split("/")[-2]
    line = f"balancers: target group {name}: preserve_client_ip.enabled=true is not played: a target sees 127.0.0.1"
    wait_until(lambda: line in path.lines, "it is said")
    assert path.lines.count(line) == 1
