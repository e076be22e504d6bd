"""Runs load balancers in this process, on a machine without HAProxy: the base of both kinds, and the network kind."""

import asyncio
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Final

from toolchain.datapath.balancer.choice import Choice
from toolchain.datapath.balancer.configuration import Server, Servers
from toolchain.datapath.balancer.plan import Listener, LoadBalancer, TargetGroup
from toolchain.datapath.balancer.proxy_protocol import proxied
from toolchain.datapath.balancer.sockets import ListenerSockets
from toolchain.datapath.listening import ADDRESS
from toolchain.datapath.part import Surroundings
from toolchain.system.files import private_folder

CHUNK_BYTES: Final = 65536
CONNECT_SECONDS: Final = 5.0
MOST_CONNECTIONS: Final = 4000
"""Maximum number of concurrent connections of clients; further connections are closed."""

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Forwarder(ABC):
    """Accepts the connections of one load balancer, chooses targets, and knows which connections each target has.

    Args:
        surroundings: Objects that all parts in this process share.
        folder: The load balancer's folder.
    """

    def __init__(self, surroundings: Surroundings, folder: Path) -> None:
        self._folder = folder
        self._sockets = ListenerSockets(surroundings, folder)
        self._accepting: dict[int, asyncio.Server] = {}
        """Port of a listener in AWS -> server that accepts its connections."""
        self._listeners: dict[int, Listener] = {}
        """Port of a listener in AWS -> listener."""
        self._idle_seconds = 0
        self._dns_name = ""
        self._drops_invalid_headers = False
        self._groups: Mapping[str, TargetGroup] = {}
        self._ready: dict[str, list[Server]] = {}
        """Target group's ARN -> servers that get new connections."""
        self._choices: dict[str, Choice] = {}
        self._clients: set[asyncio.Task[None]] = set()
        """Tasks that serve the connections of clients."""
        self._connections: dict[asyncio.Task[None], tuple[str, str]] = {}
        """Task with a connection to a target -> target group's ARN and server name of the target."""

    async def follow(self, balancer: LoadBalancer, groups: Mapping[str, TargetGroup], servers: Servers) -> None:
        """Match the load balancer's current state.

        Args:
            balancer: The load balancer.
            groups: ARN -> target group.
            servers: Servers of each group.
        """
        private_folder(self._folder)
        self._groups = groups
        self._listeners = {listener.port: listener for listener in balancer.listeners}
        self._idle_seconds, self._dns_name = balancer.idle_seconds, balancer.dns_name
        self._drops_invalid_headers = balancer.drops_invalid_headers
        self._ready = {arn: [one for one in several if one.is_ready] for arn, several in servers.items()}
        for port in self._accepting.keys() - self._listeners.keys():
            self._accepting.pop(port).close()
        self._sockets.open(balancer)
        for port, one in self._sockets.by_port.items():
            if port not in self._accepting:
                self._accepting[port] = await asyncio.start_server(partial(self._accept, port), sock=one)
        self._sockets.serve(balancer)

    async def end_connections(self, target_group: str, name: str) -> None:
        """Close all connections to a target.

        Args:
            target_group: The target group's ARN.
            name: The server's name.
        """
        for task, passed_to in list(self._connections.items()):
            if passed_to == (target_group, name):
                task.cancel()

    async def connections_of(self, target_group: str, name: str) -> int:
        """Return the number of open connections to a target."""
        return list(self._connections.values()).count((target_group, name))

    async def close(self) -> None:
        """Stop listening, and close all connections."""
        for server in self._accepting.values():
            server.close()
        self._accepting.clear()
        self._sockets.close()
        tasks = [*self._clients, *self._connections]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    @abstractmethod
    async def _serve(self, port: int, client: Streams) -> None:
        """Serve a connection of a client, until it ends; the caller closes it.

        Args:
            port: Port of the listener in AWS.
            client: The connection.

        Raises:
            OSError: The connection fails.
            TimeoutError: It is idle for too long.
        """

    def _choose(self, group: str) -> Server | None:
        """Choose a target of a group for a new connection; None if the group has none."""
        if group not in self._groups:
            return None
        open_now = Counter(name for arn, name in self._connections.values() if arn == group)
        choice = self._choices.setdefault(group, Choice())
        return choice.of(self._groups[group].algorithm, self._ready.get(group, ()), open_now)

    async def _accept(self, port: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        try:
            if task is not None and len(self._clients) < MOST_CONNECTIONS:
                self._clients.add(task)
                # Client and target see that the connection is closed.
                with suppress(OSError, TimeoutError, asyncio.CancelledError):
                    await self._serve(port, (reader, writer))
        finally:
            if task is not None:
                self._clients.discard(task)
            writer.close()


class NetworkForwarder(Forwarder):
    """Forwards the connections of a Network Load Balancer to the targets of the listener's target group."""

    async def _serve(self, port: int, client: Streams) -> None:
        listener = self._listeners.get(port)
        group = (
            next((rule.action.target_group for rule in listener.rules if not rule.conditions), "") if listener else ""
        )
        task, server = asyncio.current_task(), self._choose(group)
        if task is None or server is None:
            return
        self._connections[task] = (group, server.name)
        try:
            target = await connected(server)
            if self._groups[group].sends_proxy_protocol:
                ends = (client[1].get_extra_info(name)[:2] for name in ("peername", "sockname"))
                target[1].write(proxied(*ends))
            await join(client, target, self._idle_seconds)
        finally:
            self._connections.pop(task)


async def connected(server: Server) -> Streams:
    """Connect to a target. A load balancer tries one target, once.

    Raises:
        OSError: The target refuses.
        TimeoutError: The target does not accept within `CONNECT_SECONDS`.
    """
    async with asyncio.timeout(CONNECT_SECONDS):
        return await asyncio.open_connection(ADDRESS, server.port)


async def join(client: Streams, target: Streams, idle_seconds: float) -> None:
    """Forward bytes in both directions until both have ended, one fails, or no byte has come for too long.

    Args:
        client: Connection of the client; the caller closes it.
        target: Connection to the target, which is closed here.
        idle_seconds: Longest time without a byte in any direction.

    Raises:
        OSError: A connection fails.
        TimeoutError: No byte has come for too long.
    """
    ways: list[asyncio.Future[None]] = []
    try:
        async with asyncio.timeout(idle_seconds) as idle:
            ways += [
                asyncio.ensure_future(_pass(client[0], target[1], idle, idle_seconds)),
                asyncio.ensure_future(_pass(target[0], client[1], idle, idle_seconds)),
            ]
            await asyncio.gather(*ways)
    finally:
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)
        target[1].close()


async def _pass(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, idle: asyncio.Timeout, idle_seconds: float
) -> None:
    while data := await reader.read(CHUNK_BYTES):
        writer.write(data)
        await writer.drain()
        idle.reschedule(asyncio.get_running_loop().time() + idle_seconds)
    writer.write_eof()  # the other direction may continue
