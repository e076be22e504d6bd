"""A load balancer without an emulator, in front of targets whose every byte a test decides."""

import asyncio
import socket
import threading
from collections.abc import Callable, Coroutine, Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from toolchain.datapath.addresses import Addresses
from toolchain.datapath.balancer.application import ApplicationForwarder
from toolchain.datapath.balancer.configuration import Server
from toolchain.datapath.balancer.forwarder import NetworkForwarder
from toolchain.datapath.balancer.haproxy import HaProxy
from toolchain.datapath.balancer.plan import Action, Listener, LoadBalancer, Rule, TargetGroup, target_group
from toolchain.datapath.children import Children
from toolchain.datapath.control_plane import ControlPlane
from toolchain.datapath.part import Surroundings

GROUP = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/web/0123456789abcdef"
FORWARD = Rule(Action("forward", target_group=GROUP))
SECONDS = 60.0
"""Time after which a socket that gets nothing fails the test."""

Proxies = type[HaProxy | ApplicationForwarder | NetworkForwarder]


class Front:
    """A load balancer that runs; the test's thread may use it."""

    def __init__(
        self,
        port: int,
        proxy: HaProxy | ApplicationForwarder | NetworkForwarder,
        run: Callable[..., Any],
        follow: Callable[[Sequence[Server]], None],
    ) -> None:
        self.port = port
        self.proxy = proxy
        self.run = run
        """Runs a coroutine in the load balancer's event loop, and returns its result."""
        self.follow = follow
        """Gives the load balancer other servers."""

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=SECONDS)

    def said(self, request: bytes) -> bytes:
        """Send bytes, and return all that comes until the load balancer closes the connection."""
        with self.connect() as client:
            client.sendall(request)
            return until_closed(client)


@contextmanager
def fronting(
    make: Proxies,
    folder: Path,
    servers: Sequence[Server],
    *,
    idle_seconds: int = 60,
    rules: tuple[Rule, ...] = (FORWARD,),
    drops_invalid_headers: bool = False,
    **attributes: str,
) -> Generator[Front]:
    """Run a load balancer of one listener and one target group while the block runs."""
    is_network = make is NetworkForwarder or "proxy_protocol_v2.enabled" in attributes
    kind, protocol = ("network", "TCP") if is_network else ("application", "HTTP")
    group: TargetGroup = target_group({"TargetGroupArn": GROUP, "Protocol": protocol}, attributes)
    balancer = LoadBalancer(
        "arn",
        "web",
        kind,
        "web.example",
        frozenset(),
        (),
        idle_seconds,
        crosses_zones=True,
        drops_invalid_headers=drops_invalid_headers,
        listeners=(Listener(80, rules),),
    )
    surroundings = Surroundings(
        ControlPlane("http://127.0.0.1:1"),
        Addresses(folder),
        Children(folder / "children.json"),
        folder,
        lambda _: None,
    )
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    def run(coroutine: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, loop).result(SECONDS)

    def follow(servers: Sequence[Server]) -> None:
        run(proxy.follow(balancer, {GROUP: group}, {GROUP: servers}))

    proxy = make(surroundings, folder / "web")
    try:
        follow(servers)
        port = surroundings.addresses.local_port("web.example", 80)
        assert port is not None
        yield Front(port, proxy, run, follow)
    finally:
        run(proxy.close())
        loop.call_soon_threadsafe(loop.stop)
        thread.join(SECONDS)
        loop.close()


class Scripted:
    """A target that gives each of its connections to a function of the test, in a thread."""

    def __init__(self) -> None:
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.listening.getsockname()[1]
        self.heads: list[bytes] = []
        """Heads of the requests that `head_of` has read."""
        self.failures: list[BaseException] = []
        self.threads: list[threading.Thread] = []

    @property
    def server(self) -> Server:
        return Server(f"target-{self.port}", self.port, is_ready=True)

    def head_of(self, connection: socket.socket) -> bytes:
        """Read the head of a request; a byte at a time, so that the body stays unread."""
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            byte = connection.recv(1)
            if not byte:
                return b""
            head += byte
        self.heads.append(head)
        return head

    def accept(self, script: Callable[[socket.socket], None]) -> None:
        while True:
            try:
                connection, _ = self.listening.accept()
            except OSError:
                return
            connection.settimeout(SECONDS)
            thread = threading.Thread(target=self._run, args=(script, connection))
            self.threads.append(thread)
            thread.start()

    def _run(self, script: Callable[[socket.socket], None], connection: socket.socket) -> None:
        with connection:
            try:
                script(connection)
            except ConnectionError:
                pass  # a test may close its side at any time
            except BaseException as error:  # noqa: BLE001 - the test's thread raises it
                self.failures.append(error)


@contextmanager
def scripted(script: Callable[[Scripted, socket.socket], None]) -> Generator[Scripted]:
    """Run a target while the block runs; a failure of its script fails the test."""
    target = Scripted()
    accepting = threading.Thread(target=target.accept, args=(lambda connection: script(target, connection),))
    accepting.start()
    try:
        yield target
    finally:
        target.listening.shutdown(socket.SHUT_RDWR)
        target.listening.close()
        for thread in (accepting, *target.threads):
            thread.join(SECONDS)
    assert target.failures == []


def answering(response: bytes) -> Callable[[Scripted, socket.socket], None]:
    """Return a script that sends the same response to every request without a body."""

    def script(target: Scripted, connection: socket.socket) -> None:
        while target.head_of(connection):
            connection.sendall(response)

    return script


def until_closed(client: socket.socket) -> bytes:
    read = b""
    while part := client.recv(65536):
        read += part
    return read


def read_exactly(connection: socket.socket, count: int) -> bytes:
    read = b""
    while len(read) < count:
        part = connection.recv(count - len(read))
        assert part, read
        read += part
    return read


def read_until(connection: socket.socket, end: bytes) -> bytes:
    """Read up to and with some bytes."""
    read = b""
    while not read.endswith(end):
        part = connection.recv(1)
        assert part, read
        read += part
    return read
