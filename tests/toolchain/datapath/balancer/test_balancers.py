"""Load balancers of the emulator run as HAProxy, and report the health of their targets."""

import json
import os
import shutil
import signal
import socket
import threading
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil
import pytest

from tests.toolchain.datapath.balancer.conftest import balancing
from tests.toolchain.datapath.balancer.network import PORT, Network
from tests.toolchain.datapath.balancer.target import Target, targets
from tests.toolchain.datapath.running import Running, running, wait_until
from toolchain.datapath.balancer.haproxy import HaProxy
from toolchain.datapath.balancer.part import Balancers
from toolchain.datapath.control_plane import ControlPlane
from toolchain.datapath.stores.programs import free_port

needs_haproxy = pytest.mark.skipif(
    shutil.which("haproxy", path=f"{os.environ['PATH']}:/usr/sbin") is None,
    reason="haproxy is not on PATH (Debian: apt install haproxy), so no load balancer can be played",
)
pytestmark = [pytest.mark.emulator, needs_haproxy]


@pytest.fixture(scope="module")
def path(control_plane: ControlPlane, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with balancing(tmp_path_factory.mktemp("datapath"), control_plane.endpoint) as path:
        yield path


@pytest.fixture(autouse=True)
def _tidied(network: Network) -> Iterator[None]:  # pyright: ignore[reportUnusedFunction] - pytest uses it
    yield
    for balancer in network.elb.describe_load_balancers()["LoadBalancers"]:
        network.elb.delete_load_balancer(LoadBalancerArn=balancer["LoadBalancerArn"])


def serve(path: Running, network: Network, target: Target) -> str:
    """Serve a target under an address in AWS, and return the address."""
    address = network.interface()
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
            # A new listener changes the configuration, so a second HAProxy takes over.
            network.listener(balancer, group, protocol, 8080)
            path.wait_for_port(balancer["DNSName"], 8080)
            for address in addresses[:2]:
                network.deregister(group, address)
            wait_until(lambda: {name_at(port) for _ in range(8)} == {"three"}, "the other targets get nothing new")
            wait_until(lambda: set(network.health(group)) == {addresses[2]}, "the deregistrations complete")
            sent = load.sent
            wait_until(lambda: load.sent > sent + 20, "the load goes on")
        assert load.failures == []
        assert three.requests > 0
        assert two.requests > 0
    network.elb.delete_load_balancer(LoadBalancerArn=balancer["LoadBalancerArn"])
    path.wait_until(lambda: path.addresses.local_port(balancer["DNSName"], 80) is None, "the balancer is gone")


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
        assert answered(port, "/kettle").text == 'a "pot" $x\n'
        assert answered(port, "/two/a").text.startswith("two\n")
        moved = answered(port, "/a?b=c", Host="www.old.example")
        assert (moved.status_code, moved.headers["location"]) == (301, "https://new.example:443/a?b=c")
        # Only the order of the rules decides, not their actions.
        assert answered(port, "/two/a", Host="www.old.example").text.startswith("two\n")
        plain = answered(port, "/", **{"X-Forwarded-For": "203.0.113.9"}).text.lower()
        assert plain.startswith("one\n")
        assert "x-forwarded-for: 203.0.113.9" in plain
        assert "x-forwarded-for: 127.0.0.1" in plain
        assert "x-forwarded-proto: http\r\nx-forwarded-port: 80\r\nx-amzn-trace-id: root=1-" in plain


def _forward(group: str) -> dict[str, str]:
    return {"Type": "forward", "TargetGroupArn": group}


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


def test_attributes_that_are_not_played_are_said_once(network: Network, path: Running) -> None:
    group = network.target_group(**{"preserve_client_ip.enabled": "true"})
    network.load_balancer("network", group, "TCP")
    name = group.split("/")[-2]
    line = f"balancers: target group {name}: preserve_client_ip.enabled=true is not played: a target sees 127.0.0.1"
    wait_until(lambda: line in path.lines, "it is said")
    assert path.lines.count(line) == 1
